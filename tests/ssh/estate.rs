//! A small estate for the tests that need accounts: sshd in a mount namespace of its own, with its own `/etc`, `/home` and
//! `/run`, so that the machine's accounts stay as they are. Needs root.

use crate::server::{Server, free_port, keygen, lenient, wait};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The password of every account that has one.
pub const WORD: &str = "correct horse";
/// The same as `/etc/shadow` has it.
const HASH: &str =
    "$6$hostlertests$ZLU3IHAweAYu.02dtD7LFmd/wGaiXlSKiV7lpWE.9a/PyWM9c1fp/2KW9wUrjNGVxsy21VDPU2nVpQmKYFBNF0";

/// Name, login shell, password, what sudo lets it do.
const ACCOUNTS: &[(&str, &str, bool, &str)] = &[
    ("free", "/bin/sh", true, "free ALL=(ALL) NOPASSWD: ALL"),
    ("asked", "/bin/sh", true, "asked ALL=(ALL) ALL"),
    ("barred", "/bin/sh", true, ""),
    ("narrow", "/bin/sh", false, "narrow ALL=(root) NOPASSWD: /bin/true"),
    ("tty", "/bin/sh", true, "Defaults:tty requiretty\ntty ALL=(ALL) NOPASSWD: ALL"),
    ("lectured", "/bin/sh", true, "Defaults:lectured lecture=always\nlectured ALL=(ALL) ALL"),
    ("odd", "/bin/sh", true, "Defaults:odd passprompt=\"Geheimwort bitte: \",passprompt_override\nodd ALL=(ALL) ALL"),
    ("app", "/bin/sh", false, ""),
    ("daemon1", "/usr/sbin/nologin", false, ""),
    ("csh", "/bin/tcsh", false, "csh ALL=(ALL) NOPASSWD: ALL"),
    ("fish", "/usr/bin/fish", false, "fish ALL=(ALL) NOPASSWD: ALL"),
    ("zsh", "/bin/zsh", false, "zsh ALL=(ALL) NOPASSWD: ALL"),
    ("noisy", "/bin/bash", false, "noisy ALL=(ALL) NOPASSWD: ALL"),
    ("ttyasked", "/bin/sh", true, "Defaults:ttyasked requiretty\nttyasked ALL=(ALL) ALL"),
    ("ptyasked", "/bin/sh", true, "Defaults:ptyasked requiretty,use_pty\nptyasked ALL=(ALL) ALL"),
    ("pty", "/bin/sh", false, "Defaults:pty use_pty\npty ALL=(ALL) NOPASSWD: ALL"),
];

/// Run in the namespace before sshd. `$1`: where the estate's files are; they move to where no other mount hides them.
const MOVE_IN: &str = r#"set -e
mount -t tmpfs tmpfs /run
mkdir -m 755 /run/sshd /run/estate
mount --bind "$1" /run/estate
set -- /run/estate
mount -t tmpfs tmpfs "$1/mnt"
mkdir "$1/mnt/up" "$1/mnt/work"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$1/mnt/up,workdir=$1/mnt/work" /etc
cat "$1/passwd" >>/etc/passwd
cat "$1/group" >>/etc/group
sed -i '/^root:/d' /etc/shadow
cat "$1/shadow" >>/etc/shadow
cp "$1/sudoers" /etc/sudoers && chown root:root /etc/sudoers && chmod 440 /etc/sudoers
cp "$1/doas.conf" /etc/doas.conf && chown root:root /etc/doas.conf && chmod 400 /etc/doas.conf
rm -f /etc/nologin
mount -t tmpfs -o mode=755 tmpfs /home
while IFS=: read -r name _ uid gid _ home _; do
  mkdir -m 755 "$home"
  [ "$name" != noisy ] || { echo 'echo welcome, stranger; echo and beware >&2; echo $-' >"$home/.bashrc"; cp "$home/.bashrc" "$home/.profile"; }
  chown -R "$uid:$gid" "$home"
done <"$1/passwd"
"#;

/// Starts sshd with further lines of configuration; `moving_in` is shell that runs before, as root in the namespace, with
/// the directory of the estate as `$1`. `None` where that cannot be done.
pub fn estate(config: &str, moving_in: &str) -> Option<Server> {
    let sshd = Path::new("/usr/sbin/sshd");
    let able = || Command::new("unshare").args(["-m", "true"]).status().is_ok_and(|status| status.success());
    let sudo = Path::new("/usr/bin/sudo").exists();
    if !sshd.exists() || !sudo || !rustix::process::getuid().is_root() || !able() {
        assert!(std::env::var_os("CI").is_none(), "root, mount namespaces, sshd and sudo are needed");
        eprintln!("skipped: needs root, mount namespaces, sshd and sudo");
        return None;
    }
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    std::fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    let (mut passwd, mut group, mut shadow) =
        (String::new(), String::new(), format!("root:{HASH}:19000:0:99999:7:::\n"));
    let mut sudoers = String::from("Defaults secure_path=/usr/sbin:/usr/bin:/sbin:/bin\nroot ALL=(ALL) ALL\n");
    for (number, (name, shell, password, sudo)) in (3001..).zip(ACCOUNTS) {
        passwd += &format!("{name}:x:{number}:{number}::/home/{name}:{shell}\n");
        group += &format!("{name}:x:{number}:\n");
        shadow += &format!("{name}:{}:19000:0:99999:7:::\n", if *password { HASH } else { "*" });
        sudoers += &format!("{sudo}\n");
    }
    write("passwd", &passwd);
    write("group", &group);
    write("shadow", &shadow);
    write("sudoers", &sudoers);
    write("doas.conf", "permit nopass free\npermit asked\n");
    std::fs::create_dir(dir.path().join("mnt")).unwrap();
    for name in ["host", "user", "stranger"] {
        keygen(&dir.path().join(name));
    }
    std::fs::copy(dir.path().join("user.pub"), dir.path().join("authorized")).unwrap();
    let port = free_port();
    let own = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey /run/estate/host\nAuthorizedKeysFile /run/estate/authorized\n{config}\n\
         PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication yes\nKbdInteractiveAuthentication no\nUseDNS no\n\
         PrintMotd no\nPermitRootLogin yes\nMaxStartups 100\n{}\n",
        lenient(),
    );
    write("sshd_config", &own);
    let script = format!("{MOVE_IN}{moving_in}\nexec /usr/sbin/sshd -D -e -f \"$1/sshd_config\"");
    let log = std::fs::File::create(dir.path().join("log")).unwrap();
    let child = Command::new("unshare")
        .args(["-m", "/bin/sh", "-c", &script, "sh"])
        .arg(dir.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    Some(wait(Server { dir, port, child }))
}

impl Server {
    /// A file of the estate as root sees it from outside.
    pub fn inside(&self, path: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{path}", self.child.id()))
    }
}
