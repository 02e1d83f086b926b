//! What tools say when they fail, in the system's terms. The messages are those of the C locale.

use super::super::{HostError, Output};

/// `strerror` of the C libraries in use, and the shells' own words where they have some.
const MESSAGES: &[(&str, i32)] = &[
    ("Operation not permitted", 1),
    ("No such file", 2),
    ("Directory nonexistent", 2),
    ("nonexistent directory", 2),
    ("not found", 2),
    ("Permission denied", 13),
    ("resource busy", 16),
    ("Resource busy", 16),
    ("File exists", 17),
    ("Cross-device link", 18),
    ("cross-device link", 18),
    ("Not a directory", 20),
    ("Is a directory", 21),
    ("is a directory", 21),
    ("Invalid argument", 22),
    ("Text file busy", 26),
    ("No space left on device", 28),
    ("Read-only file system", 30),
    ("File name too long", 36),
    ("Filename too long", 36),
    ("Directory not empty", 39),
    ("Too many levels of symbolic links", 40),
    ("Symbolic link loop", 40),
    ("not supported", 95),
    ("Disk quota exceeded", 122),
    ("Quota exceeded", 122),
];

/// A failed script.
pub struct Failure {
    /// The system's number, 0 when the words do not tell.
    pub errno: i32,
    cause: String,
}

impl Failure {
    /// From what it left.
    pub fn of(output: &Output) -> Self {
        let words = output.err();
        let last = words.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
        let known = MESSAGES.iter().find(|(message, _)| last.ends_with(message));
        let known = known.or_else(|| MESSAGES.iter().find(|(message, _)| last.contains(message)));
        match known {
            Some((_, errno)) => {
                let cause = std::io::Error::from_raw_os_error(*errno).to_string();
                let cause = cause.split(" (os error").next().unwrap_or_default().to_owned();
                Failure { errno: *errno, cause }
            }
            None if last.is_empty() => Failure { errno: 0, cause: format!("the shell ended with {}", output.status) },
            None => Failure { errno: 0, cause: last.to_owned() },
        }
    }

    /// As an error about a path.
    pub fn about(self, verb: &str, path: &str) -> HostError {
        HostError { doing: format!("{verb} `{path}`"), cause: self.cause, errno: self.errno, output: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_become_numbers() {
        for (words, errno) in [
            ("cat: /x: No such file or directory\n", 2),
            ("stat: can't stat '/Permission denied/x': No such file or directory\n", 2),
            ("sh: 1: cannot create /x/y: Directory nonexistent\n", 2),
            ("mkdir: cannot create directory '/x': File exists\n", 17),
            ("rm: cannot remove '/x': Is a directory\n", 21),
            ("odd words\n", 0),
            ("", 0),
        ] {
            let output = Output { status: 1, stderr: words.into(), ..Output::default() };
            assert_eq!(Failure::of(&output).errno, errno, "{words}");
        }
    }
}
