//! Flags on top of settings: what was said on the command line wins, and each value remembers the flag.

use super::flags::{Backend, BecomeFlags, ConnectionFlags, HostKeys, InventoryFlags, LinkFlags, VaultFlags};
use crate::config::{BackendChoice, HostKeys as Policy, Settings, absolute};
use std::path::PathBuf;

/// A path from the command line as an absolute one: `~` and the working directory filled in.
fn path(settings: &Settings, given: &std::path::Path) -> PathBuf {
    absolute(&given.to_string_lossy(), &settings.around.cwd, &settings.around)
}

impl InventoryFlags {
    /// Lays these flags over the settings.
    pub fn apply(&self, settings: &mut Settings) {
        if !self.inventory.is_empty() {
            let sources = self
                .inventory
                .iter()
                .map(|given| {
                    if given.contains(',') {
                        given.clone()
                    } else {
                        path(settings, given.as_ref()).display().to_string()
                    }
                })
                .collect();
            settings.inventory.set_flag("--inventory", sources);
        }
    }
}

impl ConnectionFlags {
    /// Lays these flags over the settings.
    pub fn apply(&self, settings: &mut Settings) {
        if let Some(user) = &self.remote_user {
            settings.remote_user.set_flag("--user", Some(user.clone()));
        }
        if self.ask_pass {
            settings.ask_pass.set_flag("--ask-pass", true);
        }
        if let Some(file) = &self.connection_password_file {
            let file = path(settings, file);
            settings.connection_password_file.set_flag("--connection-password-file", Some(file));
        }
        if let Some(file) = &self.private_key {
            let file = path(settings, file);
            settings.private_key_file.set_flag("--private-key", Some(file));
        }
        if let Some(connection) = &self.connection {
            settings.transport.set_flag("--connection", connection.clone());
        }
        if let Some(seconds) = self.timeout {
            settings.timeout.set_flag("--timeout", seconds);
        }
        if let Some(args) = &self.ssh_common_args {
            settings.ssh_common_args.set_flag("--ssh-common-args", args.clone());
        }
        if let Some(args) = &self.ssh_extra_args {
            settings.ssh_extra_args.set_flag("--ssh-extra-args", args.clone());
        }
        if let Some(forks) = self.forks {
            settings.forks.set_flag("--forks", forks.max(1));
        }
    }
}

impl BecomeFlags {
    /// Lays these flags over the settings.
    pub fn apply(&self, settings: &mut Settings) {
        if self.r#become {
            settings.r#become.set_flag("--become", true);
        }
        if let Some(method) = &self.become_method {
            settings.become_method.set_flag("--become-method", method.clone());
        }
        if let Some(user) = &self.become_user {
            settings.become_user.set_flag("--become-user", user.clone());
        }
        if self.ask_become_pass {
            settings.become_ask_pass.set_flag("--ask-become-pass", true);
        }
        if let Some(file) = &self.become_password_file {
            let file = path(settings, file);
            settings.become_password_file.set_flag("--become-password-file", Some(file));
        }
    }
}

impl VaultFlags {
    /// Lays these flags over the settings; files become vault identities without a label of their own.
    pub fn apply(&self, settings: &mut Settings) {
        let mut ids: Vec<String> = (*settings.vault_identity_list).clone();
        ids.extend(self.vault_ids.iter().cloned());
        ids.extend(self.vault_password_files.iter().map(|file| path(settings, file).display().to_string()));
        if ids.len() > settings.vault_identity_list.len() {
            settings.vault_identity_list.set_flag("--vault-id", ids);
        }
        if self.ask_vault_pass {
            settings.ask_vault_pass.set_flag("--ask-vault-pass", true);
        }
    }
}

impl LinkFlags {
    /// Lays these flags over the settings.
    pub fn apply(&self, settings: &mut Settings) {
        if let Some(backend) = self.backend {
            let choice = match backend {
                Backend::Auto => BackendChoice::Auto,
                Backend::Runner => BackendChoice::Runner,
                Backend::Shell => BackendChoice::Shell,
            };
            settings.backend.set_flag("--backend", choice);
        }
        if let Some(policy) = self.host_keys {
            let policy = match policy {
                HostKeys::Strict => Policy::Strict,
                HostKeys::AcceptNew => Policy::AcceptNew,
                HostKeys::Off => Policy::Off,
            };
            settings.host_key_policy.set_flag("--host-keys", Some(policy));
        }
        if self.no_cache {
            settings.leave_nothing.set_flag("--no-cache", true);
        }
    }
}
