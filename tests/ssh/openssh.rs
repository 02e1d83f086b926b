//! `connection: openssh`: the system's `ssh` carries the same programs.

use crate::estate::{WORD, estate};
use crate::server::{Server, open, said, server, shell};
use hostler::link::{BackendChoice, Become, BecomeMethod, Connection, LinkError, Password, Target};
use std::process::Command;

/// The same target for the system's `ssh`.
pub fn system(target: Target) -> Target {
    let mut words = vec!["ssh".to_owned(), "-F".into(), "/dev/null".into()];
    let mut option = |text: String| words.extend(["-o".to_owned(), text]);
    let files = target.known_hosts.iter().flatten().map(|file| file.display().to_string()).collect::<Vec<_>>();
    option(format!("UserKnownHostsFile={}", files.join(" ")));
    option("GlobalKnownHostsFile=/dev/null".into());
    option("BatchMode=yes".into());
    option(format!("User={}", target.user));
    option(format!("Port={}", target.port));
    option(format!("IdentitiesOnly={}", if target.identities_only { "yes" } else { "no" }));
    let agent = target.agent.as_ref().filter(|agent| !agent.as_os_str().is_empty());
    option(format!("IdentityAgent={}", agent.map_or("none".into(), |agent| agent.display().to_string())));
    for file in &target.key_files {
        option(format!("IdentityFile={}", file.display()));
    }
    words.push(target.address.clone());
    Target { connection: Connection::OpenSsh, ssh_command: words, ..target }
}

fn root(password: Option<&str>) -> Become {
    let password = password.map(Password::new);
    Become { method: BecomeMethod::Sudo, user: "root".into(), password, flags: None, exe: None, chdir: None }
}

#[tokio::test]
async fn both_backends_work() {
    let Some(server) = estate("", "") else { return };
    for backend in [BackendChoice::Runner, BackendChoice::Shell] {
        let link = open(&system(Target { backend, ..server.target_as("asked") })).await.unwrap();
        assert_eq!(said(&link, None, "id -un").await, "asked", "{backend:?}");
        assert_eq!(said(&link, Some(&root(Some(WORD))), "id -un").await, "root", "{backend:?}");
        let output = link.raw(None, "echo out; echo err >&2; exit 3", None).await.unwrap();
        assert_eq!((output.out(), output.err(), output.status), ("out\n".into(), "err\n".into(), 3));
        link.close().await;
    }
}

/// What `ssh` says when it cannot, and that a program's own status is not taken for it.
#[tokio::test]
async fn its_own_failures_are_told_as_failures_to_connect() {
    let Some(server) = server(&[]) else { return };
    let gone = system(Target { port: crate::server::free_port(), ..server.target() });
    let stranger = system(Target { key_files: vec![server.path("stranger")], ..server.target() });
    let unknown = system(Target { known_hosts: Some(vec!["/dev/null".into()]), ..server.target() });
    let missing = Target { ssh_command: vec!["/no/such/ssh".into(), "x".into()], ..gone.clone() };
    for (target, words) in [
        (gone, "Connection refused"),
        (stranger, "Permission denied"),
        (unknown, "Host key verification failed"),
        (missing, "could not start"),
    ] {
        let link = open(&target).await.unwrap();
        for error in [shell(&link, None, "true").await.err(), link.raw(None, "true", None).await.err()] {
            let error = error.unwrap();
            assert!(error.to_string().contains(words), "{words}: {error}");
            assert_eq!(error.unreachable(), words != "could not start", "{error:?}");
        }
    }
    // A connection that ends while a task runs.
    let link = open(&system(server.target())).await.unwrap();
    let line = "kill -9 $(ps -o ppid= -p $PPID)";
    let error = shell(&link, None, &format!("{line}; sleep 1000")).await.err().unwrap();
    assert!(matches!(error, LinkError::Lost { in_flight: true, .. }), "{error:?}");
    assert_eq!(said(&link, None, "echo again").await, "again");
}

/// The whole way from an inventory: the words of the command line, and what it cannot be given.
#[test]
fn from_the_command_line() {
    let Some(server) = estate("", "") else { return };
    server.target_as("free");
    let said = play(&server, "ansible_connection=openssh", &[]);
    assert!(said.0.contains("ok: [web]") && said.1, "{}", said.0);
    let said = play(&server, "ansible_connection=openssh ansible_password=hunter2hunter2", &[]);
    assert!(said.0.contains("cannot be given a password") && !said.1, "{}", said.0);
    assert!(!said.0.contains("hunter2hunter2"), "{}", said.0);
    // `ssh` stays what is inside this program, also where the system's would not even start.
    let said = play(&server, "ansible_connection=ssh ansible_ssh_executable=/no/such/ssh", &[]);
    assert!(said.0.contains("ok: [web]") && said.1, "{}", said.0);
    let said = play(&server, "ansible_connection=openssh", &[("ANSIBLE_SSH_EXECUTABLE", "/no/such/ssh")]);
    assert!(said.0.contains("/no/such/ssh") && !said.1, "{}", said.0);
}

/// SSH, "stale multiplexed connection": connections live in the process, whatever the options of `ssh` say; no socket is left to others.
#[test]
fn no_control_socket_is_made() {
    let Some(server) = estate("", "") else { return };
    server.target_as("free");
    let socket = server.path("control");
    let mux = format!(
        "ansible_ssh_extra_args='-o ControlMaster=auto -o ControlPersist=60 -o ControlPath={}'",
        socket.display()
    );
    let said = play(&server, &mux, &[]);
    assert!(said.0.contains("ok: [web]") && said.1, "{}", said.0);
    assert!(!socket.exists());
}

fn play(server: &Server, variables: &str, environment: &[(&str, &str)]) -> (String, bool) {
    let at = |name: &str| server.path(name).display().to_string();
    let inventory = format!(
        "web ansible_host=127.0.0.1 ansible_port={} ansible_user=free ansible_ssh_private_key_file={} {variables}\n\
         [all:vars]\nansible_ssh_common_args=-o UserKnownHostsFile={} -o GlobalKnownHostsFile=/dev/null -o IdentityAgent=none \
         -o BatchMode=yes\n",
        server.port,
        at("user"),
        at("known"),
    );
    std::fs::write(server.path("inventory"), inventory).unwrap();
    let task = "- hosts: all\n  gather_facts: false\n  tasks:\n    - command: id -un\n      become: true\n      changed_when: false\n";
    std::fs::write(server.path("play.yml"), task).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_hostler"))
        .args(["play", "--output", "plain", "-i", &at("inventory"), &at("play.yml")])
        .current_dir(server.dir.path())
        .env("HOME", server.dir.path())
        .env_remove("SSH_AUTH_SOCK")
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    (
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr),
        output.status.success(),
    )
}
