//! `apt`: packages of Debian and its kin. What is installed is read from dpkg's record in the process, so that a task with
//! nothing to do starts no process.

mod cache;
mod command;
mod index;
mod install;
mod plan;
mod remove;
mod upgrade;

use super::policy_rc_d;
use super::spec::Spec;
use command::{dpkg_options, environment};
use hostler_sdk::args::HostPath;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Action, Change, Choice, Command, Look, Map, Module, Outcome, Output};

/// Manages apt-packages
///
/// Installs, upgrades and removes packages with `apt-get`. python3-apt is not needed.
#[derive(Module)]
#[module(
    kind = "action",
    name = "apt",
    check = "full",
    diff,
    mutually_exclusive("deb", "package", "upgrade"),
    required_one_of("autoremove", "deb", "package", "update_cache", "upgrade"),
    returns(
        ("cache_updated", "bool", "whether the lists of packages were refreshed"),
        ("cache_update_time", "int", "when the lists were refreshed last, in seconds since the epoch"),
        ("stdout", "str", "what apt-get said"),
        ("stderr", "str", "what apt-get said")
    ),
    examples = r#"- name: Install apache httpd (state=present is optional)
  ansible.builtin.apt:
    name: apache2
    state: present

- name: Update repositories cache and install "foo" package
  ansible.builtin.apt:
    name: foo
    update_cache: yes

- name: Only run "update_cache=yes" if the last one is more than 3600 seconds ago
  ansible.builtin.apt:
    update_cache: yes
    cache_valid_time: 3600
"#
)]
pub struct Apt {
    /// Packages: `name`, `name:arch`, `name=version`, `name>=version`; name and version may be shell patterns.
    #[arg(alias("pkg", "name"))]
    package: Vec<String>,
    /// Whether the packages are there, there in the newest version, or not.
    #[arg(default = "present")]
    state: State,
    /// Whether the lists of packages are refreshed first.
    #[arg(alias = "update-cache")]
    update_cache: Option<bool>,
    /// How often refreshing is tried.
    #[arg(default = "5")]
    update_cache_retries: u32,
    /// Longest pause between two tries, in seconds.
    #[arg(default = "12")]
    update_cache_retry_max_delay: u64,
    /// Age in seconds up to which the lists are not refreshed; setting it asks for a refresh.
    #[arg(default = "0")]
    cache_valid_time: u64,
    /// Whether configuration files go with a removed package.
    #[arg(default = "no")]
    purge: bool,
    /// Paths of package files on the host, with commas.
    deb: Option<HostPath>,
    /// Release that packages come from first.
    #[arg(alias = "default-release")]
    default_release: Option<String>,
    /// Whether recommended packages are installed too; the host decides when left out.
    #[arg(alias = "install-recommends")]
    install_recommends: Option<bool>,
    /// Goes on whatever apt thinks of it: dangerous.
    #[arg(default = "no")]
    force: bool,
    /// Upgrades all packages.
    #[arg(default = "no")]
    upgrade: Upgrade,
    /// Options of dpkg, with commas.
    #[arg(default = "force-confdef,force-confold")]
    dpkg_options: String,
    /// Whether packages that nothing needs any more are removed.
    #[arg(default = "no")]
    autoremove: bool,
    /// Whether downloaded files that no source has any more are removed.
    #[arg(default = "no")]
    autoclean: bool,
    /// Whether to fail rather than remove a package.
    #[arg(default = "no")]
    fail_on_autoremove: bool,
    /// Answer of policy-rc.d while packages change; 101 forbids that services start.
    policy_rc_d: Option<i64>,
    /// Only packages that are installed already.
    #[arg(default = "no")]
    only_upgrade: bool,
    /// Whether apt-get is used for upgrades even when aptitude is there.
    #[arg(default = "no")]
    force_apt_get: bool,
    /// Whether downloaded files are removed.
    #[arg(default = "no")]
    clean: bool,
    /// Whether packages without a good signature are installed.
    #[arg(default = "no", alias = "allow-unauthenticated")]
    allow_unauthenticated: bool,
    /// Whether an older version may replace a newer one.
    #[arg(default = "no", alias("allow-downgrade", "allow_downgrades", "allow-downgrades"))]
    allow_downgrade: bool,
    /// Whether packages on hold may change.
    #[arg(default = "no")]
    allow_change_held_packages: bool,
    /// Seconds to wait for another program that uses apt.
    #[arg(default = "60")]
    lock_timeout: u64,
    /// Nothing has to be installed for this module; taken so that playbooks run as they are.
    #[arg(default = "yes")]
    #[allow(dead_code, reason = "there is nothing to install")]
    auto_install_module_deps: bool,
}

/// How packages are wanted.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Gone.
    Absent,
    /// What is needed to build them is there.
    #[arg(rename = "build-dep")]
    BuildDep,
    /// There, with broken dependencies repaired.
    Fixed,
    /// There in the newest version.
    Latest,
    /// There.
    #[arg(alias = "installed")]
    Present,
}

