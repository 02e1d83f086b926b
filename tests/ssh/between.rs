//! Somebody between here and the server, and an agent that means no good.

use crate::server::{open, server};
use hostler::link::Target;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::time::Duration;

/// What the one in between does to the server's half of the handshake.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Meddling {
    /// Nothing.
    None,
    /// Puts a packet in that means nothing (`SSH_MSG_IGNORE`), before the keys are agreed on.
    Ignore,
    /// Puts in a packet that carries a debug message.
    Debug,
    /// Takes the sign of strict key exchange out of the server's list.
    NotStrict,
}

/// A packet before there are keys: length, padding, content.
pub fn packet(content: &[u8]) -> Vec<u8> {
    let padding = 16 - (content.len() + 5) % 8;
    let mut all = u32::try_from(1 + content.len() + padding).unwrap().to_be_bytes().to_vec();
    all.push(u8::try_from(padding).unwrap());
    all.extend(content);
    all.resize(all.len() + padding, 0);
    all
}

/// Carries one connection after the other to the server; the port to connect to.
fn between(server: u16, meddling: Meddling) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let Ok(far) = TcpStream::connect(("127.0.0.1", server)) else { return };
            let (mut up, mut to_far) = (client.try_clone().unwrap(), far.try_clone().unwrap());
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut up, &mut to_far);
                let _ = to_far.shutdown(Shutdown::Write);
            });
            std::thread::spawn(move || {
                let _ = meddle(far, client, meddling);
            });
        }
    });
    port
}

fn meddle(mut from: TcpStream, mut to: TcpStream, meddling: Meddling) -> std::io::Result<()> {
    // The server's greeting, a line.
    let (mut line, mut byte) = (Vec::new(), [0]);
    while line.last() != Some(&b'\n') {
        from.read_exact(&mut byte)?;
        line.push(byte[0]);
    }
    to.write_all(&line)?;
    // Its first packet: what it can.
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let mut body = vec![0; u32::from_be_bytes(length) as usize];
    from.read_exact(&mut body)?;
    let sign = b"kex-strict-s-v00@openssh.com";
    if meddling == Meddling::NotStrict {
        let at = body.windows(sign.len()).position(|window| window == sign).unwrap();
        body[at..at + 3].copy_from_slice(b"xxx");
    }
    to.write_all(&length)?;
    to.write_all(&body)?;
    match meddling {
        Meddling::Ignore => to.write_all(&packet(&[2, 0, 0, 0, 0]))?,
        Meddling::Debug => to.write_all(&packet(&[4, 0, 0, 0, 0, 0, 0, 0, 0, 0]))?,
        Meddling::None | Meddling::NotStrict => {}
    }
    std::io::copy(&mut from, &mut to)?;
    to.shutdown(Shutdown::Both)
}

/// SSH, CVE-2023-48795 (Terrapin): whoever puts packets into the handshake, or takes the sign against it out, ends the connection.
#[tokio::test]
async fn meddling_with_the_handshake_ends_it() {
    for cipher in ["chacha20-poly1305@openssh.com", "aes256-ctr", "aes256-gcm@openssh.com"] {
        let Some(server) = server(&[&format!("Ciphers={cipher}")]) else { return };
        for meddling in [Meddling::None, Meddling::Ignore, Meddling::Debug, Meddling::NotStrict] {
            let target = server.target();
            let known = std::fs::read_to_string(server.path("known")).unwrap();
            let port = between(server.port, meddling);
            let book = server.path("between");
            std::fs::write(&book, known.replace(&server.port.to_string(), &port.to_string())).unwrap();
            let result = open(&Target { port, known_hosts: Some(vec![book]), ..target }).await;
            match (result, meddling) {
                (Ok(link), Meddling::None) => drop(link.raw(None, "true", None).await.unwrap()),
                (Err(e), Meddling::Ignore | Meddling::Debug | Meddling::NotStrict) => {
                    assert!(e.unreachable(), "{cipher} {meddling:?}: {e}");
                }
                (Ok(_), _) => panic!("{cipher} {meddling:?}: connected"),
                (Err(e), Meddling::None) => panic!("{cipher}: {e}"),
            }
        }
    }
}

/// SSH, CVE-2026-46673 and its kin: an agent that announces what it likes, or never answers, costs neither memory nor the login.
#[tokio::test]
async fn a_hostile_agent_is_passed_over() {
    let Some(server) = server(&[]) else { return };
    for (name, answer) in [
        ("huge", vec![0xff; 4]),
        ("many", vec![0, 0, 0, 5, 12, 0xff, 0xff, 0xff, 0xff]),
        ("nothing", vec![0, 0, 0, 0]),
        ("garbage", vec![0, 0, 0, 8, 12, 0, 0, 0, 1, 0xff, 0xff, 0xff]),
        ("silent", Vec::new()),
    ] {
        let socket = server.path(name);
        let listener = UnixListener::bind(&socket).unwrap();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let answer = answer.clone();
                std::thread::spawn(move || {
                    let mut asked = [0; 1024];
                    while stream.read(&mut asked).is_ok_and(|length| length > 0) {
                        if stream.write_all(&answer).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        let target = Target { agent: Some(socket), timeout: Duration::from_secs(5), ..server.target() };
        let opened = tokio::time::timeout(Duration::from_secs(60), open(&target)).await;
        let link =
            opened.unwrap_or_else(|_| panic!("{name}: holds the login up")).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(link.raw(None, "echo in", None).await.unwrap().out(), "in\n", "{name}");
    }
}
