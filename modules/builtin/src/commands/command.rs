//! `command`: a program with its arguments, no shell between.

use super::execution::Execution;
use hostler_sdk::args::HostPath;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Action, Change, Look, Module, Outcome, Value};

/// Execute commands on targets
///
/// The command is not processed through a shell, so that `*`, `<`, `|`, `;` and `&` mean nothing; `~` and variables
/// of the host's environment are expanded in each word unless `expand_argument_vars` is off.
#[derive(Module)]
#[module(
    kind = "action",
    name = "command",
    free_form = "_raw_params",
    check = "partial",
    mutually_exclusive("_raw_params", "cmd", "argv"),
    required_one_of("_raw_params", "cmd", "argv"),
    returns(
        ("cmd", "list", "the command that was run"),
        ("delta", "str", "how long it took"),
        ("end", "str", "when it ended"),
        ("msg", "str", "why it was not run, or that it failed"),
        ("rc", "int", "its return code, 0 for success"),
        ("start", "str", "when it started"),
        ("stderr", "str", "its standard error"),
        ("stderr_lines", "list", "its standard error in lines"),
        ("stdout", "str", "its standard output"),
        ("stdout_lines", "list", "its standard output in lines")
    ),
    examples = r#"- name: Return motd to registered var
  ansible.builtin.command: cat /etc/motd
  register: mymotd

- name: Run command if /path/to/database does not exist
  ansible.builtin.command:
    argv:
      - /usr/bin/make_database.sh
      - Username with whitespace
      - dbname with whitespace
    creates: /path/to/database
"#
)]
pub struct CommandModule {
    /// The command as free-form text, split as a shell would.
    #[arg(name = "_raw_params")]
    free_form: Option<String>,
    /// The command as text, split as a shell would.
    cmd: Option<String>,
    /// The command as a list of words.
    argv: Vec<String>,
    /// Directory to run in.
    chdir: Option<HostPath>,
    /// File name or pattern; when something matches, the command is not run.
    creates: Option<HostPath>,
    /// File name or pattern; when nothing matches, the command is not run.
    removes: Option<HostPath>,
    /// Not supported by `command` since Ansible 2.4; a warning is given.
    executable: Option<String>,
    /// Whether `~` and `$VARIABLES` are expanded in each word.
    #[arg(default = "yes")]
    expand_argument_vars: bool,
    /// Standard input of the command.
    stdin: Option<String>,
    /// Whether a newline ends `stdin`.
    #[arg(default = "yes")]
    stdin_add_newline: bool,
    /// Whether empty lines at the end of the output are cut off.
    #[arg(default = "yes")]
    strip_empty_ends: bool,
}

impl CommandModule {
    fn execution(&self, look: &Look) -> Result<Execution<'_>> {
        if let Some(executable) = &self.executable {
            look.warn(format!(
                "As of Ansible 2.4, the parameter 'executable' is no longer supported with the 'command' module. Not using '{executable}'."
            ));
        }
        let argv = match self.free_form.as_deref().or(self.cmd.as_deref()) {
            Some(line) => shell_words::split(line)
                .map_err(|e| Failure::new(format!("the command cannot be split into words: {e}")).with("cmd", line))?,
            None => self.argv.clone(),
        };
        if argv.is_empty() {
            return Err(Failure::new("no command given").with("rc", 256));
        }
        Ok(Execution {
            cmd: Value::from(argv.clone()),
            argv,
            shell: None,
            chdir: self.chdir.as_ref(),
            creates: self.creates.as_ref(),
            removes: self.removes.as_ref(),
            stdin: self.stdin.as_deref(),
            stdin_add_newline: self.stdin_add_newline,
            strip_empty_ends: self.strip_empty_ends,
            expand: self.expand_argument_vars,
        })
    }
}

impl Action for CommandModule {
    fn check(&self, look: &Look) -> Result<Option<Outcome>> {
        self.execution(look)?.check(look)
    }

    fn run(&self, change: &Change) -> Result<Outcome> {
        self.execution(change)?.run(change, |command| change.run(command))
    }
}
