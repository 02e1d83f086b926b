//! Ways to log in: keys, agents, certificates, passwords, several in a row; and how each refusal is told.

use crate::agent::Agent;
use crate::estate::{WORD, estate};
use crate::server::{open, run, server};
use hostler::link::{Link, LinkError, Password, Target};

async fn works(link: Result<Link, LinkError>) {
    let link = link.unwrap();
    let output = link.raw(None, "echo out; echo err >&2; exit 3", None).await.unwrap();
    // The invoking user's start-up files may have words of their own.
    assert!(output.out().ends_with("out\n") && output.err().ends_with("err\n"), "{output:?}");
    assert_eq!(output.status, 3);
}

/// What was tried when a login is refused; the hint must say how to go on.
async fn refused(target: &Target) -> String {
    let error = open(target).await.err().unwrap();
    let told = hostler::diagnostic::render(&error.diagnostic(), false);
    assert!(told.contains("could not log in to `") && told.contains("--private-key"), "{told}");
    assert!(error.unreachable());
    match error {
        LinkError::Auth { tried, .. } => tried,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_key_logs_in_and_a_line_runs() {
    let Some(server) = server(&[]) else { return };
    works(open(&server.target()).await).await;
}

#[tokio::test]
async fn a_wrong_key_is_refused_by_name() {
    let Some(server) = server(&[]) else { return };
    let tried = refused(&Target { key_files: vec![server.path("stranger")], ..server.target() }).await;
    assert!(tried.contains("stranger: refused"), "{tried}");
    let tried = refused(&Target { key_files: vec![server.path("none")], ..server.target() }).await;
    assert!(tried.contains("none: no such file"), "{tried}");
    std::fs::set_permissions(server.path("user"), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let tried = refused(&server.target()).await;
    assert!(tried.contains("its permissions 0644 are too open"), "{tried}");
}

#[tokio::test]
async fn an_encrypted_key_wants_its_passphrase() {
    let Some(server) = server(&[]) else { return };
    let key = server.path("user").display().to_string();
    run("ssh-keygen", &["-q", "-p", "-P", "", "-N", "sesame", "-f", &key]);
    let tried = refused(&server.target()).await;
    assert!(tried.contains("user: it needs a passphrase: add it to ssh-agent"), "{tried}");
    let with = |word: &str| Target { passphrase: Some(Password::new(word)), ..server.target() };
    let tried = refused(&with("wrong")).await;
    assert!(tried.contains("cannot be read with the passphrase given"), "{tried}");
    works(open(&with("sesame")).await).await;
}

#[tokio::test]
async fn an_agent_signs() {
    let Some(server) = server(&[]) else { return };
    let agent = Agent::start(&server, "agent");
    agent.add(&server.path("stranger"));
    let target = Target { key_files: Vec::new(), agent: Some(agent.socket.clone()), ..server.target() };
    let tried = refused(&target).await;
    assert!(tried.contains("agent key SHA256:") && tried.contains("refused"), "{tried}");
    agent.add(&server.path("user"));
    works(open(&target).await).await;
    // A key named for the host and held by the agent needs no file that can be read.
    std::fs::remove_file(server.path("user")).unwrap();
    works(open(&Target { key_files: vec![server.path("user")], identities_only: true, ..target }).await).await;
}

#[tokio::test]
async fn a_certificate_logs_in() {
    let ca = "TrustedUserCAKeys";
    let Some(server) = estate(
        "",
        "ssh-keygen -q -t ed25519 -N '' -f \"$1/ca\"; echo \"TrustedUserCAKeys $1/ca.pub\" >>\"$1/sshd_config\"",
    ) else {
        return;
    };
    let at = |name: &str| server.path(name).display().to_string();
    run("ssh-keygen", &["-q", "-s", &at("ca"), "-I", "tests", "-n", "free", &at("stranger.pub")]);
    let target = Target { key_files: vec![server.path("stranger")], ..server.target_as("free") };
    works(open(&target).await).await;
    let tried = refused(&Target { user: "app".into(), ..target.clone() }).await;
    assert!(tried.contains("stranger-cert.pub: refused"), "{ca}: {tried}");
    let agent = Agent::start(&server, "agent");
    agent.add(&server.path("stranger"));
    works(open(&Target { key_files: Vec::new(), agent: Some(agent.socket.clone()), ..target }).await).await;
}

#[tokio::test]
async fn passwords_and_questions() {
    for config in ["", "PasswordAuthentication no\nUsePAM yes\nKbdInteractiveAuthentication yes"] {
        let Some(server) = estate(config, "") else { return };
        let none = Target { key_files: Vec::new(), identities_only: true, ..server.target_as("free") };
        let with = |word: &str| Target { password: Some(Password::new(word)), ..none.clone() };
        works(open(&with(WORD)).await).await;
        let tried = refused(&with("wrong")).await;
        let way = if config.is_empty() { "password: refused" } else { "keyboard-interactive: refused" };
        assert!(tried.contains(way), "{tried}");
        assert!(!tried.contains("wrong"), "{tried}");
        let tried = refused(&none).await;
        assert!(tried.contains("the server accepts publickey"), "{tried}");
    }
}

#[tokio::test]
async fn two_factors_in_a_row() {
    let Some(server) = estate("AuthenticationMethods publickey,password", "") else { return };
    let target = server.target_as("free");
    works(open(&Target { password: Some(Password::new(WORD)), ..target.clone() }).await).await;
    let tried = refused(&target).await;
    assert!(tried.contains("user: one of several") && tried.contains("the server accepts password"), "{tried}");
}

#[tokio::test]
async fn many_wrong_keys_do_not_hide_a_password() {
    let Some(server) = estate("MaxAuthTries 2", "") else { return };
    let agent = Agent::start(&server, "agent");
    for name in ["k1", "k2", "k3"] {
        crate::server::keygen(&server.path(name));
        agent.add(&server.path(name));
    }
    let target = Target { key_files: Vec::new(), agent: Some(agent.socket.clone()), ..server.target_as("free") };
    works(open(&Target { password: Some(Password::new(WORD)), ..target.clone() }).await).await;
    let tried = refused(&target).await;
    assert!(tried.contains("Too many authentication failures"), "{tried}");
}
