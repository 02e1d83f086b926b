//! A user's SSH key. The key is made in a directory only we can enter and written into the home from there, so that no
//! link the user put in place leads `root` elsewhere; a passphrase goes through standard input.

use super::need;
use super::user::User;
use super::user_state::Key;
use crate::commands::private_directory;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Change, Command, FileKind, Look, Map, WriteFile};

/// Whether a key must be made. One that is there stays, unless it may be overwritten by `force`.
pub(super) fn state(look: &Look, path: &str, force: bool) -> Result<Key> {
    for (kind, path) in [("private", path.to_owned()), ("public", format!("{path}.pub"))] {
        if look.lstat(&path)?.is_none() {
            continue;
        }
        if force {
            look.warn(format!("Overwriting existing ssh key {kind} file \"{path}\""));
            continue;
        }
        look.warn(format!(
            "Found existing ssh key {kind} file \"{path}\", no force, so skipping ssh-keygen generation"
        ));
        return Ok(Key::Kept);
    }
    Ok(Key::Missing)
}

/// Makes the key and hands it to the user.
pub(super) fn generate(user: &User, change: &Change, path: &str, owner: &hostler_sdk::accounts::User) -> Result<()> {
    need(change, "ssh-keygen")?;
    let dir = path.rsplit_once('/').map_or("/", |(dir, _)| dir);
    match change.lstat(dir)? {
        None => {
            change.make_dir(dir, 0o700)?;
            change.chown(dir, Some(owner.uid), Some(owner.gid), false)?;
        }
        Some(meta) if meta.kind == FileKind::Directory => {}
        Some(_) => return Err(Failure::new(format!("`{dir}` is not a directory: no key is written through a link"))),
    }
    // A key that is kept elsewhere than at home is where the operator wants it.
    let home_of = path.starts_with(&format!("{}/", owner.home.trim_end_matches('/')));
    let workshop = private_directory(change)?;
    let made = make(user, change, &workshop).and_then(|()| {
        for (name, path, mode) in [("key", path.to_owned(), 0o600), ("key.pub", format!("{path}.pub"), 0o644)] {
            let content = change.read(&format!("{workshop}/{name}"))?;
            change.write(WriteFile {
                mode: Some(mode),
                uid: Some(owner.uid),
                gid: Some(owner.gid),
                only_in_dir_of: home_of.then_some(owner.uid),
                ..WriteFile::new(&path, &mut content.as_slice())
            })?;
        }
        Ok(())
    });
    change.remove_tree(&workshop)?;
    made
}

fn make(user: &User, change: &Change, dir: &str) -> Result<()> {
    let host = change.read_text("/proc/sys/kernel/hostname").unwrap_or_default();
    let comment = match &user.ssh_key_comment {
        Some(comment) => comment.clone(),
        None => format!("ansible-generated on {}", host.trim()),
    };
    let bits = (user.ssh_key_bits > 0).then(|| ["-b".to_owned(), user.ssh_key_bits.to_string()]);
    let mut words = vec!["ssh-keygen".to_owned(), "-q".to_owned(), "-t".to_owned(), user.ssh_key_type.clone()];
    words.extend(bits.into_iter().flatten());
    words.extend(["-C".to_owned(), comment, "-f".to_owned(), format!("{dir}/key")]);
    let command = match user.ssh_key_passphrase.as_ref().map(|p| p.reveal()).filter(|p| !p.is_empty()) {
        None => {
            words.extend(["-N".to_owned(), String::new()]);
            Command::new(words)
        }
        Some(passphrase) => {
            // ssh-keygen asks this program, once for the passphrase and once to repeat it; it reads a line of the
            // standard input that both share, so that the passphrase is in no argument, variable or file.
            let ask = format!("{dir}/ask");
            let mut script = &b"#!/bin/sh\nIFS= read -r line && printf '%s\\n' \"$line\"\n"[..];
            change.write(WriteFile { mode: Some(0o700), ..WriteFile::new(&ask, &mut script) })?;
            Command::new(words)
                .env("SSH_ASKPASS", &ask)
                .env("SSH_ASKPASS_REQUIRE", "force")
                .env("DISPLAY", ":")
                .stdin(format!("{passphrase}\n{passphrase}\n"))
        }
    };
    let output = change.run(&command)?;
    if output.ok() {
        return Ok(());
    }
    Err(Failure::new(output.err()).with("name", user.name.as_str()).with("rc", output.status))
}

/// The values that tell of the key.
pub(super) fn describe(look: &Look, values: &mut Map, path: &str, uid: u32) -> Result<()> {
    let fingerprint = if look.stat(path)?.is_some() {
        let output = look.query(&Command::new(["ssh-keygen", "-l", "-f", path]))?;
        if output.ok() { output.out() } else { output.err() }
    } else {
        format!("SSH Key file {path} does not exist")
    };
    values.set("ssh_fingerprint", fingerprint.trim());
    values.set("ssh_key_file", path);
    // Through a link that the user made, root could read for them what they may not.
    let key = look.read_owned(&format!("{path}.pub"), uid).ok().flatten();
    values.set("ssh_public_key", key.map(|key| String::from_utf8_lossy(&key).trim().to_owned()));
    Ok(())
}
