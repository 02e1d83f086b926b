//! A hostile host: this machine in a directory with texts that would do something if anyone evaluated them.

use std::path::PathBuf;
use std::process::Command;

/// Would leave the file `MARK` behind if it were ever evaluated.
pub const EVIL: &str = "{{ lookup('pipe', 'touch MARK') }}";

/// The directory of a play.
pub struct Host {
    folder: tempfile::TempDir,
}

/// What a play printed.
pub struct Run {
    /// Standard output and standard error.
    pub text: String,
}

impl Host {
    pub fn new() -> Host {
        let host = Host { folder: tempfile::tempdir().unwrap() };
        host.write("evil.txt", EVIL);
        host.write("lines.txt", &format!("first\n{EVIL}\n"));
        host.write("templates/text.j2", "said: {{ said.stdout }}\n");
        host.write(&format!("named/{EVIL}"), "");
        host.write("inventory", "h1\nh2\n[all:vars]\nansible_connection=local\n");
        host
    }

    /// A host behind an `ssh` that starts a shell here: what it says is not the controller's. Its playbooks are in `project`.
    pub fn far() -> Host {
        let host = Host { folder: tempfile::tempdir().unwrap() };
        host.write("ssh", "#!/bin/sh\nfor last; do :; done\nexec /bin/sh -c \"$last\"\n");
        let program = host.path("ssh");
        std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let way = format!("ansible_connection=openssh ansible_ssh_executable={}", program.display());
        host.write("project/inventory", &format!("far {way} hostler_backend=shell\nown ansible_connection=local\n"));
        host.write("out/run.sh", "echo done\n");
        host
    }

    /// Where everything is.
    pub fn top(&self) -> String {
        self.folder.path().display().to_string()
    }

    /// Whether there is such a file.
    pub fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// Plays to the end on the host behind `ssh`: a playbook, or tasks. `TOP` stands for where everything is.
    pub fn play_far(&self, text: &str) -> Run {
        let text = text.replace("TOP", &self.top());
        let playbook = match text.contains("- hosts:") {
            true => text,
            false => format!("- hosts: far\n  gather_facts: false\n  tasks:\n    {}", text.replace('\n', "\n    ")),
        };
        self.write("project/site.yml", &playbook);
        self.start("project").0
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file of the directory.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// What a file of the directory holds.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// Plays to the end: a playbook, or tasks for the host `h1`. Nothing may have been evaluated.
    pub fn play_to_end(&self, text: &str) -> Run {
        self.run(text).0
    }

    /// The same, and the play must succeed.
    pub fn play(&self, text: &str) -> Run {
        let (run, good) = self.run(text);
        assert!(good, "the play failed:\n{}", run.text);
        run
    }

    fn run(&self, text: &str) -> (Run, bool) {
        let playbook = match text.contains("- hosts:") {
            true => text.to_owned(),
            false => format!("- hosts: h1\n  gather_facts: false\n  tasks:\n{}", text.replace('\n', "\n    ")),
        };
        // Commands of the local connection run beside the playbook, where the mark would appear.
        self.write("site.yml", &playbook.replace("cat evil.txt", &format!("cat {}", self.path("evil.txt").display())));
        self.start(".")
    }

    fn start(&self, directory: &str) -> (Run, bool) {
        let output = Command::new(env!("CARGO_BIN_EXE_hostler"))
            .args(["play", "-i", "inventory", "site.yml", "--diff", "--output", "plain"])
            .current_dir(self.path(directory))
            .env("HOME", self.folder.path())
            .env_remove("ANSIBLE_CONFIG")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(!self.path("MARK").exists(), "a text of the host was evaluated:\n{text}");
        (Run { text }, output.status.success())
    }
}

impl Run {
    /// Holds a text of our own.
    pub fn tells(&self, text: &str) -> &Run {
        assert!(self.text.contains(text), "`{text}` is not in:\n{}", self.text);
        self
    }

    /// Holds the evil text, as it is, behind `before`.
    pub fn holds(&self, before: &str) -> &Run {
        let plain = format!("{before}{EVIL}");
        let found = self.text.contains(&plain) || self.text.contains(&plain.replace('\'', "\\'"));
        assert!(found, "`{plain}` is not in:\n{}", self.text);
        self
    }
}
