//! Text for a shell that means exactly itself.

/// Before every script: zsh behaves, and tools speak the language whose messages we read.
const PRELUDE: &str = "[ -z \"${ZSH_VERSION-}\" ] || emulate sh\nLC_ALL=C; export LC_ALL\n";

/// A word that any POSIX shell reads as these bytes.
pub fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// A fixed script with parameters `$1`, `$2`, ... The error says why a parameter cannot be one.
pub fn script(text: &str, params: &[&str]) -> Result<String, &'static str> {
    Ok(format!("{PRELUDE}{}{text}\n", positional(params)?))
}

/// The same for parameters that are not all paths: they are taken as they are.
pub fn raw_script(text: &str, params: &[&str]) -> Result<String, &'static str> {
    Ok(format!("{PRELUDE}{}{text}\n", raw_positional(params)?))
}

/// The line that sets the parameters, as they are.
pub fn raw_positional(params: &[&str]) -> Result<String, &'static str> {
    if params.iter().any(|param| param.contains('\0')) {
        return Err("it contains a NUL character");
    }
    let words: Vec<String> = params.iter().map(|param| quoted(param)).collect();
    Ok(format!("set -- {}\n", words.join(" ")))
}

/// The line that sets the parameters. One that begins with a dash could be taken for an option by the tools it is given to;
/// as a path it means the same with `./` before it, and words that are no paths do not begin so.
fn positional(params: &[&str]) -> Result<String, &'static str> {
    let paths: Vec<String> = params
        .iter()
        .map(|param| if param.starts_with('-') { format!("./{param}") } else { (*param).to_owned() })
        .collect();
    raw_positional(&paths.iter().map(String::as_str).collect::<Vec<_>>())
}

/// What a way to a host runs there, in `/bin/sh -c`: the script and its input both come by standard input, so that neither is
/// seen in the process list. Holds nothing that a login shell could change within single quotes.
pub const ENTRY: &str = "read -r hostler_n; eval \"$(dd bs=1 count=\"$hostler_n\" 2>/dev/null)\"";

/// What goes to [`ENTRY`] before the script: how many bytes are the script's; the rest is its input.
pub fn header(script: &str) -> String {
    format!("{}\n", script.len())
}
