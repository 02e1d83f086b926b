//! Whether a host certificate holds for a host at a time: what OpenSSH checks of one whose signer is trusted
//! (`PROTOCOL.certkeys`).

use super::pattern;
use russh::keys::ssh_key::certificate::CertType;
use russh::keys::{Certificate, HashAlg};

/// What is wrong with a certificate, as the end of a sentence; `None` when it holds. `host` in lower case, `now` in seconds.
pub fn flaw(certificate: &Certificate, host: &str, now: u64) -> Option<String> {
    if certificate.cert_type() != CertType::Host {
        return Some("is for a user, not for a host".into());
    }
    if !certificate.critical_options().is_empty() {
        return Some("has critical options, which are not known".into());
    }
    let principals = certificate.valid_principals();
    if principals.is_empty() {
        return Some("names no host".into());
    }
    if !principals.iter().any(|principal| pattern::matches(&principal.to_lowercase(), host)) {
        let named: String = principals.join("`, `").chars().filter(|c| !c.is_control()).take(200).collect();
        return Some(format!("is for `{named}`, not for `{host}`"));
    }
    if now < certificate.valid_after() || now >= certificate.valid_before() {
        return Some("is not valid now".into());
    }
    let signer = certificate.signature_key().fingerprint(HashAlg::Sha256);
    certificate.validate_at(now, [&signer]).err().map(|_| "has a signature that does not fit".into())
}
