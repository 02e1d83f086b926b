//! Proving who we are: keys named for the host, the agent's, the usual files, keyboard-interactive, password; in this order
//! unless a password was given, which then comes before keys nobody named (servers count failures). Several factors in a row
//! are understood. Nothing here runs before the server's key was accepted.

use super::agent;
use super::client::Client;
use super::keys::KeyRing;
use crate::link::{LinkError, Password, Target};
use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse as Asked};
use russh::{MethodKind, MethodSet};
use std::sync::Arc;
use std::time::Duration;

/// Rounds of questions a server may ask.
const ROUNDS: usize = 8;

/// The login on one connection.
pub struct Login<'a> {
    /// The connection, its server's key accepted.
    pub handle: &'a mut Handle<Client>,
    /// To whom.
    pub target: &'a Target,
    /// Keys of this run.
    pub ring: &'a Arc<KeyRing>,
    /// Whether passwords must be withheld.
    pub doubtful: bool,
    /// How messages name the host.
    pub to: &'a str,
}

/// What is tried, in order.
enum Step {
    NamedKeys,
    OtherKeys,
    Questions,
    Password,
}

/// How far the login is.
pub struct Progress {
    /// What was tried, and what came of each.
    pub tried: Vec<String>,
    /// What the server would still accept; `None` before its first answer.
    pub open: Option<MethodSet>,
}

impl Login<'_> {
    /// Logs in.
    pub async fn run(mut self) -> Result<(), LinkError> {
        let mut agent = agent::of_login(&self).await;
        let mut progress = Progress { tried: Vec::new(), open: None };
        let steps = match self.target.password {
            Some(_) => [Step::NamedKeys, Step::Password, Step::Questions, Step::OtherKeys],
            None => [Step::NamedKeys, Step::OtherKeys, Step::Questions, Step::Password],
        };
        let mut used = Vec::new();
        // A further factor may need a step that stood before the one which gave the first.
        for step in steps.iter().chain(steps.iter()) {
            let result = match step {
                Step::NamedKeys => self.named_keys(&mut agent, &mut used, &mut progress).await,
                Step::OtherKeys => self.other_keys(&mut agent, &mut used, &mut progress).await,
                Step::Questions => self.questions(&mut progress).await,
                Step::Password => self.password(&mut progress).await,
            };
            match result {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(e) => {
                    progress.tried.push(format!("the server closed the connection: {e}"));
                    break;
                }
            }
            if self.handle.is_closed() {
                progress.tried.push("the server closed the connection".into());
                break;
            }
        }
        // With nothing to try, the server can still say what it would accept.
        if progress.tried.is_empty() {
            let user = self.target.user.clone();
            match Self::in_time(self.target.timeout, self.handle.authenticate_none(user)).await {
                Ok(AuthResult::Success) => return Ok(()),
                Ok(AuthResult::Failure { remaining_methods, .. }) => progress.open = Some(remaining_methods),
                Err(_) => {}
            }
        }
        Err(self.refused(progress))
    }

    fn refused(&self, progress: Progress) -> LinkError {
        let mut tried = match progress.tried.is_empty() {
            true => "there was nothing to try".to_owned(),
            false => progress.tried.join("; "),
        };
        if let Some(open) = progress.open.filter(|open| !open.is_empty()) {
            let names: Vec<&str> = open.iter().map(<&str>::from).collect();
            tried += &format!("; the server accepts {}", names.join(", "));
        }
        let hint = "give a key with `--private-key` or `ansible_ssh_private_key_file`, start an ssh-agent, or ask for a \
                    password with `--ask-pass` (`-k`)";
        LinkError::Auth { to: self.to.to_owned(), tried, hint: hint.into() }
    }

    /// Reads an answer; true when that was all.
    pub(super) fn judge(&self, name: &str, answer: AuthResult, progress: &mut Progress) -> bool {
        match answer {
            AuthResult::Success => true,
            AuthResult::Failure { remaining_methods, partial_success } => {
                progress.tried.push(format!("{name}: {}", if partial_success { "one of several" } else { "refused" }));
                progress.open = Some(remaining_methods);
                false
            }
        }
    }

    /// Within a time.
    pub(super) async fn in_time<T, E: From<russh::Error>>(
        limit: Duration,
        doing: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        match tokio::time::timeout(limit, doing).await {
            Ok(result) => result,
            Err(_) => Err(russh::Error::ConnectionTimeout.into()),
        }
    }

    /// Whether a way is wanted here and still open there.
    pub(super) fn usable(&self, progress: &Progress, kind: MethodKind, wanted: bool) -> bool {
        wanted && progress.open.as_ref().is_none_or(|open| open.contains(&kind))
    }

    fn secret(&self, what: &str, progress: &mut Progress) -> Option<Password> {
        let password = self.target.password.clone()?;
        if self.doubtful {
            let why = format!("{what}: withheld, because the host's key has changed");
            if !progress.tried.contains(&why) {
                progress.tried.push(why);
            }
            return None;
        }
        Some(password)
    }

    async fn password(&mut self, progress: &mut Progress) -> Result<bool, russh::Error> {
        if !self.usable(progress, MethodKind::Password, self.target.methods.password) {
            return Ok(false);
        }
        if progress.tried.iter().any(|t| t.starts_with("password:")) {
            return Ok(false);
        }
        let Some(password) = self.secret("password", progress) else { return Ok(false) };
        let doing = self.handle.authenticate_password(&self.target.user, password.reveal());
        let answer = Self::in_time(self.target.timeout, doing).await?;
        Ok(self.judge("password", answer, progress))
    }

    /// Keyboard-interactive: the password answers the questions that are not echoed, once.
    async fn questions(&mut self, progress: &mut Progress) -> Result<bool, russh::Error> {
        if !self.usable(progress, MethodKind::KeyboardInteractive, self.target.methods.keyboard_interactive) {
            return Ok(false);
        }
        if progress.tried.iter().any(|t| t.starts_with("keyboard-interactive:")) {
            return Ok(false);
        }
        let Some(password) = self.secret("keyboard-interactive", progress) else { return Ok(false) };
        let (limit, user) = (self.target.timeout, self.target.user.clone());
        let mut answer = Self::in_time(limit, self.handle.authenticate_keyboard_interactive_start(user, None)).await?;
        let mut given = false;
        for _ in 0..ROUNDS {
            match answer {
                Asked::Success => return Ok(true),
                Asked::Failure { remaining_methods, partial_success } => {
                    let answer = AuthResult::Failure { remaining_methods, partial_success };
                    return Ok(self.judge("keyboard-interactive", answer, progress));
                }
                Asked::InfoRequest { prompts, .. } => {
                    // The same question again means that the answer was wrong; another one nobody can answer here.
                    let asks = prompts.iter().any(|prompt| !prompt.echo);
                    if asks && given {
                        progress.tried.push("keyboard-interactive: refused".into());
                        return Ok(false);
                    }
                    given |= asks;
                    let answers = prompts
                        .iter()
                        .map(|prompt| if prompt.echo { String::new() } else { password.reveal().to_owned() });
                    let answers: Vec<String> = answers.collect();
                    let doing = self.handle.authenticate_keyboard_interactive_respond(answers);
                    answer = Self::in_time(limit, doing).await?;
                }
            }
        }
        progress.tried.push("keyboard-interactive: too many questions".into());
        Ok(false)
    }
}
