//! The criteria of a `Match` line (ssh_config(5)). They are asked in order, and the first that fails ends the asking, so that a
//! command of `exec` runs only where all before it hold.

use super::config::Asked;
use super::pattern;
use super::tokens::login_name;
use std::process::{Command, Stdio};

/// All of them must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Criteria(Vec<Criterion>);

#[derive(Clone, Debug, PartialEq)]
struct Criterion {
    negated: bool,
    what: What,
}

#[derive(Clone, Debug, PartialEq)]
enum What {
    All,
    /// The second reading, when the host's name is known for good.
    Final,
    /// Only after a name was made canonical, which is not done here.
    Canonical,
    Host(String),
    OriginalHost(String),
    User(String),
    LocalUser(String),
    Exec(String),
}

impl Criteria {
    /// Reads the words after `Match`.
    pub fn parse(words: &[String]) -> Result<Self, String> {
        let mut all = Vec::new();
        let mut rest = words.iter().map(String::as_str);
        while let Some(word) = rest.next() {
            let (negated, word) = word.strip_prefix('!').map_or((false, word), |word| (true, word));
            let (name, attached) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
            let name = name.to_lowercase();
            let what = match name.as_str() {
                "all" => What::All,
                "final" => What::Final,
                "canonical" => What::Canonical,
                "host" | "originalhost" | "user" | "localuser" | "exec" => {
                    let value = attached.or_else(|| rest.next());
                    let value = value.ok_or_else(|| format!("`Match {name}` needs a value"))?.to_owned();
                    match name.as_str() {
                        "host" => What::Host(value),
                        "originalhost" => What::OriginalHost(value),
                        "user" => What::User(value),
                        "localuser" => What::LocalUser(value),
                        _ => What::Exec(value),
                    }
                }
                _ => return Err(format!("`Match` knows no criterion `{name}` here")),
            };
            all.push(Criterion { negated, what });
        }
        if all.is_empty() {
            return Err("`Match` needs a criterion".into());
        }
        Ok(Criteria(all))
    }

    /// Whether it wants the configuration to be read again with the host's final name.
    pub fn want_final(&self) -> bool {
        self.0.iter().any(|criterion| criterion.what == What::Final)
    }

    /// Whether they hold.
    pub(super) fn hold(&self, asked: &Asked<'_>) -> bool {
        self.0.iter().all(|criterion| criterion.what.holds(asked) != criterion.negated)
    }
}

impl What {
    fn holds(&self, asked: &Asked<'_>) -> bool {
        let hosts = |patterns: &str, host: &str| pattern::list_matches(patterns.split(','), host);
        match self {
            What::All => true,
            What::Final => asked.last,
            What::Canonical => false,
            What::Host(patterns) => hosts(patterns, &asked.tokens().address),
            What::OriginalHost(patterns) => hosts(patterns, asked.original),
            What::User(patterns) => pattern::exact_list_matches(patterns.split(','), &asked.tokens().user),
            What::LocalUser(patterns) => pattern::exact_list_matches(patterns.split(','), &login_name()),
            What::Exec(line) => succeeds(&asked.tokens().expand(line)),
        }
    }
}

/// Runs a command of the operator's configuration.
fn succeeds(line: &str) -> bool {
    let shell = std::env::var_os("SHELL").filter(|shell| !shell.is_empty()).unwrap_or_else(|| "/bin/sh".into());
    let mut command = Command::new(shell);
    command.arg("-c").arg(line).stdin(Stdio::null()).stdout(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
