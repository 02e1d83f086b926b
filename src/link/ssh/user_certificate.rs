//! Certificates that vouch for the operator's keys: which belong to a key, and what signs for them.

use super::agent::Agent;
use russh::keys::agent::AgentIdentity;
use russh::keys::signature::Signer as _;
use russh::keys::ssh_encoding::Encode as _;
use russh::keys::ssh_key::private::KeypairData;
use russh::keys::ssh_key::public::KeyData;
use russh::keys::{Certificate, Error as KeyError, HashAlg, PrivateKey};
use russh::{AgentAuthError, Signer};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The certificates of a key, with their files: those named (`CertificateFile`), and the one beside the key, as ssh looks
/// for it.
pub fn of_key(file: &Path, named: &[PathBuf], key: &KeyData) -> Vec<(PathBuf, Certificate)> {
    let mut beside = file.as_os_str().to_owned();
    beside.push("-cert.pub");
    let files = named.iter().cloned().chain([PathBuf::from(beside)]);
    files
        .filter_map(|file| {
            let text = std::fs::read_to_string(&file).ok()?;
            let certificate = Certificate::from_openssh(text.trim()).ok()?;
            (certificate.public_key() == key).then_some((file, certificate))
        })
        .collect()
}

/// What signs with the key of a certificate.
pub enum Pen<'a> {
    /// The key itself.
    Key(Arc<PrivateKey>),
    /// An agent, for the key or certificate it holds.
    Agent(&'a mut Agent, Box<AgentIdentity>),
}

impl Signer for Pen<'_> {
    type Error = AgentAuthError;

    async fn auth_sign(
        &mut self,
        _: &AgentIdentity,
        hash: Option<HashAlg>,
        mut data: Vec<u8>,
    ) -> Result<Vec<u8>, AgentAuthError> {
        match self {
            Pen::Agent(agent, identity) => agent.auth_sign(identity, hash, data).await,
            Pen::Key(key) => {
                let signature = match key.key_data() {
                    KeypairData::Rsa(pair) => (pair, hash).try_sign(&data),
                    _ => key.try_sign(&data),
                };
                let signature = signature.map_err(|_| KeyError::CouldNotReadKey)?;
                signature.encode_prefixed(&mut data).map_err(|_| KeyError::CouldNotReadKey)?;
                Ok(data)
            }
        }
    }
}
