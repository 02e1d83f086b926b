//! What subcommands about hosts stand on: settings with the flags over them, passwords, the inventory and its variables. Made in the
//! order in which mistakes are cheapest to find, and before anything is connected to.

use super::flags::{BecomeFlags, ConnectionFlags, InventoryFlags, LinkFlags, RefusedFlags, VaultFlags};
use super::{password, vault_passwords};
use crate::actions::Modules;
use crate::config::{HostKeys, Settings};
use crate::diagnostic::{Diagnostic, Result};
use crate::inventory::Limit;
use crate::link::ssh::config::SshConfig;
use crate::link::{self, Connector, HostKeyPolicy, LinkOptions};
use crate::playbook::{Loader, LoaderOptions};
use crate::run::{Answers, Language, Links, Profile, RunContext, RunOptions};
use crate::vars::{RunFacts, VarStore, extra_vars, read_inventory};
use clap::Args;
use std::sync::Arc;
use std::time::Duration;

/// Flags of every subcommand about hosts.
#[derive(Args, Clone, Debug, Default)]
pub struct HostFlags {
    #[command(flatten)]
    pub inventory: InventoryFlags,
    #[command(flatten)]
    pub connection: ConnectionFlags,
    #[command(flatten)]
    pub becoming: BecomeFlags,
    #[command(flatten)]
    pub vault: VaultFlags,
    #[command(flatten)]
    pub link: LinkFlags,
    #[command(flatten)]
    pub refused: RefusedFlags,
}

impl HostFlags {
    /// The settings of this process with these flags over them. Warnings are told.
    ///
    /// # Errors
    /// Configuration that cannot be read, flags that are refused.
    pub fn settings(&self) -> Result<Settings> {
        self.refused.check()?;
        let mut settings = loaded()?;
        self.inventory.apply(&mut settings);
        self.connection.apply(&mut settings);
        self.becoming.apply(&mut settings);
        self.vault.apply(&mut settings);
        self.link.apply(&mut settings);
        Ok(settings)
    }
}

/// Settings, language, inventory and variables of a run.
pub struct Session {
    /// Settings, flags included.
    pub settings: Arc<Settings>,
    /// Templates and vault.
    pub language: Language,
    /// Inventory and variables.
    pub vars: Arc<VarStore>,
    /// `--limit`, read.
    pub limit: Option<Limit>,
}

impl Session {
    /// Reads vault passwords, the inventory and the variables of the command line.
    ///
    /// # Errors
    /// Passwords that cannot be had, an inventory or extra variables that cannot be read.
    pub fn open(settings: Settings, flags: &InventoryFlags, run: &RunFacts) -> Result<Self> {
        let keyring = Arc::new(vault_passwords::keyring(&settings)?);
        let settings = Arc::new(settings);
        let language = Language::new(keyring, settings.clone());
        let mut warnings = Vec::new();
        let extra = extra_vars(&flags.extra_vars, *settings.hash_behaviour, &language, &mut warnings)?;
        let inventory = read_inventory(&settings.inventory, &settings, &language, &extra, &mut warnings)?;
        warnings.iter().for_each(super::complain);
        let limit = flags.limit.as_deref().filter(|l| !l.is_empty()).map(Limit::parse).transpose()?;
        let vars = VarStore::new(settings.clone(), inventory, extra, run, Arc::new(language.clone()))?;
        if flags.flush_cache {
            vars.inventory().hosts().for_each(|host| vars.clear_facts(&host.name));
        }
        Ok(Session { settings, language, vars, limit })
    }

    /// What loads playbooks and what they include.
    pub fn loader(&self) -> Arc<Loader> {
        Arc::new(Loader::new(
            Arc::new(self.language.clone()),
            Arc::new(Modules),
            LoaderOptions {
                roles_path: (*self.settings.roles_path).clone(),
                collections_path: (*self.settings.collections_path).clone(),
                extra: Arc::new(self.vars.extra().clone()),
                private: Some(*self.settings.private_role_vars)
                    .filter(|_| !self.settings.private_role_vars.is_default()),
                keyring: self.language.keyring.clone(),
                duplicates: *self.settings.duplicate_dict_key,
            },
        ))
    }

    /// What a run stands on, connections included.
    pub fn context(
        self,
        options: RunOptions,
        loader: Arc<Loader>,
        links: LinkOptions,
        profile: Option<Profile>,
    ) -> Arc<RunContext> {
        Arc::new(RunContext {
            settings: self.settings,
            options,
            limit: self.limit,
            vars: self.vars,
            language: self.language,
            loader,
            links: Links::new(Connector::new(&links), links),
            profile,
            answers: Answers::default(),
        })
    }

