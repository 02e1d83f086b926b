//! Whole plays with a scripted world: what tasks do is in their names. Expected lines come from reading ansible-core's strategies, not from
//! recordings; they keep the behaviour from drifting.

use super::*;
use crate::actions::{Doing, Effect};
use crate::diagnostic::Place;
use crate::playbook::{ActionCall, Block, Step};
use crate::report::Status;
use crate::run::debugger::Debugged;
use crate::run::executed::{Executed, IncludeRequest, ItemTrace};
use crate::run::steps::{RoleEnd, nodes};
use crate::run::world::{Flags, Housekeeping, Included};
use crate::template::{Said, Templated};
use hostler_sdk::{CheckSupport, Map, ModuleSpec, Value};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const fn spec(name: &'static str) -> ModuleSpec {
    ModuleSpec {
        name,
        collection: "ansible.builtin",
        aliases: &[],
        summary: "",
        description: "",
        args: &[],
        required_together: &[],
        mutually_exclusive: &[],
        required_one_of: &[],
        required_if: &[],
        free_form: Some("free_form"),
        any_args: true,
        check: CheckSupport::Full,
        diff: false,
        looks_beyond: false,
        idle_user: None,
        returns: &[],
        examples: "",
    }
}
static SCRIPTED: ModuleSpec = spec("scripted");
static META: ModuleSpec = spec("meta");
static NEXT: AtomicU64 = AtomicU64::new(1);

/// A task from a line: its name, then words. `fail=a,b` fails on hosts, `lost=a` cannot reach them, `change` changes,
/// `notify=h` notifies, `include=x` includes what the world has under `x` (`at=a` on host `a` only), `meta=word`, `ignore`, `once`, `fatal`.
fn task(line: &str) -> Work {
    let words: Vec<&str> = line.split_whitespace().collect();
    let word = words.iter().find_map(|w| w.strip_prefix("meta="));
    let args = word.map_or_else(Map::new, |w| Map::from_iter([("free_form", w)]));
    let notify = words.iter().filter_map(|w| w.strip_prefix("notify="));
    let listen = words.iter().filter_map(|w| w.strip_prefix("listen="));
    let place = Place::named("test", line);
    let spec = if word.is_some() { &META } else { &SCRIPTED };
    let action = ActionCall::plain(line, spec, place.clone(), Templated::Value(args.into()));
    Arc::new(Task {
        name: Some(words[0].into()),
        notify: notify.map(Into::into).collect(),
        listen: listen.map(Into::into).collect(),
        implicit: words.contains(&"implicit"),
        ..Task::bare(NEXT.fetch_add(1, Ordering::Relaxed), place, action)
    })
}

fn steps(lines: &[&str]) -> Vec<Step> {
    lines.iter().map(|line| Step::Task(task(line))).collect()
}

fn block(main: &[&str], rescue: &[&str], always: &[&str]) -> Step {
    Step::Block(Arc::new(Block {
        name: None,
        place: Place::named("test", ""),
        block: steps(main),
        rescue: steps(rescue),
        always: steps(always),
    }))
}

/// Words after `key=` of a task's line, split at commas.
fn of<'t>(task: &'t Task, key: &str) -> Vec<&'t str> {
    let found = task.action.written.split_whitespace().find_map(|w| w.strip_prefix(key));
    found.map(|list| list.split(',').collect()).unwrap_or_default()
}

fn has(task: &Task, word: &str) -> bool {
    task.action.written.split_whitespace().any(|w| w == word)
}

#[derive(Default)]
struct Script {
    lines: Mutex<Vec<String>>,
    files: HashMap<&'static str, Vec<&'static str>>,
}

