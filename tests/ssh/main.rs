//! Links against a real OpenSSH server on loopback, with throwaway keys and directories.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says by panicking that it failed")]

use hostler::link::{Connector, EmbeddedRunner, HostKeyPolicy, LinkError, LinkOptions, Target};
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A server and all it needs; gone with the value.
struct Server {
    dir: tempfile::TempDir,
    port: u16,
    child: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn keygen(path: &Path) {
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path).status();
    assert!(made.is_ok_and(|status| status.success()));
}

/// `None` where sshd is missing, which a build server may not be without.
fn server() -> Option<Server> {
    let sshd = Path::new("/usr/sbin/sshd");
    if !sshd.exists() {
        assert!(std::env::var_os("CI").is_none(), "sshd is missing");
        eprintln!("skipped: /usr/sbin/sshd is missing");
        return None;
    }
    let dir = tempfile::tempdir().unwrap();
    for name in ["host", "user", "stranger"] {
        keygen(&dir.path().join(name));
    }
    std::fs::copy(dir.path().join("user.pub"), dir.path().join("authorized")).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let at = |name: &str| dir.path().join(name).display().to_string();
    // As root sshd wants /run/sshd; where it is missing, the server gets a /run of its own and the machine keeps its.
    let mut command = match Path::new("/run/sshd").exists() || !rustix::process::getuid().is_root() {
        true => Command::new(sshd),
        false => {
            let mut command = Command::new("unshare");
            command
                .args(["-m", "sh", "-c", "mount -t tmpfs tmpfs /run && mkdir /run/sshd && exec \"$@\"", "sh"])
                .arg(sshd);
            command
        }
    };
    let child = command
        .args(["-D", "-e", "-f", "/dev/null", "-p", &port.to_string(), "-h", &at("host")])
        .args(["-o", "ListenAddress=127.0.0.1", "-o", "StrictModes=no", "-o", "UsePAM=no", "-o", "PidFile=none"])
        .args(["-o", &format!("AuthorizedKeysFile={}", at("authorized"))])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Server { dir, port, child };
    for _ in 0..500 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Some(server);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("sshd does not listen");
}

impl Server {
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The server as a target, its key recorded.
    fn target(&self) -> Target {
        let user = Command::new("id").arg("-un").output().unwrap();
        let mut target = Target::ssh("here", "127.0.0.1", String::from_utf8_lossy(&user.stdout).trim());
        target.port = self.port;
        target.agent = Some(PathBuf::new());
        target.batch = true;
        target.key_files = vec![self.path("user")];
        target.known_hosts = Some(vec![self.path("known")]);
        target.global_known_hosts = Some(Vec::new());
        target.cache_dir = Some(self.dir.path().display().to_string());
        self.record("host");
        target
    }

    fn record(&self, key: &str) {
        let public = std::fs::read_to_string(self.path(key).with_extension("pub")).unwrap();
        std::fs::write(self.path("known"), format!("[127.0.0.1]:{} {public}", self.port)).unwrap();
    }
}

/// The runner as cargo builds it for this machine.
fn runner() -> EmbeddedRunner {
    use sha2::Digest;
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("runner");
    let mut cargo = Command::new(env!("CARGO"));
    let built = cargo.args(["build", "-q", "-p", "hostler-runner", "--target-dir"]).arg(&target).status();
    assert!(built.is_ok_and(|status| status.success()));
    let program = std::fs::read(target.join("debug/hostler-runner")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&program).unwrap();
    EmbeddedRunner {
        arch: std::env::consts::ARCH,
        sha256: hex::encode(sha2::Sha256::digest(&program)).leak(),
        size: program.len() as u64,
        gzip: gzip.finish().unwrap().leak(),
    }
}

#[tokio::test]
async fn a_key_logs_in_and_a_line_runs() {
    let Some(server) = server() else { return };
    let link = Connector::new(&LinkOptions::default()).open(&server.target()).await.unwrap();
    let output = link.raw(None, "echo out; echo err >&2; exit 3", None).await.unwrap();
    assert_eq!((output.out().as_str(), output.err().as_str(), output.status), ("out\n", "err\n", 3));
}

#[tokio::test]
async fn a_wrong_key_is_refused_by_name() {
    let Some(server) = server() else { return };
    let target = Target { key_files: vec![server.path("stranger")], ..server.target() };
    let error = Connector::new(&LinkOptions::default()).open(&target).await.err().unwrap();
    assert!(matches!(&error, LinkError::Auth { tried, .. } if tried.contains("stranger: refused")), "{error}");
}

#[tokio::test]
async fn host_keys_are_checked() {
    let Some(server) = server() else { return };
    let connector = || Connector::new(&LinkOptions::default());
    let target = server.target();
    server.record("stranger");
    for policy in [HostKeyPolicy::Strict, HostKeyPolicy::AcceptNew] {
        let error = connector().open(&Target { host_keys: policy, ..target.clone() }).await.err().unwrap();
        assert!(matches!(&error, LinkError::HostKey { why, .. } if why.contains("not the key recorded")), "{error}");
    }
    std::fs::write(server.path("known"), "").unwrap();
    let error = connector().open(&target).await.err().unwrap();
    assert!(matches!(&error, LinkError::HostKey { why, .. } if why.contains("is not known")), "{error}");
    connector().open(&Target { host_keys: HostKeyPolicy::AcceptNew, ..target.clone() }).await.unwrap();
    connector().open(&target).await.unwrap();
    let line = std::fs::read_to_string(server.path("known")).unwrap();
    std::fs::write(server.path("known"), format!("@revoked {line}")).unwrap();
    let error = connector().open(&Target { host_keys: HostKeyPolicy::Off, ..target }).await.err().unwrap();
    assert!(matches!(&error, LinkError::HostKey { why, .. } if why.contains("is revoked")), "{error}");
}

#[tokio::test]
async fn the_runner_is_sent_once_and_then_found() {
    let Some(server) = server() else { return };
    let runner = runner();
    let target = server.target();
    let call = || hostler_sdk::Call { module: "ping".into(), ..Default::default() };
    for _ in 0..2 {
        let link = Connector::with_runners(&LinkOptions::default(), vec![runner]).open(&target).await.unwrap();
        let outcome = link.call(None, call(), Vec::new()).await.unwrap();
        assert_eq!(outcome.failed, None);
        assert!(server.path(".hostler").join(runner.sha256).is_file());
        link.close().await;
    }
}
