//! A whole run: playbook after playbook, play after play, until all are done, all hosts are lost, or something stops it.

use super::RunResult;
use super::context::RunContext;
use super::facts_asked::FactsAsked;
use super::play_run::{Fleet, Stop};
use super::playing::Playing;
use crate::diagnostic::{Diagnostic, render};
use crate::playbook::Play;
use crate::report::Event;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

/// An error that is no host's.
const ERROR: u8 = 1;
/// The operator interrupted the run.
const INTERRUPTED: u8 = 99;

/// Runs playbooks in order. All that happens goes to `events`; `interrupt` turning true stops the run as soon as that can be.
///
/// What ended the run early is told as an event before the recap.
pub async fn run(
    ctx: Arc<RunContext>,
    playbooks: &[(PathBuf, Vec<Arc<Play>>)],
    events: UnboundedSender<Event>,
    interrupt: watch::Receiver<bool>,
) -> RunResult {
    let started = Instant::now();
    // When nobody listens any more, nothing is lost.
    let send = |event: Event| drop(events.send(event));
    send(Event::RunStart {
        playbooks: playbooks.iter().map(|(path, _)| path.display().to_string()).collect(),
        check: ctx.options.check,
        config: ctx.settings.config_file.as_ref().map(|path| path.display().to_string()),
    });
    let mut fleet = Fleet::default();
    let mut asked = FactsAsked::new(playbooks);
    let mut start_at = ctx.options.start_at_task.clone();
    let mut code = 0;
    'run: for (path, plays) in playbooks {
        send(Event::PlaybookStart { path: path.display().to_string(), plays: plays.len() });
        // Commands on this machine begin beside the playbook.
        if let Some(directory) = std::path::absolute(path).ok().as_deref().and_then(Path::parent) {
            ctx.links.start_in(directory);
        }
        for play in plays {
            let playing = Playing { ctx: &ctx, play, events: &events, interrupt: &interrupt, start_at: &mut start_at };
            match playing.run(&mut fleet, &mut asked).await {
                Ok((last, broken)) => {
                    code = last;
                    if broken {
                        break;
                    }
                }
                Err(Stop::Error(diagnostic)) => {
                    send(Event::Error { text: render(&diagnostic, false) });
                    code = ERROR;
                    break 'run;
                }
                Err(Stop::Interrupted(flights)) => {
                    send(Event::Error { text: render(&interrupted(flights), false) });
                    code = INTERRUPTED;
                    break 'run;
                }
                Err(Stop::Quit) => {
                    code = INTERRUPTED;
                    break 'run;
                }
            }
        }
        if code != 0 {
            break;
        }
    }
    if code == 0
        && let Some(wanted) = start_at
    {
        let told = Diagnostic::warning(format!("no task was run, because none is called `{wanted}`"))
            .hint("`--list-tasks` lists their names");
        send(Event::Warning { text: render(&told, false) });
    }
    ctx.links.close().await;
    let (stats, custom) = fleet.tally.finish();
    send(Event::Recap { hosts: stats.clone(), custom: custom.clone(), seconds: started.elapsed().as_secs_f64() });
    RunResult { stats, custom, exit_code: code }
}

fn interrupted(flights: Vec<String>) -> Diagnostic {
    let mut told = Diagnostic::error("the run was interrupted");
    if flights.is_empty() {
        return told;
    }
    told = told.cause("these tasks had been begun; whether they were done is not known");
    flights
        .into_iter()
        .fold(told, Diagnostic::note)
        .hint("run the playbook again: what is done already is left as it is")
}
