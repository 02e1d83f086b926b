//! `~/.ssh/config` as OpenSSH's own client reads it: each question is also put to `ssh -G`.

use hostler::link::ssh::config::SshConfig;
use hostler::link::{ConnectionKeywords, LinkOptions, Proxy, Target};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

const CONFIG: &str = r#"
# First value wins
Port 2200
Host web* !web9
    HostName %h.example.org
    User = deploy
    IdentityFile "~/keys/web key"
    IdentityFile ~/keys/second
Host web9 WEB10
    User nine
Match host *.example.org user deploy
    ProxyJump gate.example.org:22
Match originalhost db* !user postgres
    HostName 10.0.0.%%
    User dba
Match originalhost db2
    User never
Match user dba
    ProxyCommand nc -X 5 -x proxy:1080 %h %p
Match host "10.0.0.*,fe80::1"
    HostKeyAlias databases
Match exec "test %n = special && test %p = 2200"
    User by-exec
Match exec "false"
    User never
Match !exec "true"
    User never
Match localuser nobody-at-all
    User never
Match host unknown exec "touch $DIR/must-not-run"
    User never
Host final
    HostName final.example.net
Match final host *.example.net
    User at-last
    CertificateFile ~/certs/final
Host *.example.net
    ServerAliveInterval 7
