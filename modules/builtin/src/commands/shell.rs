//! `shell`: a line for the host's shell.

use super::execution::Execution;
use hostler_sdk::args::HostPath;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Action, Change, Look, Module, Outcome, Value};

/// Execute shell commands on targets
///
/// The line is given to a shell (`/bin/sh` unless `executable` names another), with all that a shell makes of it.
/// Quote values from elsewhere with the `quote` filter.
#[derive(Module)]
#[module(
    kind = "action",
    name = "shell",
    free_form = "_raw_params",
    check = "partial",
    mutually_exclusive("_raw_params", "cmd", "argv"),
    required_one_of("_raw_params", "cmd", "argv"),
    returns(
        ("cmd", "str", "the line that was run"),
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
    examples = r#"- name: Execute the command in remote shell; stdout goes to the specified file on the remote
  ansible.builtin.shell: somescript.sh >> somelog.txt

- name: This command will change the working directory to somedir/ and will only run when somedir/somelog.txt doesn't exist
  ansible.builtin.shell: somescript.sh >> somelog.txt
  args:
    chdir: somedir/
    creates: somelog.txt
"#
)]
pub struct ShellModule {
    /// The line as free-form text.
    #[arg(name = "_raw_params")]
    free_form: Option<String>,
    /// The line.
    cmd: Option<String>,
    /// Words that are quoted and joined to the line.
    argv: Vec<String>,
    /// Directory to run in.
    chdir: Option<HostPath>,
    /// File name or pattern; when something matches, the line is not run.
    creates: Option<HostPath>,
    /// File name or pattern; when nothing matches, the line is not run.
    removes: Option<HostPath>,
    /// Absolute path of the shell.
    executable: Option<String>,
    /// Standard input of the line.
    stdin: Option<String>,
    /// Whether a newline ends `stdin`.
    #[arg(default = "yes")]
    stdin_add_newline: bool,
    /// Whether empty lines at the end of the output are cut off.
    #[arg(default = "yes")]
    strip_empty_ends: bool,
    /// An argument of `command`, refused here: the shell itself expands the line.
    expand_argument_vars: Option<String>,
}

impl ShellModule {
    fn execution(&self) -> Result<Execution<'_>> {
        if self.expand_argument_vars.is_some() {
            return Err(Failure::new("Unsupported parameters for (shell) module: expand_argument_vars"));
        }
        let (line, cmd) = match self.free_form.as_deref().or(self.cmd.as_deref()) {
            Some(line) => (line.to_owned(), Value::from(line)),
            None => (shell_words::join(&self.argv), Value::from(self.argv.clone())),
        };
        if line.is_empty() {
            return Err(Failure::new("no command given").with("rc", 256));
        }
        Ok(Execution {
            argv: vec![line],
            shell: Some(self.executable.clone().unwrap_or_else(|| "/bin/sh".to_owned())),
            cmd,
            chdir: self.chdir.as_ref(),
            creates: self.creates.as_ref(),
            removes: self.removes.as_ref(),
            stdin: self.stdin.as_deref(),
            stdin_add_newline: self.stdin_add_newline,
            strip_empty_ends: self.strip_empty_ends,
            expand: false,
        })
    }
}

impl Action for ShellModule {
    fn check(&self, look: &Look) -> Result<Option<Outcome>> {
        self.execution()?.check(look)
    }

    fn run(&self, change: &Change) -> Result<Outcome> {
        self.execution()?.run(change, |command| change.run(command))
    }
}
