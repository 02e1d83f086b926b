//! `fetch`: a file of the host comes to the controller, to a place that only the task decides.

use super::{Act, ActionError, ActionResult, TaskRun, register};
use crate::diagnostic::Diagnostic;
use crate::template::Wanted;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hostler_sdk::{ArgError, Map, Module, Outcome, Value};
use md5::Md5;
use sha1::{Digest, Sha1};
use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

/// Fetch files from remote nodes
///
/// Works like `copy`, in reverse. Files are stored in a tree below `dest` by host name, unless `flat` is asked for; files that
/// are there are overwritten when their content differs.
#[derive(Debug, Module)]
#[module(
    kind = "declaration",
    name = "fetch",
    check = "none",
    returns(
        ("dest", "str", "the file on the controller"),
        ("file", "str", "the file on the host, when nothing was fetched"),
        ("checksum", "str", "SHA-1 of the file on the controller"),
        ("remote_checksum", "str", "SHA-1 of the file on the host"),
        ("md5sum", "str", "MD5 of the file on the controller")
    ),
    examples = r#"
- name: Store file into /tmp/fetched/host.example.com/tmp/somefile
  ansible.builtin.fetch:
    src: /tmp/somefile
    dest: /tmp/fetched

- name: Specifying a destination path
  ansible.builtin.fetch:
    src: /tmp/uniquefile
    dest: special/
    flat: true
"#
)]
pub struct Fetch {
    /// The file on the host. It must be a file, not a directory.
    src: String,
    /// The directory on the controller that the file is put into, below the host's name.
    dest: String,
    /// Whether a missing file is a failure.
    #[arg(default = "yes")]
    fail_on_missing: bool,
    /// Whether what arrived is compared with what the host says it sent.
    #[arg(default = "yes")]
    validate_checksum: bool,
    /// Whether `dest` is the file itself, or with a slash at its end the directory for it.
    #[arg(default = "no")]
    flat: bool,
}

register!(of Fetch);

impl Act for Fetch {
    const OWN: &'static [&'static str] = &["dest", "file", "checksum", "md5sum"];

    fn refused(refusal: ArgError) -> ArgError {
        if !refusal.msg.starts_with("missing required arguments: ") {
            return refusal;
        }
        ArgError { msg: "src and dest are required".to_owned(), ..refusal }
    }

    async fn act(self, task: &TaskRun<'_>) -> ActionResult {
        if task.check {
            let skipped = Some("check mode not (yet) supported for this module".to_owned());
            return Ok(Outcome { skipped, ..Outcome::default() }.into());
        }
        for (name, option) in [("src", "source"), ("dest", "dest")] {
            if !matches!(task.args.get(name), Some(Value::Str(_))) {
                let what = format!("Invalid type supplied for {option} option, it must be a string");
                return Err(ActionError::new(what));
            }
        }
        let mut args = Map::from_iter([("path", self.src.as_str())]);
        for (name, on) in [("follow", true), ("get_mime", false), ("get_attributes", false)] {
            args.set(name, on);
        }
        let outcome = task.call_module("stat", args, Vec::new()).await?;
        if outcome.failed.is_some() {
            return Ok(outcome.into());
        }
        let stat = outcome.values.get("stat").cloned().unwrap_or_default();
        let is = |key: &str| stat.get(key).is_some_and(Value::truthy);
        if !is("exists") {
            return Ok(self.missing("the remote file does not exist").into());
        }
        if is("isdir") {
            return Ok(self.missing("remote file is a directory, fetch cannot work on directories").into());
        }
        let there = self.path_there(stat.get("path").and_then(Value::as_str))?;
        let base = task.scope.search_path().pop().unwrap_or_default();
        let dest = self.destination(&base, task.host, &there)?;
        task.chosen(&self.dest, task.said.of(&["dest"]), &dest, Wanted::Written)?;
        let failed = |e: io::Error| ActionError::from(cannot(task, &dest, &e));
        let own = read(&dest).map_err(failed)?;
        let said = stat.get("checksum").and_then(Value::as_str);
        if let (Some(own), Some(said)) = (&own, said)
            && sha1(own) == said
        {
            return Ok(self.unchanged(own, &dest).into());
        }
        let slurped = task.call_module("slurp", Map::from_iter([("src", self.src.as_str())]), Vec::new()).await?;
        if slurped.failed.is_some() {
            return Ok(slurped.into());
        }
        let content = slurped.values.str("content").unwrap_or_default();
        let content =
            STANDARD.decode(content).map_err(|e| ActionError::new(format!("Failed to fetch the file: {e}")))?;
        if own.as_ref() == Some(&content) {
            return Ok(self.unchanged(&content, &dest).into());
        }
        let checksum = sha1(&content);
        if let Some(said) = said.filter(|said| self.validate_checksum && *said != checksum) {
            let outcome =
                Outcome::failure("checksum mismatch").with("file", self.src.as_str()).with("dest", shown(&dest));
            let outcome = outcome.with("checksum", checksum).with("remote_checksum", said);
            return Ok(outcome.with("md5sum", md5(&content)).with("remote_md5sum", Value::Null).into());
        }
        write(&dest, &content).map_err(failed)?;
        let outcome = Outcome { changed: true, ..Outcome::default() }
            .with("md5sum", md5(&content))
            .with("dest", shown(&dest))
            .with("remote_md5sum", Value::Null)
            .with("checksum", checksum.as_str())
            .with("remote_checksum", said.unwrap_or(&checksum));
        Ok(outcome.into())
    }
}

