//! Who vouches for a server: the certificates of the system (and of `/etc/ansible`), those of `ca_path` alone, or nobody.

use super::fetch::Failure;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme};
use std::path::Path;
use std::sync::{Arc, LazyLock};

type Certificates = Arc<Vec<CertificateDer<'static>>>;

/// Verifies servers by `ca_path`, otherwise by the system's certificates; by nothing when `validate` is off.
pub(super) fn verifier(
    validate: bool,
    ca_path: Option<&Path>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, Failure> {
    let signatures = provider.signature_verification_algorithms;
    if !validate {
        return Ok(Arc::new(Verifier { vouched: None, signatures }));
    }
    let trusted = match ca_path {
        Some(path) => bundle(path)?,
        None => SYSTEM.clone(),
    };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(trusted.iter().cloned());
    let chain = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
    let chain = chain.map_err(|e| {
        let from = ca_path.map_or_else(|| "the system's store".to_owned(), |path| format!("`{}`", path.display()));
        Failure::Other(format!("there are no certificates of authorities in {from}: {e}"))
    })?;
    Ok(Arc::new(Verifier { vouched: Some(Vouched { chain, trusted }), signatures }))
}

fn bundle(path: &Path) -> Result<Certificates, Failure> {
    let failed = |why: String| Failure::Other(format!("could not read `ca_path` ({}): {why}", path.display()));
    let pem = std::fs::read(path).map_err(|e| failed(super::way::errno(&e)))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    certificates.map(Arc::new).map_err(|e| failed(e.to_string()))
}

/// The system's certificates, read once; `SSL_CERT_FILE` and `SSL_CERT_DIR` name others, as for OpenSSL.
static SYSTEM: LazyLock<Certificates> = LazyLock::new(|| {
    let mut certificates = rustls_native_certs::load_native_certs().certs;
    for entry in std::fs::read_dir("/etc/ansible").into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|e| ["pem", "cer", "crt"].iter().any(|known| e == *known))
            && let Ok(more) = bundle(&path)
        {
            certificates.extend(more.iter().cloned());
        }
    }
    Arc::new(certificates)
});

/// Whoever a server is, it must hold the key of its certificate.
#[derive(Debug)]
struct Verifier {
    /// `None` for `validate_certs=false`: any certificate will do.
    vouched: Option<Vouched>,
    signatures: WebPkiSupportedAlgorithms,
}

/// As webpki verifies, but a certificate that is itself trusted vouches for itself even if it says it is an authority's:
/// so OpenSSL holds it, and so are most certificates that people sign themselves.
#[derive(Debug)]
struct Vouched {
    chain: Arc<WebPkiServerVerifier>,
    trusted: Certificates,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(Vouched { chain, trusted }) = &self.vouched else { return Ok(ServerCertVerified::assertion()) };
        match chain.verify_server_cert(own, between, name, ocsp, now) {
            // webpki comes to this only after it found the certificate's dates right.
            Err(Error::InvalidCertificate(CertificateError::Other(OtherError(why))))
                if matches!(why.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity)) && trusted.contains(own) =>
            {
                verify_server_name(&ParsedCertificate::try_from(own)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            verdict => verdict,
        }
    }
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, own, signature, &self.signatures)
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, own, signature, &self.signatures)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.signatures.supported_schemes()
    }
}
