//! Servers that mean no good: only their own host fails, soon, and memory stays bounded.

use hostler::link::{Connector, LinkOptions, Target};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

/// What a server does with a connection.
type Act = Box<dyn Fn(TcpStream) + Send + Sync>;

/// A server that does to each connection what it is told; its port.
fn server(act: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let act = std::sync::Arc::new(act);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let act = act.clone();
            std::thread::spawn(move || act(stream));
        }
    });
    port
}

fn target(port: u16) -> Target {
    let mut target = Target::ssh("enemy", "127.0.0.1", "me");
    (target.port, target.timeout, target.batch) = (port, Duration::from_secs(3), true);
    (target.agent, target.key_files) = (Some(PathBuf::new()), Vec::new());
    (target.known_hosts, target.global_known_hosts) = (Some(Vec::new()), Some(Vec::new()));
    target
}

fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Writes for as long as somebody listens.
fn endless(mut stream: TcpStream, first: &[u8], piece: &[u8]) {
    let _ = stream.write_all(first);
    while stream.write_all(piece).is_ok() {}
}

#[tokio::test]
async fn each_fails_alone_and_in_time() {
    const HELLO: &[u8] = b"SSH-2.0-OpenSSH_9.9\r\n";
    let acts: Vec<(&str, Act)> = vec![
        ("closes at once", Box::new(drop)),
        (
            "says nothing",
            Box::new(|mut s| drop(s.read(&mut [0; 1 << 16]).and_then(|_| s.read_to_end(&mut Vec::new())))),
        ),
        ("endless line", Box::new(|s| endless(s, b"", &[b'x'; 1 << 16]))),
        ("endless banner", Box::new(|s| endless(s, b"", b"hello there\r\n"))),
        ("another protocol", Box::new(|s| endless(s, b"HTTP/1.1 200 OK\r\n\r\n", b"<html>\n"))),
        ("old protocol", Box::new(|s| endless(s, b"SSH-1.5-old\r\n", b"\0"))),
        ("huge packet", Box::new(|s| endless(s, &[HELLO, &[0xff; 4]].concat(), &[0; 1 << 16]))),
        ("packet of nothing", Box::new(|s| endless(s, HELLO, &[0; 1 << 16]))),
        ("noise", Box::new(|s| endless(s, HELLO, &[0x5a; 4096]))),
        ("wrong order", Box::new(|s| endless(s, HELLO, &[0, 0, 0, 12, 10, 52, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]))),
        (
            "goodbye",
            Box::new(|mut s| {
                let _ = s.write_all(b"SSH-2.0-x\r\n");
            }),
        ),
    ];
    let before = memory();
    let connector = Connector::new(&LinkOptions::default());
    let mut all = tokio::task::JoinSet::new();
    for (name, act) in acts {
        let (connector, target) = (connector.clone(), target(server(act)));
        all.spawn(async move { (name, tokio::time::timeout(Duration::from_secs(60), connector.open(&target)).await) });
    }
    for (name, result) in all.join_all().await {
        let error =
            result.unwrap_or_else(|_| panic!("{name}: still waiting")).err().unwrap_or_else(|| panic!("{name}"));
        assert!(error.unreachable(), "{name}: {error}");
        assert!(!error.to_string().chars().any(|c| c.is_control()), "{name}: {error:?}");
    }
    let grown = memory().saturating_sub(before);
    assert!(grown < 200 << 10, "memory grew by {grown} KiB");
}

/// SSH, "unauthenticated control port": this side listens nowhere.
#[tokio::test]
async fn nothing_listens_here() {
    let Some(server) = crate::server::server(&[]) else { return };
    let listeners = || {
        let mine: Vec<String> = std::fs::read_dir("/proc/self/fd")
            .unwrap()
            .flatten()
            .filter_map(|fd| std::fs::read_link(fd.path()).ok())
            .filter_map(|to| Some(to.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
            .collect();
        let table = |name: &str| std::fs::read_to_string(format!("/proc/self/net/{name}")).unwrap_or_default();
        let all = table("tcp") + &table("tcp6");
        let listening = all
            .lines()
            .filter(|line| line.split_whitespace().nth(3) == Some("0A"))
            .filter(|line| line.split_whitespace().nth(9).is_some_and(|inode| mine.iter().any(|own| own == inode)));
        listening.count()
    };
    // Other tests of this process may listen themselves, for a moment: it is enough that a link adds none of its own.
    let before = listeners();
    let link = crate::server::open(&server.target()).await.unwrap();
    link.raw(None, "true", None).await.unwrap();
    assert!(listeners() <= before + 16, "{} before", before);
}