impl World for Script {
    fn sent_along(&self, _: &Host) -> usize {
        0
    }
    fn send_in_line(self: Arc<Self>, _: Host, _: Vec<Arc<Task>>) -> Doing<'static, ()> {
        Box::pin(async {})
    }
    fn worth_asking(&self, _: &Host, _: &Arc<Task>) -> bool {
        false
    }

    fn ask_ahead(self: Arc<Self>, _: Host, _: Vec<Arc<Task>>) -> Doing<'static, ()> {
        Box::pin(async {})
    }

    fn execute(self: Arc<Self>, host: Host, task: Arc<Task>) -> Doing<'static, Executed> {
        Box::pin(async move {
            let on = |key: &str| of(&task, key).contains(&&*host);
            let status = match (on("fail="), on("lost="), has(&task, "change")) {
                (true, ..) => Status::Failed,
                (_, true, _) => Status::Unreachable,
                (_, _, true) => Status::Changed,
                _ => Status::Ok,
            };
            let at = of(&task, "at=").is_empty() || on("at=");
            let include =
                of(&task, "include=").first().filter(|_| status == Status::Ok && at).map(|file| IncludeRequest {
                    task: task.clone(),
                    args: Map::from_iter([("file", *file)]),
                    said: Default::default(),
                    vars: Arc::default(),
                    label: None,
                });
            let notify = of(&task, "notify=").into_iter().map(Into::into).collect();
            Executed {
                status,
                result: Map::new(),
                ignored: has(&task, "ignore"),
                items: vec![ItemTrace { notify, include, ..ItemTrace::default() }],
                looped: false,
                no_log: false,
                verbose: false,
                delegated_to: None,
                register: None,
                error: None,
                took: Duration::ZERO,
                debugger: false,
                told: false,
                host,
                task,
            }
        })
    }
    fn holds(&self, _: &Host, _: &Arc<Task>) -> diagnostic::Result<bool> {
        Ok(true)
    }
    fn flags(&self, _: &Host, task: &Arc<Task>) -> diagnostic::Result<Flags> {
        let ignore_errors = has(task, "ignore");
        Ok(Flags { run_once: has(task, "once"), any_errors_fatal: has(task, "fatal"), ignore_errors, throttle: 0 })
    }
    fn title(&self, _: &Host, task: &Arc<Task>) -> String {
        self.handler_names(task).remove(0)
    }
    fn describe(&self, _: &Host, _: &Arc<Task>) -> Value {
        Value::Null
    }
    fn handler_names(&self, task: &Arc<Task>) -> Vec<String> {
        vec![task.name.as_ref().unwrap().as_value().unwrap().as_str().unwrap().to_owned()]
    }
    fn include(&self, request: &IncludeRequest, _: &Host) -> diagnostic::Result<Included> {
        let path = request.args.str("file").unwrap().to_owned();
        let lines = self.files.get(&*path).ok_or_else(|| Diagnostic::error("no such file").boxed())?;
        Ok(Included { steps: steps(lines), handlers: Vec::new(), path })
    }
    fn keep(&self, _: &Host, _: &Effect) -> diagnostic::Result<bool> {
        Ok(true)
    }
    fn facts(&self, _: &Host, _: &Arc<Map>, _: Said) {}
    fn register(&self, _: &Host, _: &str, _: Templated) {}
    fn housekeeping<'a>(&'a self, _: Housekeeping, _: &'a Host, _: &'a Arc<Task>) -> Doing<'a, diagnostic::Result<()>> {
        Box::pin(async { Ok(()) })
    }
    fn removed(&self, _: &[Host]) {}
    fn emit(&self, event: Event) {
        let mut lines = self.lines.lock().unwrap();
        match event {
            Event::TaskStart { task } if task.handler => lines.push(format!("[{}]:", task.name)),
            Event::TaskStart { task } => lines.push(format!("{}:", task.name)),
            Event::HostDone { host, status, .. } => {
                let mark = match status {
                    Status::Ok => "",
                    Status::Changed => "+",
                    Status::Skipped => "~",
                    Status::Failed => "!",
                    Status::Unreachable => "?",
                };
                lines.push(format!("{host}{mark}"));
            }
            Event::Included { path, hosts, .. } => lines.push(format!("<{path} {}>", hosts.join(","))),
            Event::Warning { text } => lines.push(format!("({text})")),
            Event::NoHostsRemaining => lines.push("none left".to_owned()),
            _ => {}
        }
    }
    fn ask_step(&self, _: &str, _: Option<&Host>) -> StepAnswer {
        StepAnswer::Yes
    }
    fn debug<'a>(&'a self, _: &'a Executed) -> Doing<'a, diagnostic::Result<Debugged>> {
        Box::pin(async { Ok(Debugged::Continue) })
    }
}

struct Play {
    hosts: &'static str,
    steps: Vec<Step>,
    handlers: Vec<&'static str>,
    max_fail: Option<f64>,
}

fn play(hosts: &'static str, steps: Vec<Step>) -> Play {
    Play { hosts, steps, handlers: Vec::new(), max_fail: None }
}

