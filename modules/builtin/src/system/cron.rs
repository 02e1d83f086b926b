//! `cron`: jobs and variables in a user's crontab or in a file of `/etc/cron.d`.

use super::crontab::{Crontab, Spot, without_header};
use hostler_sdk::args::HostPath;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Change, Choice, Command, Diff, FileKind, Look, Map, Module, Resource, WriteFile};
use std::hash::{BuildHasher, Hasher};

/// Manage cron.d and crontab entries
///
/// Each job stands under a line `#Ansible: name`, by which it is found again.
#[derive(Module)]
#[module(
    kind = "resource",
    name = "cron",
    diff,
    mutually_exclusive("insertafter", "insertbefore"),
    returns(
        ("jobs", "list", "names of the jobs"),
        ("envs", "list", "names of the variables"),
        ("cron_file", "str", "the file that was asked for"),
        ("backup_file", "str", "where the former crontab is kept")
    ),
    examples = r#"- name: Ensure a job that runs at 2 and 5 exists. Creates an entry like "0 5,2 * * ls -alh > /dev/null"
  ansible.builtin.cron:
    name: "check dirs"
    minute: "0"
    hour: "5,2"
    job: "ls -alh > /dev/null"
"#
)]
pub struct Cron {
    /// Name of the job, or of the variable.
    name: String,
    /// Whose crontab; in a file, who runs the job.
    user: Option<String>,
    /// Command of the job, or value of the variable.
    #[arg(alias = "value")]
    job: Option<String>,
    /// A file instead of a crontab: a path, or a name in `/etc/cron.d`.
    cron_file: Option<HostPath>,
    /// Whether it is there or not.
    #[arg(default = "present")]
    state: State,
    /// Whether the former crontab is kept.
    #[arg(default = "no")]
    backup: bool,
    /// Minutes.
    #[arg(default = "*")]
    minute: String,
    /// Hours.
    #[arg(default = "*")]
    hour: String,
    /// Days of the month.
    #[arg(default = "*", alias = "dom")]
    day: String,
    /// Months.
    #[arg(default = "*")]
    month: String,
    /// Days of the week.
    #[arg(default = "*", alias = "dow")]
    weekday: String,
    /// A name for the time instead.
    special_time: Option<Special>,
    /// Whether the job is commented out.
    #[arg(default = "no")]
    disabled: bool,
    /// Whether a variable is meant, not a job.
    #[arg(default = "no")]
    env: bool,
    /// Variable a new one is put below.
    insertafter: Option<String>,
    /// Variable a new one is put above.
    insertbefore: Option<String>,
}

/// Whether it is there.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is.
    Present,
    /// It is not.
    Absent,
}

/// Times that have names.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Special {
    Reboot,
    Yearly,
    Annually,
    Monthly,
    Weekly,
    Daily,
    Hourly,
}

impl Cron {
    fn file(&self, look: &Look) -> Option<String> {
        let path = look.expand(self.cron_file.as_ref()?);
        Some(if path.starts_with('/') { path } else { format!("/etc/cron.d/{path}") })
    }

