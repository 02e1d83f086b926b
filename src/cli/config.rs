//! `hostler config`: every setting, its value and where that came from.

use crate::config::Settings;
use clap::Args;

/// Flags of `hostler config`.
#[derive(Args, Debug)]
pub struct Config {
    /// Only settings that are not at their default
    #[arg(long)]
    only_changed: bool,
}

impl Config {
    /// Prints and gives the exit code.
    pub fn run(&self) -> u8 {
        let settings = match Settings::load() {
            Ok(settings) => settings,
            Err(e) => {
                super::complain(&e);
                return super::exit::ERROR;
            }
        };
        for (name, value, origin) in settings.list() {
            if !self.only_changed || !matches!(origin, crate::config::Origin::Default) {
                println!("{name} = {}  ({origin})", value.to_json());
            }
        }
        for setting in &settings.meaningless {
            println!("{} has no meaning here: {}  ({})", setting.key, setting.reason, setting.origin);
        }
        super::exit::OK
    }
}
