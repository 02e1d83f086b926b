//! What `command` and `shell` share: the decision by `creates` and `removes`, the run, and the shape of the result.

use super::{clock, glob};
use hostler_sdk::args::HostPath;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Command, FileKind, HostError, Look, Map, Outcome, Output, Value};
use jiff::ZonedDateTime;

/// A command line as the operator wrote it, with the conditions around it.
#[derive(Debug)]
pub(super) struct Execution<'a> {
    /// Words of the program, or one line for `shell`.
    pub argv: Vec<String>,
    /// Shell that gets the line.
    pub shell: Option<String>,
    /// What the result shows as `cmd`.
    pub cmd: Value,
    pub chdir: Option<&'a HostPath>,
    pub creates: Option<&'a HostPath>,
    pub removes: Option<&'a HostPath>,
    pub stdin: Option<&'a str>,
    pub stdin_add_newline: bool,
    pub strip_empty_ends: bool,
    pub expand: bool,
}

impl Execution<'_> {
    /// Check mode: an outcome that says whether the command would run, `skipped` when only running could tell.
    pub(super) fn check(&self, look: &Look) -> Result<Option<Outcome>> {
        let chdir = self.directory(look)?;
        let word = if look.check_mode() { "Would" } else { "Did" };
        if let Some(done) = self.already(look, chdir.as_deref(), word)? {
            return Ok(Some(done));
        }
        let mut values = self.promised();
        values.set("rc", 0);
        let msg = "Command would have run if not in check mode";
        if self.creates.is_none() && self.removes.is_none() {
            values.set("msg", msg);
            return Ok(Some(Outcome { skipped: Some(msg.to_owned()), must_run: true, values, ..Outcome::default() }));
        }
        values.set("msg", msg);
        Ok(Some(Outcome { changed: true, values, ..Outcome::default() }))
    }

    /// Runs it by `run`, which is `Change::run` of the caller.
    pub(super) fn run(
        &self,
        look: &Look,
        run: impl FnOnce(&Command) -> std::result::Result<Output, HostError>,
    ) -> Result<Outcome> {
        let chdir = self.directory(look)?;
        if let Some(done) = self.already(look, chdir.as_deref(), "Did")? {
            return Ok(done);
        }
        let argv = if self.expand {
            self.argv.iter().map(|word| look.expand(&HostPath(word.clone()))).collect()
        } else {
            self.argv.clone()
        };
        let stdin = self.stdin.filter(|text| !text.is_empty()).map(|text| {
            let newline = if self.stdin_add_newline { "\n" } else { "" };
            format!("{text}{newline}").into_bytes()
        });
        let command = Command { argv, shell: self.shell.clone(), stdin, cwd: chdir, ..Command::default() };
        let start = ZonedDateTime::now();
        let clock = std::time::Instant::now();
        let output = run(&command).map_err(|e| self.not_started(&e))?;
        let took = clock.elapsed();
        if output.truncated {
            look.warn(format!("output beyond {} MiB was thrown away", Output::LIMIT >> 20));
        }
        let mut values = self.promised();
        let text = |s: String| if self.strip_empty_ends { s.trim_end_matches(['\r', '\n']).to_owned() } else { s };
        values.set("stdout", text(output.out()));
        values.set("stderr", text(output.err()));
        values.set("rc", output.status);
        values.set("start", clock::datetime(&start));
        // The end is the start and what was measured, so that a clock that is set meanwhile does no harm.
        let end = jiff::SignedDuration::try_from(took).ok().and_then(|took| start.checked_add(took).ok());
        values.set("end", clock::datetime(&end.unwrap_or_else(ZonedDateTime::now)));
        values.set("delta", clock::delta(took));
        let failed = if output.status == 0 {
            None
        } else {
            values.take("msg");
            Some("non-zero return code".to_owned())
        };
        Ok(Outcome { changed: true, failed, values, ..Outcome::default() })
    }

    fn directory(&self, look: &Look) -> Result<Option<String>> {
        let Some(chdir) = self.chdir else { return Ok(None) };
        let path = look.expand(chdir);
        let cause = match look.stat(&path) {
            Ok(Some(meta)) if meta.kind == FileKind::Directory => return Ok(Some(path)),
            Ok(Some(_)) => "[Errno 20] Not a directory",
            Ok(None) => "[Errno 2] No such file or directory",
            Err(e) => return Err(Failure::new(format!("Unable to change directory before execution: {e}"))),
        };
        let mut failure =
            Failure::new(format!("Unable to change directory before execution: {cause}: {}", bytes_repr(&path)));
        failure.values = self.promised();
        failure.values.take("msg");
        Err(failure)
    }

    /// The outcome when `creates` or `removes` say that there is nothing to do.
    fn already(&self, look: &Look, chdir: Option<&str>, verb: &str) -> Result<Option<Outcome>> {
        let found = |path: &HostPath| {
            let path = look.expand(path);
            (glob::exists(look, &path, chdir), path)
        };
        let (why, path) = match (self.creates.map(found), self.removes.map(found)) {
            (Some((true, path)), _) => ("exists", path),
            (_, Some((false, path))) => ("does not exist", path),
            _ => return Ok(None),
        };
        let mut values = self.promised();
        values.set("stdout", format!("skipped, since {path} {why}"));
        values.set("rc", 0);
        values.set("msg", format!("{verb} not run command since '{path}' {why}"));
        Ok(Some(Outcome { values, ..Outcome::default() }))
    }

    fn not_started(&self, error: &HostError) -> Failure {
        let number = if error.errno == 0 { 257 } else { error.errno };
        let mut failure = Failure::new(format!("Error executing command: {}", error.cause));
        failure.values.set("rc", number);
        // One text, as Ansible gives it here.
        let cmd = match self.cmd.as_list() {
            Some(words) => shell_words::join(words.iter().map(Value::to_string)).into(),
            None => self.cmd.clone(),
        };
        failure.values.set("cmd", cmd);
        failure.values.set("stdout", "");
        failure.values.set("stderr", "");
        failure
    }

    /// The keys that every result has.
    fn promised(&self) -> Map {
        let mut out = Map::new();
        out.set("stdout", "");
        out.set("stderr", "");
        out.set("rc", Value::Null);
        out.set("cmd", self.cmd.clone());
        out.set("start", Value::Null);
        out.set("end", Value::Null);
        out.set("delta", Value::Null);
        out.set("msg", "");
        out
    }
}

/// Python's `repr` of the bytes of a path, as its errors print them.
fn bytes_repr(path: &str) -> String {
    let mut out = String::from(if path.contains('\'') && !path.contains('"') { "b\"" } else { "b'" });
    let quote = out.as_bytes()[1];
    for byte in path.bytes() {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\t' => out.push_str("\\t"),
            b'\r' => out.push_str("\\r"),
            b if b == quote => out.push_str("\\'"),
            0x20..=0x7e => out.push(char::from(byte)),
            other => out.push_str(&format!("\\x{other:02x}")),
        }
    }
    out.push(char::from(quote));
    out
}

#[cfg(test)]
mod tests {
    use super::bytes_repr;

    #[test]
    fn paths_print_as_python_bytes() {
        assert_eq!(bytes_repr("/a b"), "b'/a b'");
        assert_eq!(bytes_repr("it's"), "b\"it's\"");
        assert_eq!(bytes_repr("'\""), "b'\\'\"'");
        assert_eq!(bytes_repr("é\n"), "b'\\xc3\\xa9\\n'");
    }
}
