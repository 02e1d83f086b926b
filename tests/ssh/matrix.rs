//! Ways to log in, times ways to become another user, times ways to the host, times options of sshd: a row each, what comes of it
//! in the last column. The options are those of the ports of one sshd; a second asks through PAM, others know few algorithms.

use crate::agent::Agent;
use crate::estate::{WORD, estate};
use crate::server::{Server, free_port, keygen, run};
use hostler::link::ssh::Algorithms;
use hostler::link::{Become, BecomeMethod, Connector, Jump, LinkOptions, Password, Proxy, Target};
use std::collections::HashMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Ports of the sshd and what holds on each.
const PORTS: &[(&str, &str)] = &[
    ("passwords", "PubkeyAuthentication no"),
    ("keys", "PasswordAuthentication no"),
    ("both", "AuthenticationMethods publickey,password"),
    ("one", "MaxSessions 1"),
    ("few", "MaxAuthTries 2"),
    ("forced", "ForceCommand echo only backups here; exit 7"),
    ("nogate", "AllowTcpForwarding no"),
    ("notty", "PermitTTY no"),
    ("barring", "DenyUsers free"),
    ("noroot", "PermitRootLogin no"),
    ("rootkeys", "PermitRootLogin prohibit-password"),
    ("ca", "AuthorizedKeysFile none\n  TrustedUserCAKeys CA"),
    ("banner", "Banner /etc/passwd"),
];

