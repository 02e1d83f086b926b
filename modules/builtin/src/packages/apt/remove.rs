//! Removing packages, and what is no longer needed.

use super::command::{self, check, environment};
use super::{Apt, Run, plan};
use crate::packages::dpkg_status::Status;
use crate::packages::spec::Spec;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Command, Outcome};

impl Apt {
    pub(super) fn remove(&self, run: &Run, specs: &[Spec]) -> Result<Outcome> {
        let status = Status::read(run.look)?;
        let specs = plan::expand(run.look, specs, &status, false)?;
        let names = plan::remove(&specs, &status, self.purge);
        if names.is_empty() {
            return Ok(Outcome::default());
        }
        let flags = [
            (self.purge, "--purge"),
            (self.force, "--force-yes"),
            (self.autoremove, "--auto-remove"),
            (self.allow_change_held_packages, "--allow-change-held-packages"),
        ];
        let mut words = self.apt_get(run, &flags);
        words.insert(1, "-q".to_owned());
        words.push("remove".to_owned());
        words.extend(names.iter().cloned());
        let output = run.execute(self.policy_rc_d, &words)?;
        check(&output, &format!("apt-get remove {}", names.join(" ")))?;
        Ok(command::outcome(&output, true, run.look.wants_diff()))
    }

    pub(super) fn tidy(&self, run: &Run, verb: &str, sign: &str) -> Result<Outcome> {
        let mut words = self.apt_get(run, &[(self.purge, "--purge"), (self.force, "--force-yes")]);
        words.push(verb.to_owned());
        let output = run.execute(self.policy_rc_d, &words)?;
        check(&output, &format!("apt-get {verb}"))?;
        let changed = output.out().contains(sign);
        Ok(command::outcome(&output, changed, run.look.wants_diff()))
    }

    pub(super) fn clean(&self, run: &mut Run) -> Result<Outcome> {
        let Some(change) = run.change else {
            run.must_run = true;
            return Ok(Outcome { changed: true, ..Outcome::default() });
        };
        let output = change.run(&environment(Command::new(["apt-get", "clean"])))?;
        if !output.ok() {
            return Err(Failure::new("apt-get clean failed").with("stdout", output.out()).with("rc", output.status));
        }
        Ok(command::outcome(&output, true, false).with("msg", output.out()))
    }
}