impl Fetch {
    fn missing(&self, msg: &str) -> Outcome {
        if self.fail_on_missing {
            return Outcome::failure(msg).with("file", self.src.as_str());
        }
        Outcome::default().with("file", self.src.as_str()).with("msg", format!("{msg}, not transferring, ignored"))
    }

    fn unchanged(&self, content: &[u8], dest: &Path) -> Outcome {
        Outcome::default()
            .with("md5sum", md5(content))
            .with("file", self.src.as_str())
            .with("dest", shown(dest))
            .with("checksum", sha1(content))
    }

    /// The file's path on the host, for the tree here. It is what the task says; the host is only heard where `~` stands for a
    /// home directory, and only as far as the rest is what the task says.
    fn path_there(&self, said: Option<&str>) -> Result<String, ActionError> {
        if !self.src.starts_with('~') {
            return Ok(self.src.clone());
        }
        let rest = self.src.find('/').map_or("", |at| &self.src[at..]);
        let said = said.filter(|path| path.starts_with('/') && path.ends_with(rest) && !path.contains("/../"));
        said.map(str::to_owned).ok_or_else(|| ActionError::new(format!("the host does not say what {} is", self.src)))
    }

    /// Where the file goes; a relative `dest` starts at `base`, the play's directory.
    fn destination(&self, base: &Path, host: &str, there: &str) -> Result<PathBuf, ActionError> {
        let home = std::env::home_dir().unwrap_or_default();
        let dest = match self.dest.strip_prefix("~/") {
            Some(rest) => home.join(rest),
            None => base.join(&self.dest),
        };
        if !self.flat {
            let top = normal(&dest);
            let path = normal(&top.join(host).join(there.trim_start_matches('/')));
            // The host's own directory, whatever dots are in the path.
            if !path.starts_with(normal(&top.join(host))) || !path.starts_with(&top) || path == top {
                return Err(ActionError::new(format!(
                    "Detected directory traversal, expected to be contained in '{}' but got '{}'",
                    top.display(),
                    path.display()
                )));
            }
            return Ok(path);
        }
        if !self.dest.ends_with('/') {
            return match dest.is_dir() {
                true => Err(ActionError::new(
                    "dest is an existing directory, use a trailing slash if you want to fetch src into that directory",
                )),
                false => Ok(normal(&dest)),
            };
        }
        let name = Path::new(there).file_name().unwrap_or_default();
        let path = normal(&dest.join(name));
        if path.is_dir() {
            return Err(ActionError::new(format!(
                "calculated dest '{}' is an existing directory, use another path that does not point to an existing directory",
                path.display()
            )));
        }
        Ok(path)
    }
}

/// The path without `.` and `..`, as written: links play no part.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

/// The content of a file, `None` when there is none.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// Writes beside and renames, so that the old file or the new one is there, never a part.
fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    let umask = current_umask();
    fs::set_permissions(file.path(), std::os::unix::fs::PermissionsExt::from_mode(0o666 & !umask))?;
    file.persist(path).map_err(|e| e.error)?;
    Ok(())
}

/// The umask as the system tells it, without changing it.
fn current_umask() -> u32 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Umask:"));
    line.and_then(|text| u32::from_str_radix(text.trim(), 8).ok()).unwrap_or(0o077)
}

fn sha1(content: &[u8]) -> String {
    hex::encode(Sha1::digest(content))
}

fn md5(content: &[u8]) -> String {
    hex::encode(Md5::digest(content))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn cannot(task: &TaskRun<'_>, path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::error(format!("could not write `{}`", path.display()))
        .cause(error.to_string())
        .at(&task.task.place, "this task fetches it")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetch(src: &str, dest: &str, flat: bool) -> Fetch {
        Fetch { src: src.into(), dest: dest.into(), fail_on_missing: true, validate_checksum: true, flat }
    }

    #[test]
    fn files_land_below_the_host_or_where_the_task_says() {
        for (src, dest, flat, want) in [
            ("/etc/hosts", "got", false, "/play/got/web1/etc/hosts"),
            ("/etc/hosts", "/got/", false, "/got/web1/etc/hosts"),
            ("/etc//x/../hosts", "got", false, "/play/got/web1/etc/hosts"),
            ("/etc/hosts", "got/a", true, "/play/got/a"),
            ("/etc/hosts", "got/", true, "/play/got/hosts"),
        ] {
            let path = fetch(src, dest, flat).destination(Path::new("/play"), "web1", src).unwrap();
            assert_eq!(path, Path::new(want), "{src} {dest}");
        }
    }

    #[test]
    fn nothing_lands_outside() {
        for (host, there) in [("web1", "/../../etc/passwd"), ("..", "/x"), ("web1", "/.."), ("/etc", "/x")] {
            let path = fetch(there, "got", false).destination(Path::new("/play"), host, there);
            assert!(path.is_err(), "{host} {there}: {path:?}");
        }
    }

    #[test]
    fn the_host_is_heard_about_home_directories_only() {
        let said = |src: &str, said: &str| fetch(src, "got", false).path_there(Some(said)).ok();
        assert_eq!(said("/etc/hosts", "/etc/shadow").as_deref(), Some("/etc/hosts"));
        assert_eq!(said("~/x", "/home/u/x").as_deref(), Some("/home/u/x"));
        assert_eq!(said("~/x", "/home/u/y"), None);
        assert_eq!(said("~/x", "/home/../../x"), None);
    }
}
