//! Files on their way to their places: never wider than in the end, never with bits nobody asked for, and nothing of a secret left.

use crate::server::{call, copied, open, server};
use hostler::link::{BackendChoice, Target};
use hostler_sdk::Value;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Temporary files, CVE-2020-1736: somebody who looks at the directory all the time never sees a file with wider bits than the last.
#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_never_sees_wider_bits() {
    let Some(server) = server(&[]) else { return };
    for backend in [BackendChoice::Runner, BackendChoice::Shell] {
        let folder = server.path(&format!("watched-{backend:?}"));
        std::fs::create_dir(&folder).unwrap();
        let (stop, looks) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let watcher = {
            let (stop, looks, folder) = (stop.clone(), looks.clone(), folder.clone());
            std::thread::spawn(move || {
                let mut wide = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    for entry in std::fs::read_dir(&folder).unwrap().flatten() {
                        let Ok(meta) = entry.path().symlink_metadata() else { continue };
                        looks.fetch_add(1, Ordering::Relaxed);
                        if meta.mode() & 0o077 != 0 {
                            wide.push(format!("{:?} {:o}", entry.file_name(), meta.mode()));
                        }
                    }
                }
                wide
            })
        };
        let link = open(&Target { backend, ..server.target() }).await.unwrap();
        for round in 0..6 {
            let file = server.path("content");
            std::fs::write(&file, format!("{round}\n").repeat(200_000)).unwrap();
            let at = |name: &str| folder.join(name).display().to_string();
            let mut copy = call("copy", &[("dest", &at("copied")), ("mode", "0600")]);
            copy.args.set("src", file.display().to_string());
            let lines = call(
                "lineinfile",
                &[("path", &at("lines")), ("line", &format!("secret {round}")), ("create", "true"), ("mode", "0600")],
            );
            assert_eq!(copied(&link, None, copy, &file).await.failed, None);
            assert_eq!(link.call(None, lines, Vec::new()).await.unwrap().failed, None);
        }
        stop.store(true, Ordering::Relaxed);
        let wide = watcher.join().unwrap();
        assert!(wide.is_empty(), "{backend:?}: {wide:?}");
        assert!(looks.load(Ordering::Relaxed) > 100, "the watcher saw little");
    }
}

/// Temporary files, "setuid by accident": a copy has none of the bits of its source that nobody asked for.
#[tokio::test]
async fn no_file_gains_setuid_by_itself() {
    let Some(server) = server(&[]) else { return };
    let source = server.path("special");
    std::fs::write(&source, "program").unwrap();
    std::fs::set_permissions(&source, PermissionsExt::from_mode(0o6755)).unwrap();
    for backend in [BackendChoice::Runner, BackendChoice::Shell] {
        let link = open(&Target { backend, ..server.target() }).await.unwrap();
        let sent = server.path(&format!("sent-{backend:?}"));
        let mut copy = call("copy", &[("dest", &sent.display().to_string())]);
        copy.args.set("src", source.display().to_string());
        assert_eq!(copied(&link, None, copy.clone(), &source).await.failed, None);
        assert_eq!(std::fs::metadata(&sent).unwrap().mode() & 0o7000, 0, "{backend:?}");
        let there = server.path(&format!("there-{backend:?}"));
        copy.args.set("dest", there.display().to_string());
        copy.args.set("remote_src", Value::Bool(true));
        let outcome = link.call(None, copy, Vec::new()).await.unwrap();
        assert_eq!(outcome.failed, None, "{outcome:?}");
        assert_eq!(std::fs::metadata(&there).unwrap().mode() & 0o7000, 0, "{backend:?} on the host itself");
    }
}

fn holders(folder: &Path, marker: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.is_symlink() {
            holders(&path, marker, found);
        } else if path.is_file() && String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains(marker) {
            found.push(path.strip_prefix(folder).map(|name| name.display().to_string()).unwrap_or_default());
        }
    }
}

/// Temporary files, CVE-2020-10685: of a decrypted file nothing is left anywhere but in its place, whether the run succeeds or fails.
#[test]
fn nothing_decrypted_is_left() {
    const MARKER: &str = "only-in-its-place-7f3a";
    let Some(server) = server(&[]) else { return };
    server.target();
    let at = |name: &str| server.path(name).display().to_string();
    for name in ["home", "tmp", "world"] {
        std::fs::create_dir(server.path(name)).unwrap();
    }
    std::fs::write(server.path("pw"), "word\n").unwrap();
    let mut vault = Command::new(env!("CARGO_BIN_EXE_hostler"));
    std::fs::write(server.path("sealed"), format!("{MARKER}\n")).unwrap();
    let sealed = vault.args(["vault", "encrypt", "--vault-password-file", &at("pw"), &at("sealed")]).output().unwrap();
    assert!(sealed.status.success(), "{sealed:?}");
    let inventory = format!(
        "web ansible_host=127.0.0.1 ansible_port={} ansible_ssh_private_key_file={}\n[all:vars]\n\
         ansible_ssh_common_args=-o UserKnownHostsFile={} -o GlobalKnownHostsFile=/dev/null -o IdentityAgent=none\n",
        server.port,
        at("user"),
        at("known"),
    );
    std::fs::write(server.path("inventory"), inventory).unwrap();
    let play = format!(
        "- hosts: all\n  gather_facts: false\n  tasks:\n    - copy: {{src: sealed, dest: {}, mode: '0600'}}\n    \
         - copy: {{src: sealed, dest: /proc/no/such/place}}\n",
        at("world/opened"),
    );
    std::fs::write(server.path("play.yml"), play).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_hostler"))
        .args([
            "play",
            "--output",
            "plain",
            "-vvv",
            "-i",
            &at("inventory"),
            "--vault-password-file",
            &at("pw"),
            &at("play.yml"),
        ])
        .current_dir(server.dir.path())
        .env("HOME", server.path("home"))
        .env("TMPDIR", server.path("tmp"))
        .env_remove("SSH_AUTH_SOCK")
        .output()
        .unwrap();
    let screen = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(2), "{screen}");
    let mut found = Vec::new();
    holders(server.dir.path(), MARKER, &mut found);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(std::fs::read_to_string(server.path("world/opened")).unwrap(), format!("{MARKER}\n"));
    assert!(!screen.contains(MARKER), "{screen}");
}
