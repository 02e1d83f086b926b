//! Which reporters show a run: what a flag says, what the settings say, what ansible's callback of that name would print;
//! otherwise live progress for a terminal and ansible's default layout elsewhere.

use super::flags::Output;
use crate::config::{ResultFormat, Settings};
use crate::diagnostic::{Diagnostic, Result};
use crate::report::{
    Context, DumpOptions, JsonLines, Minimal, MinimalOptions, Plain, PlainOptions, Reporter, TaskTimes, Terminal,
    Timer, Tree,
};
use std::io::{BufWriter, IsTerminal, stderr, stdout};
use std::path::PathBuf;

/// The layouts there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    Terminal,
    Plain,
    /// The default layout with results as YAML.
    Yaml,
    /// The default layout with results over several lines.
    Pretty,
    /// The default layout without skipped tasks.
    Skippy,
    /// The default layout without tasks that changed nothing.
    Actionable,
    Minimal,
    OneLine,
    Json,
    Nothing,
}

impl Layout {
    /// What prints as ansible's callback of this name does.
    fn of_callback(name: &str) -> Option<Layout> {
        match name.rsplit('.').next().unwrap_or(name) {
            "default" => Some(Layout::Plain),
            "yaml" => Some(Layout::Yaml),
            "debug" => Some(Layout::Pretty),
            "skippy" => Some(Layout::Skippy),
            "actionable" => Some(Layout::Actionable),
            "minimal" => Some(Layout::Minimal),
            "oneline" => Some(Layout::OneLine),
            "null" => Some(Layout::Nothing),
            _ => None,
        }
    }

    /// What was chosen by name, on the command line or in the settings.
    fn chosen(flag: Option<Output>, settings: &Settings) -> Result<Option<Layout>> {
        let layout = match (flag, settings.output.as_deref()) {
            (Some(Output::Terminal), _) | (None, Some("terminal")) => Layout::Terminal,
            (Some(Output::Plain), _) | (None, Some("plain")) => Layout::Plain,
            (Some(Output::Json), _) | (None, Some("json")) => Layout::Json,
            (None, None) => return Ok(None),
            (None, Some(other)) => {
                return Err(Diagnostic::error(format!("there is no form of output called `{other}`"))
                    .note(format!("set by {}", settings.output.origin()))
                    .nearest(other, ["terminal", "plain", "json"])
                    .boxed());
            }
        };
        Ok(Some(layout))
    }

    /// What `stdout_callback` asks for; one that cannot be had is told about.
    fn of_settings(settings: &Settings) -> Option<Layout> {
        if settings.stdout_callback.is_default() {
            return None;
        }
        let name = settings.stdout_callback.as_str();
        let layout = Layout::of_callback(name);
        if layout.is_none() {
            super::complain(
                &Diagnostic::warning(format!("the callback `{name}` is not supported, the usual output is printed"))
                    .cause("callbacks are Python programs, which are not run")
                    .note(format!("set by {}", settings.stdout_callback.origin()))
                    .hint("`--output json` prints everything for programs"),
            );
        }
        layout
    }

    fn reporter(self, settings: &Settings, verbosity: u8) -> Option<Box<dyn Reporter>> {
        let context = Context(*settings.diff_context);
        let colour = !*settings.nocolor && (*settings.force_color || stdout().is_terminal());
        let dump = self.dump(settings, verbosity);
        let minimal = |one_line| {
            Minimal::new(
                BufWriter::new(stdout()),
                stderr(),
                MinimalOptions { colour, verbosity, context, one_line, dump },
            )
        };
        Some(match self {
            Layout::Terminal => Box::new(Terminal::new(stdout(), colour, context, verbosity, stderr().is_terminal())),
            Layout::Json => Box::new(JsonLines(BufWriter::new(stdout()))),
            Layout::Minimal => Box::new(minimal(false)),
            Layout::OneLine => Box::new(minimal(true)),
            Layout::Nothing => return None,
            Layout::Plain | Layout::Yaml | Layout::Pretty | Layout::Skippy | Layout::Actionable => {
                let options = PlainOptions { colour, ..self.plain(settings, verbosity) };
                Box::new(Plain::new(BufWriter::new(stdout()), stderr(), options))
            }
        })
    }

