//! Installing packages and package files.

use super::command::{self, NOTHING, check, environment};
use super::plan::{self, How};
use super::{Apt, Run, State};
use crate::packages::dpkg_status::Status;
use crate::packages::spec::Spec;
use crate::packages::version;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Command, Outcome};

impl Apt {
    pub(super) fn install(&self, run: &mut Run, specs: &[Spec]) -> Result<Outcome> {
        let status = Status::read(run.look)?;
        let specs = plan::expand(run.look, specs, &status, true)?;
        let mut outcome = if self.state == State::BuildDep {
            let names: Vec<String> = specs.iter().map(|s| s.name.clone()).collect();
            if names.is_empty() { Outcome::default() } else { self.run_install(run, "build-dep", names)? }
        } else {
            let how = How {
                latest: self.state == State::Latest,
                only_upgrade: self.only_upgrade,
                release: self.default_release.as_deref(),
            };
            let words = plan::install(run.look, &specs, &status, how)?;
            let outcome = if words.is_empty() { Outcome::default() } else { self.run_install(run, "install", words)? };
            self.mark(run, &specs)?;
            outcome
        };
        for (key, value) in run.cache.clone() {
            outcome.values.set(key, value);
        }
        Ok(outcome)
    }

    /// Installs package files that are on the host, with what they depend on.
    pub(super) fn install_files(&self, run: &Run, files: &str) -> Result<Outcome> {
        let status = Status::read(run.look)?;
        let mut missing = Vec::new();
        for file in files.split(',').map(str::trim) {
            if file.contains("://") {
                return Err("`deb` names a URL: fetch it with `get_url` first and give its path".into());
            }
            let fields =
                Command::new(["dpkg-deb", "--show", "--showformat=${Package}\n${Architecture}\n${Version}", file]);
            let output = run.look.query(&fields)?;
            if !output.ok() {
                return Err(Failure::new(format!("Unable to install package: {}", output.err().trim())));
            }
            let out = output.out();
            let [name, arch, new] = out.lines().collect::<Vec<_>>()[..] else {
                return Err(Failure::new(format!("Unable to install package: `{file}` does not name its package")));
            };
            let name =
                if arch == "all" || arch == status.native() { name.to_owned() } else { format!("{name}:{arch}") };
            let now = status.find(&name).filter(|e| e.installed()).map(|e| version::compare(new, &e.version));
            match now {
                Some(std::cmp::Ordering::Equal) => {}
                Some(std::cmp::Ordering::Less) if !self.allow_downgrade && !self.force => {
                    return Err("A later version is already installed".into());
                }
                _ => missing.push(if file.starts_with('/') { file.to_owned() } else { format!("./{file}") }),
            }
        }
        if missing.is_empty() {
            return Ok(Outcome::default().with("stdout", "").with("stderr", ""));
        }
        self.run_install(run, "install", missing)
    }

    /// `apt-get install` or `build-dep` with words that are packages or files.
    fn run_install(&self, run: &Run, verb: &str, packages: Vec<String>) -> Result<Outcome> {
        let flags = [
            (self.only_upgrade, "--only-upgrade"),
            (self.state == State::Fixed, "--fix-broken"),
            (self.force, "--force-yes"),
            (self.autoremove && verb == "install", "--auto-remove"),
            (self.fail_on_autoremove, "--no-remove"),
        ];
        let mut words = self.apt_get(run, &flags);
        words.extend(self.sources());
        words.push(verb.to_owned());
        words.extend(packages);
        let output = run.execute(self.policy_rc_d, &words)?;
        check(&output, &shell_words::join(&words))?;
        let changed = verb != "build-dep" || !output.out().contains(NOTHING);
        Ok(command::outcome(&output, changed, run.look.wants_diff()))
    }

    fn sources(&self) -> Vec<String> {
        let mut out = Vec::new();
        if let Some(release) = &self.default_release {
            out.extend(["-t".to_owned(), release.clone()]);
        }
        if let Some(wanted) = self.install_recommends {
            let word = if wanted { "yes" } else { "no" };
            out.extend(["-o".to_owned(), format!("APT::Install-Recommends={word}")]);
        }
        let flags = [
            (self.allow_unauthenticated, "--allow-unauthenticated"),
            (self.allow_downgrade, "--allow-downgrades"),
            (self.allow_change_held_packages, "--allow-change-held-packages"),
        ];
        out.extend(flags.iter().filter(|(wanted, _)| *wanted).map(|(_, flag)| (*flag).to_owned()));
        out
    }

    /// A package that a task wants is no longer one that only came along.
    fn mark(&self, run: &mut Run, specs: &[Spec]) -> Result<()> {
        let states = run.look.read_text("/var/lib/apt/extended_states").unwrap_or_default();
        if states.is_empty() {
            return Ok(());
        }
        let names = plan::to_mark(specs, &*Status::read(run.look)?, &states);
        if names.is_empty() {
            return Ok(());
        }
        let Some(change) = run.change else {
            run.must_run = true;
            return Ok(());
        };
        let words = ["apt-mark", "manual", "--"].into_iter().chain(names.iter().map(String::as_str));
        let output = change.run(&environment(Command::new(words)))?;
        check(&output, &format!("apt-mark manual {}", names.join(" ")))
    }
}
