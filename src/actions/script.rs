//! `script`: a local script, run on the host by the module of the same name there.

use super::{Act, ActionError, ActionResult, TaskRun, register};
use crate::link::Body;
use crate::template::Said;
use hostler_sdk::Module;

/// Runs a local script on a remote node after transferring it
///
/// The first word is a file of the controller, searched for in `files/`; the rest are its arguments. It counts as a change unless
/// `creates` or `removes` say that there is nothing to do.
#[derive(Module)]
#[module(
    kind = "declaration",
    name = "script",
    free_form = "_raw_params",
    check = "partial",
    required_one_of("_raw_params", "cmd"),
    mutually_exclusive("_raw_params", "cmd"),
    returns(("rc", "int", "exit code"), ("stdout", "str", "output"), ("stderr", "str", "error output")),
    examples = r#"
- name: Run a script with arguments
  ansible.builtin.script: /some/local/script.sh --some-argument 1234
"#
)]
pub struct Script {
    /// The script and its arguments.
    #[arg(name = "_raw_params")]
    free_form: Option<String>,
    /// The script and its arguments.
    cmd: Option<String>,
    /// A file on the host; when it is there, nothing is done.
    #[allow(dead_code, reason = "read on the host")]
    creates: Option<String>,
    /// A file on the host; when it is not there, nothing is done.
    #[allow(dead_code, reason = "read on the host")]
    removes: Option<String>,
    /// Directory on the host to run in, absolute.
    #[allow(dead_code, reason = "read on the host")]
    chdir: Option<String>,
    /// Program that runs the script, instead of the one its first line names.
    #[allow(dead_code, reason = "read on the host")]
    executable: Option<String>,
    /// Whether a vaulted script is decrypted.
    #[arg(default = "true")]
    decrypt: bool,
}

register!(of Script);

impl Act for Script {
    async fn act(self, task: &TaskRun<'_>) -> ActionResult {
        let line = self.free_form.or(self.cmd).unwrap_or_default();
        let words = shell_words::split(line.trim())
            .map_err(|e| ActionError::new(format!("the script's line cannot be split into words: {e}")))?;
        let source = words.first().ok_or_else(|| ActionError::new("no script was given"))?;
        let said = of_first_word(&line, source, task.said.of(&["_raw_params", "cmd"]));
        let path = task.find_file("files", source, said)?;
        let body = match self.decrypt {
            true => task.plain_body(&path)?,
            false => Body::File(path),
        };
        Ok(task.call_module("script", task.args.clone(), vec![body]).await?.into())
    }
}

/// Whether a host had a say in the first word of a line.
fn of_first_word(line: &str, word: &str, said: Said) -> Said {
    let Said::After(at) = said else { return said };
    let own = line.get(..at).unwrap_or_default();
    // A word that is over before the host says anything is the operator's.
    let over = shell_words::split(own).is_ok_and(|words| words.len() > 1 || own.ends_with(' ') && words.len() == 1);
    match line.starts_with(word) {
        _ if over => Said::Nothing,
        true => said,
        false => Said::ALL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_of_a_script_are_free() {
        for (own, host, word, want) in [
            ("/srv/x.sh --to ", "../y", "/srv/x.sh", Said::Nothing),
            ("'/srv/a b.sh' ", "../y", "/srv/a b.sh", Said::Nothing),
            ("/srv/x-", "1 ../y", "/srv/x-1", Said::After(7)),
            ("'/srv/a b", "/../c' d", "/srv/a b/../c", Said::ALL),
            ("", "/etc/x y", "/etc/x", Said::ALL),
        ] {
            assert_eq!(of_first_word(&format!("{own}{host}"), word, Said::After(own.len())), want, "{own}");
        }
    }
}
