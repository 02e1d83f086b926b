//! Small web servers on loopback for the lookup `url`: plain, on a socket file, with TLS, and a proxy. Each answers what its
//! paths say, and `/echo` with the request itself, so that playbooks can judge what was sent.

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;

/// A server of this machine; its threads end with the tests.
pub fn plain() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream));
        }
    });
    port
}

/// The same on a socket file.
pub fn on_file(path: &Path) {
    let listener = UnixListener::bind(path).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream));
        }
    });
}

/// The same with TLS.
pub fn secure(config: Arc<ServerConfig>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            std::thread::spawn(move || answer(StreamOwned::new(connection, stream)));
        }
    });
    port
}

/// A proxy for user `u` with the password `p`: plain requests are answered as `/echo`, `CONNECT` leads to the port it names.
pub fn proxy() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let head = head(&mut stream);
                if !head.contains("Basic dTpw") {
                    return said(&mut stream, "407 Proxy Authentication Required", &[], b"");
                }
                let Some(target) = head.strip_prefix("CONNECT ") else {
                    return said(&mut stream, "200 OK", &[], head.as_bytes());
                };
                let mut through = TcpStream::connect(target.split(' ').next().unwrap()).unwrap();
                stream.write_all(b"HTTP/1.1 200 Through\r\n\r\n").unwrap();
                let (mut back, mut forth) = (stream.try_clone().unwrap(), through.try_clone().unwrap());
                std::thread::spawn(move || std::io::copy(&mut forth, &mut back));
                let _ = std::io::copy(&mut stream, &mut through);
            });
        }
    });
    port
}

/// The head of a request, byte by byte, so that nothing behind it is taken.
fn head(stream: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
        bytes.push(byte[0]);
    }
    String::from_utf8(bytes).unwrap()
}

fn said(stream: &mut impl Write, status: &str, headers: &[&str], body: &[u8]) {
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        head.push_str(&format!("{header}\r\n"));
    }
    // Who gave up the connection does not read it any more.
    let _ = stream.write_all(format!("{head}\r\n").as_bytes()).and_then(|()| stream.write_all(body));
    let _ = stream.flush();
}

fn answer(stream: impl Read + Write) {
    let mut stream = BufReader::new(stream);
    let mut request = String::new();
    let mut line = String::new();
    while stream.read_line(&mut line).is_ok_and(|n| n > 2) {
        request.push_str(&line);
        line.clear();
    }
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let has = |text: &str| request.contains(text);
    let stream = stream.get_mut();
    match path.as_str() {
        "/lines" => said(stream, "200 OK", &[], b"a\nb\r\nc\rd\x0be\n"),
        "/chunks" => {
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n4\r\n two\r\n0\r\n\r\n");
        }
        "/short" => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
        }
        "/gzip" => {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packed.write_all(b"unpacked").unwrap();
            said(stream, "200 OK", &["Content-Encoding: gzip"], &packed.finish().unwrap());
        }
        "/bytes" => said(stream, "200 OK", &[], b"\xff\xfe"),
        "/missing" => said(stream, "404 Gone Fishing", &[], b"no"),
        "/nowhere" => said(stream, "302 Found", &[], b""),
        "/to-echo" => said(stream, "302 Found", &["Location: echo", "Set-Cookie: crumb=1; Path=/"], b""),
        "/loop" => said(stream, "302 Found", &["Location: /loop"], b""),
        "/to-file" => said(stream, "302 Found", &["Location: file:///etc/passwd"], b""),
        path if path.starts_with("/to-port/") => {
            said(stream, "307 Moved", &[&format!("Location: http://127.0.0.1:{}/echo", &path[9..])], b"");
        }
        "/basic" if has("Basic Ym9iOnggeQ==") => said(stream, "200 OK", &[], b"in"),
        "/basic" => said(stream, "401 Unauthorized", &["WWW-Authenticate: Basic realm=\"r\""], b""),
        // MD5 of `bob:r:x y`, of `GET:/digest`, and of both around the nonce.
        "/digest" if has("Digest username=\"bob\"") && has("uri=\"/digest\"") && has("nonce=\"n\"") => {
            said(stream, "200 OK", &[], request.as_bytes());
        }
        "/digest" => said(stream, "401 Unauthorized", &["WWW-Authenticate: Digest realm=\"r\", nonce=\"n\""], b""),
        // Nothing is said until the other side gives up.
        "/silence" => {
            let _ = stream.read(&mut [0]);
        }
        _ => said(stream, "200 OK", &[], request.as_bytes()),
    }
}
