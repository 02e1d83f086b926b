//! `hostler vault` as a program: files stay or change as they should, editors leave nothing, and ansible-vault reads what it writes.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Folder(tempfile::tempdir().unwrap());
        folder.write("pw", b"sesame\n");
        folder.write("pw2", b"other\n");
        std::fs::create_dir(folder.path("run")).unwrap();
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    fn script(&self, name: &str, text: &str) {
        self.write(name, text.as_bytes());
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn run(&self, program: &Path, args: &[&str]) -> Output {
        Command::new(program)
            .args(args)
            .current_dir(self.0.path())
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("EDITOR", "./editor")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Runs `hostler vault` and wants it to succeed.
    fn vault(&self, args: &[&str]) -> Vec<u8> {
        let done = self.attempt(args);
        assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
        done.stdout
    }

    fn attempt(&self, args: &[&str]) -> Output {
        self.run(Path::new(env!("CARGO_BIN_EXE_hostler")), &[&["vault"], args].concat())
    }

    fn mode(&self, name: &str) -> u32 {
        std::fs::metadata(self.path(name)).unwrap().permissions().mode() & 0o777
    }
}

/// ansible-core's own program: `$ANSIBLE_VAULT_PROGRAM`, or the one in the path.
fn real() -> Option<PathBuf> {
    let found = std::env::var_os("ANSIBLE_VAULT_PROGRAM").map(PathBuf::from).or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).map(|dir| dir.join("ansible-vault")).find(|file| file.exists())
    });
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "ansible-vault is missing");
        eprintln!("skipped: ansible-vault is missing");
    }
    found
}

#[test]
fn ansible_reads_what_hostler_writes_and_the_other_way_round() {
    let Some(real) = real() else { return };
    let folder = Folder::new();
    let bytes: Vec<u8> = (0..=255).cycle().take(3000).collect();
    folder.write("file", &bytes);
    folder.vault(&["encrypt", "--vault-id", "prod@pw", "file"]);
    assert!(folder.read("file").starts_with(b"$ANSIBLE_VAULT;1.2;AES256;prod\n"));
    assert!(folder.run(&real, &["decrypt", "--vault-id", "prod@pw", "file"]).status.success());
    assert_eq!(folder.read("file"), bytes);
    assert!(folder.run(&real, &["encrypt", "--vault-password-file", "pw", "file"]).status.success());
    folder.vault(&["decrypt", "--vault-password-file", "pw", "file"]);
    assert_eq!(folder.read("file"), bytes);
}

#[test]
fn editing_changes_only_what_was_changed() {
    let folder = Folder::new();
    folder.write("all.yml", b"a: 1\n");
    folder.vault(&["encrypt", "--vault-id", "prod@pw", "all.yml"]);
    assert_eq!(folder.mode("all.yml"), 0o600);
    std::fs::set_permissions(folder.path("all.yml"), std::fs::Permissions::from_mode(0o640)).unwrap();
    let before = folder.read("all.yml");
    folder.script("editor", "#!/bin/sh\ntouch \"$1\"\n");
    folder.vault(&["edit", "--vault-password-file", "pw", "all.yml"]);
    assert_eq!(folder.read("all.yml"), before);
    let look = "#!/bin/sh\nstat -c %a \"$1\" \"$(dirname \"$1\")\" > modes\necho 'b: 2' >> \"$1\"\ncp \"$1\" \"$1~\"\n";
    folder.script("editor", look);
    folder.vault(&["edit", "--vault-password-file", "pw", "all.yml"]);
    assert_eq!(folder.read("modes"), b"600\n700\n");
    assert_ne!(folder.read("all.yml"), before);
    assert!(folder.read("all.yml").starts_with(b"$ANSIBLE_VAULT;1.2;AES256;prod\n"));
    assert_eq!(folder.mode("all.yml"), 0o640);
    assert_eq!(folder.vault(&["view", "--vault-password-file", "pw", "all.yml"]), b"a: 1\nb: 2\n");
    let left = std::fs::read_dir(folder.path("run")).unwrap().count();
    assert_eq!(left, 0, "an editor left plain texts");
}

