//! Lines of known_hosts files and what they say, held against `ssh-keygen -F` where that is installed.

use super::*;

/// An ed25519 key whose bytes are all `n`, in SSH's encoding.
fn key(n: u8) -> Vec<u8> {
    let mut out = vec![0, 0, 0, 11];
    out.extend(b"ssh-ed25519");
    out.extend([0, 0, 0, 32]);
    out.extend([n; 32]);
    out
}

fn text(n: u8) -> String {
    format!("ssh-ed25519 {}", STANDARD.encode(key(n)))
}

fn hosts(lines: &str) -> KnownHosts {
    let mut hosts = KnownHosts::default();
    hosts.add(lines, Path::new("kh"));
    hosts
}

#[test]
fn verdicts() {
    let (one, two) = (text(1), text(2));
    let hashed = line("secret.example", &key(1), true).unwrap();
    let at = |n: usize| format!("kh:{n}");
    let unknown = Verdict::Unknown { authority: None };
    for (lines, names, wanted) in [
        (format!("web {one}"), &["web"][..], Verdict::Known),
        (format!("web {one} a comment"), &["web"], Verdict::Known),
        (format!("a,web,10.0.0.1 {one}"), &["10.0.0.1"], Verdict::Known),
        (format!("WEB {one}"), &["web"], Verdict::Known),
        (format!("web {two}"), &["web"], Verdict::Changed { at: at(1) }),
        (format!("# web {two}\n\nweb {two}\nweb {one}"), &["web"], Verdict::Known),
        (format!("other {one}"), &["web"], unknown.clone()),
        (format!("*.x.org {one}"), &["a.x.org"], Verdict::Known),
        (format!("*.x.org,!b.x.org {one}"), &["b.x.org"], unknown.clone()),
        (format!("[web]:2222 {one}"), &["[web]:2222", "web"], Verdict::Known),
        (format!("[web]:2222 {one}"), &["web"], unknown.clone()),
        // A key recorded for the plain name confirms the same key at another port, but no other.
        (format!("web {one}"), &["[web]:2222", "web"], Verdict::Known),
        (format!("web {two}"), &["[web]:2222", "web"], unknown.clone()),
        (format!("@revoked * {one}\nweb {one}"), &["web"], Verdict::Revoked { at: at(1) }),
        (format!("web {one}\n@revoked web {one}"), &["web"], Verdict::Revoked { at: at(2) }),
        (format!("@revoked other {one}\nweb {one}"), &["web"], Verdict::Known),
        (format!("@cert-authority * {one}"), &["web"], Verdict::Unknown { authority: Some(at(1)) }),
        (format!("@cert-authority * {two}\nweb {one}"), &["web"], Verdict::Known),
        (format!("@strange web {one}"), &["web"], unknown.clone()),
        // The line that comes first is told, whether it is found by its name or by being asked.
        (format!("w* {two}\nweb {two}"), &["web"], Verdict::Changed { at: at(1) }),
        (format!("web {two}\nw* {two}"), &["web"], Verdict::Changed { at: at(1) }),
        (format!("web {two}\nw* {one}"), &["web"], Verdict::Known),
        (hashed.clone(), &["secret.example"], Verdict::Known),
        (hashed, &["other.example"], unknown.clone()),
        ("web ssh-ed25519 not-base64!".into(), &["web"], unknown.clone()),
        ("web 1024 35 1234567".into(), &["web"], unknown.clone()),
        (format!("web ssh-rsa {}", STANDARD.encode(key(1))), &["web"], unknown.clone()),
        (String::new(), &["web"], unknown),
    ] {
        assert_eq!(hosts(&lines).check(names, &key(1)), wanted, "{lines}");
    }
}

#[test]
fn recorded_types_are_told_in_order() {
    let mut rsa = vec![0, 0, 0, 7];
    rsa.extend(b"ssh-rsa");
    let lines = format!("web ssh-rsa {}\nweb {}\n@revoked web {}", STANDARD.encode(&rsa), text(1), text(2));
    let types = ["ssh-rsa", "ssh-ed25519"].map(str::to_owned).to_vec();
    assert_eq!(hosts(&lines).recorded(&["web"]), Recorded { key_types: types, authority: false });
    let authority = hosts(&format!("@cert-authority *.org {}", text(1))).recorded(&["web.org"]);
    assert_eq!(authority, Recorded { key_types: vec![], authority: true });
}

#[test]
fn a_line_is_added_whole_and_the_file_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ssh/known_hosts");
    assert_eq!(append(&file, "one\n").unwrap(), 0..4);
    std::fs::write(&file, "by hand").unwrap();
    assert_eq!(append(&file, "two\n").unwrap(), 7..12);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "by hand\ntwo\n");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(file.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn ssh_keygen_finds_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("kh");
    let mut lines = line("secret.example", &key(3), true).unwrap();
    for names in ["web,10.0.0.1", "*.x.org,!b.x.org", "[web]:2222", "we?2"] {
        lines += &format!("{names} {}\n", text(3));
    }
    std::fs::write(&file, &lines).unwrap();
    for name in
        ["web", "10.0.0.1", "a.x.org", "b.x.org", "[web]:2222", "[web]:22", "web2", "web", "secret.example", "x"]
    {
        let found = std::process::Command::new("ssh-keygen").arg("-f").arg(&file).args(["-F", name]).output();
        let Ok(found) = found else {
            assert!(std::env::var_os("CI").is_none(), "ssh-keygen is missing");
            return;
        };
        let ours = hosts(&lines).check(&[name], &key(3)) == Verdict::Known;
        assert_eq!(ours, found.status.success(), "{name}");
    }
}