/// Option, way, login, user, becoming, outcome: what `id -un` prints, or words of the error after `!`.
const ROWS: &str = "
    plain     | direct  | key         | free   | -                 | free
    plain     | direct  | key         | root   | -                 | root
    plain     | direct  | text        | free   | -                 | free
    plain     | direct  | opened      | free   | -                 | free
    plain     | direct  | locked      | free   | -                 | ! it needs a passphrase
    plain     | direct  | agent       | free   | -                 | free
    plain     | direct  | agent       | free   | sudo root         | root
    plain     | direct  | password    | free   | -                 | free
    plain     | direct  | password    | asked  | sudo root word    | root
    plain     | direct  | wrong       | free   | -                 | ! password: refused
    plain     | direct  | stranger    | free   | -                 | ! stranger: refused
    plain     | direct  | nothing     | free   | -                 | ! there was nothing to try
    plain     | direct  | missing     | free   | -                 | ! no such file
    plain     | direct  | unknown     | free   | -                 | ! is not known
    plain     | direct  | changed     | free   | -                 | ! is not the key recorded at
    plain     | direct  | key         | nobody-here | -            | ! Permission denied
    plain     | direct  | key         | free   | sudo root         | root
    plain     | direct  | key         | free   | sudo app          | app
    plain     | direct  | key         | free   | sudo ghost        | ! unknown user
    plain     | direct  | key         | asked  | sudo root word    | root
    plain     | direct  | key         | asked  | sudo root         | ! Missing sudo password
    plain     | direct  | key         | asked  | sudo root wrong   | ! Incorrect sudo password
    plain     | direct  | key         | lectured | sudo root word  | root
    plain     | direct  | key         | odd    | sudo root word    | root
    plain     | direct  | key         | barred | sudo root word    | ! is not in the sudoers file
    plain     | direct  | key         | barred | su root word      | root
    plain     | direct  | key         | barred | su root wrong     | ! Incorrect su password
    plain     | direct  | key         | barred | su root           | ! Missing su password
    plain     | direct  | key         | root   | su app            | app
    plain     | direct  | key         | free   | doas root         | root
    plain     | direct  | key         | asked  | doas root word    | root
    plain     | direct  | key         | asked  | doas root wrong   | ! Incorrect doas password
    plain     | direct  | key         | tty    | sudo root         | root
    plain     | direct  | key         | ttyasked | sudo app word   | app
    plain     | jump    | key         | ptyasked | sudo root word  | root
    plain     | direct  | key         | ptyasked | sudo root wrong | ! Incorrect sudo password
    plain     | system  | key         | free   | -                 | free
    plain     | system  | key         | free   | sudo app          | app
    plain     | system  | key         | asked  | sudo root word    | root
    plain     | system  | key         | asked  | sudo root wrong   | ! Incorrect sudo password
    plain     | system  | key         | ptyasked | sudo root word  | root
    plain     | system  | key         | barred | su root word      | root
    plain     | system  | stranger    | free   | -                 | ! Permission denied
    plain     | system  | changed     | free   | -                 | ! Host key verification failed
    plain     | system  | agent       | free   | sudo root         | root
    ca        | system  | certificate | free   | sudo root         | root
    barring   | system  | key         | free   | -                 | ! Permission denied
    forced    | system  | key         | free   | sudo root         | ! only backups here
    notty     | direct  | key         | tty    | sudo root         | ! its server gives no terminal
    notty     | system  | key         | tty    | sudo root         | ! its server gives no terminal
    banner    | six     | key         | free   | sudo root         | root
    plain     | jump    | key         | free   | sudo root         | root
    plain     | jump    | agent       | asked  | sudo app word     | app
    plain     | jump    | password    | free   | -                 | ! there was nothing to try
    plain     | jump    | key+password | free  | -                 | free
    plain     | hops    | key         | free   | -                 | free
    plain     | command | key         | free   | sudo root         | root
    plain     | command | password    | asked  | su root word      | root
    plain     | nogate  | key         | free   | -                 | ! could not connect to it
    plain     | noway   | key         | free   | -                 | ! could not connect to it
    plain     | closed  | key         | free   | -                 | ! Connection refused
    plain     | dead    | key         | free   | -                 | ! closed the connection
    passwords | direct  | key         | free   | -                 | ! the server accepts password
    passwords | direct  | password    | free   | sudo root         | root
    passwords | jump    | key+password | asked | sudo root word    | root
    keys      | direct  | password    | free   | -                 | ! the server accepts publickey
    keys      | direct  | key+password | free  | -                 | free
    both      | direct  | key         | free   | -                 | ! the server accepts password
    both      | direct  | password    | free   | -                 | ! the server accepts publickey
    both      | direct  | key+password | free  | sudo root         | root
    both      | command | key+password | asked | sudo root word    | root
    one       | direct  | key         | free   | sudo root         | root
    one       | jump    | key         | barred | su free word      | free
    few       | direct  | crowd       | free   | -                 | ! Too many authentication failures
    few       | direct  | crowd+named | free   | -                 | free
    few       | direct  | crowd+password | free | -                | free
    forced    | direct  | key         | free   | -                 | only backups here
    forced    | direct  | key         | free   | sudo root         | ! only backups here
    notty     | direct  | key         | free   | sudo root         | root
    barring   | direct  | key         | free   | -                 | ! Permission denied
    barring   | direct  | key         | asked  | sudo root word    | root
    noroot    | direct  | key         | root   | -                 | ! Permission denied
    rootkeys  | direct  | key         | root   | -                 | root
    rootkeys  | direct  | password    | root   | -                 | ! password: refused
    ca        | direct  | certificate | free   | sudo root         | root
    ca        | command | certificate | free   | -                 | free
    ca        | direct  | certificate | app    | -                 | ! -cert.pub: refused
    ca        | direct  | key         | free   | -                 | ! user: refused
    banner    | direct  | key         | free   | sudo root         | root
    rsa       | direct  | key         | free   | -                 | ! user: refused
    rsa       | direct  | rsa         | free   | -                 | free
    pam       | direct  | password    | free   | sudo root         | root
    pam       | direct  | password    | asked  | su root word      | root
    pam       | direct  | wrong       | free   | -                 | ! keyboard-interactive: refused
    pam       | direct  | key         | free   | -                 | free
    modern    | direct  | key         | free   | sudo root         | root
    nist      | direct  | key         | free   | sudo root         | root
    ancient   | direct  | key         | free   | -                 | ! no common
    ancient   | direct  | old         | free   | sudo root         | root
    modern    | direct  | old         | free   | -                 | ! no common
";

/// Sshds that differ in what only a whole sshd can.
const SSHDS: &[(&str, &str)] = &[
    ("pam", "UsePAM yes\nPasswordAuthentication no\nKbdInteractiveAuthentication yes"),
    ("rsa", "PubkeyAcceptedAlgorithms rsa-sha2-512"),
    ("modern", "KexAlgorithms curve25519-sha256\nCiphers chacha20-poly1305@openssh.com"),
    ("nist", "KexAlgorithms ecdh-sha2-nistp384\nCiphers aes128-ctr\nMACs hmac-sha2-512"),
    ("ancient", "KexAlgorithms diffie-hellman-group14-sha1\nCiphers aes128-cbc\nMACs hmac-sha1"),
];

/// What the rows need, made once.
struct World {
    main: Server,
    others: HashMap<&'static str, Server>,
    ports: HashMap<&'static str, u16>,
    agent: PathBuf,
    crowd: PathBuf,
    _agents: [Agent; 2],
    /// Takes connections and says nothing.
    dead: u16,
}

