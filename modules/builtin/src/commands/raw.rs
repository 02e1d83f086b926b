//! `raw`: a line for the login shell over the bare connection. The controller runs it; here it is only declared.

use hostler_sdk::Module;

/// Executes a low-down and dirty command
///
/// The line goes to the host's login shell as it is, without the runner: for hosts that are not ready for modules.
#[derive(Module)]
#[module(
    kind = "declaration",
    name = "raw",
    free_form = "_raw_params",
    check = "none",
    returns(
        ("rc", "int", "return code, 0 for success"),
        ("stderr", "str", "standard error"),
        ("stderr_lines", "list", "standard error in lines"),
        ("stdout", "str", "standard output"),
        ("stdout_lines", "list", "standard output in lines")
    ),
    examples = r#"- name: Bootstrap a host without python2 installed
  ansible.builtin.raw: dnf install -y python2 python2-dnf libselinux-python
"#
)]
pub struct Raw {
    /// The line.
    #[arg(name = "_raw_params")]
    pub free_form: String,
    /// Absolute path of a shell to run the line with instead of the login shell.
    pub executable: Option<String>,
}
