//! Host keys: known, unknown, changed, revoked, vouched for by an authority; under each policy.

use crate::server::{Server, open, run, server};
use hostler::link::{Connector, HostKeyPolicy, LinkError, LinkOptions, Target};

fn with(target: &Target, policy: HostKeyPolicy) -> Target {
    Target { host_keys: policy, ..target.clone() }
}

async fn refused(target: &Target) -> (String, String) {
    match open(target).await.err().unwrap() {
        LinkError::HostKey { why, hint, .. } => (why, hint),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn unknown_and_changed_keys() {
    let Some(server) = server(&[]) else { return };
    let target = server.target();
    server.record("stranger");
    for policy in [HostKeyPolicy::Strict, HostKeyPolicy::AcceptNew] {
        let (why, hint) = refused(&with(&target, policy)).await;
        assert!(why.contains("is not the key recorded at") && why.contains("known:1"), "{why}");
        assert!(hint.contains("ssh-keygen -R '[127.0.0.1]:"), "{hint}");
    }
    // Nobody checks: keys may log in, and the operator hears of it.
    let connector = Connector::new(&LinkOptions::default());
    connector.open(&with(&target, HostKeyPolicy::Off)).await.unwrap();
    assert!(connector.take_notices().iter().any(|notice| notice.contains("is not the one at")));
    std::fs::write(server.path("known"), "").unwrap();
    let (why, hint) = refused(&target).await;
    assert!(why.contains("is not known") && hint.contains("accept-new"), "{why} {hint}");
    open(&with(&target, HostKeyPolicy::AcceptNew)).await.unwrap();
    open(&target).await.unwrap();
    let line = std::fs::read_to_string(server.path("known")).unwrap();
    std::fs::write(server.path("known"), format!("@revoked {line}")).unwrap();
    let (why, _) = refused(&with(&target, HostKeyPolicy::Off)).await;
    assert!(why.contains("is revoked"), "{why}");
}

#[tokio::test]
async fn an_unreadable_book_is_a_refusal() {
    let Some(server) = server(&[]) else { return };
    let target = server.target();
    std::fs::remove_file(server.path("known")).unwrap();
    std::fs::create_dir(server.path("known")).unwrap();
    let (why, _) = refused(&target).await;
    assert!(why.contains("its key could not be checked"), "{why}");
}

/// A server whose key an authority signed; `sign`: arguments of `ssh-keygen -s`.
fn certified(sign: &[&str]) -> Option<(Server, tempfile::TempDir)> {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).display().to_string();
    for name in ["ca", "key"] {
        crate::server::keygen(&dir.path().join(name));
    }
    let (ca, public) = (at("ca"), at("key.pub"));
    run("ssh-keygen", &[&["-q", "-s", &ca, "-I", "tests", "-h"], sign, &[&public]].concat());
    let key = format!("HostKey={}", at("key"));
    let server = server(&[&key, &format!("HostCertificate={}", at("key-cert.pub"))])?;
    for name in ["ca.pub", "key.pub"] {
        std::fs::copy(dir.path().join(name), server.path(name)).unwrap();
    }
    // sshd reads its keys again for each connection.
    Some((server, dir))
}

fn knows(server: &Server, lines: &[(&str, &str)]) {
    let text: String = lines
        .iter()
        .map(|(before, key)| format!("{before} {}", std::fs::read_to_string(server.path(key)).unwrap()))
        .collect();
    std::fs::write(server.path("known"), text).unwrap();
}

#[tokio::test]
async fn an_authority_vouches() {
    let Some((server, _keys)) = certified(&["-n", "127.0.0.1,other"]) else { return };
    let target = server.target();
    knows(&server, &[("@cert-authority *", "ca.pub")]);
    open(&target).await.unwrap();
    knows(&server, &[("@cert-authority *.example.org", "ca.pub")]);
    let (why, _) = refused(&target).await;
    assert!(why.contains("is not known"), "{why}");
    for revoked in ["ca.pub", "key.pub"] {
        knows(&server, &[("@cert-authority *", "ca.pub"), ("@revoked *", revoked)]);
        let (why, _) = refused(&with(&target, HostKeyPolicy::Off)).await;
        assert!(why.contains("is revoked"), "{revoked}: {why}");
    }
}

#[tokio::test]
async fn an_authority_vouches_for_what_it_signed_only() {
    for (sign, word) in [
        (&["-n", "other.example.org"][..], "is for `other.example.org`"),
        (&["-n", "127.0.0.1", "-V", "20200101:20200102"], "is not valid now"),
        (&[], "names no host"),
    ] {
        let Some((server, _keys)) = certified(sign) else { return };
        let target = server.target();
        knows(&server, &[("@cert-authority *", "ca.pub")]);
        let (why, _) = refused(&target).await;
        assert!(why.contains(word), "{why}");
    }
}

#[tokio::test]
async fn strangers_who_come_at_once_are_recorded_once() {
    let Some(server) = server(&[]) else { return };
    let target = with(&server.target(), HostKeyPolicy::AcceptNew);
    std::fs::write(server.path("known"), "").unwrap();
    let connector = Connector::new(&LinkOptions::default());
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let (connector, target) = (connector.clone(), target.clone());
        all.spawn(async move { connector.open(&target).await.map(drop) });
    }
    for opened in all.join_all().await {
        opened.unwrap();
    }
    assert_eq!(std::fs::read_to_string(server.path("known")).unwrap().lines().count(), 1);
}
