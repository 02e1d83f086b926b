//! `ping`: shows that a host can be reached and can run modules.

use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Facts, Look, Module, Outcome};

/// Try to connect to host and return `pong` on success
///
/// Not ICMP: it says that the login, and becoming another user where asked, work.
#[derive(Module)]
#[module(
    kind = "facts",
    name = "ping",
    returns(("ping", "str", "the value of `data`")),
    examples = r#"- name: Check that we can log in
  ansible.builtin.ping:
"#
)]
pub struct Ping {
    /// What to answer; `crash` makes the module fail.
    #[arg(default = "pong")]
    data: String,
}

impl Facts for Ping {
    fn gather(&self, _look: &Look) -> Result<Outcome> {
        if self.data == "crash" {
            return Err(Failure::new("Task failed: Module failed: boom"));
        }
        Ok(Outcome::default().with("ping", self.data.as_str()))
    }
}