    fn check_arguments(&self, look: &Look) -> Result<()> {
        if let Some(file) = &self.cron_file {
            if file.0 == "/etc/crontab" {
                return Err("Will not manage /etc/crontab via cron_file, see documentation.".into());
            }
            let name = file.0.rsplit('/').next().unwrap_or_default();
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
                look.warn(format!("Filename portion of cron_file (\"{name}\") should consist solely of upper- and lower-case letters, digits, underscores, and hyphens"));
            }
        }
        let times = [&self.minute, &self.hour, &self.day, &self.month, &self.weekday];
        if self.special_time.is_some() && times.iter().any(|time| *time != "*") {
            return Err("You cannot combine special_time with any of the time or day/date parameters.".into());
        }
        if self.env && self.name.contains(' ') {
            return Err("Invalid name for environment variable".into());
        }
        if self.name.contains(['\n', '\r']) {
            return Err("the name of a job is one line".into());
        }
        if self.state == State::Absent {
            return Ok(());
        }
        if self.cron_file.is_some() && self.user.is_none() {
            return Err("To use cron_file=... parameter you must specify user=... as well".into());
        }
        let Some(job) = &self.job else {
            return Err("You must specify 'job' to install a new cron job or variable".into());
        };
        if (self.insertafter.is_some() || self.insertbefore.is_some()) && !self.env {
            return Err("Insertafter and insertbefore parameters are valid only with env=yes".into());
        }
        if !self.env && job.trim_matches(['\r', '\n']).contains(['\r', '\n']) {
            look.warn("Job should not contain line breaks");
        }
        Ok(())
    }

    /// The job as a line of the crontab.
    fn line(&self) -> String {
        let job = self.job.as_deref().unwrap_or_default().trim_matches(['\r', '\n']);
        let off = if self.disabled { "#" } else { "" };
        let user = match (&self.cron_file, &self.user) {
            (Some(_), Some(user)) => format!("{user} "),
            _ => String::new(),
        };
        let time = match self.special_time {
            Some(special) => format!("@{}", special.as_str()),
            None => [&self.minute, &self.hour, &self.day, &self.month, &self.weekday].map(String::as_str).join(" "),
        };
        format!("{off}{time} {user}{job}")
    }

    /// The crontab command with the user whose crontab is meant.
    fn crontab(&self, look: &Look, words: &[&str]) -> Result<Command> {
        let mut argv = vec!["crontab".to_owned()];
        if let Some(user) = &self.user {
            let own = look.user_numbered(look.euid())?.is_some_and(|me| me.name == *user);
            if !own {
                argv.extend(["-u".to_owned(), user.clone()]);
            }
        }
        argv.extend(words.iter().map(|w| (*w).to_owned()));
        Ok(Command::new(argv).env("LC_ALL", "C"))
    }

    fn name_of(&self, look: &Look) -> String {
        match (self.file(look), &self.user) {
            (Some(file), _) => file,
            (None, Some(user)) => format!("crontab for user \"{user}\""),
            (None, None) => "crontab".to_owned(),
        }
    }

    /// The text it should be, `None` for no file.
    fn edit(&self, text: Option<&str>) -> Result<Option<String>> {
        let current = text.unwrap_or_default();
        let mut tab = Crontab::parse(current);
        match (self.env, self.state) {
            (true, State::Present) => {
                let spot = match (&self.insertafter, &self.insertbefore) {
                    (Some(other), _) => Spot::After(other),
                    (None, Some(other)) => Spot::Before(other),
                    (None, None) => Spot::First,
                };
                let value = self.job.as_deref().unwrap_or_default();
                tab.set_variable(&self.name, value, spot).map_err(Failure::new)?;
            }
            (true, State::Absent) => tab.remove_variable(&self.name),
            (false, State::Present) => tab.set_job(&self.name, &self.line()),
            (false, State::Absent) => {
                if tab.remove_job(&self.name) && self.cron_file.is_some() && tab.is_empty() {
                    return Ok(None);
                }
            }
        }
        // A text that stays is not touched, unless its last line has no end: cron would ignore that line.
        let ended = current.is_empty() || current.ends_with(['\n', '\r']);
        let same = tab == Crontab::parse(current);
        Ok(if same && ended { text.map(str::to_owned) } else { Some(tab.render()) })
    }
}

impl Resource for Cron {
    /// The text; `None` for no file.
    type State = Option<String>;

    fn current(&self, look: &Look) -> Result<Self::State> {
        self.check_arguments(look)?;
        if let Some(file) = self.file(look) {
            return match look.stat(&file)? {
                None => Ok(None),
                Some(_) => Ok(Some(look.read_text(&file)?)),
            };
        }
        if look.which("crontab").is_none() {
            let paths = look.env("PATH").unwrap_or_default();
            return Err(Failure::new(format!("Failed to find required executable \"crontab\" in paths: {paths}")));
        }
        let output = look.query(&self.crontab(look, &["-l"])?)?;
        match output.status {
            0 => Ok(Some(without_header(&output.out()))),
            // There is none yet.
            1 => Ok(Some(String::new())),
            rc => Err(Failure::new("Unable to read crontab").with("rc", rc).with("stderr", output.err())),
        }
    }

    fn desired(&self, current: &Self::State, _look: &Look) -> Result<Self::State> {
        self.edit(current.as_deref())
    }

