//! A real OpenSSH server on loopback that anyone can start: throwaway keys and directories, the invoking user as its only
//! account.

use hostler::link::{Body, Connector, EMBEDDED, EmbeddedRunner, Link, LinkError, LinkOptions, Target};
use hostler_sdk::body::BodyInfo;
use hostler_sdk::{Call, Map, Outcome, Value};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A server and all it needs; gone with the value.
pub struct Server {
    pub dir: tempfile::TempDir,
    pub port: u16,
    pub child: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A pair of keys, without passphrase.
pub fn keygen(path: &Path) {
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path).status();
    assert!(made.is_ok_and(|status| status.success()));
}

/// Runs a program that must succeed.
pub fn run(program: &str, args: &[&str]) {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A port nobody listens on, another one each time, and none that the system gives to outgoing connections meanwhile.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let start = std::process::id() % 10_000;
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        assert!(step < 10_000, "no port is free");
        let port = u16::try_from(20_000 + (start + step) % 10_000).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Waits until the server listens.
pub fn wait(mut server: Server) -> Server {
    let late = Instant::now() + Duration::from_secs(60);
    while std::net::TcpStream::connect(("127.0.0.1", server.port)).is_err() {
        let ended = server.child.try_wait().unwrap();
        let log = || std::fs::read_to_string(server.path("log")).unwrap_or_default();
        assert!(Instant::now() < late, "sshd does not listen: {}", log());
        if let Some(status) = ended {
            panic!("sshd ended with {status}: {}", log());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    server
}

/// Lines that keep sshd from holding the failures of one test against another, where it would (OpenSSH 9.8).
pub fn lenient() -> &'static str {
    let knows = |sshd: Vec<u8>| sshd.windows(18).any(|word| word.eq_ignore_ascii_case(b"persourcepenalties"));
    if std::fs::read("/usr/sbin/sshd").is_ok_and(knows) { "PerSourcePenalties no" } else { "" }
}

/// `None` where sshd is missing, which a build server may not be without. `options`: of sshd, as `Name=value`.
pub fn server(options: &[&str]) -> Option<Server> {
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
    let port = free_port();
    let at = |name: &str| dir.path().join(name).display().to_string();
    // As root sshd wants /run/sshd, and gets a /run of its own; root's start-up files are not what is tested.
    let mut command = match rustix::process::getuid().is_root() {
        false => Command::new(sshd),
        true => {
            let mut command = Command::new("unshare");
            let own = "mount -t tmpfs tmpfs /run && mkdir /run/sshd && for f in ~/.bashrc ~/.profile; do \
                       [ ! -f $f ] || mount --bind /dev/null $f; done; exec \"$@\"";
            command.args(["-m", "sh", "-c", own, "sh"]).arg(sshd);
            command
        }
    };
    command.args(["-D", "-e", "-f", "/dev/null", "-p", &port.to_string()]);
    if !options.iter().any(|option| option.starts_with("HostKey=")) {
        command.args(["-h", &at("host")]);
    }
    for option in options.iter().copied().chain(Some(lenient()).filter(|line| !line.is_empty())) {
        command.args(["-o", option]);
    }
    if !options.iter().any(|option| option.starts_with("ListenAddress=")) {
        command.args(["-o", "ListenAddress=127.0.0.1"]);
    }
    let child = command
        .args(["-o", "StrictModes=no", "-o", "UsePAM=no", "-o", "PidFile=none"])
        .args(["-o", &format!("AuthorizedKeysFile={}", at("authorized")), "-o", "MaxStartups=100"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(dir.path().join("log")).unwrap())
        .spawn()
        .unwrap();
    Some(wait(Server { dir, port, child }))
}

/// The name of the user the tests run as.
pub fn me() -> String {
    let user = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8_lossy(&user.stdout).trim().to_owned()
}

impl Server {
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The server as a target for the invoking user, its key recorded, all that it keeps in the server's directory.
    pub fn target(&self) -> Target {
        Target { cache_dir: Some(self.dir.path().display().to_string()), ..self.target_as(&me()) }
    }

    /// The same for an account of an estate, with the key that every account accepts.
    pub fn target_as(&self, user: &str) -> Target {
        let mut target = Target::ssh("here", "127.0.0.1", user);
        target.port = self.port;
        target.agent = Some(PathBuf::new());
        target.batch = true;
        target.key_files = vec![self.path("user")];
        target.known_hosts = Some(vec![self.path("known")]);
        target.global_known_hosts = Some(Vec::new());
        target.timeout = Duration::from_secs(60);
        self.record("host");
        target
    }

    /// Makes a key the only one that is known for the server.
    pub fn record(&self, key: &str) {
        let public = std::fs::read_to_string(self.path(key).with_extension("pub")).unwrap();
        std::fs::write(self.path("known"), format!("[127.0.0.1]:{} {public}", self.port)).unwrap();
    }
}

/// Opens a link with the embedded runner.
pub async fn open(target: &Target) -> Result<Link, LinkError> {
    Connector::new(&LinkOptions::default()).open(target).await
}

/// The embedded runner of this machine; without one there is nothing to test.
pub fn runner() -> Option<EmbeddedRunner> {
    let found = EMBEDDED.iter().find(|runner| runner.arch == std::env::consts::ARCH).copied();
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "no runner is embedded");
        eprintln!("skipped: no runner is embedded");
    }
    found
}

/// A call of a module.
pub fn call(module: &str, args: &[(&str, &str)]) -> Call {
    let args: Map = args.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect();
    Call { module: module.to_owned(), args, ..Call::default() }
}

/// Content that goes to the host beside a call.
pub fn body(content: &[u8]) -> (Body, BodyInfo) {
    use sha1::Digest;
    let sha1 = hex::encode(sha1::Sha1::digest(content));
    (Body::Bytes(content.into()), BodyInfo { size: content.len() as u64, sha1, inline: None })
}

/// A call that carries a file.
pub async fn copied(link: &Link, who: Option<&hostler::link::Become>, mut call: Call, file: &Path) -> Outcome {
    // Without it, the module would take the file from the host, which is the same machine here.
    call.bodies = vec![body(&std::fs::read(file).unwrap()).1];
    link.call(who, call, vec![Body::File(file.to_owned())]).await.unwrap()
}

/// A shell line on the host, through the module that runs such lines.
pub async fn shell(link: &Link, who: Option<&hostler::link::Become>, line: &str) -> Result<Outcome, LinkError> {
    let mut call = call("shell", &[]);
    call.args.set("_raw_params", line);
    link.call(who, call, Vec::new()).await
}

/// What a shell line printed.
pub async fn said(link: &Link, who: Option<&hostler::link::Become>, line: &str) -> String {
    let outcome = shell(link, who, line).await.unwrap();
    assert_eq!(outcome.failed, None, "{line}: {outcome:?}");
    outcome.values.get("stdout").unwrap().to_string()
}
