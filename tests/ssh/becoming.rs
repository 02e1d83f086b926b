//! Becoming another user: each way, with and without password, and how each refusal is told. A row a case.

use crate::estate::{WORD, estate};
use crate::server::{Server, open, said, shell};
use hostler::link::{BackendChoice, Become, BecomeMethod, LinkError, Password, Target};
use std::time::Instant;

fn becoming(method: BecomeMethod, user: &str, password: Option<&str>) -> Become {
    Become { method, user: user.into(), password: password.map(Password::new), flags: None, exe: None, chdir: None }
}

/// Login user, method, user to become, password given, what comes of it: the name of the user, or a piece of the error.
type Row = (&'static str, BecomeMethod, &'static str, Option<&'static str>, Result<(), &'static str>);

const WRONG: &str = "not it";

const ROWS: &[Row] = &[
    ("free", BecomeMethod::Sudo, "root", None, Ok(())),
    ("free", BecomeMethod::Sudo, "root", Some(WRONG), Ok(())),
    ("free", BecomeMethod::Sudo, "app", None, Ok(())),
    ("free", BecomeMethod::Sudo, "daemon1", None, Ok(())),
    ("free", BecomeMethod::Sudo, "nobody-at-all", None, Err("sudo refused: sudo: unknown user")),
    ("asked", BecomeMethod::Sudo, "root", Some(WORD), Ok(())),
    ("asked", BecomeMethod::Sudo, "app", Some(WORD), Ok(())),
    ("asked", BecomeMethod::Sudo, "root", None, Err("Missing sudo password")),
    ("asked", BecomeMethod::Sudo, "root", Some(WRONG), Err("Incorrect sudo password")),
    ("lectured", BecomeMethod::Sudo, "root", Some(WORD), Ok(())),
    ("lectured", BecomeMethod::Sudo, "root", Some(WRONG), Err("Incorrect sudo password")),
    ("odd", BecomeMethod::Sudo, "root", Some(WORD), Ok(())),
    ("barred", BecomeMethod::Sudo, "root", Some(WORD), Err("sudo refused: barred is not in the sudoers file")),
    ("barred", BecomeMethod::Sudo, "root", None, Err("Missing sudo password")),
    ("narrow", BecomeMethod::Sudo, "root", None, Err("Missing sudo password")),
    ("pty", BecomeMethod::Sudo, "root", None, Ok(())),
    ("barred", BecomeMethod::Su, "root", Some(WORD), Ok(())),
    ("barred", BecomeMethod::Su, "free", Some(WORD), Ok(())),
    ("barred", BecomeMethod::Su, "root", Some(WRONG), Err("Incorrect su password")),
    ("barred", BecomeMethod::Su, "root", None, Err("Missing su password")),
    ("barred", BecomeMethod::Su, "nobody-at-all", Some(WORD), Err("does not exist")),
    ("root", BecomeMethod::Su, "app", None, Ok(())),
    ("root", BecomeMethod::Su, "daemon1", None, Ok(())),
    ("csh", BecomeMethod::Sudo, "root", None, Ok(())),
    ("fish", BecomeMethod::Sudo, "root", None, Ok(())),
    ("zsh", BecomeMethod::Sudo, "root", None, Ok(())),
    ("noisy", BecomeMethod::Sudo, "root", None, Ok(())),
];

/// Programs that insist on a terminal, and get one.
const TERMINAL: &[Row] = &[
    ("tty", BecomeMethod::Sudo, "root", None, Ok(())),
    ("tty", BecomeMethod::Sudo, "app", Some(WRONG), Ok(())),
    ("ttyasked", BecomeMethod::Sudo, "root", Some(WORD), Ok(())),
    ("ttyasked", BecomeMethod::Sudo, "root", Some(WRONG), Err("Incorrect sudo password")),
    ("ttyasked", BecomeMethod::Sudo, "root", None, Err("Missing sudo password")),
    ("ptyasked", BecomeMethod::Sudo, "root", Some(WORD), Ok(())),
    ("ptyasked", BecomeMethod::Sudo, "app", Some(WORD), Ok(())),
    ("ptyasked", BecomeMethod::Sudo, "app", Some(WRONG), Err("Incorrect sudo password")),
];

const DOAS: &[Row] = &[
    ("free", BecomeMethod::Doas, "root", None, Ok(())),
    ("free", BecomeMethod::Doas, "app", None, Ok(())),
    ("asked", BecomeMethod::Doas, "root", None, Err("Missing doas password")),
    ("asked", BecomeMethod::Doas, "root", Some(WORD), Ok(())),
    ("asked", BecomeMethod::Doas, "app", Some(WORD), Ok(())),
    ("asked", BecomeMethod::Doas, "root", Some(WRONG), Err("Incorrect doas password")),
    ("barred", BecomeMethod::Doas, "root", None, Err("doas refused")),
];