#[test]
fn a_broken_editor_leaves_everything_as_it_was() {
    let folder = Folder::new();
    folder.write("file", b"secret\n");
    folder.vault(&["encrypt", "--vault-password-file", "pw", "file"]);
    let before = folder.read("file");
    assert_eq!(folder.attempt(&["edit", "--vault-password-file", "pw", "file"]).status.code(), Some(1));
    folder.script("editor", "#!/bin/sh\nrm \"$1\"\n");
    assert_eq!(folder.attempt(&["edit", "--vault-password-file", "pw", "file"]).status.code(), Some(1));
    assert_eq!(folder.read("file"), before);
    assert_eq!(std::fs::read_dir(folder.path("run")).unwrap().count(), 0);
}

/// Temporary files, CVE-2020-1740: the plain text of a killed editing goes with the next one, that of one which goes on does not.
#[test]
fn what_a_killed_editing_left_goes_with_the_next() {
    let folder = Folder::new();
    folder.write("file", b"marker: 1\n");
    folder.vault(&["encrypt", "--vault-password-file", "pw", "file"]);
    folder.script("editor", "#!/bin/sh\necho $$ > fifo\nexec sleep 1000\n");
    let left = || std::fs::read_dir(folder.path("run")).unwrap().count();
    assert!(Command::new("mkfifo").arg(folder.path("fifo")).status().unwrap().success());
    let begin = || {
        let mut editing = Command::new(env!("CARGO_BIN_EXE_hostler"));
        editing.args(["vault", "edit", "--vault-password-file", "pw", "file"]).current_dir(folder.0.path());
        editing.env("XDG_RUNTIME_DIR", folder.path("run")).env("EDITOR", "./editor").stdin(Stdio::null());
        let child = editing.spawn().unwrap();
        let editor = std::fs::read_to_string(folder.path("fifo")).unwrap();
        (child, editor.trim().to_owned())
    };
    let (mut first, first_editor) = begin();
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(left(), 1);
    let (mut second, second_editor) = begin();
    assert_eq!(left(), 1, "what the killed one left is still there");
    let (mut third, third_editor) = begin();
    assert_eq!(left(), 2, "the second one's text was taken away");
    for (child, editor) in [(&mut second, &second_editor), (&mut third, &third_editor)] {
        assert!(Command::new("kill").arg(editor).status().unwrap().success());
        child.wait().unwrap();
    }
    let _ = Command::new("kill").arg(first_editor).status();
    assert_eq!(left(), 0);
}

#[test]
fn rekeying_gives_another_password_and_id() {
    let folder = Folder::new();
    folder.write("file", b"x: 1\n");
    folder.vault(&["encrypt", "--vault-password-file", "pw", "file"]);
    folder.vault(&["rekey", "--vault-password-file", "pw", "--new-vault-id", "dev@pw2", "file"]);
    assert!(folder.read("file").starts_with(b"$ANSIBLE_VAULT;1.2;AES256;dev\n"));
    assert_eq!(folder.attempt(&["view", "--vault-password-file", "pw", "file"]).status.code(), Some(1));
    assert_eq!(folder.vault(&["view", "--vault-password-file", "pw2", "file"]), b"x: 1\n");
}

#[test]
fn what_cannot_be_is_refused() {
    let folder = Folder::new();
    folder.write("file", b"x: 1\n");
    let both = ["--vault-id", "a@pw", "--vault-id", "b@pw2"];
    let code = |args: &[&str]| folder.attempt(args).status.code();
    assert_eq!(code(&[&["encrypt"], &both[..], &["file"]].concat()), Some(5));
    assert_eq!(code(&["encrypt", "--vault-id", "a;b@pw", "file"]), Some(5));
    assert_eq!(code(&["decrypt", "--vault-password-file", "pw", "--output", "x", "file", "file"]), Some(5));
    assert_eq!(code(&["decrypt", "--vault-password-file", "pw", "file"]), Some(1));
    assert_eq!(folder.read("file"), b"x: 1\n");
    folder.vault(&[&["encrypt"], &both[..], &["--encrypt-vault-id", "b", "file"]].concat());
    assert!(folder.read("file").starts_with(b"$ANSIBLE_VAULT;1.2;AES256;b\n"));
    assert_eq!(code(&["encrypt", "--vault-password-file", "pw", "file"]), Some(1));
}
