//! `script`: a file of the controller run on the host. It comes as the call's first body, is written into a private
//! directory, run by the shell with the arguments the operator wrote behind its name, and removed again.

use super::glob;
use hostler_sdk::args::HostPath;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Action, Change, Command, Look, Module, Outcome, WriteFile};
use std::hash::{BuildHasher, Hasher};

/// Runs a local script on a remote node after transferring it
///
/// The script runs through the host's shell. `creates` and `removes` decide whether it runs at all.
#[derive(Module)]
#[module(
    kind = "action",
    name = "script",
    free_form = "_raw_params",
    check = "partial",
    mutually_exclusive("_raw_params", "cmd"),
    required_one_of("_raw_params", "cmd"),
    returns(
        ("rc", "int", "return code, 0 for success"),
        ("stderr", "str", "standard error"),
        ("stderr_lines", "list", "standard error in lines"),
        ("stdout", "str", "standard output"),
        ("stdout_lines", "list", "standard output in lines")
    ),
    examples = r#"- name: Run a script with arguments, only if file.txt does not exist on the remote node
  ansible.builtin.script: /some/local/create_file.sh --some-argument 1234
  args:
    creates: /the/created/file.txt
"#
)]
pub struct Script {
    /// Path of the script on the controller and its arguments, as free-form text.
    #[arg(name = "_raw_params")]
    free_form: Option<String>,
    /// Path of the script on the controller and its arguments.
    cmd: Option<String>,
    /// File name; when it exists on the host, the script is not run.
    creates: Option<HostPath>,
    /// File name; when it does not exist on the host, the script is not run.
    removes: Option<HostPath>,
    /// Absolute path of a directory to run in.
    chdir: Option<String>,
    /// Program that interprets the script, instead of its `#!` line.
    executable: Option<String>,
    /// Whether a vaulted script is decrypted; the controller has done so already.
    #[arg(default = "yes")]
    #[allow(dead_code, reason = "the controller reads it before the call")]
    decrypt: bool,
}

impl Script {
    fn line(&self) -> &str {
        self.free_form.as_deref().or(self.cmd.as_deref()).unwrap_or_default().trim()
    }

    /// Why there is nothing to do.
    fn needless(&self, look: &Look) -> Option<String> {
        let there = |path: &HostPath| glob::exists(look, &look.expand(path), None);
        if let Some(path) = self.creates.as_ref().filter(|p| there(p)) {
            return Some(format!("{} exists, matching creates option", path.0));
        }
        let path = self.removes.as_ref().filter(|p| !there(p))?;
        Some(format!("{} does not exist, matching removes option", path.0))
    }

    fn check_chdir(&self) -> Result<()> {
        match &self.chdir {
            Some(dir) if !dir.starts_with('/') => {
                Err(Failure::new(format!("chdir {dir} must be an absolute path for a Unix-aware remote node")))
            }
            _ => Ok(()),
        }
    }
}

impl Action for Script {
    fn check(&self, look: &Look) -> Result<Option<Outcome>> {
        self.check_chdir()?;
        if let Some(reason) = self.needless(look) {
            return Ok(Some(Outcome { skipped: Some(reason), ..Outcome::default() }));
        }
        if self.creates.is_none() && self.removes.is_none() {
            let reason = "Check mode is not supported for this task.".to_owned();
            return Ok(Some(Outcome { skipped: Some(reason), must_run: true, ..Outcome::default() }));
        }
        Ok(Some(Outcome { changed: true, ..Outcome::default() }))
    }

    fn run(&self, change: &Change) -> Result<Outcome> {
        self.check_chdir()?;
        if let Some(reason) = self.needless(change) {
            return Ok(Outcome { skipped: Some(reason), ..Outcome::default() });
        }
        let words = shell_words::split(self.line())
            .map_err(|e| Failure::new(format!("the script's line cannot be split into words: {e}")))?;
        let Some(source) = words.first() else {
            return Err(Failure::new("no script given"));
        };
        let dir = private_directory(change)?;
        let result = self.run_in(change, &dir, source);
        let removed = change.remove_tree(&dir);
        let outcome = result?;
        if let Err(e) = removed {
            change.warn(format!("the script's directory is left behind: {e}"));
        }
        Ok(outcome)
    }
}

impl Script {
    fn run_in(&self, change: &Change, dir: &str, source: &str) -> Result<Outcome> {
        let name: String = source.rsplit('/').next().unwrap_or("script").to_owned();
        let path = format!("{dir}/{name}");
        let mut content = change.body(0)?;
        change.write(WriteFile { mode: Some(0o700), ..WriteFile::new(&path, &mut content) })?;
        let line = command_line(self.line(), source, &path);
        let line = match &self.executable {
            Some(program) => format!("{program} {line}"),
            None => line,
        };
        let command = Command {
            argv: vec![line],
            shell: Some("/bin/sh".to_owned()),
            cwd: self.chdir.clone(),
            ..Command::default()
        };
        let output = change.run(&command)?;
        let failed = (!output.ok()).then(|| "non-zero return code".to_owned());
        let outcome = Outcome { changed: true, failed, ..Outcome::default() };
        Ok(outcome.with("rc", output.status).with("stdout", output.out()).with("stderr", output.err()))
    }
}

/// The operator's line with the script's name replaced by where it is now; the quoting of its arguments stays as written.
fn command_line(line: &str, source: &str, path: &str) -> String {
    let path = shell_words::quote(path);
    // The name as written may be quoted; the longest spelling that is there is replaced.
    for spelling in [format!("'{source}'"), format!("\"{source}\""), source.replace(' ', "\\ "), source.to_owned()] {
        if let Some(rest) = line.strip_prefix(spelling.as_str()) {
            return format!("{path}{rest}");
        }
    }
    // Some other way of quoting: take the arguments apart and quote them again.
    let words = shell_words::split(line).unwrap_or_default();
    let rest = words.iter().skip(1).map(|w| format!(" {}", shell_words::quote(w)));
    std::iter::once(path.into_owned()).chain(rest).collect()
}

/// A new directory only the effective user can enter. The home comes first: `/tmp` is often mounted `noexec`.
pub(crate) fn private_directory(change: &Change) -> Result<String> {
    let bases = [change.env("HOME"), change.env("TMPDIR"), Some("/tmp".to_owned()), Some("/var/tmp".to_owned())];
    let mut last = None;
    for base in bases.into_iter().flatten().filter(|base| base.starts_with('/')) {
        // The keys of a RandomState come from the system's random source; making the directory is exclusive besides.
        let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
        let dir = format!("{}/.hostler-work-{random:016x}", base.trim_end_matches('/'));
        match change.make_dir(&dir, 0o700) {
            Ok(()) => return Ok(dir),
            Err(e) => last = Some(e),
        }
    }
    let cause = last.map_or_else(String::new, |e| format!(": {e}"));
    Err(Failure::new(format!("no directory for the script could be made{cause}")))
}

#[cfg(test)]
mod tests {
    use super::command_line;

    #[test]
    fn only_the_name_is_replaced() {
        for (line, source, want) in [
            ("a.sh 'b c' $D", "a.sh", "/t/x 'b c' $D"),
            ("'my a.sh' 1", "my a.sh", "/t/x 1"),
            ("my\\ a.sh 1", "my a.sh", "/t/x 1"),
            ("a.sh a.sh", "a.sh", "/t/x a.sh"),
            ("a'.sh' 'b c'", "a.sh", "/t/x 'b c'"),
        ] {
            assert_eq!(command_line(line, source, "/t/x"), want);
        }
    }
}