    /// A limit that leaves no host at all is a mistake, as ansible's programs say.
    ///
    /// # Errors
    /// That it is one.
    pub fn check_limit(&self) -> Result<()> {
        let Some(limit) = &self.limit else { return Ok(()) };
        let inventory = self.vars.inventory();
        let selection = inventory.select(["all"], Some(limit))?;
        let implicit = inventory.select(["localhost"], Some(limit))?;
        if selection.hosts.is_empty() && implicit.hosts.is_empty() {
            return Err(no_hosts().note(format!("the limit is `{}`", limit.written)).boxed());
        }
        Ok(())
    }
}

/// The settings of this process. Warnings are told.
///
/// # Errors
/// Configuration that cannot be read.
pub fn loaded() -> Result<Settings> {
    let mut settings = Settings::load()?;
    for warning in std::mem::take(&mut settings.warnings) {
        super::complain(&warning);
    }
    Ok(settings)
}

/// The error of a run that has no host to be about.
pub fn no_hosts() -> Diagnostic {
    Diagnostic::error("Specified inventory, host pattern and/or --limit leaves us with no hosts to target.")
        .hint("`--list-hosts` shows what a pattern stands for")
}

/// What variables tell of a run.
pub fn run_facts(options: &RunOptions) -> RunFacts {
    RunFacts {
        check: options.check,
        diff: options.diff,
        forks: options.forks,
        verbosity: options.verbosity,
        tags: options.tags.clone(),
        skip_tags: options.skip_tags.clone(),
        limit: options.limit.clone(),
    }
}

/// How hosts are connected to, passwords asked for where the settings say so.
///
/// # Errors
/// Passwords that cannot be had, an ssh configuration that cannot be read.
pub fn link_options(settings: &Settings) -> Result<LinkOptions> {
    let secret = |ask: bool, file: Option<&std::path::PathBuf>, question: &str, what: &str| match file {
        Some(file) => password::from_file(file, what).map(Some),
        None if ask => password::ask(question).map(Some),
        None => Ok(None),
    };
    let connection =
        secret(*settings.ask_pass, settings.connection_password_file.as_ref(), "SSH password", "connection password")?;
    let question = match &connection {
        Some(_) => "BECOME password[defaults to SSH password]",
        None => "BECOME password",
    };
    let becoming =
        secret(*settings.become_ask_pass, settings.become_password_file.as_ref(), question, "become password")?;
    // An empty answer means the connection's password, as the question says.
    let becoming = becoming.and_then(|text| if text.is_empty() { connection.clone() } else { Some(text) });
    Ok(LinkOptions {
        connection: settings.transport.to_string(),
        user: (*settings.remote_user).clone(),
        port: *settings.remote_port,
        password: connection.map(link::Password::new),
        key_file: (*settings.private_key_file).clone(),
        timeout: Duration::from_secs((*settings.timeout).max(1)),
        retries: *settings.reconnection_retries,
        host_keys: match settings.host_keys() {
            HostKeys::Strict => HostKeyPolicy::Strict,
            HostKeys::AcceptNew => HostKeyPolicy::AcceptNew,
            HostKeys::Off => HostKeyPolicy::Off,
        },
        ssh_args: [
            settings.ssh_args.to_string(),
            settings.ssh_common_args.to_string(),
            settings.ssh_extra_args.to_string(),
        ],
        ssh_executable: settings.ssh_executable.to_string(),
        ssh_config: Arc::new(SshConfig::usual()?),
        backend: match *settings.backend {
            crate::config::BackendChoice::Auto => link::BackendChoice::Auto,
            crate::config::BackendChoice::Runner => link::BackendChoice::Runner,
            crate::config::BackendChoice::Shell => link::BackendChoice::Shell,
        },
        cache_dir: (!settings.remote_tmp.is_default()).then(|| settings.remote_tmp.to_string()),
        no_cache: *settings.leave_nothing,
        r#become: *settings.r#become,
        become_method: settings.become_method.to_string(),
        become_user: Some(settings.become_user.to_string()),
        become_flags: (*settings.become_flags).clone(),
        become_exe: (*settings.become_exe).clone(),
        become_password: becoming.map(link::Password::new),
        become_same_user: *settings.become_allow_same_user,
        ..LinkOptions::default()
    })
}
