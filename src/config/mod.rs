//! Settings: defaults, then `ansible.cfg`, then `ANSIBLE_*` and `HOSTLER_*` in the environment, then flags; the last one wins
//! and each value knows where it came from. What Ansible knows and Hostler has no use for is listed with the reason.

mod choice;
mod find;
mod ini;
mod keys;
mod meaningless;
mod names;
mod parse;
mod path;
mod setting;
mod surroundings;
#[cfg(test)]
mod tests;

pub use choice::{BackendChoice, Gathering, GroupNames, HashBehaviour, HostKeys, OnProblem, ResultFormat, VarsRoot};
pub use keys::Settings;
pub use meaningless::Meaningless;
pub use path::absolute;
pub(crate) use path::normalise;
pub use setting::{Origin, Setting, Shown};
pub use surroundings::Surroundings;

use crate::diagnostic::{Diagnostic, Result};

impl Settings {
    /// Settings from the files and the environment of this process; flags are set on top by the caller
    /// ([`Setting::set_flag`]). Warnings go to [`Settings::warnings`].
    ///
    /// # Errors
    /// An `ansible.cfg` that cannot be read or parsed, a value of the wrong type or not among the choices.
    pub fn load() -> Result<Settings> {
        Settings::load_in(Surroundings::of_process()?)
    }

    /// The same for given surroundings.
    ///
    /// # Errors
    /// As [`Settings::load`].
    pub fn load_in(around: Surroundings) -> Result<Settings> {
        let mut warnings = Vec::new();
        let file = find::config_file(&around, &mut warnings);
        let ini = file.as_deref().map(ini::Ini::read).transpose()?;
        let mut settings = Settings::resolve(&around, ini.as_ref())?;
        settings.meaningless = meaningless::found(&around, ini.as_ref());
        warnings.extend(settings.meaningless.iter().filter(|m| m.loud).map(|m| {
            Diagnostic::warning(format!("the setting `{}` has no effect", m.key))
                .cause(m.reason)
                .note(format!("set by {}", m.origin))
        }));
        settings.config_file = file;
        settings.around = around;
        settings.warnings = warnings;
        Ok(settings)
    }
}

/// Nothing but defaults, for tests and for tools that read no configuration.
impl Default for Settings {
    fn default() -> Self {
        // Defaults are constants of the right type: without file and environment nothing can be wrong.
        #[allow(clippy::expect_used)]
        Settings::resolve(&Surroundings::default(), None).expect("defaults are valid")
    }
}