async fn check(server: &Server, rows: &[Row], backend: BackendChoice) {
    for (login, method, user, password, wanted) in rows {
        if there(server, login).is_none() {
            continue;
        }
        let row = format!("{login} {method:?} {user} {password:?} {backend:?}");
        let link = open(&Target { backend, ..server.target_as(login) }).await.unwrap_or_else(|e| panic!("{row}: {e}"));
        let start = Instant::now();
        let who = becoming(*method, user, *password);
        let result = shell(&link, Some(&who), "id -un; pwd >/dev/null; echo $HOME").await;
        match (result, wanted) {
            (Ok(outcome), Ok(())) => {
                assert_eq!(outcome.failed, None, "{row}: {outcome:?}");
                let out = outcome.values.get("stdout").unwrap().to_string();
                assert_eq!(out.lines().next(), Some(*user), "{row}: {outcome:?}");
            }
            (Err(e), Err(words)) => {
                assert!(matches!(e, LinkError::Become(_)) && !e.unreachable(), "{row}: {e}");
                assert!(e.to_string().contains(words), "{row}: {e}");
                assert!(!e.to_string().contains(WORD), "{row}: {e}");
                assert!(start.elapsed().as_secs() < 20, "{row}: took {:?}", start.elapsed());
                // The login user's own tasks go on.
                assert_eq!(said(&link, None, "id -un").await, *login, "{row}");
            }
            (other, _) => panic!("{row}: {other:?}"),
        }
        link.close().await;
    }
}

/// Whether the login shell of an account is installed.
fn there(server: &Server, login: &str) -> Option<()> {
    let passwd = std::fs::read_to_string(server.inside("/etc/passwd")).unwrap();
    let line = passwd.lines().find(|line| line.starts_with(&format!("{login}:"))).unwrap().to_owned();
    let shell = line.rsplit(':').next().unwrap();
    if std::path::Path::new(shell).exists() {
        return Some(());
    }
    assert!(std::env::var_os("CI").is_none(), "{shell} is missing");
    eprintln!("skipped for {login}: {shell} is missing");
    None
}

#[tokio::test]
async fn over_the_runner() {
    let Some(server) = estate("", "") else { return };
    check(&server, ROWS, BackendChoice::Runner).await;
}

#[tokio::test]
async fn at_a_terminal() {
    let Some(server) = estate("", "") else { return };
    check(&server, TERMINAL, BackendChoice::Runner).await;
}

