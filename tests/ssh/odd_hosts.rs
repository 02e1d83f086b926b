//! Hosts that are set up otherwise than most: shells that are not POSIX, noisy start-up files, banners, few sessions, forced
//! commands, refusals under load, ways through other hosts.

use crate::estate::estate;
use crate::server::{open, said, server, shell};
use hostler::link::{BackendChoice, Become, BecomeMethod, Connector, Jump, LinkError, LinkOptions, Proxy, Target};
use std::path::Path;

#[tokio::test]
async fn login_shells_and_noise() {
    let Some(server) = estate("Banner /etc/passwd\nPrintMotd yes", "") else { return };
    for (user, shell) in [("csh", "/bin/tcsh"), ("fish", "/usr/bin/fish"), ("zsh", "/bin/zsh"), ("noisy", "/bin/bash")]
    {
        if !Path::new(shell).exists() {
            assert!(std::env::var_os("CI").is_none(), "{shell} is missing");
            eprintln!("skipped for {user}: {shell} is missing");
            continue;
        }
        for backend in [BackendChoice::Runner, BackendChoice::Shell] {
            let link = open(&Target { backend, ..server.target_as(user) }).await.unwrap();
            let line = "printf '%s\\n' \"it's\" '$x!' \"a\\\\b\"; id -un";
            assert_eq!(said(&link, None, line).await, format!("it's\n$x!\na\\b\n{user}"), "{user} {backend:?}");
            link.close().await;
        }
    }
}

fn root() -> Become {
    Become { method: BecomeMethod::Sudo, user: "root".into(), password: None, flags: None, exe: None, chdir: None }
}

#[tokio::test]
async fn one_session_on_a_connection() {
    let Some(server) = estate("MaxSessions 1", "") else { return };
    for backend in [BackendChoice::Runner, BackendChoice::Shell] {
        let link = open(&Target { backend, ..server.target_as("free") }).await.unwrap();
        for _ in 0..2 {
            assert_eq!(said(&link, None, "id -un").await, "free");
            assert_eq!(said(&link, Some(&root()), "id -un").await, "root");
            assert_eq!(link.raw(None, "id -un", None).await.unwrap().out(), "free\n");
        }
        link.close().await;
    }
}

/// More callers than there may be programs on all connections, who all lose patience with the first connection at once.
#[tokio::test]
async fn many_callers_and_one_session() {
    let Some(server) = server(&["MaxSessions=1"]) else { return };
    let link = open(&Target { backend: BackendChoice::Shell, ..server.target() }).await.unwrap();
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let link = link.clone();
        all.spawn(async move { said(&link, None, "sleep 1; echo done").await });
    }
    for word in all.join_all().await {
        assert_eq!(word, "done");
    }
}

/// Shells that wait and shells that work, of more users than there may be connections: none waits for another for ever.
#[tokio::test]
async fn few_sessions_and_many_users() {
    for sessions in [1, 2, 3] {
        let Some(server) = estate(&format!("MaxSessions {sessions}"), "") else { return };
        let link = open(&Target { backend: BackendChoice::Shell, ..server.target_as("free") }).await.unwrap();
        let mut all = tokio::task::JoinSet::new();
        for user in ["free", "root", "app", "asked", "barred", "narrow", "lectured", "odd", "tty", "daemon1"] {
            for _ in 0..2 {
                let link = link.clone();
                let who = Become { user: user.into(), ..root() };
                all.spawn(async move { (user, said(&link, Some(&who), "sleep 0.1; id -un").await) });
            }
        }
        for (user, name) in all.join_all().await {
            assert_eq!(user, name, "with {sessions} sessions");
        }
        // A task that was given up holds the place of its program, and is ended all the same.
        let mut call = crate::server::call("shell", &[]);
        call.args.set("_raw_params", "sleep 1000");
        call.timeout_ms = 500;
        assert!(link.call(None, call, Vec::new()).await.unwrap().failed.unwrap().contains("took longer"));
        assert_eq!(
            said(&link, None, "while pgrep -u free -x sleep >/dev/null; do sleep 0.1; done; id -un").await,
            "free"
        );
        link.close().await;
    }
}

