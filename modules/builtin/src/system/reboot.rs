//! `reboot`: declared here; the controller restarts the host, waits until it is gone and until it is back.

use hostler_sdk::{Module, Value};

/// Reboot a machine
///
/// The controller does it: it restarts the host, waits for it to go down, come up, and answer.
#[derive(Module)]
#[module(
    kind = "declaration",
    name = "reboot",
    check = "full",
    looks_beyond,
    returns(
        ("rebooted", "bool", "whether the machine was restarted"),
        ("elapsed", "int", "seconds until it was back")
    ),
    examples = r#"- name: Unconditionally reboot the machine with all defaults
  ansible.builtin.reboot:
"#
)]
pub struct Reboot {
    /// Seconds before the host goes down.
    #[arg(default = "0")]
    pub pre_reboot_delay: Value,
    /// Seconds after the restart command before the host is tried again.
    #[arg(default = "0")]
    pub post_reboot_delay: Value,
    /// Longest time in seconds for the host to come back, and again for the test command.
    #[arg(default = "600")]
    pub reboot_timeout: Value,
    /// Longest time in seconds for one connection.
    pub connect_timeout: Option<Value>,
    /// Command that shows that the host is ready.
    #[arg(default = "whoami")]
    pub test_command: String,
    /// Message to who is logged in.
    #[arg(default = "Reboot initiated by Ansible")]
    pub msg: String,
    /// Directories the restart command is searched in.
    #[arg(default = "/sbin,/bin,/usr/sbin,/usr/bin,/usr/local/sbin")]
    pub search_paths: Vec<String>,
    /// Command whose output differs after a restart.
    #[arg(default = "cat /proc/sys/kernel/random/boot_id")]
    pub boot_time_command: String,
    /// Command that restarts the host, instead of `shutdown`.
    pub reboot_command: Option<String>,
}
