//! TLS of the lookup `url`: rustls with the ciphers that were asked for, in OpenSSL's names.

use super::fetch::Failure;
use super::options::Options;
use super::trust;
use rustls::crypto::{CryptoProvider, ring};
use rustls::{CipherSuite, ClientConfig, SupportedCipherSuite};
use std::sync::Arc;

/// OpenSSL's names of what rustls has for TLS 1.2.
const NAMES: [(&str, CipherSuite); 6] = [
    ("ECDHE-ECDSA-AES256-GCM-SHA384", CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384),
    ("ECDHE-ECDSA-AES128-GCM-SHA256", CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
    ("ECDHE-ECDSA-CHACHA20-POLY1305", CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
    ("ECDHE-RSA-AES256-GCM-SHA384", CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384),
    ("ECDHE-RSA-AES128-GCM-SHA256", CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256),
    ("ECDHE-RSA-CHACHA20-POLY1305", CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
];

/// How connections are encrypted and servers are verified.
///
/// # Errors
/// `ca_path` cannot be read; `ciphers` leaves none, or names groups of them.
pub(super) fn config(options: &Options) -> Result<Arc<ClientConfig>, Failure> {
    let mut provider = ring::default_provider();
    if !options.ciphers.is_empty() {
        provider.cipher_suites = chosen(&options.ciphers, &provider.cipher_suites).map_err(Failure::Other)?;
    }
    let provider: Arc<CryptoProvider> = Arc::new(provider);
    let verifier = trust::verifier(options.validate_certs, options.ca_path.as_deref(), &provider)?;
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = versions.map_err(|e| Failure::Other(e.to_string()))?;
    Ok(Arc::new(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()))
}

/// The suites that `wanted` leaves; those of TLS 1.3 always stay, as with OpenSSL.
fn chosen(wanted: &[String], known: &[SupportedCipherSuite]) -> Result<Vec<SupportedCipherSuite>, String> {
    let mut suites: Vec<SupportedCipherSuite> = known.iter().copied().filter(|s| s.tls13().is_some()).collect();
    let always = suites.len();
    for word in wanted.iter().flat_map(|text| text.split([':', ',', ' '])).filter(|word| !word.is_empty()) {
        // Names of single suites have parts; one without any, or with a sign, stands for several.
        if word.contains(['!', '+', '@', '=']) || word.starts_with('-') || !word.contains(['-', '_']) {
            return Err(format!("`ciphers`: `{word}` stands for several ciphers in OpenSSL; name them one by one"));
        }
        let named = NAMES.iter().find(|(name, suite)| *name == word || suite.as_str() == Some(word));
        // OpenSSL passes over names it does not know, too, as long as something remains.
        suites.extend(named.and_then(|(_, suite)| known.iter().find(|s| s.suite() == *suite)).copied());
    }
    if suites.len() == always {
        let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
        return Err(format!("`ciphers`: No cipher can be selected. Known are {}", names.join(", ")));
    }
    Ok(suites)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ciphers_are_chosen_by_openssl_names() {
        let known = ring::default_provider().cipher_suites;
        let pick = |text: &str| {
            let suites = chosen(&[text.to_owned()], &known)?;
            Ok::<_, String>(suites.iter().filter(|s| s.tls13().is_none()).map(|s| s.suite()).collect::<Vec<_>>())
        };
        let [_, small, ..] = NAMES;
        assert_eq!(pick("AES128-SHA:ECDHE-ECDSA-AES128-GCM-SHA256"), Ok(vec![small.1]));
        assert_eq!(chosen(&[small.0.to_owned()], &known).map(|s| s.len()), Ok(4));
        assert!(pick("AES128-SHA").unwrap_err().contains("No cipher can be selected"));
        for group in ["HIGH", "ECDHE+AESGCM", "!aNULL", "@SECLEVEL=2"] {
            assert!(pick(group).unwrap_err().contains("one by one"), "{group}");
        }
    }
}
