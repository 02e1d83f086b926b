//! Passwords that the operator gives: typed at a prompt without echo, or read from a file (or a program that prints it).

use crate::diagnostic::{Diagnostic, Result};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// Asks at the terminal, without echo.
///
/// # Errors
/// There is no terminal to ask at.
pub fn ask(prompt: &str) -> Result<String> {
    rpassword::prompt_password(format!("{prompt}: ")).map_err(|e| {
        Diagnostic::error(format!("could not ask for the {}", prompt.to_lowercase()))
            .cause(e.to_string())
            .hint("without a terminal, give a password file")
            .boxed()
    })
}

/// The password in a file, without surrounding white space; an executable file is run and prints it, as ansible does.
///
/// # Errors
/// The file cannot be read, the program fails, or there is nothing in it.
pub fn from_file(path: &Path, what: &str) -> Result<String> {
    let failed =
        |cause: String| Diagnostic::error(format!("could not read the {what} from `{}`", path.display())).cause(cause);
    let meta = std::fs::metadata(path).map_err(|e| failed(e.to_string()))?;
    let text = if meta.is_file() && meta.permissions().mode() & 0o111 != 0 {
        let output = Command::new(path)
            .stdin(Stdio::inherit())
            .stderr(Stdio::inherit())
            .output()
            .map_err(|e| failed(e.to_string()))?;
        if !output.status.success() {
            return Err(failed(format!("the program ended with {}", output.status)).boxed());
        }
        String::from_utf8_lossy(&output.stdout).into_owned()
    } else {
        std::fs::read_to_string(path).map_err(|e| failed(e.to_string()))?
    };
    match text.trim() {
        "" => Err(failed("it is empty".to_owned()).boxed()),
        password => Ok(password.to_owned()),
    }
}
