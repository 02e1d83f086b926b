//! The lookup `url` against servers of this test: what it sends, what it makes of the answers, how it fails. The playbooks
//! beside this file judge with `assert`.

#![allow(clippy::unwrap_used, reason = "a test says by panicking that it failed")]

mod server;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// Plays a playbook of this folder with extra variables and an environment; it must end well.
fn play(name: &str, home: &Path, variables: &[(&str, String)], environment: &[(&str, String)]) {
    let playbook = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/url").join(name);
    let mut command = Command::new(env!("CARGO_BIN_EXE_hostler"));
    command.args(["play", "-i", "localhost,", "-e", "ansible_connection=local"]).arg(playbook);
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home).current_dir(home);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    for (name, value) in variables {
        command.args(["-e", &format!("{name}={value}")]);
    }
    let output = command.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{printed}");
}

#[test]
fn plain_requests() {
    let home = tempfile::tempdir().unwrap();
    let socket = home.path().join("socket");
    server::on_file(&socket);
    let base = format!("http://127.0.0.1:{}", server::plain());
    let variables = [("base", base), ("other", server::plain().to_string()), ("socket", socket.display().to_string())];
    play("plain.yml", home.path(), &variables, &[]);
}

#[test]
fn options_come_from_everywhere() {
    let home = tempfile::tempdir().unwrap();
    let base = format!("http://127.0.0.1:{}", server::plain());
    std::fs::write(home.path().join("ansible.cfg"), "[url_lookup]\nagent = ini\nforce = true\ntimeout = 7\n").unwrap();
    let netrc = home.path().join(".netrc");
    std::fs::write(&netrc, "machine 127.0.0.1 login net password rc\n").unwrap();
    std::fs::set_permissions(&netrc, PermissionsExt::from_mode(0o600)).unwrap();
    let environment = [("ANSIBLE_LOOKUP_URL_TIMEOUT", "8.5".to_owned())];
    play("sources.yml", home.path(), &[("base", base.clone())], &environment);
    std::fs::set_permissions(&netrc, PermissionsExt::from_mode(0o644)).unwrap();
    play("open_netrc.yml", home.path(), &[("base", base)], &[]);
}

#[test]
fn proxies() {
    let home = tempfile::tempdir().unwrap();
    let (own, config) = certificate(home.path(), "own");
    let variables = [
        ("base", format!("http://127.0.0.1:{}", server::plain())),
        ("secure", format!("https://localhost:{}", server::secure(config))),
        ("own", own),
    ];
    let proxy = format!("http://u:p@127.0.0.1:{}", server::proxy());
    let environment = [("http_proxy", proxy.clone()), ("HTTPS_PROXY", proxy), ("no_proxy", "x,127.0.0.2".to_owned())];
    play("proxies.yml", home.path(), &variables, &environment);
}

/// A certificate that is signed by nobody but says it is an authority's, as `openssl req -x509` makes it; its file and its
/// server's configuration.
fn certificate(home: &Path, name: &str) -> (String, Arc<ServerConfig>) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).unwrap();
    let path = home.join(format!("{name}.pem"));
    std::fs::write(&path, certificate.pem()).unwrap();
    (path.display().to_string(), served(vec![certificate.der().clone()], &key))
}

fn served(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_protocol_versions(&[&rustls::version::TLS12]);
    Arc::new(builder.unwrap().with_no_client_auth().with_single_cert(chain, key).unwrap())
}

#[test]
fn certificates() {
    let home = tempfile::tempdir().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let bundle = home.path().join("authority.pem");
    std::fs::write(&bundle, authority.pem()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let signed = served(vec![params.signed_by(&key, &authority).unwrap().der().clone()], &key);
    let mut old = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    old.not_after = rcgen::date_time_ymd(2001, 1, 1);
    let old = served(vec![old.signed_by(&key, &authority).unwrap().der().clone()], &key);
    let (own, config) = certificate(home.path(), "own");
    let variables = [
        ("signed", server::secure(signed).to_string()),
        ("old", server::secure(old).to_string()),
        ("own", server::secure(config).to_string()),
        ("authority", bundle.display().to_string()),
        ("own_file", own),
    ];
    play("secure.yml", home.path(), &variables, &[]);
    // The system's store is where the environment says.
    let environment = [("SSL_CERT_FILE", bundle.display().to_string())];
    play("trusted.yml", home.path(), &variables, &environment);
}
