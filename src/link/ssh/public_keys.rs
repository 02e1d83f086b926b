//! Logging in with keys: those named for the host, the agent's, the usual files; each with the certificates that vouch for it.

use super::agent::{Agent, key_data};
use super::auth::{Login, Progress};
use super::keys::{self, Loaded};
use super::user_certificate::{self, Pen};
use russh::MethodKind;
use russh::client::AuthResult;
use russh::keys::agent::AgentIdentity;
use russh::keys::{Algorithm, Certificate, HashAlg, PrivateKeyWithHashAlg, PublicKey};
use std::path::{Path, PathBuf};

impl Login<'_> {
    /// Keys named for this host: the agent signs when it holds one, so that no passphrase is asked for.
    pub(super) async fn named_keys(
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
    pub(super) async fn other_keys(
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

    async fn read(&self, file: &Path) -> Option<Loaded> {
        let (ring, file) = (self.ring.clone(), file.to_owned());
        let (passphrase, ask) = (self.target.passphrase.clone(), !self.target.batch);
        // Passphrases are stretched on purpose: that is work for a thread of its own.
        let read = tokio::task::spawn_blocking(move || ring.file(&file, passphrase.as_ref(), ask)).await;
        read.unwrap_or_else(|e| Some(Err(e.to_string())))
    }

    /// How RSA signatures are made; `None` inside when the server knows only SHA-1, which is not used.
    pub(super) async fn rsa_hash(&self) -> Option<HashAlg> {
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

    /// A certificate, whose key the pen signs with.
    pub(super) async fn certificate(
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
    pub(super) fn signed<E: std::fmt::Display, T>(
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
}

/// Whether a key or certificate, in SSH's encoding, was not tried yet; remembers it.
pub fn first_time<E>(key: Result<Vec<u8>, E>, used: &mut Vec<Vec<u8>>) -> bool {
    let Ok(key) = key else { return true };
    let new = !used.contains(&key);
    if new {
        used.push(key);
    }
    new
}

/// The public half beside a private key.
fn public_half(file: &Path) -> Option<PublicKey> {
    let mut name = file.as_os_str().to_owned();
    name.push(".pub");
    PublicKey::from_openssh(std::fs::read_to_string(PathBuf::from(name)).ok()?.trim()).ok()
}
