//! Modules over the host's shell: the same results as over the runner, files streamed, time kept, nothing shown to others.

use crate::server::{body, call, me, open, said, server, shell};
use hostler::link::{BackendChoice, Body, Link, LinkError, Target};
use std::time::{Duration, Instant};

async fn over(server: &crate::server::Server, backend: BackendChoice) -> Link {
    open(&Target { backend, ..server.target() }).await.unwrap()
}

#[tokio::test]
async fn commands_have_their_environment_directory_and_input() {
    let Some(server) = server(&[]) else { return };
    let mut seen = Vec::new();
    for backend in [BackendChoice::Shell, BackendChoice::Auto] {
        let link = over(&server, backend).await;
        let mut call = call("shell", &[("chdir", "/usr"), ("stdin", "typed"), ("executable", "/bin/sh")]);
        call.args.set("_raw_params", "pwd; cat; printf '|%s|%s|' \"$A\" \"$0\"; umask; echo \"it's\" >&2; exit 3");
        call.environment = vec![("A".into(), "b 'c' $d\n`e`".into())];
        let outcome = link.call(None, call, Vec::new()).await.unwrap();
        let get = |key: &str| outcome.values.get(key).unwrap().to_string();
        seen.push((get("stdout"), get("stderr"), get("rc")));
    }
    assert_eq!(seen[0], seen[1]);
    assert!(seen[0].0.starts_with("/usr\ntyped") && seen[0].0.contains("|b 'c' $d\n`e`|"), "{:?}", seen[0]);
    assert_eq!((seen[0].1.as_str(), seen[0].2.as_str()), ("it's", "3"));
}

#[tokio::test]
async fn files_are_streamed_and_second_time_unchanged() {
    let Some(server) = server(&[]) else { return };
    let link = over(&server, BackendChoice::Shell).await;
    let content: Vec<u8> = (0..5_000_000u32).flat_map(|n| (n.wrapping_mul(2_654_435_761) >> 7).to_le_bytes()).collect();
    let path = server.path("big file");
    for (check, changed) in [(true, true), (false, true), (false, false)] {
        let (body, info) = body(&content);
        let mut call = call("copy", &[("dest", path.to_str().unwrap()), ("mode", "0640")]);
        (call.check, call.bodies) = (check, vec![info]);
        let outcome = link.call(None, call, vec![body]).await.unwrap();
        assert_eq!((outcome.failed.as_deref(), outcome.changed), (None, changed), "{outcome:?}");
        assert_eq!(path.exists(), !check);
    }
    assert!(std::fs::read(&path).unwrap() == content);
    assert_eq!(said(&link, None, "ls -A").await.lines().filter(|name| name.starts_with(".hostler.")).count(), 0);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_changes_nothing() {
    let Some(server) = server(&[]) else { return };
    let link = over(&server, BackendChoice::Shell).await;
    let path = server.path("target");
    std::fs::write(&path, "old").unwrap();
    let mut call = call("copy", &[("dest", path.to_str().unwrap())]);
    call.bodies = vec![body(b"new").1];
    let outcome = link.call(None, call, vec![Body::File(server.path("gone"))]).await.unwrap();
    assert!(outcome.failed.unwrap().contains("No such file"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
}

#[tokio::test]
async fn time_ends_a_task_and_what_it_started() {
    let Some(server) = server(&[]) else { return };
    let link = over(&server, BackendChoice::Shell).await;
    let mark = server.path("alive").display().to_string();
    let mut call = call("shell", &[]);
    call.args.set("_raw_params", format!("echo $$ >{mark}; sleep 1000 & sleep 1001"));
    call.timeout_ms = 1500;
    let start = Instant::now();
    let outcome = link.call(None, call, Vec::new()).await.unwrap();
    assert!(outcome.failed.unwrap().contains("took longer than 1.5 seconds"));
    assert!(start.elapsed() < Duration::from_secs(60));
    let pid = std::fs::read_to_string(&mark).unwrap().trim().to_owned();
    // What was told to end takes a moment; the next call finds it gone.
    let line = format!("while kill -0 {pid} 2>/dev/null; do sleep 0.1; done; echo gone");
    assert_eq!(said(&link, None, &line).await, "gone");
}

#[tokio::test]
async fn a_child_in_the_background_does_not_hold_the_task_up() {
    let Some(server) = server(&[]) else { return };
    let link = over(&server, BackendChoice::Shell).await;
    let start = Instant::now();
    assert_eq!(said(&link, None, "sleep 300 & echo started").await, "started");
    assert!(start.elapsed() < Duration::from_secs(100));
    shell(&link, None, "kill %1 2>/dev/null; pkill -f 'sleep 300' || true").await.unwrap();
}

/// Secrets, "process list": no script and no environment of a task is ever seen in argv.
#[tokio::test]
async fn a_secret_is_not_in_the_process_list() {
    let Some(server) = server(&[]) else { return };
    let link = over(&server, BackendChoice::Shell).await;
    let mut call = call("shell", &[]);
    call.args.set("_raw_params", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '");
    call.environment = vec![("TOKEN".into(), "quite-secret-7461".into())];
    let outcome = link.call(None, call, Vec::new()).await.unwrap();
    assert!(!outcome.values.get("stdout").unwrap().to_string().contains("quite-secret-7461"));
}

#[tokio::test]
async fn a_lost_connection_is_told_as_such() {
    let Some(server) = server(&[]) else { return };
    let link = over(&server, BackendChoice::Shell).await;
    assert_eq!(said(&link, None, "id -un").await, me());
    // The session's own sshd dies under the command.
    let error = shell(&link, None, "p=$$; while [ $p -gt 1 ]; do case $(cat /proc/$p/comm) in sshd*) break;; esac; p=$(sed 's/.*) . \\([0-9]*\\) .*/\\1/' /proc/$p/stat); done; kill -9 $p; sleep 60")
        .await
        .err()
        .unwrap();
    assert!(matches!(&error, LinkError::Lost { in_flight: true, .. }) && error.unreachable(), "{error}");
    // The next task gets a new connection.
    assert_eq!(said(&link, None, "id -un").await, me());
}

#[tokio::test]
async fn many_calls_at_once() {
    let Some(server) = server(&[]) else { return };
    let link = over(&server, BackendChoice::Shell).await;
    let mut all = tokio::task::JoinSet::new();
    for number in 0..25 {
        let link = link.clone();
        all.spawn(async move { said(&link, None, &format!("sleep 0.05; echo {number}")).await == number.to_string() });
    }
    assert!(all.join_all().await.into_iter().all(|right| right));
}