Include $DIR/conf.d/*.conf $DIR/none.conf
Match all
    User everybody
    IdentityFile ~/keys/all
    ConnectTimeout 33
"#;

const INCLUDED: &str =
    "Host included\n  User from-file\n  StrictHostKeyChecking accept-new\nHost special\n  UserKnownHostsFile /a /b\n";

fn asked_of_ssh(file: &Path, host: &str) -> Vec<(String, String)> {
    let output = Command::new("ssh").args(["-G", "-F"]).arg(file).arg(host).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split_once(' ')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}

#[test]
fn the_same_as_ssh_reads() {
    if !Path::new("/usr/bin/ssh").exists() {
        assert!(std::env::var_os("CI").is_none(), "ssh is missing");
        eprintln!("skipped: ssh is missing");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().to_str().unwrap();
    std::fs::create_dir(dir.path().join("conf.d")).unwrap();
    std::fs::write(dir.path().join("conf.d/one.conf"), INCLUDED).unwrap();
    let file = dir.path().join("config");
    std::fs::write(&file, CONFIG.replace("$DIR", at)).unwrap();
    let options = LinkOptions { ssh_config: Arc::new(SshConfig::load(&file).unwrap()), ..LinkOptions::default() };
    let home = std::env::home_dir().unwrap().display().to_string();
    for host in [
        "web1",
        "web9",
        "web10",
        "WEB10",
        "WEB9",
        "db1",
        "db2",
        "special",
        "unknown2",
        "final",
        "included",
        "x.example.net",
    ] {
        let target = Target::resolve(host, &mut |_| Ok(None), &ConnectionKeywords::default(), &options).unwrap();
        let wanted = asked_of_ssh(&file, host);
        let all = |key: &str| -> Vec<String> {
            wanted.iter().filter(|(k, _)| k == key).map(|(_, v)| v.replace("~/", &format!("{home}/"))).collect()
        };
        let one = |key: &str| all(key).into_iter().next();
        assert_eq!(Some(target.address.to_lowercase()), one("hostname"), "{host}");
        assert_eq!(Some(target.port.to_string()), one("port"), "{host}");
        assert_eq!(Some(target.user.clone()), one("user"), "{host}");
        let files = |files: &[std::path::PathBuf]| -> Vec<String> {
            files.iter().map(|file| file.display().to_string()).collect()
        };
        assert_eq!(files(&target.key_files), all("identityfile"), "{host}");
        assert_eq!(files(&target.certificate_files), all("certificatefile"), "{host}");
        assert_eq!(target.key_alias, one("hostkeyalias"), "{host}");
        if let Some(known) = &target.known_hosts {
            assert_eq!(Some(files(known).join(" ")), one("userknownhostsfile"), "{host}");
        }
        let (jump, command) = (one("proxyjump"), one("proxycommand"));
        match &target.proxy {
            Proxy::Direct => assert_eq!((jump, command), (None, None), "{host}"),
            Proxy::Jump(hops) => assert_eq!(jump.unwrap(), format!("{}:22", hops[0].host), "{host}"),
            Proxy::Command(line) => {
                let wanted = command.unwrap().replace("%h", &target.address).replace("%p", &target.port.to_string());
                assert_eq!(*line, wanted, "{host}");
            }
        }
    }
    assert!(!dir.path().join("must-not-run").exists(), "a command ran although a criterion before it did not hold");
}

/// SSH, CVE-2023-51385 and its kin: a name that a shell could take for more never reaches one.
#[test]
fn names_with_meaning_to_a_shell_are_refused() {
    let config = "Match exec \"touch /tmp/hostler-must-not-run-%n\"\n  User x\nHost *\n  ProxyCommand nc %h %p\n";
    let config = Arc::new(SshConfig::parse(config, Path::new("/")).unwrap());
    let options = LinkOptions { ssh_config: config, ..LinkOptions::default() };
    for name in ["x;id", "a\nb", "a\0b", "-oProxyCommand=id", "$(id)", "`id`", "a b", "a'b", "a|b", ""] {
        let mut vars = |variable: &str| {
            Ok((variable == "ansible_host").then(|| hostler_sdk::Value::from(if name.is_empty() { " " } else { name })))
        };
        let error = Target::resolve("h", &mut vars, &ConnectionKeywords::default(), &options).unwrap_err();
        assert!(error.to_string().contains("is no address to connect to"), "{name:?}: {error}");
        let mut vars = |variable: &str| {
            Ok((variable == "ansible_user").then(|| hostler_sdk::Value::from(if name.is_empty() { " " } else { name })))
        };
        let error = Target::resolve("h", &mut vars, &ConnectionKeywords::default(), &options).unwrap_err();
        assert!(error.to_string().contains("is no user to connect to"), "{name:?}: {error}");
    }
}

/// `ssh-keygen -F` and our own reading of a known_hosts file agree on who is in it; SSH, "table of lines".
#[test]
fn known_hosts_as_ssh_keygen_reads_it() {
    use hostler::link::ssh::known_hosts::{KnownHosts, Verdict};
    let dir = tempfile::tempdir().unwrap();
    for name in ["one", "two"] {
        crate::server::keygen(&dir.path().join(name));
    }
    let key = |name: &str| {
        let text = std::fs::read_to_string(dir.path().join(name).with_extension("pub")).unwrap();
        text.split(' ').take(2).collect::<Vec<_>>().join(" ")
    };
    let blob = |name: &str| {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.decode(key(name).split(' ').nth(1).unwrap()).unwrap()
    };
    let (one, two) = (key("one"), key("two"));
    let text = format!(
        "plain {one}\na,b,c {one} a comment\n*.wild.org,!not.wild.org {one}\n[ported]:2222 {one}\n10.1.?.* {one}\n\
         # plain-comment {one}\nUPPER.org {one}\ntwice {two}\ntwice {one}\n   spaced\t{one}\n[::1]:22 {one}\n\
         hashed {one}\n[hashed2]:99 {one}\nbroken ssh-ed25519 AAAA\n@cert-authority ca {one}\n@revoked gone {one}\n"
    );
    let file = dir.path().join("known");
    // Two of them as ssh-keygen hashes them.
    let hashed = dir.path().join("hashed");
    std::fs::write(&hashed, format!("hashed {one}\n[hashed2]:99 {one}\n")).unwrap();
    crate::server::run("ssh-keygen", &["-q", "-H", "-f", hashed.to_str().unwrap()]);
    let text = text.replace(&format!("hashed {one}\n[hashed2]:99 {one}\n"), &std::fs::read_to_string(hashed).unwrap());
    std::fs::write(&file, &text).unwrap();
    let mut hosts = KnownHosts::default();
    hosts.add(&text, &file);
    for name in [
        "plain",
        "a",
        "b",
        "c",
        "d",
        "x.wild.org",
        "not.wild.org",
        "wild.org",
        "[ported]:2222",
        "ported",
        "[ported]:22",
        "10.1.2.3",
        "10.1.22.3",
        "10.2.2.3",
        "plain-comment",
        "upper.org",
        "twice",
        "spaced",
        "[::1]:22",
        "::1",
        "hashed",
        "hashe",
        "[hashed2]:99",
        "hashed2",
        "broken",
        "nobody",
    ] {
        let output = Command::new("ssh-keygen").args(["-F", name, "-f"]).arg(&file).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let known = said.lines().any(|line| !line.starts_with(['#', '@']) && line.contains(&one));
        let verdict = hosts.check(&[name], &blob("one"));
        assert_eq!(verdict == Verdict::Known, known, "{name}: {verdict:?}, and ssh-keygen says {said}");
    }
    assert!(matches!(hosts.check(&["gone"], &blob("one")), Verdict::Revoked { .. }));
    assert!(matches!(hosts.check(&["plain"], &blob("two")), Verdict::Changed { .. }));
}
