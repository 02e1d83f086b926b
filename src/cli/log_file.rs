//! `log_path`: all output a second time, line by line with date, process and user, as Ansible writes its log.

use crate::config::Settings;
use crate::diagnostic::{Diagnostic, Result};
use crate::report::{Plain, PlainOptions, Reporter};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;

/// The reporter that writes the log, when there is to be one.
///
/// # Errors
/// A file that cannot be opened.
pub(super) fn reporter(settings: &Settings, options: PlainOptions) -> Result<Option<Box<dyn Reporter>>> {
    let Some(path) = settings.log_path.as_ref() else { return Ok(None) };
    let open = || OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    let (out, err) = open().and_then(|out| Ok((out.try_clone()?, out))).map_err(|e| {
        Diagnostic::error(format!("could not open the log `{}`", path.display()))
            .cause(e.to_string())
            .note(format!("set by {}", settings.log_path.origin()))
            .boxed()
    })?;
    let verbosity = settings.log_verbosity.map_or(options.verbosity, |level| u8::try_from(level).unwrap_or(u8::MAX));
    let options = PlainOptions { colour: false, verbosity: verbosity.max(options.verbosity), ..options };
    Ok(Some(Box::new(Plain::new(Lines::new(out, "INFO"), Lines::new(err, "WARNING"), options))))
}

/// Puts the head of a log entry before each line; empty lines are left out.
struct Lines<W> {
    to: W,
    level: &'static str,
    user: String,
    line: Vec<u8>,
}

impl Lines<File> {
    fn new(to: File, level: &'static str) -> Self {
        let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME"));
        let user = user.unwrap_or_else(|_| rustix::process::getuid().as_raw().to_string());
        Lines { to, level, user, line: Vec::new() }
    }
}

impl<W: Write> Write for Lines<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend(part);
            if !part.ends_with(b"\n") {
                continue;
            }
            let line = std::mem::take(&mut self.line);
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let now = jiff::ZonedDateTime::now().strftime("%Y-%m-%d %H:%M:%S,%3f").to_string();
            let (process, user, level) = (std::process::id(), &self.user, self.level);
            let head = format!("{now} p={process} u={user} n=ansible {level}| ");
            self.to.write_all(&[head.as_bytes(), &line].concat())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_a_head_and_empty_ones_are_left_out() {
        let mut lines = Lines { to: Vec::new(), level: "INFO", user: "me".into(), line: Vec::new() };
        lines.write_all(b"\nTASK [a").unwrap();
        lines.write_all(b"] ***\nok: [web]\n\n").unwrap();
        let text = String::from_utf8(lines.to).unwrap();
        let tails: Vec<&str> = text.lines().map(|line| line.split_once(" p=").unwrap().1).collect();
        let head = format!("{} u=me n=ansible INFO| ", std::process::id());
        assert_eq!(tails, [format!("{head}TASK [a] ***"), format!("{head}ok: [web]")]);
    }
}
