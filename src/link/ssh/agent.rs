//! The operator's ssh-agent: where it is, what it holds, and its signature under a login.

use super::auth::{Login, Progress};
use super::public_keys::first_time;
use super::user_certificate::Pen;
use crate::link::Target;
use russh::MethodKind;
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::ssh_key::public::KeyData;
use russh::keys::{Algorithm, HashAlg};
use std::path::PathBuf;
use tokio::net::UnixStream;

/// The agent.
pub type Agent = AgentClient<UnixStream>;

/// Where the agent for a target listens; `None` where there is none.
pub fn socket(target: &Target) -> Option<PathBuf> {
    let path = match &target.agent {
        Some(path) => path.clone(),
        None => PathBuf::from(std::env::var_os("SSH_AUTH_SOCK")?),
    };
    (!path.as_os_str().is_empty()).then_some(path)
}

/// The agent for a login, told which connection it signs for.
pub async fn of_login(login: &Login<'_>) -> Option<Agent> {
    if !login.target.methods.public_key {
        return None;
    }
    let connecting = async {
        let mut agent = AgentClient::connect(UnixStream::connect(socket(login.target)?).await.ok()?);
        if let Some(binding) = login.handle.agent_session_binding() {
            // Agents before OpenSSH 8.9 do not know it; they have no keys bound to destinations either.
            let _ = agent.bind_session(binding, false).await;
        }
        Some(agent)
    };
    // One that does not answer is as good as none.
    tokio::time::timeout(login.target.timeout, connecting).await.ok()?
}

/// The key of what an agent holds.
pub fn key_data(identity: &AgentIdentity) -> &KeyData {
    match identity {
        AgentIdentity::PublicKey { key, .. } => key.key_data(),
        AgentIdentity::Certificate { certificate, .. } => certificate.public_key(),
    }
}

impl Login<'_> {
    /// What the agent holds, certificates first, as ssh has it.
    pub(super) async fn held(&self, agent: &mut Option<Agent>) -> Vec<AgentIdentity> {
        let Some(agent) = agent else { return Vec::new() };
        let listed = tokio::time::timeout(self.target.timeout, agent.request_identities()).await;
        let mut identities = listed.ok().and_then(Result::ok).unwrap_or_default();
        identities.sort_by_key(|identity| matches!(identity, AgentIdentity::PublicKey { .. }));
        identities
    }

    /// A key or certificate of the agent.
    pub(super) async fn agent_key(
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
}
