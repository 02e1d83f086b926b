//! Servers that would have keys agreed on weakly: groups of Diffie-Hellman that are too small, values of which everybody knows the
//! secret, algorithms of the past. Each is refused, and the error says what was wrong.

use crate::server::open;
use hostler::link::Target;
use hostler::link::ssh::options::SshOptions;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

/// What such a server does.
#[derive(Clone)]
struct Weak {
    /// The ways of key exchange that it knows.
    kex: &'static str,
    ciphers: &'static str,
    macs: &'static str,
    /// The prime of the group it picks, where it may pick one.
    prime: Vec<u8>,
    /// Its half of the exchange.
    half: Vec<u8>,
}

impl Default for Weak {
    fn default() -> Self {
        Weak {
            kex: "diffie-hellman-group14-sha256",
            ciphers: "aes128-ctr",
            macs: "hmac-sha2-256",
            prime: Vec::new(),
            half: Vec::new(),
        }
    }
}

/// A string of the protocol: its length before it.
fn string(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
}

/// A number of the protocol, which is never negative here.
fn mpint(bytes: &[u8]) -> Vec<u8> {
    let zero = bytes.first().is_some_and(|byte| *byte > 0x7f);
    string(&[if zero { &[0][..] } else { &[] }, bytes].concat())
}

impl Weak {
    fn lists(&self) -> Vec<u8> {
        let key = "ssh-ed25519";
        let mut all = [&[20][..], &[7; 16]].concat();
        for list in [self.kex, key, self.ciphers, self.ciphers, self.macs, self.macs, "none", "none", "", ""] {
            all.extend(string(list.as_bytes()));
        }
        all.extend([0; 5]);
        all
    }

    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut from = BufReader::new(stream.try_clone()?);
        let mut to = stream;
        to.write_all(b"SSH-2.0-weak\r\n")?;
        to.write_all(&crate::between::packet(&self.lists()))?;
        from.read_until(b'\n', &mut Vec::new())?;
        loop {
            let mut length = [0; 4];
            from.read_exact(&mut length)?;
            let mut body = vec![0; u32::from_be_bytes(length) as usize];
            from.read_exact(&mut body)?;
            let answer = match body[1] {
                // "Which group?"
                34 => [&[31][..], &mpint(&self.prime), &mpint(&[2])].concat(),
                // The other half, of either kind.
                kind @ (30 | 32) => {
                    let key = [string(b"ssh-ed25519"), string(&[9; 32])].concat();
                    let signature = [string(b"ssh-ed25519"), string(&[9; 64])].concat();
                    [&[kind + 1][..], &string(&key), &mpint(&self.half), &string(&signature)].concat()
                }
                _ => continue,
            };
            to.write_all(&crate::between::packet(&answer))?;
        }
    }
}

/// Why a connection to such a server is refused; `options`: of ssh.
async fn refusal(weak: Weak, options: &[(&str, &str)]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = weak.serve(stream);
        }
    });
    let mut target = Target::ssh("weak", "127.0.0.1", "me");
    let mut given = SshOptions::default();
    options.iter().for_each(|(name, value)| given.set(name, value));
    given.apply(&mut target).unwrap();
    let target = Target {
        port,
        timeout: Duration::from_secs(20),
        batch: true,
        agent: Some(PathBuf::new()),
        known_hosts: Some(Vec::new()),
        global_known_hosts: Some(Vec::new()),
        ..target
    };
    let error = open(&target).await.err().expect("a weak server is connected to");
    assert!(error.unreachable(), "{error}");
    error.to_string()
}

/// The prime of group 14 (RFC 3526), less `less`.
fn group14(less: u8) -> Vec<u8> {
    let text = "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B\
                302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6\
                49286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D\
                670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718\
                3995497CEA956AE515D2261898FA051015728E5A8AACAA68FFFFFFFFFFFFFFFF";
    let mut bytes = hex::decode(text).unwrap();
    *bytes.last_mut().unwrap() -= less;
    bytes
}

/// SSH, CVE-2023-28113 and Logjam: groups that are too small, whoever picks them.
#[tokio::test]
async fn small_groups_are_refused() {
    let gex = "diffie-hellman-group-exchange-sha256";
    for bits in [1024, 2048] {
        let prime: Vec<u8> = group14(0).into_iter().take(bits / 8).collect();
        let why = refusal(Weak { kex: gex, prime, half: vec![5], ..Weak::default() }, &[]).await;
        assert!(why.contains("Diffie-Hellman") && why.contains("3072"), "{bits}: {why}");
    }
}

/// SSH, CVE-2023-28113: halves of which the common secret is known to everybody.
#[tokio::test]
async fn halves_without_a_secret_are_refused() {
    let refused = |half: Vec<u8>| refusal(Weak { half, ..Weak::default() }, &[]);
    // This one is a half like any other: it is the server's signature that is wrong.
    let ordinary = refused(vec![5]).await;
    for half in [vec![], vec![1], group14(1), group14(0), [vec![1], group14(0)].concat()] {
        let why = refused(half.clone()).await;
        assert_ne!(why, ordinary, "{half:?}");
    }
}

/// SSH, "weak Diffie-Hellman", "SHA-1, CBC, MD5 off": a server that knows nothing better is not spoken to, unless its host's options say so.
#[tokio::test]
async fn what_is_of_the_past_is_refused_by_name() {
    for (weak, what) in [
        (Weak { kex: "diffie-hellman-group1-sha1", ..Weak::default() }, "diffie-hellman-group1-sha1"),
        (Weak { kex: "diffie-hellman-group14-sha1", ..Weak::default() }, "diffie-hellman-group14-sha1"),
        (Weak { ciphers: "aes128-cbc,3des-cbc", ..Weak::default() }, "aes128-cbc"),
        (Weak { macs: "hmac-sha1,hmac-md5", ..Weak::default() }, "hmac-sha1"),
    ] {
        let why = refusal(weak, &[]).await;
        assert!(why.contains(what), "{what}: {why}");
    }
    let old = Weak { kex: "diffie-hellman-group1-sha1", half: vec![5], ..Weak::default() };
    let why = refusal(old, &[("KexAlgorithms", "+diffie-hellman-group1-sha1")]).await;
    assert!(!why.contains("group1"), "{why}");
}
