//! Questions to the operator at the terminal.

use std::io::{self, BufRead, IsTerminal, Write};

/// Whether there is somebody to ask.
pub(super) fn possible() -> bool {
    io::stdin().is_terminal()
}

/// Asks for a line; without `echo` what is typed is not shown.
///
/// # Errors
/// The terminal is gone, or standard input is at its end.
pub(super) fn line(question: &str, echo: bool) -> io::Result<String> {
    if !echo {
        return rpassword::prompt_password(format!("{question}: "));
    }
    let mut out = io::stderr().lock();
    write!(out, "{question}: ")?;
    out.flush()?;
    let mut typed = String::new();
    if io::stdin().lock().read_line(&mut typed)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(typed.trim_end_matches(['\n', '\r']).to_owned())
}
