//! Upgrading all packages, by apt-get or aptitude.

use super::command::{self, NOTHING, check};
use super::{Apt, Run, Upgrade};
use hostler_sdk::Outcome;
use hostler_sdk::module::Result;

impl Apt {
    pub(super) fn upgrade_all(&self, run: &Run, how: Upgrade) -> Result<Outcome> {
        let aptitude = !self.force_apt_get && how != Upgrade::Dist && run.look.which("aptitude").is_some();
        let mut words;
        if aptitude {
            let unsupported = [
                (self.fail_on_autoremove, "--no-remove", "fail_on_autoremove"),
                (self.allow_downgrade, "--allow-downgrades", "allow_downgrade"),
            ];
            for (_, option, name) in unsupported.iter().filter(|(asked, ..)| *asked) {
                run.look.warn(format!("APTITUDE does not support '{option}', ignoring the '{name}' parameter."));
            }
            words = self.apt_get(run, &[(self.force, "--assume-yes"), (self.force, "--allow-untrusted")]);
            if let Some(program) = words.first_mut() {
                *program = "aptitude".to_owned();
            }
        } else {
            let flags = [
                (self.force, "--force-yes"),
                (self.fail_on_autoremove, "--no-remove"),
                (self.allow_unauthenticated, "--allow-unauthenticated"),
                (self.allow_downgrade, "--allow-downgrades"),
                (self.autoremove, "--auto-remove"),
                (!matches!(how, Upgrade::Dist | Upgrade::Full), "--with-new-pkgs"),
            ];
            words = self.apt_get(run, &flags);
        }
        if let Some(release) = &self.default_release {
            words.extend(["-t".to_owned(), release.clone()]);
        }
        let verb = match (aptitude, how) {
            (true, Upgrade::Full) => "full-upgrade",
            (true, _) => "safe-upgrade",
            (false, Upgrade::Dist | Upgrade::Full) => "dist-upgrade",
            (false, _) => "upgrade",
        };
        words.push(verb.to_owned());
        let output = run.execute(self.policy_rc_d, &words)?;
        check(&output, &format!("{} {verb}", if aptitude { "aptitude" } else { "apt-get" }))?;
        let out = output.out();
        let nothing = out.contains(NOTHING) || out.contains("0 packages upgraded, 0 newly installed, 0 to remove");
        Ok(command::outcome(&output, !nothing, run.look.wants_diff()).with("msg", out))
    }
}