    fn dump(self, settings: &Settings, verbosity: u8) -> DumpOptions {
        let mut dump = DumpOptions {
            verbosity,
            yaml: *settings.callback_result_format == ResultFormat::Yaml,
            pretty: *settings.callback_format_pretty,
        };
        dump.yaml |= self == Layout::Yaml;
        if self == Layout::Pretty {
            dump.pretty = Some(true);
        }
        dump
    }

    /// How the default layout prints under this name.
    fn plain(self, settings: &Settings, verbosity: u8) -> PlainOptions {
        PlainOptions {
            colour: false,
            context: Context(*settings.diff_context),
            verbosity,
            skipped: *settings.display_skipped_hosts && !matches!(self, Layout::Skippy | Layout::Actionable),
            ok: *settings.display_ok_hosts && self != Layout::Actionable,
            columns: columns(),
            custom_stats: *settings.show_custom_stats,
            dump: self.dump(settings, verbosity),
        }
    }
}

/// The reporters of a run of playbooks.
///
/// # Errors
/// An unknown form of output.
pub fn of_playbooks(flag: Option<Output>, settings: &Settings, verbosity: u8) -> Result<Vec<Box<dyn Reporter>>> {
    let usual = || if stdout().is_terminal() { Layout::Terminal } else { Layout::Plain };
    let layout = match Layout::chosen(flag, settings)? {
        Some(layout) => layout,
        None => Layout::of_settings(settings).unwrap_or_else(usual),
    };
    let mut reporters: Vec<Box<dyn Reporter>> = layout.reporter(settings, verbosity).into_iter().collect();
    // What programs read is not to be mixed with anything.
    if layout != Layout::Json {
        reporters.extend(further(settings));
    }
    reporters.extend(super::log_file::reporter(settings, layout.plain(settings, verbosity))?);
    Ok(reporters)
}

/// What `callbacks_enabled` asks for besides; what cannot be had is told about.
fn further(settings: &Settings) -> Vec<Box<dyn Reporter>> {
    let mut reporters: Vec<Box<dyn Reporter>> = Vec::new();
    for name in settings.callbacks_enabled.iter() {
        match name.rsplit('.').next().unwrap_or(name) {
            "timer" => reporters.push(Box::new(Timer(stdout()))),
            "profile_tasks" => reporters.push(Box::new(TaskTimes::new(BufWriter::new(stdout())))),
            _ => super::complain(
                &Diagnostic::warning(format!("the callback `{name}` is not supported"))
                    .cause("callbacks are Python programs, which are not run")
                    .note(format!("set by {}", settings.callbacks_enabled.origin()))
                    .hint("`--output json` prints everything for programs"),
            ),
        }
    }
    reporters
}

/// The reporters of an ad-hoc command; `tree` is a directory that results go to as well.
///
/// # Errors
/// As [`of_playbooks`].
pub fn of_command(
    flag: Option<Output>,
    one_line: bool,
    tree: Option<PathBuf>,
    settings: &Settings,
    verbosity: u8,
) -> Result<Vec<Box<dyn Reporter>>> {
    let by_callback = || Some(settings).filter(|s| *s.bin_ansible_callbacks).and_then(Layout::of_settings);
    let layout = match Layout::chosen(flag, settings)? {
        Some(layout) => layout,
        None if one_line => Layout::OneLine,
        None => by_callback().unwrap_or(Layout::Minimal),
    };
    let mut reporters: Vec<Box<dyn Reporter>> = layout.reporter(settings, verbosity).into_iter().collect();
    if let Some(directory) = tree {
        reporters.push(Box::new(Tree::new(directory, verbosity)));
    }
    reporters.extend(super::log_file::reporter(settings, layout.plain(settings, verbosity))?);
    Ok(reporters)
}

/// The width of banners: ansible-core's 79 where there is no terminal.
fn columns() -> usize {
    let width = console::Term::stdout().size_checked().map_or(80, |(_, columns)| usize::from(columns));
    width.max(80) - 1
}
