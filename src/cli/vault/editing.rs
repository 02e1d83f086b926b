//! Vaulted files in an editor: the plain text is in a private file meanwhile, which is overwritten and removed whatever happens.

use super::{Seal, open, text_of};
use crate::config::Settings;
use crate::diagnostic::{Diagnostic, Result};
use crate::vault::file::{self, Keep};
use crate::vault::plaintext::Plaintext;
use crate::vault::{Keyring, is_vaulted};
use std::path::Path;
use tokio::signal::unix::{SignalKind, signal};
use zeroize::Zeroizing;

/// A new file, written in an editor.
pub fn create(name: &str, seal: &Seal, settings: &Settings) -> Result<()> {
    let path = Path::new(name);
    if path.exists() {
        return Err(Diagnostic::error(format!("{name} exists, please use 'edit' instead")).boxed());
    }
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty() && !p.exists()) {
        super::super::complain(&Diagnostic::warning(format!("{} does not exist, creating...", folder.display())));
        std::fs::create_dir_all(folder).map_err(|e| {
            Diagnostic::error(format!("could not create `{}`", folder.display())).cause(e.to_string()).boxed()
        })?;
    }
    let plain = edited(b"", path, settings)?;
    file::write(name, seal.seal(&plain)?.as_bytes(), Keep::Nothing, false)
}

/// A file that is there. The vault id in its header stays, and so does the whole file when nothing was changed.
pub fn edit(name: &str, keyring: &Keyring, settings: &Settings) -> Result<()> {
    let vault = file::read(name)?;
    let opened = open(keyring, name, &vault)?;
    let plain = edited(&opened.plain, Path::new(name), settings)?;
    if *plain == *opened.plain {
        return Ok(());
    }
    if text_of(&plain).is_some_and(is_vaulted) {
        return Err(Diagnostic::error(format!("input is already encrypted: `{name}`")).boxed());
    }
    let sealed = opened.password.seal(&plain, opened.id.as_deref())?;
    file::write(name, sealed.as_bytes(), Keep::ModeAndOwner, false)
}

/// What the operator makes of a text.
fn edited(text: &[u8], like: &Path, settings: &Settings) -> Result<Zeroizing<Vec<u8>>> {
    let plain = Plaintext::new(text, like)?;
    let command = settings.editor.as_str();
    let failed = |cause: String| {
        Diagnostic::error(format!("could not use the editor `{command}`"))
            .cause(cause)
            .note(format!("set by {}", settings.editor.origin()))
            .boxed()
    };
    let words = shell_words::split(command).map_err(|e| failed(e.to_string()))?;
    let [program, args @ ..] = words.as_slice() else { return Err(failed("it is empty".into())) };
    let mut command = tokio::process::Command::new(program);
    command.args(args).arg(&plain.path).kill_on_drop(true);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| failed(e.to_string()))?;
    let ended = runtime.block_on(async {
        // An interrupt typed at the terminal is the editor's affair; the plain text must outlive none of the others.
        let _interrupts = signal(SignalKind::interrupt())?;
        let (mut ends, mut hangs) = (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
        let mut child = command.spawn()?;
        tokio::select! {
            status = child.wait() => status.map(Some),
            _ = ends.recv() => Ok(None),
            _ = hangs.recv() => Ok(None),
        }
    });
    match ended.map_err(|e| failed(e.to_string()))? {
        Some(_) => plain.read(),
        None => Err(failed("it was interrupted; nothing was saved".into())),
    }
}
