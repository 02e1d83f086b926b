//! How often the hot paths ask for memory, and for how much: numbers that no noise of the machine touches, held to those in
//! `counts.txt`. `cargo bench --bench counts --profile dev` compares, `-- --record` writes them down anew. Where `perf` can count
//! instructions, those are told as well.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench says so by failing")]
#![allow(unsafe_code, reason = "an allocator that counts is one")]

mod sample;

use hostler::actions::Modules;
use hostler::config::Settings;
use hostler::inventory::{Inventory, Nothing};
use hostler::playbook::{Loader, LoaderOptions};
use hostler::run::Language;
use hostler::template::{FileSyntax, Scope, Variables};
use hostler::vars::{PlayContext, RunFacts, VarStore};
use hostler::vault::Keyring;
use hostler_sdk::body::BodyInfo;
use hostler_sdk::frame::{self, FromHost, ToHost};
use hostler_sdk::{Call, Map, Outcome, Value};
use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a count may grow, in parts of a hundred, before it is a regression.
const SLACK: u64 = 2;

struct Counting;

static TIMES: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TIMES.fetch_add(1, Relaxed);
        BYTES.fetch_add(layout.size() as u64, Relaxed);
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(at, layout) }
    }
    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        TIMES.fetch_add(1, Relaxed);
        BYTES.fetch_add(size.saturating_sub(layout.size()) as u64, Relaxed);
        unsafe { System.realloc(at, layout, size) }
    }
}

/// Allocations and bytes.
#[derive(Clone, Copy)]
struct Count(u64, u64);

/// One hot path: what is done over and over, on what was made before.
type Hot = (&'static str, Box<dyn Fn()>);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let paths = paths();
    match words[..] {
        ["--times", name, times] => {
            let (_, work) = paths.iter().find(|(known, _)| *known == name).unwrap();
            (0..times.parse().unwrap()).for_each(|_| work());
            ExitCode::SUCCESS
        }
        ["--record"] => {
            let line = |(name, work): &Hot| {
                let Count(times, bytes) = count(work);
                format!("{name} {times} {bytes}\n")
            };
            std::fs::write(recorded(), paths.iter().map(line).collect::<String>()).unwrap();
            ExitCode::SUCCESS
        }
        [] => compare(&paths),
        _ => panic!("`--record`, or nothing"),
    }
}

