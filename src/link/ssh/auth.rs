//! Proving who we are: keys named for the host, the agent's, the usual files, keyboard-interactive, password; in this order
//! unless a password was given, which then comes before keys nobody named (servers count failures). Several factors in a row
//! are understood. Nothing here runs before the server's key was accepted.

use super::client::Client;
use super::keys::{self, KeyRing, Loaded};
use super::user_certificate::{self, Pen};
use crate::link::{LinkError, Password, Target};
use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse as Asked};
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::ssh_key::public::KeyData;
use russh::keys::{Algorithm, Certificate, HashAlg, PrivateKeyWithHashAlg, PublicKey};
use russh::{MethodKind, MethodSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixStream;

/// The operator's ssh-agent.
pub type Agent = AgentClient<UnixStream>;

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
struct Progress {
    tried: Vec<String>,
    /// What the server would still accept; `None` before its first answer.
    open: Option<MethodSet>,
}

impl Login<'_> {
    /// Logs in.
    pub async fn run(mut self) -> Result<(), LinkError> {
        let mut agent = self.agent().await;
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
    fn judge(&self, name: &str, answer: AuthResult, progress: &mut Progress) -> bool {
        match answer {
            AuthResult::Success => true,
            AuthResult::Failure { remaining_methods, partial_success } => {
                progress.tried.push(format!("{name}: {}", if partial_success { "one of several" } else { "refused" }));
                progress.open = Some(remaining_methods);
                false
            }
        }
    }

    async fn in_time<T, E: From<russh::Error>>(
        limit: Duration,
        doing: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        match tokio::time::timeout(limit, doing).await {
            Ok(result) => result,
            Err(_) => Err(russh::Error::ConnectionTimeout.into()),
        }
    }

    async fn agent(&self) -> Option<Agent> {
        if !self.target.methods.public_key {
            return None;
        }
        let path = match &self.target.agent {
            Some(path) => path.clone(),
            None => PathBuf::from(std::env::var_os("SSH_AUTH_SOCK")?),
        };
        if path.as_os_str().is_empty() {
            return None;
        }
        let mut agent = AgentClient::connect(UnixStream::connect(path).await.ok()?);
        if let Some(binding) = self.handle.agent_session_binding() {
            // Agents before OpenSSH 8.9 do not know it; they have no keys bound to destinations either.
            let _ = agent.bind_session(binding, false).await;
        }
        Some(agent)
    }

    /// What the agent holds, certificates first, as ssh has it.
    async fn held(&self, agent: &mut Option<Agent>) -> Vec<AgentIdentity> {
        let Some(agent) = agent else { return Vec::new() };
        let listed = tokio::time::timeout(self.target.timeout, agent.request_identities()).await;
        let mut identities = listed.ok().and_then(Result::ok).unwrap_or_default();
        identities.sort_by_key(|identity| matches!(identity, AgentIdentity::PublicKey { .. }));
        identities
    }

    /// Keys named for this host: the agent signs when it holds one, so that no passphrase is asked for.
    async fn named_keys(
        &mut self,
        agent: &mut Option<Agent>,
        used: &mut Vec<Vec<u8>>,
        progress: &mut Progress,
    ) -> Result<bool, russh::Error> {
        if !self.usable(progress, MethodKind::PublicKey, self.target.methods.public_key) {
            return Ok(false);
        }
        if let Some(text) = &self.target.key_text {
            let key = self.ring.text(text, self.target.passphrase.as_ref());
            if self.private_key("ansible_private_key", key, used, progress).await? {
                return Ok(true);
            }
        }
        let held = self.held(agent).await;
        for file in self.target.key_files.clone() {
            let public = public_half(&file);
            let ours = |identity: &&AgentIdentity| {
                public.as_ref().is_some_and(|public| key_data(identity) == public.key_data())
            };
            let mut in_agent = held.iter().filter(ours).peekable();
            if let (Some(public), Some(first), Some(agent)) = (&public, in_agent.peek(), agent.as_mut()) {
                for (path, certificate) in self.certificates(&file, public) {
                    let (name, pen) = (path.display().to_string(), Pen::Agent(agent, Box::new((**first).clone())));
                    if self.certificate(&name, certificate, pen, used, progress).await? {
                        return Ok(true);
                    }
                }
                for identity in in_agent {
                    if self.agent_key(agent, identity, used, progress).await? {
                        return Ok(true);
                    }
                }
                continue;
            }
            let Some(key) = self.read(&file).await else {
                progress.tried.push(format!("{}: no such file", file.display()));
                continue;
            };
            if let Ok(key) = &key {
                for (path, certificate) in self.certificates(&file, key.public_key()) {
                    let (name, pen) = (path.display().to_string(), Pen::Key(key.clone()));
                    if self.certificate(&name, certificate, pen, used, progress).await? {
                        return Ok(true);
                    }
                }
            }
            if self.private_key(&file.display().to_string(), key, used, progress).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// All other keys of the agent, and the usual files when no key was named.
    async fn other_keys(
        &mut self,
        agent: &mut Option<Agent>,
        used: &mut Vec<Vec<u8>>,
        progress: &mut Progress,
    ) -> Result<bool, russh::Error> {
        if self.target.identities_only && !self.target.key_files.is_empty()
            || !self.usable(progress, MethodKind::PublicKey, self.target.methods.public_key)
        {
            return Ok(false);
        }
        if !self.target.identities_only {
            for identity in self.held(agent).await {
                let Some(agent) = agent.as_mut() else { break };
                if self.agent_key(agent, &identity, used, progress).await? {
                    return Ok(true);
                }
            }
        }
        if !self.target.key_files.is_empty() || self.target.key_text.is_some() {
            return Ok(false);
        }
        for file in keys::usual_files() {
            if let Some(key) = self.read(&file).await
                && self.private_key(&file.display().to_string(), key, used, progress).await?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn usable(&self, progress: &Progress, kind: MethodKind, wanted: bool) -> bool {
        wanted && progress.open.as_ref().is_none_or(|open| open.contains(&kind))
    }

    async fn read(&self, file: &Path) -> Option<Loaded> {
        let (ring, file) = (self.ring.clone(), file.to_owned());
        let (passphrase, ask) = (self.target.passphrase.clone(), !self.target.batch);
        // Passphrases are stretched on purpose: that is work for a thread of its own.
        let read = tokio::task::spawn_blocking(move || ring.file(&file, passphrase.as_ref(), ask)).await;
        read.unwrap_or_else(|e| Some(Err(e.to_string())))
    }

    /// How RSA signatures are made; `None` inside when the server knows only SHA-1, which is not used.
    async fn rsa_hash(&self) -> Option<HashAlg> {
        match self.handle.best_supported_rsa_hash().await {
            Ok(Some(best)) => best,
            Ok(None) | Err(_) => Some(HashAlg::Sha512),
        }
    }

    async fn private_key(
        &mut self,
        name: &str,
        key: Loaded,
        used: &mut Vec<Vec<u8>>,
        progress: &mut Progress,
    ) -> Result<bool, russh::Error> {
        let key = match key {
            Ok(key) => key,
            Err(why) => {
                progress.tried.push(format!("{name}: {why}"));
                return Ok(false);
            }
        };
        if !first_time(key.public_key().to_bytes(), used) || !self.usable(progress, MethodKind::PublicKey, true) {
            return Ok(false);
        }
        let hash = match matches!(key.algorithm(), Algorithm::Rsa { .. }) {
            false => None,
            true => match self.rsa_hash().await {
                Some(hash) => Some(hash),
                None => {
                    progress.tried.push(format!("{name}: the server accepts RSA signatures with SHA-1 only"));
                    return Ok(false);
                }
            },
        };
        let user = self.target.user.clone();
        let key = PrivateKeyWithHashAlg::new(key, hash);
        let answer = Self::in_time(self.target.timeout, self.handle.authenticate_publickey(user, key)).await?;
        Ok(self.judge(name, answer, progress))
    }

    async fn agent_key(
        &mut self,
        agent: &mut Agent,
        identity: &AgentIdentity,
        used: &mut Vec<Vec<u8>>,
        progress: &mut Progress,
    ) -> Result<bool, russh::Error> {
        let key = match identity {
            AgentIdentity::PublicKey { key, .. } => key,
            AgentIdentity::Certificate { certificate, .. } => {
                let name = format!("agent certificate {}", certificate.key_id().escape_debug());
                let pen = Pen::Agent(agent, Box::new(identity.clone()));
                return self.certificate(&name, certificate.clone(), pen, used, progress).await;
            }
        };
        if !first_time(key.to_bytes(), used) || !self.usable(progress, MethodKind::PublicKey, true) {
            return Ok(false);
        }
        let name = format!("agent key {}", key.fingerprint(HashAlg::Sha256));
        let hash = match matches!(key.algorithm(), Algorithm::Rsa { .. }) {
            false => None,
            true => self.rsa_hash().await,
        };
        let user = self.target.user.clone();
        let doing = self.handle.authenticate_publickey_with(user, key.clone(), hash, agent);
        let came = tokio::time::timeout(self.target.timeout, doing).await;
        self.signed(&name, came, progress)
    }

    /// A certificate, whose key the pen signs with.
    async fn certificate(
        &mut self,
        name: &str,
        certificate: Certificate,
        mut pen: Pen<'_>,
        used: &mut Vec<Vec<u8>>,
        progress: &mut Progress,
    ) -> Result<bool, russh::Error> {
        if !first_time(certificate.to_bytes(), used) || !self.usable(progress, MethodKind::PublicKey, true) {
            return Ok(false);
        }
        let hash = match matches!(certificate.algorithm(), Algorithm::Rsa { .. }) {
            false => None,
            true => self.rsa_hash().await,
        };
        let user = self.target.user.clone();
        let doing = self.handle.authenticate_certificate_with(user, certificate, hash, &mut pen);
        let came = tokio::time::timeout(self.target.timeout, doing).await;
        self.signed(name, came, progress)
    }

    /// What came of an attempt that something else signed for.
    fn signed<E: std::fmt::Display, T>(
        &self,
        name: &str,
        came: Result<Result<AuthResult, E>, T>,
        progress: &mut Progress,
    ) -> Result<bool, russh::Error> {
        match came {
            Ok(Ok(answer)) => Ok(self.judge(name, answer, progress)),
            Ok(Err(e)) => {
                progress.tried.push(format!("{name}: {e}"));
                Ok(false)
            }
            Err(_) => Err(russh::Error::ConnectionTimeout),
        }
    }

    fn certificates(&self, file: &Path, key: &PublicKey) -> Vec<(PathBuf, Certificate)> {
        user_certificate::of_key(file, &self.target.certificate_files, key.key_data())
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

/// Whether a key or certificate, in SSH's encoding, was not tried yet; remembers it.
fn first_time<E>(key: Result<Vec<u8>, E>, used: &mut Vec<Vec<u8>>) -> bool {
    let Ok(key) = key else { return true };
    let new = !used.contains(&key);
    if new {
        used.push(key);
    }
    new
}

fn key_data(identity: &AgentIdentity) -> &KeyData {
    match identity {
        AgentIdentity::PublicKey { key, .. } => key.key_data(),
        AgentIdentity::Certificate { certificate, .. } => certificate.public_key(),
    }
}

/// The public half beside a private key.
fn public_half(file: &Path) -> Option<PublicKey> {
    let mut name = file.as_os_str().to_owned();
    name.push(".pub");
    PublicKey::from_openssh(std::fs::read_to_string(PathBuf::from(name)).ok()?.trim()).ok()
}