fn world() -> Option<World> {
    let ports: HashMap<_, _> = PORTS.iter().map(|(name, _)| (*name, free_port())).collect();
    // sshd listens at sixteen places at most.
    let (mut listen, mut blocks) = (format!("ListenAddress [::1]:{}\n", ports["banner"]), String::new());
    for (name, options) in PORTS {
        writeln!(listen, "Port {}", ports[name]).unwrap();
        writeln!(blocks, "Match LocalPort {}\n  {options}", ports[name]).unwrap();
    }
    let append = format!(
        "ssh-keygen -q -t ed25519 -N '' -f \"$1/ca\"\ncat <<'END' | sed \"s,CA$,$1/ca.pub,\" >>\"$1/sshd_config\"\n{blocks}END"
    );
    let main = estate(&listen, &append)?;
    let at = |name: &str| main.path(name).display().to_string();
    for name in ["k1", "k2", "k3", "certified"] {
        keygen(&main.path(name));
    }
    run("ssh-keygen", &["-q", "-s", &at("ca"), "-I", "tests", "-n", "free", &at("certified.pub")]);
    run("ssh-keygen", &["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", &at("rsa")]);
    std::fs::copy(main.path("user"), main.path("sealed")).unwrap();
    run("ssh-keygen", &["-q", "-p", "-P", "", "-N", "sesame", "-f", &at("sealed")]);
    let read = |name: &str| std::fs::read_to_string(main.path(name)).unwrap();
    std::fs::write(main.path("authorized"), read("user.pub") + &read("rsa.pub")).unwrap();
    let others: HashMap<_, _> = SSHDS.iter().filter_map(|(name, lines)| Some((*name, estate(lines, "")?))).collect();
    let mut book = String::new();
    for (port, key) in ports
        .values()
        .map(|port| (*port, main.path("host.pub")))
        .chain([(main.port, main.path("host.pub"))])
        .chain(others.values().map(|server| (server.port, server.path("host.pub"))))
    {
        write!(book, "[127.0.0.1]:{port},[::1]:{port} {}", std::fs::read_to_string(key).unwrap()).unwrap();
    }
    std::fs::write(main.path("known"), &book).unwrap();
    std::fs::write(main.path("changed"), format!("[127.0.0.1]:{} {}", main.port, read("stranger.pub"))).unwrap();
    std::fs::write(main.path("empty"), "").unwrap();
    for server in others.values() {
        std::fs::copy(main.path("authorized"), server.path("authorized")).unwrap();
    }
    let (right, crowd) = (Agent::start(&main, "agent"), Agent::start(&main, "crowd"));
    right.add(&main.path("user"));
    ["k1", "k2", "k3"].iter().for_each(|key| crowd.add(&main.path(key)));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dead = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.incoming().for_each(drop));
    let (agent, many) = (right.socket.clone(), crowd.socket.clone());
    Some(World { main, others, ports, agent, crowd: many, _agents: [right, crowd], dead })
}

