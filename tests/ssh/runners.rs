//! The runner on its way to a host: sent once, found again, kept in private or not at all, and what happens where it cannot run.

use crate::estate::estate;
use crate::server::{call, open, runner, said, server, shell};
use hostler::link::{BackendChoice, Connector, EmbeddedRunner, LinkError, LinkOptions, Target};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

#[tokio::test]
async fn it_is_sent_once_and_then_found() {
    let (Some(server), Some(runner)) = (server(&[]), runner()) else { return };
    let target = server.target();
    let kept = server.path(".hostler").join(runner.sha256);
    let mut first = None;
    for _ in 0..2 {
        let link = open(&target).await.unwrap();
        let outcome = link.call(None, call("ping", &[]), Vec::new()).await.unwrap();
        assert_eq!(outcome.failed, None);
        let meta = std::fs::metadata(&kept).unwrap();
        assert_eq!(
            (meta.mode() & 0o7777, std::fs::metadata(server.path(".hostler")).unwrap().mode() & 0o777),
            (0o700, 0o700)
        );
        assert_eq!(*first.get_or_insert(meta.ino()), meta.ino(), "it was sent again");
        link.close().await;
    }
    // Whatever is there under its name must be it, to the last byte.
    let short = b"#!/bin/sh\necho I am not it\n".to_vec();
    let mut as_long = short.clone();
    as_long.resize(usize::try_from(runner.size).unwrap(), b'#');
    for content in [short, as_long] {
        let other = server.path("other");
        std::fs::write(&other, content).unwrap();
        std::fs::set_permissions(&other, PermissionsExt::from_mode(0o700)).unwrap();
        std::fs::rename(&other, &kept).unwrap();
        let link = open(&target).await.unwrap();
        assert_eq!(link.call(None, call("ping", &[]), Vec::new()).await.unwrap().failed, None);
        let meta = std::fs::metadata(&kept).unwrap();
        assert!(meta.size() == runner.size && !std::fs::read(&kept).unwrap().starts_with(b"#!"));
        link.close().await;
    }
}

#[tokio::test]
async fn nothing_is_left_when_nothing_may_stay() {
    let (Some(server), Some(_)) = (server(&[]), runner()) else { return };
    let link = open(&Target { no_cache: true, ..server.target() }).await.unwrap();
    assert_eq!(link.call(None, call("ping", &[]), Vec::new()).await.unwrap().failed, None);
    let left = std::fs::read_dir(server.path(".hostler")).map_or(0, Iterator::count);
    assert_eq!(left, 0);
}

/// A task's files get the login's umask, not that of the cache.
#[tokio::test]
async fn the_umask_is_the_users() {
    let (Some(server), Some(_)) = (server(&[]), runner()) else { return };
    let link = open(&server.target()).await.unwrap();
    let own = link.raw(None, "umask", None).await.unwrap().out();
    assert_eq!(said(&link, None, "umask").await, own.trim());
}

/// Temporary files, CVE-2020-1733: a place another could have prepared is not used.
#[tokio::test]
async fn a_prepared_place_is_refused() {
    let (Some(server), Some(runner)) = (server(&[]), runner()) else { return };
    let cache = server.path(".hostler");
    let elsewhere = server.path("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    std::fs::set_permissions(&elsewhere, PermissionsExt::from_mode(0o700)).unwrap();
    for prepared in ["open", "link", "file", "base"] {
        match prepared {
            "open" => {
                std::fs::create_dir(&cache).unwrap();
                std::fs::set_permissions(&cache, PermissionsExt::from_mode(0o777)).unwrap();
            }
            "link" => symlink(&elsewhere, &cache).unwrap(),
            "file" => std::fs::write(&cache, "").unwrap(),
            _ => std::fs::set_permissions(server.dir.path(), PermissionsExt::from_mode(0o777)).unwrap(),
        }
        let link = open(&server.target()).await.unwrap();
        assert_eq!(link.call(None, call("ping", &[]), Vec::new()).await.unwrap().failed, None, "{prepared}");
        assert!(!cache.join(runner.sha256).exists() && !elsewhere.join(runner.sha256).exists(), "{prepared}");
        link.close().await;
        let _ = std::fs::remove_file(&cache);
        let _ = std::fs::remove_dir_all(&cache);
    }
}

const NOEXEC: &str = "for d in /home /tmp /var/tmp /dev/shm; do mount -t tmpfs -o noexec,mode=1777 tmpfs $d; done
mkdir -m 755 /home/free /home/app; chown 3001 /home/free; chown 3008 /home/app";

#[tokio::test]
async fn where_nothing_can_be_executed_the_shell_is_used() {
    let Some(server) = estate("", NOEXEC) else { return };
    let link = open(&server.target_as("free")).await.unwrap();
    let outcome = shell(&link, None, "id -un").await.unwrap();
    assert_eq!(outcome.values.get("stdout").unwrap().to_string(), "free");
    let warned = outcome.warnings.join("\n");
    assert!(warned.contains("there is no directory where it could be put and executed"), "{warned}");
    // Said once.
    assert!(shell(&link, None, "true").await.unwrap().warnings.is_empty());
    let left = std::fs::read_dir(server.inside("/tmp")).unwrap().count();
    assert_eq!(left, 0, "something is left in /tmp");
    let target = Target { backend: BackendChoice::Runner, ..server.target_as("free") };
    let error = shell(&open(&target).await.unwrap(), None, "true").await.err().unwrap();
    assert!(matches!(&error, LinkError::NoBackend { why, .. } if why.contains("executed")), "{error}");
}

#[tokio::test]
async fn an_unknown_machine_uses_the_shell() {
    let Some(server) = server(&[]) else { return };
    let other = EmbeddedRunner { arch: "pdp11", sha256: "00", blake2: "00", size: 1, gzip: b"" };
    let link = Connector::with_runners(&LinkOptions::default(), vec![other]).open(&server.target()).await.unwrap();
    let outcome = shell(&link, None, "echo hello").await.unwrap();
    assert_eq!(outcome.values.get("stdout").unwrap().to_string(), "hello");
    assert!(outcome.warnings[0].contains("there is no runner for its machine type `Linux "), "{:?}", outcome.warnings);
}

#[tokio::test]
async fn a_full_disk_uses_the_shell_and_leaves_nothing() {
    let full = "for d in /home /tmp /var/tmp /dev/shm; do mount -t tmpfs -o size=64k,mode=1777 tmpfs $d; done
mkdir -m 755 /home/free; chown 3001 /home/free";
    let Some(server) = estate("", full) else { return };
    let link = open(&server.target_as("free")).await.unwrap();
    let outcome = shell(&link, None, "find /home /tmp -name '.new-*' -o -name '*hostler*' -type f").await.unwrap();
    assert_eq!(outcome.values.get("stdout").unwrap().to_string(), "");
    assert!(outcome.warnings[0].contains("the disk may be full"), "{:?}", outcome.warnings);
}
