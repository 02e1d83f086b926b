//! Decides on a server's key, before anything else is said to it: by the known_hosts files and the policy of the target.

use super::book::Book;
use super::certificate;
use super::known_hosts::{self, Recorded, Verdict};
use crate::link::{HostKeyPolicy, LinkError, Target};
use russh::keys::ssh_key::public::KeyData;
use russh::keys::{Certificate, HashAlg, PublicKey};
use std::path::PathBuf;
use std::sync::Arc;

/// How the key of one server is judged.
pub struct Vet {
    book: Arc<Book>,
    to: String,
    names: Vec<String>,
    /// The name a certificate must be for.
    principal: String,
    files: Vec<PathBuf>,
    record_in: Option<PathBuf>,
    policy: HostKeyPolicy,
    hash: bool,
}

/// What a server shows as its key.
pub enum Shown {
    /// A bare key.
    Key(PublicKey),
    /// A key signed by an authority.
    Certificate(Box<Certificate>),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Vetted {
    /// The server is who it should be, or the policy does not ask.
    Accepted {
        /// Nothing vouches for it against what is recorded: no password may be sent.
        doubtful: bool,
    },
    /// Nothing may be said to it.
    Refused(LinkError),
}

impl Vet {
    /// For a target; `to` is how messages name it.
    pub fn new(target: &Target, book: &Arc<Book>, to: String) -> Self {
        let user = target.known_hosts.clone().unwrap_or_else(known_hosts::user_files);
        let system = target.global_known_hosts.clone().unwrap_or_else(known_hosts::system_files);
        let exact = target.known_as();
        let mut names = vec![exact.clone()];
        // A key recorded for the name without a port confirms the same key at another port, as in OpenSSH.
        let plain = target.address.to_lowercase();
        if target.key_alias.is_none() && plain != exact {
            names.push(plain);
        }
        Vet {
            book: book.clone(),
            to,
            names,
            principal: target.key_alias.as_deref().unwrap_or(&target.address).to_lowercase(),
            record_in: user.first().cloned(),
            files: user.into_iter().chain(system).collect(),
            policy: target.host_keys,
            hash: target.hash_known_hosts,
        }
    }

    fn names(&self) -> Vec<&str> {
        self.names.iter().map(String::as_str).collect()
    }

    /// What is recorded for the server, so that it is asked for one of its keys, or for a certificate.
    pub fn recorded(&self) -> Recorded {
        self.book.of(&self.files).map(|hosts| hosts.recorded(&self.names())).unwrap_or_default()
    }

    /// The judgement on what the server shows. Reads and perhaps writes files. Any doubt in the checking itself is a refusal.
    pub fn judge(&self, shown: &Shown) -> Vetted {
        let verdict = match shown {
            Shown::Key(key) => self.verdict(key),
            Shown::Certificate(certificate) => self.certified(certificate),
        };
        match verdict {
            Ok(vetted) => vetted,
            Err(e) => self.refuse(format!("its key could not be checked: {e}"), String::new()),
        }
    }

    /// A certificate counts when an authority named for the host has signed it for this host and this time; one of a stranger
    /// counts for no more than the key in it. Neither of the two keys may be revoked.
    fn certified(&self, certificate: &Certificate) -> Result<Vetted, Box<dyn std::error::Error + Send + Sync>> {
        let names = self.names();
        let hosts = self.book.of(&self.files)?;
        let signer = encoded(certificate.signature_key())?;
        let key = PublicKey::new(certificate.public_key().clone(), "");
        for (what, bytes) in [("the authority of its certificate", &signer), ("its key", &encoded(key.key_data())?)] {
            if let Some(at) = hosts.revoked(&names, bytes) {
                return Ok(self.refuse(format!("{what} is revoked by {at}"), String::new()));
            }
        }
        let Some(at) = hosts.authority(&names, &signer) else { return self.verdict(&key) };
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
        match certificate::flaw(certificate, &self.principal, now) {
            None => Ok(Vetted::Accepted { doubtful: false }),
            // As in OpenSSH: a key that is recorded itself needs no certificate.
            Some(_) if hosts.check(&names, &encoded(key.key_data())?) == Verdict::Known => {
                Ok(Vetted::Accepted { doubtful: false })
            }
            Some(flaw) => Ok(self.refuse(
                format!("its certificate `{}` (authority at {at}) {flaw}", certificate.key_id().escape_debug()),
                "have the host's key signed anew, or record the key itself".into(),
            )),
        }
    }

    fn verdict(&self, key: &PublicKey) -> Result<Vetted, Box<dyn std::error::Error + Send + Sync>> {
        let bytes = encoded(key.key_data())?;
        let names = self.names();
        let shown = format!("{} key {}", key.algorithm(), key.fingerprint(HashAlg::Sha256));
        let mut verdict = self.book.of(&self.files)?.check(&names, &bytes);
        if matches!(verdict, Verdict::Unknown { .. }) && self.policy != HostKeyPolicy::Strict {
            match &self.record_in {
                Some(file) => match self.book.record(&self.files, file, &names, &bytes, self.hash) {
                    Ok(now) => {
                        if now == Verdict::Known && file.as_os_str() != "/dev/null" {
                            self.book.notice(format!(
                                "the {shown} of `{}` was added to `{}`",
                                names[0],
                                file.display()
                            ));
                        }
                        verdict = now;
                    }
                    Err(e) if self.policy == HostKeyPolicy::Off => {
                        self.book.notice(format!("the {shown} of `{}` could not be recorded: {e}", names[0]));
                        verdict = Verdict::Known;
                    }
                    Err(e) => return Err(Box::new(e)),
                },
                None => verdict = Verdict::Known,
            }
        }
        Ok(match verdict {
            Verdict::Known => Vetted::Accepted { doubtful: false },
            Verdict::Revoked { at } => self.refuse(format!("its {shown} is revoked by {at}"), String::new()),
            Verdict::Changed { at } if self.policy == HostKeyPolicy::Off => {
                self.book.notice(format!(
                    "the {shown} of `{}` is not the one at {at}; host key checking is off, so only its password is withheld",
                    names[0]
                ));
                Vetted::Accepted { doubtful: true }
            }
            Verdict::Changed { at } => self.refuse(
                format!("its {shown} is not the key recorded at {at}: someone may be in between, or the host was set up anew"),
                format!("if the host was set up anew, remove the old key with `ssh-keygen -R '{}'`", names[0]),
            ),
            Verdict::Unknown { authority } => {
                let extra = authority.map_or(String::new(), |at| {
                    format!(" ({at} names an authority for it, and it shows no certificate of that authority)")
                });
                self.refuse(
                    format!("its {shown} is not known{extra}"),
                    format!(
                        "compare the fingerprint with the host's own, then record the key with `ssh-keyscan` or by logging in \
                         with `ssh` once, or accept new keys with `-o StrictHostKeyChecking=accept-new` in `ansible_ssh_common_args`; \
                         the name looked for is `{}`",
                        names[0]
                    ),
                )
            }
        })
    }

    fn refuse(&self, why: String, hint: String) -> Vetted {
        let why = format!("Host key verification failed: {why}");
        Vetted::Refused(LinkError::HostKey { to: self.to.clone(), why, hint })
    }
}

/// A key in SSH's encoding.
fn encoded(key: &KeyData) -> Result<Vec<u8>, russh::keys::ssh_key::Error> {
    PublicKey::new(key.clone(), "").to_bytes()
}