    fn apply(&self, change: &Change, current: &Self::State, desired: &Self::State) -> Result<Map> {
        let mut values = Map::new();
        if self.backup {
            // The keys of a RandomState come from the system's random source.
            let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
            let path = format!("/tmp/crontab{random:016x}");
            write(change, &path, current.as_deref().unwrap_or_default(), Some(0o600))?;
            values.set("backup_file", path);
        }
        match (self.file(change), desired) {
            (Some(file), None) => change.remove_file(&file)?,
            (Some(file), Some(text)) => {
                let linked = matches!(change.lstat(&file)?, Some(meta) if meta.kind == FileKind::Link);
                let file = if linked { change.real_path(&file)? } else { file };
                write(change, &file, text, current.is_none().then_some(0o644))?;
            }
            (None, text) => {
                let text = text.clone().unwrap_or_default();
                let output = change.run(&self.crontab(change, &["-"])?.stdin(text))?;
                if !output.ok() {
                    return Err(Failure::new("Failed to install new cronfile")
                        .with("stderr", output.err())
                        .with("stdout", output.out())
                        .with("rc", output.status));
                }
            }
        }
        Ok(values)
    }

    fn returns(&self, _look: &Look, _current: &Self::State, desired: &Self::State) -> Result<Map> {
        let tab = Crontab::parse(desired.as_deref().unwrap_or_default());
        let mut values = Map::new();
        values.set("jobs", tab.jobs());
        values.set("envs", tab.variables());
        values.set_some("cron_file", self.cron_file.as_ref().map(|file| file.0.as_str()));
        if desired.is_none() {
            values.set("state", self.state.as_str());
        }
        Ok(values)
    }

    fn diff(&self, look: &Look, current: &Self::State, desired: &Self::State) -> Result<Vec<Diff>> {
        let name = self.name_of(look);
        let after_header = if desired.is_none() { "/dev/null".to_owned() } else { name.clone() };
        Ok(vec![Diff {
            before: current.clone().unwrap_or_default().into(),
            after: desired.clone().unwrap_or_default().into(),
            before_header: Some(name),
            after_header: Some(after_header),
            prepared: None,
        }])
    }
}

fn write(change: &Change, path: &str, text: &str, mode: Option<u32>) -> Result<()> {
    Ok(change.write(WriteFile { mode, ..WriteFile::new(path, &mut text.as_bytes()) })?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hostler_sdk::Args;

    fn cron(arguments: &[(&str, &str)]) -> Cron {
        let map: Map = arguments.iter().copied().collect();
        Cron::parse(&Args::new(&map)).expect("good arguments")
    }

    #[test]
    fn jobs_are_lines() {
        for (arguments, want) in [
            (&[("name", "a"), ("job", "x"), ("minute", "5")][..], "5 * * * * x"),
            (&[("name", "a"), ("job", "x\n"), ("special_time", "daily"), ("disabled", "yes")], "#@daily x"),
            (&[("name", "a"), ("job", "x"), ("cron_file", "f"), ("user", "root")], "* * * * * root x"),
            (
                &[("name", "a"), ("job", "x"), ("cron_file", "f"), ("user", "u"), ("special_time", "reboot")],
                "@reboot u x",
            ),
        ] {
            assert_eq!(cron(arguments).line(), want);
        }
    }

    #[test]
    fn a_second_edit_changes_nothing() {
        let job = cron(&[("name", "a"), ("job", "x")]);
        let first = job.edit(Some("# mine")).expect("edited").expect("text");
        assert_eq!(first, "# mine\n#Ansible: a\n* * * * * x\n");
        assert_eq!(job.edit(Some(&first)).expect("edited").as_deref(), Some(first.as_str()));
        assert_eq!(
            job.edit(Some("#Ansible: a\n* * * * * x")).expect("edited").as_deref(),
            Some("#Ansible: a\n* * * * * x\n")
        );
    }

    #[test]
    fn an_empty_file_goes_away() {
        let job = cron(&[("name", "a"), ("cron_file", "f"), ("state", "absent")]);
        assert_eq!(job.edit(Some("#Ansible: a\n* * * * * root x\n")).expect("edited"), None);
        assert_eq!(job.edit(None).expect("edited"), None);
        assert_eq!(job.edit(Some("# other\n")).expect("edited").as_deref(), Some("# other\n"));
    }
}