/// Runs a play with one host at a time, so that the order is certain: the lines, the code, and the failed hosts.
fn run_with(play: &Play, strategy: Strategy, fleet: &mut Fleet) -> (String, Result<PlayEnd, Stop>) {
    let mut all = play.steps.clone();
    all.push(Step::Task(task("flush meta=flush_handlers implicit")));
    let chosen: Arc<dyn Fn(&Work) -> bool + Send + Sync> = Arc::new(|_| true);
    let role_end: RoleEnd = Arc::new(|_| task("end meta=role_complete implicit"));
    let plan = PlayPlan {
        hosts: play.hosts.split(' ').map(Into::into).collect(),
        steps: Arc::new(Group::plain(nodes(&all, &*chosen, &*role_end))),
        gather: HashMap::new(),
        handlers: play.handlers.iter().map(|line| task(line)).collect(),
        max_fail: play.max_fail,
        forks: 1,
        handlers_must_be: true,
        step: false,
        ahead: false,
        invocation: false,
        chosen,
        role_end,
    };
    let files = HashMap::from([("one", vec!["i1", "i2"]), ("two", vec!["j1"]), ("handlers", vec!["k1", "k2"])]);
    let world = Arc::new(Script { files, ..Script::default() });
    let (_keep, interrupt) = watch::channel(false);
    let run = PlayRun::new(world.clone(), fleet, &plan, interrupt);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let end = runtime.block_on(async {
        match strategy {
            Strategy::Linear => run.linear().await,
            Strategy::Free => run.free(false).await,
            Strategy::HostPinned => run.free(true).await,
        }
    });
    let lines = world.lines.lock().unwrap().join(" ");
    (lines, end)
}

fn run(play: &Play) -> (String, u8) {
    let (lines, end) = run_with(play, Strategy::Linear, &mut Fleet::default());
    (lines, end.unwrap().code)
}

#[test]
fn linear_orders() {
    let cases: Vec<(&str, Play, &str, u8)> = vec![
        ("in step", play("a b", steps(&["x", "y"])), "x: a b y: a b", 0),
        ("a failed host stays behind", play("a b", steps(&["x fail=a", "y"])), "x: a! b y: b", 2),
        ("ignored", play("a b", steps(&["x fail=a ignore", "y"])), "x: a! b y: a b", 0),
        ("unreachable", play("a b", steps(&["x lost=b", "y"])), "x: a b? y: a", 4),
        (
            "a rescue on one host, then together again",
            play("a b", vec![block(&["x fail=a", "y"], &["r"], &["w"]), Step::Task(task("z"))]),
            "x: a! b y: b r: a w: a b z: a b",
            0,
        ),
        ("any errors fatal", play("a b", steps(&["x fail=a fatal", "y"])), "x: a! b", 2),
        (
            "any errors fatal leads all hosts to the rescue",
            play("a b", vec![block(&["x fail=a fatal", "y"], &["r"], &[]), Step::Task(task("z"))]),
            "x: a! b r: a b z: a b",
            0,
        ),
        ("once", play("a b", steps(&["x once", "y"])), "x: a y: a b", 0),
        ("once, failing", play("a b", steps(&["x once fail=a", "y"])), "x: a!", 2),
        (
            "includes differ by host",
            play("a b c", steps(&["x include=one fail=c ignore", "y"])),
            "x: c! <one a,b> i1: a b i2: a b y: a b c",
            0,
        ),
        (
            "an include that fails for one host, fatally",
            play("a b", steps(&["x include=nosuch at=a fatal", "y"])),
            "x: b a!",
            2,
        ),
        ("an include that fails", play("a b", steps(&["x include=nosuch", "y"])), "x: a! b!", 2),
        (
            "an include that fails is rescued",
            play("a", vec![block(&["x include=nosuch"], &["r"], &[])]),
            "x: a! r: a",
            0,
        ),
        ("end_play", play("a b", steps(&["x", "e meta=end_play", "y"])), "x: a b e: ", 0),
        (
            "max_fail_percentage",
            Play { max_fail: Some(0.3), ..play("a b c", steps(&["x fail=a", "y"])) },
            "x: a! b c none left",
            2,
        ),
        (
            "max_fail_percentage not exceeded",
            Play { max_fail: Some(0.34), ..play("a b c", steps(&["x fail=a", "y"])) },
            "x: a! b c y: b c",
            2,
        ),
        (
            "clear_host_errors brings unreachable hosts back, behind the others",
            play("a b", steps(&["x lost=b", "c meta=clear_host_errors", "y"])),
            "x: a b? c: y: a y: b",
            0,
        ),
    ];
    for (name, play, lines, code) in cases {
        let (seen, ended) = run(&play);
        assert_eq!((seen.trim(), ended), (lines.trim(), code), "{name}");
    }
}

