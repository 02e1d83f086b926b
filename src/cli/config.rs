//! `hostler config`: every setting, its value and where that came from. Under the name `ansible-config` the program is this
//! subcommand.

use crate::config::Settings;
use clap::{Args, ValueEnum};

/// Flags of `hostler config`.
#[derive(Args, Debug)]
pub struct Config {
    /// What to show
    #[arg(value_enum, default_value = "dump")]
    action: Action,
    /// Only settings that are not at their default
    #[arg(long, visible_alias = "changed-only")]
    only_changed: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Action {
    /// Each setting with its value and where that came from
    Dump,
    /// The configuration file that is in use
    View,
}

impl Config {
    /// Prints and gives the exit code.
    pub fn run(&self) -> u8 {
        let shown = Settings::load().and_then(|settings| match self.action {
            Action::Dump => {
                self.dump(&settings);
                Ok(())
            }
            Action::View => view(&settings),
        });
        match shown {
            Ok(()) => super::exit::OK,
            Err(e) => {
                super::complain(&e);
                super::exit::ERROR
            }
        }
    }

    fn dump(&self, settings: &Settings) {
        for (name, value, origin) in settings.list() {
            if !self.only_changed || !matches!(origin, crate::config::Origin::Default) {
                println!("{name} = {}  ({origin})", value.to_json());
            }
        }
        for setting in &settings.meaningless {
            println!("{} has no meaning here: {}  ({})", setting.key, setting.reason, setting.origin);
        }
    }
}

fn view(settings: &Settings) -> crate::diagnostic::Result<()> {
    match &settings.config_file {
        Some(file) => print!("{}", crate::yaml::read(file)?.text),
        None => eprintln!("no configuration file is in use"),
    }
    Ok(())
}
