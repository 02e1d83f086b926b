//! A host for tests: files and answers of commands that are written down, and a record of the commands that were run.
//! It tells what no real host can be made to do in a test, and that nothing else was started.

use hostler_sdk::backend::{Backend, Command, Digest, FileKind, HostError, HostResult, Meta, Output, Times, WriteFile};
use hostler_sdk::body::Inline;
use hostler_sdk::moment::{Arrival, Moments};
use hostler_sdk::{Call, Map, Outcome, Value};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// The host.
#[derive(Default)]
pub(crate) struct FakeHost {
    files: Mutex<BTreeMap<String, String>>,
    programs: Vec<String>,
    answers: Vec<(String, i32, String, String)>,
    ran: Mutex<Vec<(String, String)>>,
    arrival: Option<Arrival>,
}

impl FakeHost {
    /// The same with a file.
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        self.files.lock().expect("not poisoned").insert(path.to_owned(), text.to_owned());
        self
    }
    /// The same with a program in the search path.
    pub(crate) fn program(mut self, name: &str) -> Self {
        self.programs.push(format!("/usr/bin/{name}"));
        self
    }
    /// The same with an answer to a command line (words joined by blanks).
    pub(crate) fn answer(mut self, line: &str, status: i32, out: &str) -> Self {
        self.answers.push((line.to_owned(), status, out.to_owned(), String::new()));
        self
    }
    /// The same with a command line that fails and says why.
    pub(crate) fn refusal(mut self, line: &str, status: i32, err: &str) -> Self {
        self.answers.push((line.to_owned(), status, String::new(), err.to_owned()));
        self
    }
    /// The same with answers that are told to several calls: all until [`FakeHost::later`] have come now.
    pub(crate) fn telling(mut self) -> Self {
        self.arrival = Some(Arrival::new(&Arc::new(Moments::default())));
        self
    }
    /// The calls from now on come only now.
    pub(crate) fn later(&self) {
        self.arrival.as_ref().expect("told to several calls").renew();
    }
    /// The command lines that were run so far, forgotten afterwards.
    pub(crate) fn ran(&self) -> Vec<String> {
        std::mem::take(&mut *self.ran.lock().expect("not poisoned")).into_iter().map(|(line, _)| line).collect()
    }
    /// The command lines with what they got as standard input.
    pub(crate) fn ran_with_input(&self) -> Vec<(String, String)> {
        std::mem::take(&mut *self.ran.lock().expect("not poisoned"))
    }
    /// The text of a file now.
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        self.files.lock().expect("not poisoned").get(path).cloned()
    }

    /// Calls a module with arguments in JSON.
    pub(crate) fn call(&self, module: &str, args: &str, check: bool) -> Outcome {
        let args: Map = match Value::from_json(args).expect("JSON") {
            Value::Map(map) => (*map).clone(),
            other => unreachable!("arguments are a mapping, not {other}"),
        };
        let call = Call { module: module.to_owned(), args, check, diff: true, ..Call::default() };
        let found = hostler_sdk::find(module).expect("a module");
        found.module.call(&call, self, &Inline(Vec::new().into()))
    }
}

fn missing<T>(path: &str) -> HostResult<T> {
    Err(HostError::io(format!("read `{path}`"), &std::io::Error::from_raw_os_error(2)))
}

