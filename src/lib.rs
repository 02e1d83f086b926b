//! Hostler applies Ansible-style YAML playbooks to fleets over plain SSH. This is its library; the command stands on it.
//! Arrows go down only: `cli` -> `run` -> {`playbook`, `vars`, `template`, `actions`, `link`, `report`} -> `yaml`, `diagnostic`.

pub mod actions;
pub mod cli;
pub mod config;
pub mod diagnostic;
pub mod inventory;
pub mod link;
pub mod playbook;
pub mod report;
pub mod run;
pub mod secrets;
pub mod template;
pub mod vars;
pub mod vault;
pub mod yaml;