/// The runner is sent and spoken with through the terminal; no byte of what goes either way is changed.
#[tokio::test]
async fn a_terminal_passes_every_byte_on() {
    let Some(server) = estate("", "") else { return };
    let bytes: Vec<u8> = (0..1 << 20)
        .map(|n: u32| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .chain(0..=255)
        // What ends sessions of ssh and of machinectl.
        .chain(*b"\n~.\n\x1d\x1d\x1d\x1d")
        .collect();
    std::fs::write(server.path("bytes"), &bytes).unwrap();
    let ways = ["tty", "ptyasked"].map(|user| (user, server.target_as(user)));
    for (user, target) in ways.into_iter().chain([("tty", crate::openssh::system(server.target_as("tty")))]) {
        let link = open(&target).await.unwrap();
        let who = becoming(BecomeMethod::Sudo, "root", Some(WORD));
        let there = format!("/home/{user}/bytes-{:?}", target.connection);
        let mut copy = crate::server::call("copy", &[("dest", &there), ("mode", "0600")]);
        copy.args.set("src", server.path("bytes").display().to_string());
        let outcome = crate::server::copied(&link, Some(&who), copy, &server.path("bytes")).await;
        assert_eq!((outcome.failed.as_ref(), outcome.changed), (None, true), "{user}: {outcome:?}");
        assert!(std::fs::read(server.inside(&there)).unwrap() == bytes, "{user}");
        let count = said(&link, Some(&who), "head -c 300000 /dev/zero | tr '\\0' '\\3'").await;
        assert!(count.len() == 300_000 && count.bytes().all(|byte| byte == 3), "{user}");
        // A command of its own, and one that fails.
        let output = link.raw(Some(&who), "printf 'a\\nb'; exit 3", None).await.unwrap();
        assert_eq!((output.out(), output.status), ("a\nb".into(), 3), "{user}");
        // The end of its input gets there too.
        let start = Instant::now();
        link.end_runner_of("root").await;
        assert!(start.elapsed().as_secs() < 10, "{user}: the runner did not end with its input");
    }
}

/// Where only the shell could do the work, a terminal that is insisted on is told as the reason why it cannot.
#[tokio::test]
async fn the_shell_is_of_no_use_at_a_terminal() {
    let Some(server) = estate("", "") else { return };
    let link = open(&Target { backend: BackendChoice::Shell, ..server.target_as("tty") }).await.unwrap();
    let error = shell(&link, Some(&becoming(BecomeMethod::Sudo, "root", None)), "id").await.err().unwrap();
    assert!(error.to_string().contains("of no use behind a terminal") && !error.unreachable(), "{error}");
    assert_eq!(said(&link, None, "id -un").await, "tty");
}

#[tokio::test]
async fn over_the_shell() {
    let Some(server) = estate("", "") else { return };
    check(&server, ROWS, BackendChoice::Shell).await;
}

#[tokio::test]
async fn by_doas() {
    let Some(server) = estate("", "") else { return };
    if !std::path::Path::new("/usr/bin/doas").exists() {
        assert!(std::env::var_os("CI").is_none(), "doas is missing");
        eprintln!("skipped: doas is missing");
        return;
    }
    check(&server, DOAS, BackendChoice::Runner).await;
}

/// Privilege escalation, "environment carried over": nothing of the login user's environment reaches the other's programs.
#[tokio::test]
async fn the_environment_is_not_carried_over() {
    let accept = "AcceptEnv *\nPermitUserEnvironment yes";
    let hostile = "mkdir -p /home/free/.ssh; printf 'LD_PRELOAD=/home/free/x.so\\nBASH_ENV=/home/free/x\\nENV=/home/free/x\\n\
                   PYTHONPATH=/home/free\\n' >/home/free/.ssh/environment; \
                   sed -i 's/^Defaults.*/Defaults !env_reset/' /etc/sudoers";
    let Some(server) = estate(accept, hostile) else { return };
    for backend in [BackendChoice::Runner, BackendChoice::Shell] {
        let link = open(&Target { backend, ..server.target_as("free") }).await.unwrap();
        let who = becoming(BecomeMethod::Sudo, "root", None);
        let env = said(&link, Some(&who), "env").await;
        assert!(!env.contains("/home/free/x") && !env.contains("PYTHONPATH"), "{backend:?}: {env}");
    }
}

/// "unprivileged to unprivileged": nothing of ours can be read by a third user, and root runs nothing another could write.
#[tokio::test]
async fn nothing_of_ours_is_open_to_others() {
    let Some(server) = estate("", "") else { return };
    let link = open(&server.target_as("free")).await.unwrap();
    for user in ["app", "root"] {
        let who = becoming(BecomeMethod::Sudo, user, None);
        assert_eq!(said(&link, Some(&who), "id -un").await, user);
        let files = "find /home /root /tmp /var/tmp /dev/shm -maxdepth 4 -path '*/.hostler*'";
        let modes = said(
            &link,
            Some(&becoming(BecomeMethod::Sudo, "root", None)),
            // Other tests of this machine may take theirs away meanwhile.
            &format!("({files}) 2>/dev/null | xargs -r stat -c '%a %n' 2>/dev/null || true"),
        )
        .await;
        for line in modes.lines() {
            assert!(line.split(' ').next().unwrap().ends_with("00"), "{user}: {modes}");
        }
    }
    let runner = server.inside("/home/app/.hostler");
    assert!(runner.exists());
    use std::os::unix::fs::MetadataExt;
    assert_eq!(std::fs::metadata(runner).unwrap().uid(), 3008);
}

/// "prompt spoofing": what looks like a prompt but is not the agreed one gets no password.
#[tokio::test]
async fn a_false_prompt_gets_no_password() {
    let spoof = "printf '#!/bin/sh\\nprintf \"[sudo] password for asked: \" >&2\\nread -r word\\necho \"$word\" >/tmp/stolen-%s\\n' \
                 >/home/asked/sudo; chmod 755 /home/asked/sudo";
    let Some(server) = estate("", spoof) else { return };
    let link = open(&server.target_as("asked")).await.unwrap();
    let who = Become { exe: Some("/home/asked/sudo".into()), ..becoming(BecomeMethod::Sudo, "root", Some(WORD)) };
    let error = shell(&link, Some(&who), "id").await.err().unwrap();
    assert!(error.to_string().contains("which is not the prompt that was agreed on"), "{error}");
    assert!(!server.inside("/tmp/stolen-%s").exists());
}