impl Backend for FakeHost {
    fn arrival(&self) -> Option<&Arrival> {
        self.arrival.as_ref()
    }
    fn lstat(&self, path: &str) -> HostResult<Option<Meta>> {
        let files = self.files.lock().expect("not poisoned");
        let program = self.programs.iter().any(|p| p == path);
        let directory = files.keys().any(|f| f.starts_with(&format!("{}/", path.trim_end_matches('/'))));
        let (kind, size) = match files.get(path) {
            Some(text) => (FileKind::File, text.len() as u64),
            None if program => (FileKind::File, 1),
            None if directory => (FileKind::Directory, 0),
            None => return Ok(None),
        };
        Ok(Some(Meta {
            kind,
            mode: 0o755,
            uid: 0,
            gid: 0,
            size,
            mtime: 1_000_000.0,
            atime: 0.0,
            ctime: 0.0,
            dev: 1,
            ino: 2,
            nlink: 1,
            blocks: 0,
            block_size: 4096,
            rdev: 0,
        }))
    }
    fn stat(&self, path: &str) -> HostResult<Option<Meta>> {
        self.lstat(path)
    }
    fn read(&self, path: &str, _limit: u64) -> HostResult<Vec<u8>> {
        match self.text(path) {
            Some(text) => Ok(text.into_bytes()),
            None => missing(path),
        }
    }
    fn list(&self, path: &str) -> HostResult<Vec<String>> {
        let files = self.files.lock().expect("not poisoned");
        let below = format!("{}/", path.trim_end_matches('/'));
        let mut names: Vec<String> =
            files.keys().filter_map(|f| Some(f.strip_prefix(&below)?.split('/').next()?.to_owned())).collect();
        names.dedup();
        if names.is_empty() { missing(path) } else { Ok(names) }
    }
    fn read_link(&self, path: &str) -> HostResult<String> {
        missing(path)
    }
    fn real_path(&self, path: &str) -> HostResult<String> {
        Ok(path.to_owned())
    }
    fn hash(&self, path: &str, _digest: Digest) -> HostResult<String> {
        missing(path)
    }
    fn run(&self, command: &Command) -> HostResult<Output> {
        let line = command.argv.join(" ");
        let input = command.stdin.as_deref().map(|i| String::from_utf8_lossy(i).into_owned()).unwrap_or_default();
        self.ran.lock().expect("not poisoned").push((line.clone(), input));
        match self.answers.iter().find(|(known, ..)| *known == line) {
            Some((_, status, out, err)) => Ok(Output {
                status: *status,
                stdout: out.clone().into_bytes(),
                stderr: err.clone().into_bytes(),
                truncated: false,
            }),
            None => missing(&line),
        }
    }
    fn env(&self, name: &str) -> Option<String> {
        self.environment().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
    fn environment(&self) -> Vec<(String, String)> {
        vec![("PATH".to_owned(), "/usr/bin".to_owned()), ("HOME".to_owned(), "/root".to_owned())]
    }
    fn euid(&self) -> u32 {
        0
    }
    fn umask(&self) -> u32 {
        0o022
    }
    fn access(&self, path: &str, _mode: u32) -> bool {
        matches!(self.lstat(path), Ok(Some(_)))
    }
    fn write(&self, file: WriteFile<'_>) -> HostResult<()> {
        let mut text = String::new();
        file.content.read_to_string(&mut text).map_err(|e| HostError::io("read the content", &e))?;
        self.files.lock().expect("not poisoned").insert(file.path.to_owned(), text);
        Ok(())
    }
    fn make_dir(&self, _path: &str, _mode: u32) -> HostResult<()> {
        Ok(())
    }
    fn chmod(&self, _path: &str, _mode: u32, _follow: bool) -> HostResult<()> {
        Ok(())
    }
    fn chown(&self, _path: &str, _uid: Option<u32>, _gid: Option<u32>, _follow: bool) -> HostResult<()> {
        Ok(())
    }
    fn set_times(&self, _path: &str, _times: Times, _follow: bool) -> HostResult<()> {
        Ok(())
    }
    fn symlink(&self, _target: &str, path: &str) -> HostResult<()> {
        missing(path)
    }
    fn hard_link(&self, _target: &str, path: &str) -> HostResult<()> {
        missing(path)
    }
    fn rename(&self, from: &str, to: &str) -> HostResult<()> {
        let mut files = self.files.lock().expect("not poisoned");
        match files.remove(from) {
            Some(text) => {
                files.insert(to.to_owned(), text);
                Ok(())
            }
            None => missing(from),
        }
    }
    fn remove_file(&self, path: &str) -> HostResult<()> {
        self.files.lock().expect("not poisoned").remove(path);
        Ok(())
    }
    fn remove_tree(&self, path: &str) -> HostResult<()> {
        self.files.lock().expect("not poisoned").retain(|f, _| !f.starts_with(&format!("{path}/")));
        Ok(())
    }
    fn copy_file(&self, from: &str, _to: &str) -> HostResult<()> {
        missing(from)
    }
}
