//! `hostler vault encrypt-string`: strings from arguments, standard input or a prompt become `!vault` blocks.

use super::{Seal, Stop, options};
use crate::cli::password;
use crate::diagnostic::{Diagnostic, Result};
use clap::Args;
use std::io::{IsTerminal, Read, Write, stderr, stdin, stdout};
use zeroize::Zeroizing;

/// Which strings.
#[derive(Args, Clone, Debug)]
pub struct Strings {
    /// Strings to encrypt; standard input for `-` or none
    #[arg(value_name = "STRING")]
    strings: Vec<String>,
    /// Ask for the string
    #[arg(short, long)]
    prompt: bool,
    /// Show what is typed at the prompt
    #[arg(long)]
    show_input: bool,
    /// Name of the variable, one for each string
    #[arg(short, long = "name", value_name = "NAME")]
    names: Vec<String>,
    /// Name of the variable that standard input becomes
    #[arg(long, value_name = "NAME")]
    stdin_name: Option<String>,
}

/// One string and where it came from.
struct Plain {
    text: Zeroizing<String>,
    from: &'static str,
    name: Option<String>,
}

impl Strings {
    fn reads_stdin(&self) -> bool {
        self.strings.iter().any(|s| s == "-") || self.stdin_name.is_some() || self.strings.is_empty() && !self.prompt
    }

    /// Whether the flags go together.
    pub fn check(&self) -> Result<(), Stop> {
        if self.prompt && self.reads_stdin() {
            return Err(options("The --prompt option is not supported if also reading input from stdin"));
        }
        Ok(())
    }

    /// The YAML of all strings; what tells several apart goes to standard error.
    pub fn encrypt(&self, seal: &Seal) -> Result<String, Stop> {
        let plain = self.collect()?;
        let mut out = String::new();
        for (number, string) in plain.iter().enumerate() {
            if plain.len() > 1 {
                let (number, from) = (number + 1, string.from);
                match &string.name {
                    Some(name) => {
                        eprintln!("# The encrypted version of variable (\"{name}\", the string #{number} from {from}).")
                    }
                    None => eprintln!("# The encrypted version of the string #{number} from {from}.)"),
                }
            }
            out.push_str(&block(&seal.seal(string.text.as_bytes())?, string.name.as_deref()));
        }
        Ok(out)
    }

    fn collect(&self) -> Result<Vec<Plain>, Stop> {
        let mut all = Vec::new();
        if self.prompt {
            all.push(self.typed()?);
        }
        if self.reads_stdin() {
            let terminal = stdout().is_terminal();
            if terminal {
                let hint = "(ctrl-d to end input, twice if your content does not already have a newline)";
                eprintln!("Reading plaintext input from stdin. {hint}");
            }
            let mut text = Zeroizing::new(String::new());
            stdin()
                .lock()
                .read_to_string(&mut text)
                .map_err(|e| Diagnostic::error("could not read standard input").cause(e.to_string()).boxed())?;
            if text.is_empty() {
                return Err(options("stdin was empty, not encrypting"));
            }
            if terminal && !text.ends_with('\n') {
                println!();
            }
            all.push(Plain { text, from: "stdin", name: self.stdin_name.clone() });
        }
        let strings: Vec<&String> = self.strings.iter().filter(|s| *s != "-").collect();
        if let Some(last) = self.names.last().filter(|_| strings.len() > self.names.len()) {
            eprintln!("The number of --name options do not match the number of args.");
            eprintln!("The last named variable will be \"{last}\". The rest will not have names.");
        }
        for (at, text) in strings.into_iter().enumerate() {
            if text.is_empty() {
                return Err(options("The plaintext provided from the command line args was empty, not encrypting"));
            }
            let text = Zeroizing::new(text.clone());
            all.push(Plain { text, from: "the command line args", name: self.names.get(at).cloned() });
        }
        Ok(all)
    }

    fn typed(&self) -> Result<Plain, Stop> {
        let name = line("Variable name (enter for no name): ")?;
        let text = if self.show_input {
            Zeroizing::new(line("String to encrypt:")?)
        } else {
            Zeroizing::new(password::ask("String to encrypt (hidden)")?)
        };
        if text.is_empty() {
            return Err(options("The plaintext provided from the prompt was empty, not encrypting"));
        }
        let name = Some(name).filter(|name| !name.is_empty());
        Ok(Plain { text, from: "the interactive prompt", name })
    }
}

fn line(question: &str) -> Result<String> {
    let ask = || -> std::io::Result<String> {
        let mut out = stderr().lock();
        write!(out, "{question}")?;
        out.flush()?;
        let mut typed = String::new();
        stdin().read_line(&mut typed)?;
        Ok(typed.trim_end_matches(['\n', '\r']).to_owned())
    };
    ask().map_err(|e| Diagnostic::error("could not ask").cause(e.to_string()).boxed())
}

/// A vault as a block of YAML, indented as ansible-vault does.
fn block(vault: &str, name: Option<&str>) -> String {
    let mut out = name.map(|name| format!("{name}: ")).unwrap_or_default();
    out.push_str("!vault |\n");
    for line in vault.lines() {
        out.push_str(&format!("{:10}{line}\n", ""));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::block;

    #[test]
    fn blocks_can_be_put_into_playbooks() {
        assert_eq!(block("$A\n12\n", Some("x")), "x: !vault |\n          $A\n          12\n");
        assert_eq!(block("$A\n", None), "!vault |\n          $A\n");
    }
}
