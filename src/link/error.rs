//! Why a link failed, and how it is told: as a diagnostic with a hint, and as Ansible's result (`unreachable`, or a
//! failure of the task for all that has to do with `become`).

use crate::diagnostic::Diagnostic;
use thiserror::Error;

/// What went wrong when becoming another user.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BecomeFault {
    /// A password is wanted and none was given.
    #[error("Missing {method} password")]
    MissingPassword {
        /// `sudo`, `su`.
        method: &'static str,
    },
    /// The password was refused.
    #[error("Incorrect {method} password")]
    WrongPassword {
        /// `sudo`, `su`.
        method: &'static str,
    },
    /// The user may not do this at all.
    #[error("{method} refused: {why}")]
    Refused {
        /// `sudo`, `su`.
        method: &'static str,
        /// The program's own words.
        why: String,
    },
    /// The program insists on a terminal.
    #[error("{method} insists on a terminal: {why}")]
    NeedsTerminal {
        /// `sudo`, `su`.
        method: &'static str,
        /// The program's own words.
        why: String,
    },
    /// The program is not there.
    #[error("{method} is not installed: {why}")]
    NotThere {
        /// `sudo`, `su`.
        method: &'static str,
        /// The shell's own words.
        why: String,
    },
    /// It neither asked nor went on in time.
    #[error("Timeout ({seconds}s) waiting for privilege escalation prompt: {why}")]
    Timeout {
        /// How long was waited.
        seconds: u64,
        /// What it had said until then.
        why: String,
    },
    /// It asks something else than was agreed on.
    #[error("{method} asks `{prompt}`, which is not the prompt that was agreed on")]
    OddPrompt {
        /// `sudo`, `su`.
        method: &'static str,
        /// The question.
        prompt: String,
    },
    /// Its program ended otherwise.
    #[error("{method} failed: {why}")]
    Other {
        /// `sudo`, `su`.
        method: &'static str,
        /// The program's own words.
        why: String,
    },
}

/// Why a link failed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum LinkError {
    /// No connection: name, route, refused, closed in the handshake.
    #[error("Failed to connect to the host via ssh: {why}")]
    Unreachable {
        /// Where to, as `user@address:port`.
        to: String,
        /// Why not.
        why: String,
    },
    /// The host's key is not as expected.
    #[error("Failed to connect to the host via ssh: {why}")]
    HostKey {
        /// Where to.
        to: String,
        /// What is wrong with the key.
        why: String,
        /// What to do.
        hint: String,
    },
    /// No way of authentication was accepted.
    #[error("Failed to connect to the host via ssh: {to}: Permission denied ({tried})")]
    Auth {
        /// Where to.
        to: String,
        /// What was tried and how it went.
        tried: String,
        /// What to do.
        hint: String,
    },
    /// Becoming another user failed: a failure of the task.
    #[error("{0}")]
    Become(BecomeFault),
    /// The connection was lost.
    #[error("Failed to connect to the host via ssh: the connection to {to} was lost{}: {why}", if *.in_flight { " while the task was running" } else { "" })]
    Lost {
        /// Where to.
        to: String,
        /// Why.
        why: String,
        /// Whether the task had been sent, so that it may have had an effect.
        in_flight: bool,
    },
    /// The server lets no more programs run on one connection.
    #[error("{to} lets no more programs run on one connection (`MaxSessions` of its sshd)")]
    Full {
        /// Where.
        to: String,
    },
    /// The host did not answer in time.
    #[error("Timeout ({seconds}s) waiting for {what}")]
    Timeout {
        /// What was waited for.
        what: String,
        /// How long.
        seconds: u64,
    },
    /// Modules cannot run on the host: a failure of the task.
    #[error("modules cannot run on {to}: {why}")]
    NoBackend {
        /// Where.
        to: String,
        /// Why not.
        why: String,
    },
    /// A call was to be made only after a good one, and that one was not.
    #[error("it was not begun, because what came before it failed")]
    NotBegun,
    /// A call that cannot be made (unknown module, file that cannot be read): a failure of the task.
    #[error("{0}")]
    Call(String),
}

impl LinkError {
    /// Whether Ansible reports the host as unreachable; otherwise the task has failed.
    pub fn unreachable(&self) -> bool {
        !matches!(self, LinkError::Become(_) | LinkError::NoBackend { .. } | LinkError::NotBegun | LinkError::Call(_))
    }

    /// Whether the same thing may be tried again without doing it twice.
    pub fn nothing_done(&self) -> bool {
        !matches!(self, LinkError::Lost { in_flight: true, .. } | LinkError::Timeout { .. })
    }

    /// For the operator. The message itself is Ansible's `msg`.
    pub fn diagnostic(&self) -> Diagnostic {
        let diagnostic = match self {
            LinkError::Unreachable { to, why } => {
                Diagnostic::error(format!("could not connect to `{to}`")).cause(why.clone())
            }
            LinkError::HostKey { to, why, .. } => {
                Diagnostic::error(format!("refused to connect to `{to}`")).cause(why.clone())
            }
            LinkError::Auth { to, tried, .. } => {
                Diagnostic::error(format!("could not log in to `{to}`")).cause(tried.clone())
            }
            other => Diagnostic::error(other.to_string()),
        };
        match self.hint() {
            Some(hint) => diagnostic.hint(hint),
            None => diagnostic,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            LinkError::HostKey { hint, .. } | LinkError::Auth { hint, .. } => hint.clone(),
            LinkError::Become(BecomeFault::MissingPassword { .. }) => {
                "ask for it with `--ask-become-pass` (`-K`) or set `ansible_become_password` from a vault".into()
            }
            LinkError::Become(BecomeFault::WrongPassword { .. }) => {
                "check `--ask-become-pass` or `ansible_become_password` for this host".into()
            }
            LinkError::Become(BecomeFault::NeedsTerminal { .. }) => {
                "here it can be given none: let the user become others without one in the host's sudoers or doas.conf".into()
            }
            LinkError::Become(BecomeFault::OddPrompt { .. }) => {
                "a password goes only to a prompt that was agreed on; remove `passprompt_override` from sudoers, or let \
                 the user become others without a question"
                    .into()
            }
            LinkError::Become(BecomeFault::Refused { method: "run0" | "machinectl", .. }) => {
                "log in as root, or let the user do this by a rule of polkit on the host, without a question".into()
            }
            LinkError::Become(BecomeFault::Refused { method, .. }) => {
                format!("see what the host's configuration of {method} lets this user do")
            }
            LinkError::Full { .. } => "raise `MaxSessions` in the host's sshd_config".into(),
            LinkError::Lost { in_flight: true, .. } => {
                "the task may have had an effect; modules that state what should be can be run again".into()
            }
            _ => return None,
        })
    }
}

impl From<LinkError> for Box<Diagnostic> {
    fn from(e: LinkError) -> Self {
        e.diagnostic().boxed()
    }
}