fn compare(paths: &[Hot]) -> ExitCode {
    let text = std::fs::read_to_string(recorded()).unwrap_or_default();
    let before: BTreeMap<&str, Count> = text.lines().filter_map(read).collect();
    let mut worse = false;
    for (name, work) in paths {
        let Count(times, bytes) = count(work);
        let instructions = instructions(name).map_or_else(String::new, |n| format!(", {n} instructions"));
        print!("{name}: {times} allocations, {bytes} bytes{instructions}");
        match before.get(name) {
            None => println!("; not recorded"),
            Some(Count(was, was_bytes)) => {
                let more = |now: u64, was: u64| now > was + was * SLACK / 100;
                let grown = more(times, *was) || more(bytes, *was_bytes);
                worse |= grown;
                println!("; recorded {was}, {was_bytes}{}", if grown { ": MORE" } else { "" });
            }
        }
    }
    if worse { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn recorded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/counts.txt")
}

fn read(line: &str) -> Option<(&str, Count)> {
    let mut words = line.split(' ');
    Some((words.next()?, Count(words.next()?.parse().ok()?, words.next()?.parse().ok()?)))
}

/// Counts the second run: what is made once for all is there by then.
fn count(work: &dyn Fn()) -> Count {
    work();
    let (times, bytes) = (TIMES.load(Relaxed), BYTES.load(Relaxed));
    work();
    Count(TIMES.load(Relaxed) - times, BYTES.load(Relaxed) - bytes)
}

/// Instructions of one run, where the machine counts them: those of a hundred and one runs less those of one.
fn instructions(name: &str) -> Option<u64> {
    let of = |times: &str| {
        let program = std::env::current_exe().ok()?;
        let mut perf = Command::new("perf");
        perf.args(["stat", "-x", ",", "-e", "instructions:u"]).arg(program).args(["--times", name, times]);
        let output = perf.output().ok()?;
        let text = String::from_utf8(output.stderr).ok()?;
        text.lines().find_map(|line| line.split_once(',')?.0.parse::<u64>().ok())
    };
    Some((of("101")? - of("1")?) / 100)
}

fn paths() -> Vec<Hot> {
    let mut paths: Vec<Hot> = templates();
    paths.extend(playbooks());
    paths.extend(frames());
    paths
}

fn templates() -> Vec<Hot> {
    let language = Language::new(Arc::default(), Arc::default());
    let jinja = language.jinja;
    let scope = sample::scope(&jinja);
    let text = sample::file();
    let file = jinja.file(&text, sample::place(&text), FileSyntax::default()).unwrap();
    let conditions = sample::conditions(&jinja);
    let (a, b, c) = (jinja.clone(), jinja.clone(), scope.clone());
    vec![
        ("render_two_kilobytes", Box::new(move || drop(black_box(a.render_text(&file, &scope).unwrap())))),
        (
            "compile_two_kilobytes",
            Box::new(move || drop(black_box(b.file(&text, sample::place(&text), FileSyntax::default()).unwrap()))),
        ),
        (
            "a_thousand_conditions",
            Box::new(move || {
                black_box(conditions.iter().filter(|condition| jinja.test(condition, &c).unwrap()).count());
            }),
        ),
    ]
}

fn playbooks() -> Vec<Hot> {
    let language = Arc::new(Language::new(Arc::new(Keyring::default()), Arc::default()));
    let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fleet/site.yml");
    let options = || LoaderOptions::default();
    let (templates, path) = (language.clone(), site.clone());
    let load = move || Loader::new(templates.clone(), Arc::new(Modules), options()).load(&path).unwrap();
    let play = load().remove(0);

    let settings = Arc::new(Settings::default());
    let hosts: String = (0..100).map(|n| format!("n{n},")).collect();
    let inventory = Inventory::load(&[hosts], &settings, language.as_ref(), &Nothing, &mut Vec::new()).unwrap();
    let names: Vec<_> = inventory.hosts().map(|host| host.name.clone()).collect();
    let store = VarStore::new(settings, inventory, Variables::default(), &RunFacts::default(), language).unwrap();
    let folder = site.parent().unwrap();
    let play = Arc::new(PlayContext::new(play, "bench".into(), folder, names.clone(), Variables::default()));
    store.prepare(&names, &play).unwrap();
    let sought = ["baseline_users", "baseline_app", "inventory_hostname", "groups", "nothing_of_that_name"];
    vec![
        ("load_a_role_of_thirty_tasks", Box::new(move || drop(black_box(load())))),
        (
            "variables_of_a_hundred_hosts",
            Box::new(move || {
                for host in &names {
                    let scope = store.scope(host, &play, None, Variables::default()).unwrap();
                    black_box(sought.map(|name| scope.get(name).is_some()));
                }
            }),
        ),
    ]
}

fn frames() -> Vec<Hot> {
    let args: Map = [("dest", "/etc/app.conf"), ("mode", "0644"), ("owner", "root")].into_iter().collect();
    let body = BodyInfo { size: 2000, sha1: "0".repeat(40), inline: Some(vec![b'x'; 2000]) };
    let call = Call { module: "copy".into(), args, check: true, bodies: vec![body], ..Call::default() };
    let outcome = Outcome::default().with("dest", "/etc/app.conf").with("mode", "0644").with("size", 2000);
    let answer = FromHost::Done { id: 1, outcome: serde_json::to_string(&outcome).unwrap() };
    let (out, back) = (
        frame::encode(&ToHost::Call { id: 1, after: 0, if_good: false, call: Box::new(call.clone()) }).unwrap(),
        frame::encode(&answer).unwrap(),
    );
    vec![
        (
            "send_a_call",
            Box::new(move || {
                drop(black_box(
                    frame::encode(&ToHost::Call { id: 1, after: 0, if_good: false, call: Box::new(call.clone()) })
                        .unwrap(),
                ))
            }),
        ),
        ("receive_a_call", Box::new(move || drop(black_box(frame::decode::<ToHost>(&out[4..]).unwrap())))),
        (
            "receive_an_answer",
            Box::new(move || {
                let FromHost::Done { outcome, .. } = frame::decode(&back[4..]).unwrap() else { panic!("no answer") };
                let outcome: Outcome = serde_json::from_str(&outcome).unwrap();
                black_box(Value::from(outcome.into_value()));
            }),
        ),
    ]
}
