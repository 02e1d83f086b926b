//! What an operator sees of broken hosts: one play over good and bad ones, the whole way from the command line.

use crate::estate::estate;
use crate::server::Server;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, ExitStatus};

/// Plays `play.yml` over `inventory`, both in the server's directory: how that ended, and what was printed.
fn play(server: &Server, args: &[&str]) -> (ExitStatus, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_hostler"))
        .args(["play", "--output", "plain", "-i"])
        .args([server.path("inventory"), server.path("play.yml")])
        .args(args)
        .current_dir(server.dir.path())
        .env("HOME", server.dir.path())
        .env_remove("SSH_AUTH_SOCK")
        .output()
        .unwrap();
    let screen = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status, screen)
}

#[test]
fn the_others_go_on() {
    let Some(server) = estate("", "") else { return };
    server.target_as("free");
    let at = |name: &str| server.path(name).display().to_string();
    let common =
        format!("ansible_host=127.0.0.1 ansible_port={} ansible_ssh_private_key_file={}", server.port, at("user"));
    let closed = crate::server::free_port();
    let inventory = format!(
        "good {common} ansible_user=free\n\
         gone {common} ansible_user=free ansible_port={closed}\n\
         stranger {common} ansible_user=free ansible_ssh_private_key_file={}\n\
         changed {common} ansible_user=free ansible_ssh_common_args='-o UserKnownHostsFile={}'\n\
         unknown {common} ansible_user=free ansible_ssh_common_args='-o UserKnownHostsFile=/dev/null'\n\
         nopass {common} ansible_user=asked\n\
         wrongpass {common} ansible_user=asked ansible_become_password=nonsense\n\
         barred {common} ansible_user=barred ansible_become_password='correct horse'\n\
         shelly {common} ansible_user=free\n\
         [all:vars]\nansible_ssh_common_args=-o UserKnownHostsFile={} -o GlobalKnownHostsFile=/dev/null -o IdentityAgent=none -o BatchMode=yes\n",
        at("stranger"),
        at("other"),
        at("known"),
    );
    let stranger = std::fs::read_to_string(server.path("stranger.pub")).unwrap();
    std::fs::write(server.path("other"), format!("[127.0.0.1]:{} {stranger}", server.port)).unwrap();
    std::fs::write(server.path("inventory"), inventory).unwrap();
    let text = "- hosts: all\n  gather_facts: false\n  tasks:\n    - name: become root\n      command: id -un\n      become: true\n      changed_when: false\n";
    std::fs::write(server.path("play.yml"), text).unwrap();
    let (status, screen) = play(&server, &[]);
    let line = |host: &str| {
        let wanted = |line: &&str| line.contains(&format!("[{host}]")) && !line.starts_with("ok");
        screen.lines().find(wanted).unwrap_or_else(|| panic!("nothing about {host}:\n{screen}")).to_owned()
    };
    for (host, kind, words) in [
        ("gone", "UNREACHABLE!", "Connection refused"),
        ("stranger", "UNREACHABLE!", "Permission denied"),
        ("changed", "UNREACHABLE!", "is not the key recorded at"),
        ("unknown", "UNREACHABLE!", "is not known"),
        ("nopass", "FAILED!", "Missing sudo password"),
        ("wrongpass", "FAILED!", "Incorrect sudo password"),
        ("barred", "FAILED!", "is not in the sudoers file"),
    ] {
        let said = line(host);
        assert!(said.contains(kind) && said.contains(words), "{host}: {said}\n{screen}");
    }
    for host in ["good", "shelly"] {
        assert!(screen.contains(&format!("ok: [{host}]")), "{host}:\n{screen}");
    }
    // Ansible's sum: 2 for failed hosts and 4 for unreachable ones.
    assert_eq!(status.code(), Some(4), "{screen}");
    assert!(!screen.contains("nonsense") && !screen.contains("correct horse"), "{screen}");
}

/// Facts that were not asked for at the start come over the same connection and as the same user, while templates wait for them.
#[test]
fn the_rest_of_the_facts_comes_over_the_connection() {
    let Some(server) = estate("", "") else { return };
    server.target_as("free");
    let at = |name: &str| server.path(name).display().to_string();
    let inventory = format!(
        "h[1:4]\n[all:vars]\nansible_host=127.0.0.1\nansible_port={}\nansible_user=free\nansible_ssh_private_key_file={}\n\
         ansible_ssh_common_args=-o UserKnownHostsFile={} -o GlobalKnownHostsFile=/dev/null -o IdentityAgent=none\n",
        server.port,
        at("user"),
        at("known"),
    );
    std::fs::write(server.path("inventory"), inventory).unwrap();
    let far = "- assert:\n    that:\n    - ansible_user_id == 'root'\n    - hostvars.h2.ansible_kernel == ansible_kernel\n    - ansible_facts.env.HOME is defined\n    - hostvars.h3 | length > 50\n";
    std::fs::create_dir_all(server.path("far")).unwrap();
    std::fs::write(server.path("far/late.yml"), far).unwrap();
    // A local fact that tells that it was asked for.
    let fact = format!("#!/bin/sh\necho >> {}\necho '{{}}'\n", at("asked"));
    std::fs::create_dir_all(server.path("facts")).unwrap();
    std::fs::write(server.path("facts/mark.fact"), fact).unwrap();
    std::fs::set_permissions(server.path("facts/mark.fact"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let text = format!(
        "- hosts: all\n  become: true\n  fact_path: {}\n  tasks:\n  - ping:\n  - include_tasks: '{{{{ far }}}}'\n    when: far is defined\n  - ping:\n",
        at("facts")
    );
    std::fs::write(server.path("play.yml"), text).unwrap();
    let asked = |args: &[&str]| {
        let (status, screen) = play(&server, args);
        assert!(status.success(), "{screen}");
        let asked = std::fs::read_to_string(server.path("asked")).unwrap_or_default().lines().count();
        (screen.matches("All assertions passed").count(), asked)
    };
    assert_eq!(asked(&[]), (0, 0));
    assert_eq!(asked(&["-e", &format!("far={}", at("far/late.yml"))]), (4, 4));
}