/// How all packages are upgraded.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upgrade {
    /// `apt-get dist-upgrade`.
    Dist,
    /// `aptitude full-upgrade`, or `apt-get dist-upgrade`.
    Full,
    /// Not.
    No,
    /// `aptitude safe-upgrade`, or `apt-get upgrade`.
    Safe,
    /// The same as `safe`.
    Yes,
}

/// What a run knows besides the arguments.
struct Run<'a, 'c> {
    look: &'a Look<'c>,
    /// `None` in check mode.
    change: Option<&'a Change<'c>>,
    cache: Map,
    must_run: bool,
}

impl Run<'_, '_> {
    fn simulate(&self) -> Option<String> {
        self.change.is_none().then(|| "--simulate".to_owned())
    }

    fn execute(&self, policy: Option<i64>, words: &[String]) -> Result<Output> {
        let command = environment(Command::new(words.iter().cloned()));
        match self.change {
            None => Ok(self.look.query(&command)?),
            Some(change) => policy_rc_d::with(change, policy, || Ok(change.run(&command)?)),
        }
    }
}

impl Action for Apt {
    fn check(&self, look: &Look) -> Result<Option<Outcome>> {
        let mut run = Run { look, change: None, cache: Map::new(), must_run: false };
        let mut outcome = self.go(&mut run)?;
        outcome.must_run = run.must_run;
        Ok(Some(outcome))
    }

    fn run(&self, change: &Change) -> Result<Outcome> {
        self.go(&mut Run { look: change, change: Some(change), cache: Map::new(), must_run: false })
    }
}

impl Apt {
    fn go(&self, run: &mut Run) -> Result<Outcome> {
        if run.look.which("apt-get").is_none() {
            let paths = run.look.env("PATH").unwrap_or_default();
            return Err(Failure::new(format!("Failed to find required executable \"apt-get\" in paths: {paths}")));
        }
        let nothing_else = self.package.is_empty() && self.upgrade == Upgrade::No && self.deb.is_none();
        if self.clean {
            let outcome = self.clean(run)?;
            if nothing_else {
                return Ok(outcome);
            }
        }
        if let Some(outcome) = self.refresh(run, nothing_else)? {
            return Ok(outcome);
        }
        if self.upgrade != Upgrade::No {
            return self.upgrade_all(run, self.upgrade);
        }
        if let Some(deb) = &self.deb {
            if self.state != State::Present {
                return Err("deb only supports state=present".into());
            }
            return self.install_files(run, &run.look.expand(deb));
        }
        let all = self.package.iter().any(|p| p.trim() == "*");
        let specs = self.package.iter().filter(|p| p.trim() != "*").map(|p| Spec::parse(p).map_err(Failure::new));
        let specs = specs.collect::<Result<Vec<Spec>>>()?;
        if all && self.state == State::Latest {
            if !specs.is_empty() {
                return Err("unable to install additional packages when upgrading all installed packages".into());
            }
            return self.upgrade_all(run, Upgrade::Yes);
        }
        if specs.is_empty() && self.autoclean {
            return self.tidy(run, "autoclean", "Del ");
        }
        if specs.is_empty() && self.autoremove {
            return self.tidy(run, "autoremove", "The following packages will be REMOVED");
        }
        if self.state == State::Absent { self.remove(run, &specs) } else { self.install(run, &specs) }
    }

    /// Refreshes the lists when that is asked for and due; an outcome when nothing else is asked for.
    fn refresh(&self, run: &mut Run, nothing_else: bool) -> Result<Option<Outcome>> {
        let mut time = cache::updated(run.look)?;
        let mut updated = false;
        let asked = self.update_cache == Some(true) || self.cache_valid_time > 0;
        if asked && cache::is_stale(time, self.cache_valid_time) {
            match run.change {
                None => {
                    updated = true;
                    run.must_run = true;
                }
                Some(change) => {
                    let pause = self.update_cache_retry_max_delay;
                    cache::update(change, self.update_cache_retries, pause, self.lock_timeout)?;
                    let after = cache::updated(change)?;
                    updated = after.trunc() != time.trunc();
                    time = after;
                }
            }
        }
        run.cache.set("cache_updated", updated);
        run.cache.set("cache_update_time", time as i64);
        Ok((asked && nothing_else).then(|| Outcome {
            changed: updated,
            values: run.cache.clone(),
            ..Outcome::default()
        }))
    }

    fn options(&self) -> Vec<String> {
        dpkg_options(&self.dpkg_options, self.lock_timeout)
    }

    /// `apt-get -y` with the options that nearly every call has.
    fn apt_get(&self, run: &Run, more: &[(bool, &str)]) -> Vec<String> {
        let given = more.iter().filter(|(wanted, _)| *wanted).map(|(_, option)| (*option).to_owned());
        let start = ["apt-get".to_owned(), "-y".to_owned()];
        start.into_iter().chain(self.options()).chain(given).chain(run.simulate()).collect()
    }
}