#[tokio::test]
async fn no_session_at_all() {
    let Some(server) = server(&["MaxSessions=0"]) else { return };
    let error = shell(&open(&server.target()).await.unwrap(), None, "true").await.err().unwrap();
    assert!(error.to_string().contains("lets this user start no program"), "{error}");
}

#[tokio::test]
async fn a_forced_command_is_told() {
    let Some(server) = server(&["ForceCommand=echo only backups here; exit 7"]) else { return };
    let error = shell(&open(&server.target()).await.unwrap(), None, "true").await.err().unwrap();
    assert!(matches!(&error, LinkError::NoBackend { why, .. } if why.contains("status 7")), "{error}");
    assert!(error.to_string().contains("only backups here"), "{error}");
}

#[tokio::test]
async fn a_server_that_sheds_load_is_tried_again() {
    let Some(server) = server(&["MaxStartups=2:80:4"]) else { return };
    let target = server.target();
    let connector = Connector::new(&LinkOptions::default());
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let (connector, target) = (connector.clone(), target.clone());
        all.spawn(async move { connector.open(&target).await.map(drop) });
    }
    for opened in all.join_all().await {
        opened.unwrap();
    }
}

#[tokio::test]
async fn nobody_there() {
    let Some(server) = server(&[]) else { return };
    let port = crate::server::free_port();
    let started = std::time::Instant::now();
    let error = open(&Target { port, retries: 2, ..server.target() }).await.err().unwrap();
    // Ansible's pauses: 0 and 1 second.
    assert!(started.elapsed().as_millis() >= 1000);
    assert!(error.to_string().contains("Connection refused") && error.unreachable(), "{error}");
    let error = open(&Target { address: "no-such-host.invalid".into(), ..server.target() }).await.err().unwrap();
    assert!(error.to_string().contains("Could not resolve hostname no-such-host.invalid"), "{error}");
}

#[tokio::test]
async fn through_other_hosts() {
    let (Some(gate), Some(inner), Some(server)) = (server(&[]), server(&[]), server(&[])) else { return };
    // One key and one book for all three.
    for other in [&gate, &inner] {
        std::fs::copy(server.path("authorized"), other.path("authorized")).unwrap();
    }
    let target = server.target();
    let mut book = std::fs::read_to_string(server.path("known")).unwrap();
    for other in [&gate, &inner] {
        other.record("host");
        book += &std::fs::read_to_string(other.path("known")).unwrap();
    }
    std::fs::write(server.path("known"), book).unwrap();
    let hop = |server: &crate::server::Server| Jump { user: None, host: "127.0.0.1".into(), port: Some(server.port) };
    let connector = Connector::new(&LinkOptions::default());
    for hops in [vec![hop(&gate)], vec![hop(&gate), hop(&inner)]] {
        let target = Target { proxy: Proxy::Jump(hops), ..target.clone() };
        let (one, two) = (connector.open(&target).await.unwrap(), connector.open(&target).await.unwrap());
        for link in [one, two] {
            assert_eq!(link.raw(None, "echo through", None).await.unwrap().out(), "through\n");
        }
    }
    let noted = server.path("reader").display().to_string();
    let line = format!("exec 3<>/dev/tcp/127.0.0.1/{}; cat <&3 & echo $! >{noted}; cat >&3; kill %1", server.port);
    let command = Proxy::Command(format!("bash -c '{line}'"));
    let link = connector.open(&Target { proxy: command, ..target.clone() }).await.unwrap();
    assert_eq!(link.raw(None, "echo through", None).await.unwrap().out(), "through\n");
    // What the command started ends with the connection.
    link.close().await;
    let reader = std::fs::read_to_string(noted).unwrap();
    let name = format!("/proc/{}/comm", reader.trim());
    let gone = async {
        while std::fs::read_to_string(&name).is_ok_and(|name| name.trim() == "cat") {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), gone).await.unwrap();
    let error =
        connector.open(&Target { proxy: Proxy::Command("exit 3".into()), ..target.clone() }).await.err().unwrap();
    assert!(error.unreachable(), "{error}");
    // A gate that knows no way says so.
    let away = Target { port: crate::server::free_port(), proxy: Proxy::Jump(vec![hop(&gate)]), ..target };
    let error = connector.open(&away).await.err().unwrap();
    assert!(error.to_string().contains("could not connect to it"), "{error}");
}