#[test]
fn handlers_run_once_in_order_of_definition() {
    let handlers = vec!["h1", "h2 change notify=h3", "h3", "h4 listen=topic", "h5 listen=topic include=handlers"];
    let cases: Vec<(&str, Vec<Step>, &str, u8)> = vec![
        (
            "order of definition, once",
            steps(&["x change notify=h2 ", "y change notify=h1", "z change notify=h2"]),
            "x: a+ b+ y: a+ b+ z: a+ b+ [h1]: a b [h2]: a+ b+ [h3]: a b",
            0,
        ),
        ("nothing changed", steps(&["x notify=h1"]), "x: a b", 0),
        (
            "flushed in between",
            steps(&["x change notify=h1", "f meta=flush_handlers", "y change notify=h1"]),
            "x: a+ b+ f: [h1]: a b y: a+ b+ [h1]: a b",
            0,
        ),
        (
            "a topic, and an include among handlers",
            steps(&["x change notify=topic"]),
            "x: a+ b+ [h4]: a b [h5]: <handlers a,b> [k1]: a b [k2]: a b",
            0,
        ),
        (
            "a failed host runs no handlers",
            steps(&["x change notify=h1", "y fail=a"]),
            "x: a+ b+ y: a! b [h1]: b (a: the play ended before notified handlers were run: `h1`)",
            2,
        ),
    ];
    for (name, steps, lines, code) in cases {
        let (seen, ended) = run(&Play { handlers: handlers.clone(), ..play("a b", steps) });
        assert_eq!((seen.as_str(), ended), (lines, code), "{name}");
    }
}

#[test]
fn a_failing_handler_fails_its_host() {
    let play = Play {
        handlers: vec!["h1 fail=a", "h2"],
        ..play("a b", steps(&["x change notify=h1 ", "y change notify=h2"]))
    };
    let (lines, code) = run(&play);
    let owed = "(a: the play ended before notified handlers were run: `h2`)";
    assert_eq!((lines, code), (format!("x: a+ b+ y: a+ b+ [h1]: a! b [h2]: b {owed}"), 2));
}

#[test]
fn an_unknown_handler_stops_the_run() {
    let (_, end) = run_with(&play("a", steps(&["x change notify=nosuch"])), Strategy::Linear, &mut Fleet::default());
    let Err(Stop::Error(diagnostic)) = end else { panic!("{end:?}") };
    assert!(diagnostic.what.contains("The requested handler 'nosuch' was not found"), "{diagnostic}");
}

#[test]
fn failed_hosts_stay_out_of_later_plays() {
    let mut fleet = Fleet::default();
    run_with(&play("a b", steps(&["x fail=a"])), Strategy::Linear, &mut fleet).1.unwrap();
    let (lines, end) = run_with(&play("a b", steps(&["y"])), Strategy::Linear, &mut fleet);
    assert_eq!((lines.as_str(), end.unwrap().code), ("y: b", 2));
}

#[test]
fn free_lets_hosts_go_on() {
    let steps = || vec![block(&["x fail=a", "y"], &["r"], &[]), Step::Task(task("z"))];
    let mut fleet = Fleet::default();
    let (lines, end) = run_with(&play("a b", steps()), Strategy::Free, &mut fleet);
    assert_eq!((lines.as_str(), end.unwrap().code), ("x: a! r: b y: a z: b a b", 0));
    let (lines, end) = run_with(&play("a b", steps()), Strategy::HostPinned, &mut Fleet::default());
    assert_eq!((lines.as_str(), end.unwrap().code), ("x: a! r: a z: a b y: b b", 0));
}

#[test]
fn an_interrupt_names_what_was_in_flight() {
    let mut fleet = Fleet::default();
    let plan = PlayPlan {
        hosts: vec!["a".into()],
        steps: Arc::new(Group::plain(nodes(&steps(&["x"]), &|_| true, &|_| task("end meta=role_complete implicit")))),
        gather: HashMap::new(),
        handlers: Vec::new(),
        max_fail: None,
        forks: 1,
        handlers_must_be: true,
        step: false,
        ahead: false,
        invocation: false,
        chosen: Arc::new(|_| true),
        role_end: Arc::new(|_| task("end meta=role_complete implicit")),
    };
    let (stop, interrupt) = watch::channel(false);
    stop.send(true).unwrap();
    let run = PlayRun::new(Arc::new(Script::default()), &mut fleet, &plan, interrupt);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let end = runtime.block_on(run.linear());
    let Err(Stop::Interrupted(list)) = end else { panic!("{end:?}") };
    assert_eq!(list.len(), 1);
    assert!(list[0].starts_with("a: x"), "{list:?}");
}