impl World {
    fn target(&self, option: &str, way: &str, login: &str, user: &str) -> Target {
        let mut target = Target::ssh("here", "127.0.0.1", user);
        target.port = match self.others.get(option) {
            Some(server) => server.port,
            None => self.ports.get(option).copied().unwrap_or(self.main.port),
        };
        (target.agent, target.batch, target.timeout) = (Some(PathBuf::new()), true, Duration::from_secs(60));
        target.known_hosts = Some(vec![self.main.path("known")]);
        target.global_known_hosts = Some(Vec::new());
        let keys = |names: &[&str]| names.iter().map(|name| self.main.path(name)).collect::<Vec<_>>();
        let word = |word: &str| Some(Password::new(word));
        // Nothing but what the row says.
        target.identities_only = true;
        match login {
            "key" => target.key_files = keys(&["user"]),
            "stranger" => target.key_files = keys(&["stranger"]),
            "missing" => target.key_files = keys(&["none"]),
            "rsa" => target.key_files = keys(&["rsa"]),
            "certificate" => target.key_files = keys(&["certified"]),
            "locked" => target.key_files = keys(&["sealed"]),
            "opened" => (target.key_files, target.passphrase) = (keys(&["sealed"]), word("sesame")),
            "text" => target.key_text = word(&std::fs::read_to_string(self.main.path("user")).unwrap()),
            "password" => target.password = word(WORD),
            "wrong" => target.password = word("nonsense"),
            "key+password" => (target.key_files, target.password) = (keys(&["user"]), word(WORD)),
            "agent" => (target.agent, target.identities_only) = (Some(self.agent.clone()), false),
            "crowd" => (target.agent, target.identities_only) = (Some(self.crowd.clone()), false),
            "crowd+named" => (target.agent, target.key_files) = (Some(self.crowd.clone()), keys(&["user"])),
            "crowd+password" => {
                (target.agent, target.identities_only, target.password) = (Some(self.crowd.clone()), false, word(WORD));
            }
            "unknown" => (target.key_files, target.known_hosts) = (keys(&["user"]), Some(keys(&["empty"]))),
            "changed" => (target.key_files, target.known_hosts) = (keys(&["user"]), Some(keys(&["changed"]))),
            "old" => {
                target.key_files = keys(&["user"]);
                let (kex, cipher, mac) = (Some("diffie-hellman-group14-sha1"), Some("aes128-cbc"), Some("+hmac-sha1"));
                target.algorithms = Algorithms::read(kex, cipher, mac).unwrap();
            }
            "nothing" => {}
            other => panic!("there is no login `{other}`"),
        }
        let hop = |port: u16| Jump { user: Some("free".into()), host: "127.0.0.1".into(), port: Some(port) };
        match way {
            "direct" | "system" => {}
            "six" => (target.address, target.port) = ("::1".into(), self.ports["banner"]),
            "closed" => target.port = free_port(),
            "dead" => target.port = self.dead,
            "jump" | "noway" => target.proxy = Proxy::Jump(vec![hop(self.main.port)]),
            "hops" => target.proxy = Proxy::Jump(vec![hop(self.main.port), hop(self.ports["banner"])]),
            "nogate" => target.proxy = Proxy::Jump(vec![hop(self.ports["nogate"])]),
            "command" => {
                let line = format!("exec 3<>/dev/tcp/127.0.0.1/{}; cat <&3 & cat >&3; kill %1", target.port);
                target.proxy = Proxy::Command(format!("bash -c '{line}'"));
            }
            other => panic!("there is no way `{other}`"),
        }
        if way == "system" {
            target = crate::openssh::system(target);
        }
        if way == "noway" {
            target.port = free_port();
        }
        target
    }
}

fn becoming(words: &str) -> Option<Become> {
    let mut words = words.split(' ');
    let method = match words.next()? {
        "sudo" => BecomeMethod::Sudo,
        "su" => BecomeMethod::Su,
        "doas" => BecomeMethod::Doas,
        _ => return None,
    };
    let user = words.next()?.to_owned();
    let password = words.next().map(|word| Password::new(if word == "word" { WORD } else { "nonsense" }));
    Some(Become { method, user, password, flags: None, exe: None, chdir: None })
}

/// What comes of a row.
async fn outcome(world: &World, connector: &Connector, row: &[&str]) -> Result<String, String> {
    let [option, way, login, user, becomes, _] = row else { panic!("{row:?} is no row") };
    let target = world.target(option, way, login, user);
    let link = connector.open(&target).await.map_err(|e| e.to_string())?;
    let output = link.raw(becoming(becomes).as_ref(), "id -un", None).await.map_err(|e| e.to_string())?;
    link.close().await;
    Ok(output.out().trim_end().to_owned())
}

#[tokio::test]
async fn every_row_comes_out_as_it_should() {
    let Some(world) = world() else { return };
    let doas = std::path::Path::new("/usr/bin/doas").exists();
    assert!(doas || std::env::var_os("CI").is_none(), "doas is missing");
    let rows: Vec<Vec<&str>> =
        ROWS.trim().lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>()).collect();
    assert!(rows.len() >= 40);
    let (world, turns) = (Arc::new(world), Arc::new(tokio::sync::Semaphore::new(8)));
    let mut all = tokio::task::JoinSet::new();
    for row in rows.into_iter().filter(|row| doas || !row[4].starts_with("doas")) {
        let (world, turns) = (world.clone(), turns.clone());
        all.spawn(async move {
            let _turn = turns.acquire().await;
            // Bastions are shared between rows of the same login only: one connector each.
            let connector = Connector::new(&LinkOptions::default());
            let result = tokio::time::timeout(Duration::from_secs(120), outcome(&world, &connector, &row)).await;
            let wanted = *row.last().unwrap();
            let right = match (&result, wanted.strip_prefix("! ")) {
                (Ok(Ok(name)), None) => name == wanted,
                (Ok(Err(e)), Some(words)) => e.contains(words) && !e.contains(WORD) && !e.contains("nonsense"),
                _ => false,
            };
            (!right).then(|| format!("{}: {result:?}", row.join(" | ")))
        });
    }
    let wrong: Vec<String> = all.join_all().await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}
