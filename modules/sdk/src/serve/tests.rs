//! A runner in this process, spoken to over pipes.

use super::{SILENCE, serve_with};
use crate::body::BodyInfo;
use crate::frame::{self, CHUNK, FromHost, ToHost, WINDOW};
use crate::module::Result;
use crate::moment::Question;
use crate::{Action, Call, Change, Command, Look, Map, Module, Outcome};
use std::fs::File;
use std::io::Read;
use std::thread::JoinHandle;
use std::time::Duration;

/// Does what the test says.
#[derive(Module)]
#[module(kind = "action", name = "serve_probe")]
struct Probe {
    /// What to do.
    what: String,
    /// A command line.
    line: Option<String>,
}

impl Action for Probe {
    fn check(&self, _: &Look) -> Result<Option<Outcome>> {
        Ok(None)
    }
    fn run(&self, change: &Change) -> Result<Outcome> {
        let outcome = Outcome::default();
        match self.what.as_str() {
            "run" => {
                let line = self.line.clone().unwrap_or_default();
                let command = Command { shell: Some("/bin/sh".into()), ..Command::new([line]) };
                Ok(outcome.with("stdout", change.run(&command)?.out()))
            }
            "ask" => {
                let line = self.line.clone().unwrap_or_default();
                let command = Command { shell: Some("/bin/sh".into()), ..Command::new([line]) };
                let said = change.of_the_moment(Question::Command(command.clone()), || change.query(&command))?;
                Ok(outcome.with("stdout", said.out()))
            }
            "bodies" => {
                let mut start = [0; 3];
                change.body(0)?.read_exact(&mut start).map_err(|e| e.to_string())?;
                let mut rest = Vec::new();
                change.body(1)?.read_to_end(&mut rest).map_err(|e| e.to_string())?;
                Ok(outcome.with("start", start.to_vec()).with("length", rest.len()).with("last", rest.last().copied()))
            }
            _ => panic!("asked to"),
        }
    }
}

/// The engine's end of the pipes.
struct Engine {
    to: Option<File>,
    from: File,
    server: JoinHandle<std::result::Result<(), frame::FrameError>>,
}

impl Engine {
    fn start() -> Self {
        Self::with(SILENCE)
    }
    fn with(silence: Duration) -> Self {
        // No command of a call may inherit our ends, or the server never sees the end of its input.
        let flags = rustix::pipe::PipeFlags::CLOEXEC;
        let pipe = || rustix::pipe::pipe_with(flags).map(|(r, w)| (File::from(r), File::from(w))).unwrap();
        let ((input, to), (from, output)) = (pipe(), pipe());
        let server = std::thread::spawn(move || serve_with(input, output, silence));
        let mut engine = Engine { to: Some(to), from, server };
        assert!(matches!(engine.read(), FromHost::Hello { version: frame::VERSION, .. }));
        engine
    }
    fn send(&mut self, message: &ToHost) {
        frame::write(self.to.as_mut().unwrap(), message).unwrap();
    }
    fn read(&mut self) -> FromHost {
        frame::read(&mut self.from).unwrap().unwrap()
    }
    fn call(&mut self, id: u64, what: &str, line: &str) -> Call {
        let args: Map = [("what", what), ("line", line)].into_iter().collect();
        let call = Call { module: "serve_probe".into(), args, ..Call::default() };
        self.send(&ToHost::Call { id, after: 0, if_good: false, call: Box::new(call.clone()) });
        call
    }
    fn call_after(&mut self, id: u64, after: u64, line: &str) {
        self.call_in_turn(id, after, false, line);
    }
    fn call_in_turn(&mut self, id: u64, after: u64, if_good: bool, line: &str) {
        self.send_in_turn(id, after, if_good, "run", line);
    }
    fn send_in_turn(&mut self, id: u64, after: u64, if_good: bool, what: &str, line: &str) {
        let args: Map = [("what", what), ("line", line)].into_iter().collect();
        let call = Call { module: "serve_probe".into(), args, ..Call::default() };
        self.send(&ToHost::Call { id, after, if_good, call: Box::new(call) });
    }
    fn done(&mut self) -> (u64, Outcome) {
        match self.read() {
            FromHost::Done { id, outcome } => (id, serde_json::from_str(&outcome).unwrap()),
            other => panic!("expected an outcome, got {other:?}"),
        }
    }
    fn end(mut self) {
        self.to = None;
        self.server.join().unwrap().unwrap();
    }
}

#[test]
fn calls_are_answered_each_in_its_time() {
    let dir = tempfile::tempdir().unwrap();
    let fifo = format!("{}/fifo", dir.path().display());
    let mut engine = Engine::start();
    engine.call(1, "run", &format!("mkfifo {fifo}; cat {fifo}"));
    engine.call(2, "run", &format!("while ! [ -p {fifo} ]; do :; done; echo second"));
    let (id, outcome) = engine.done();
    assert_eq!((id, outcome.values.str("stdout")), (2, Some("second\n")), "the second overtakes the first");
    engine.call(3, "run", &format!("echo first > {fifo}"));
    let mut rest = [engine.done().0, engine.done().0];
    rest.sort_unstable();
    assert_eq!(rest, [1, 3]);
    engine.end();
}

#[test]
fn a_sign_of_life_is_given_whatever_is_being_done() {
    let dir = tempfile::tempdir().unwrap();
    let fifo = format!("{}/fifo", dir.path().display());
    let mut engine = Engine::start();
    engine.call(1, "run", &format!("mkfifo {fifo}; cat {fifo}"));
    engine.call_after(2, 1, "true");
    for _ in 0..3 {
        engine.send(&ToHost::Ping);
        assert!(matches!(engine.read(), FromHost::Pong));
    }
    engine.call_after(3, 0, &format!("while ! [ -p {fifo} ]; do :; done; echo go > {fifo}"));
    let mut done = [engine.done().0, engine.done().0, engine.done().0];
    done.sort_unstable();
    assert_eq!(done, [1, 2, 3]);
    engine.end();
}

#[test]
fn a_call_begins_after_the_one_it_is_behind() {
    let dir = tempfile::tempdir().unwrap();
    let (fifo, log) = (format!("{}/fifo", dir.path().display()), format!("{}/log", dir.path().display()));
    let mut engine = Engine::start();
    engine.call_after(1, 0, &format!("mkfifo {fifo}; cat {fifo}; echo 1 >> {log}"));
    engine.call_after(2, 1, &format!("echo 2 >> {log}"));
    engine.call_after(3, 2, &format!("echo 3 >> {log}; exit 1"));
    engine.call_after(4, 3, &format!("echo 4 >> {log}"));
    engine.call_after(5, 4, &format!("echo 5 >> {log}"));
    engine.send(&ToHost::Cancel { id: 4 });
    // One that is behind nothing goes ahead of them, and lets the first go on.
    engine.call_after(6, 77, &format!("while ! [ -p {fifo} ]; do :; done; echo go > {fifo}"));
    let mut order: Vec<u64> = (0..6).map(|_| engine.done().0).collect();
    order.retain(|id| *id != 6);
    assert_eq!(order, [1, 2, 3, 4, 5]);
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "1\n2\n3\n5\n", "one that was called off is left out");
    engine.end();
}

#[test]
fn after_a_failure_nothing_is_begun_that_needs_a_good_one() {
    let dir = tempfile::tempdir().unwrap();
    let log = format!("{}/log", dir.path().display());
    let mut engine = Engine::start();
    let note = |n: u64| format!("echo {n} >> {log}");
    engine.call(1, "panic", "");
    engine.call_in_turn(2, 1, true, &note(2));
    engine.call_in_turn(3, 2, true, &note(3));
    engine.call_in_turn(4, 3, false, &note(4));
    engine.call_in_turn(5, 4, true, &note(5));
    let mut answers = Vec::new();
    for _ in 0..5 {
        answers.push(match engine.read() {
            FromHost::Done { id, .. } => (id, true),
            FromHost::NotBegun { id } => (id, false),
            other => panic!("expected an answer, got {other:?}"),
        });
    }
    assert_eq!(answers, [(1, true), (2, false), (3, false), (4, true), (5, true)]);
    // It is remembered, for what comes late.
    engine.call_in_turn(6, 1, true, &note(6));
    assert!(matches!(engine.read(), FromHost::NotBegun { id: 6 }));
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "4\n5\n");
    engine.end();
}

#[test]
fn calls_that_come_while_one_asks_are_told_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| format!("{}/{name}", dir.path().display());
    let (log, begun, go) = (at("log"), at("begun"), at("go"));
    // Only the first to ask says that it has begun and waits.
    let first = format!("mkdir {} 2>&- && echo > {begun} && cat {go}", at("first"));
    let ask = format!("echo >> {log}; {first}; wc -l < {log}");
    let mut engine = Engine::start();
    engine.call(1, "run", &format!("mkfifo {begun} {go}"));
    engine.done();
    engine.call(2, "ask", &ask);
    assert_eq!(std::fs::read_to_string(&begun).unwrap(), "\n");
    for id in 3..9 {
        engine.call(id, "ask", &ask);
    }
    // They all have been received when this is answered.
    engine.send(&ToHost::Ping);
    assert!(matches!(engine.read(), FromHost::Pong));
    std::fs::write(&go, "").unwrap();
    let mut told: Vec<_> =
        (2..9).map(|_| engine.done()).map(|(id, o)| (id, o.values.str("stdout") == Some("2\n"))).collect();
    told.sort_unstable();
    assert_eq!(told, [(2, false), (3, true), (4, true), (5, true), (6, true), (7, true), (8, true)]);
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "\n\n");
    engine.end();
}

#[test]
fn a_call_that_was_held_comes_when_it_is_let_go() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| format!("{}/{name}", dir.path().display());
    let (fifo, log) = (at("fifo"), at("log"));
    let ask = format!("echo >> {log}; wc -l < {log}");
    let mut engine = Engine::start();
    engine.call(1, "run", &format!("mkfifo {fifo}"));
    engine.done();
    engine.call(2, "run", &format!("cat {fifo}"));
    for id in 3..6 {
        engine.send_in_turn(id, id - 1, false, "ask", &ask);
    }
    engine.send(&ToHost::Ping);
    assert!(matches!(engine.read(), FromHost::Pong));
    std::fs::write(&fifo, "").unwrap();
    engine.done();
    let told = [3, 4, 5].map(|_| engine.done().1.values.str("stdout").map(str::to_owned));
    assert_eq!(told, ["1\n", "2\n", "3\n"].map(|said| Some(said.to_owned())));
    engine.end();
}

#[test]
fn failures_are_answers_too() {
    let mut engine = Engine::start();
    engine.call(1, "panic", "");
    assert_eq!(engine.done().1.failed.unwrap(), "internal error in the module `serve_probe`: asked to");
    engine.send(&ToHost::Call {
        id: 2,
        after: 0,
        if_good: false,
        call: Box::new(Call { module: "none".into(), ..Call::default() }),
    });
    assert_eq!(engine.done().1.failed.unwrap(), "the module `none` is not part of this runner");
    engine.send(&ToHost::Call {
        id: 3,
        after: 0,
        if_good: false,
        call: Box::new(Call { module: "serve_probe".into(), ..Call::default() }),
    });
    assert_eq!(engine.done().1.failed.unwrap(), "missing required arguments: what");
    engine.end();
}

#[test]
fn a_call_can_be_cancelled_and_has_a_deadline() {
    let mut engine = Engine::start();
    engine.call(1, "run", "sleep 1000");
    engine.send(&ToHost::Cancel { id: 1 });
    let (id, outcome) = engine.done();
    assert_eq!(id, 1);
    assert!(outcome.failed.unwrap().ends_with("the call was cancelled"));
    let args: Map = [("what", "run"), ("line", "sleep 1000")].into_iter().collect();
    let call = Call { module: "serve_probe".into(), args, timeout_ms: 20, ..Call::default() };
    engine.send(&ToHost::Call { id: 2, after: 0, if_good: false, call: Box::new(call) });
    assert!(engine.done().1.failed.unwrap().ends_with("Timed out after 0.02 second(s)."));
    engine.end();
}

#[test]
fn the_end_of_the_input_stops_everything() {
    let mut engine = Engine::start();
    for id in 0..40 {
        engine.call(id, "run", "sleep 1000");
    }
    engine.end();
}

#[test]
fn bodies_stream_within_the_window() {
    let mut engine = Engine::start();
    let size = CHUNK * (WINDOW * 3) + 5;
    let info = |size: usize| BodyInfo { size: size as u64, sha1: String::new(), inline: None };
    let args: Map = [("what", "bodies")].into_iter().collect();
    let call = Call { module: "serve_probe".into(), args, bodies: vec![info(size), info(size)], ..Call::default() };
    engine.send(&ToHost::Call { id: 9, after: 0, if_good: false, call: Box::new(call) });
    for body in 0..2 {
        let asked = loop {
            match engine.read() {
                // What is left of the body before is taken before the next is asked for.
                FromHost::Took { .. } => {}
                FromHost::Need { id: 9, body } => break body,
                other => panic!("unexpected {other:?}"),
            }
        };
        assert_eq!(asked, body);
        let (mut left, mut window) = (size, WINDOW);
        while left > 0 {
            while window == 0 {
                let FromHost::Took { id: 9, chunks } = engine.read() else { panic!("expected room") };
                window += chunks as usize;
            }
            let length = left.min(CHUNK);
            left -= length;
            window -= 1;
            engine.send(&ToHost::Chunk { id: 9, bytes: vec![7; length], last: left == 0 });
        }
    }
    let outcome = loop {
        match engine.read() {
            FromHost::Took { .. } => {}
            FromHost::Done { outcome, .. } => break serde_json::from_str::<Outcome>(&outcome).unwrap(),
            other => panic!("unexpected {other:?}"),
        }
    };
    assert_eq!(outcome.failed, None);
    assert_eq!(outcome.values.get("length").unwrap().as_int(), Some(size as i128));
    assert_eq!(outcome.values.get("last").unwrap().as_int(), Some(7));
    engine.end();
}

#[test]
fn a_file_is_not_awaited_for_ever() {
    let mut engine = Engine::with(Duration::from_millis(50));
    let body = BodyInfo { size: 3, sha1: String::new(), inline: None };
    let args: Map = [("what", "bodies")].into_iter().collect();
    let call = Call { module: "serve_probe".into(), args, bodies: vec![body], ..Call::default() };
    engine.send(&ToHost::Call { id: 3, after: 0, if_good: false, call: Box::new(call) });
    assert!(matches!(engine.read(), FromHost::Need { id: 3, body: 0 }));
    let failed = engine.done().1.failed.unwrap();
    assert!(failed.contains("the transfer was cut off: nothing was heard for 0.05 seconds"), "{failed}");
    engine.end();
}

#[test]
fn a_short_or_long_body_is_an_error() {
    for (sent, want) in [(2, "could not be read to its end"), (9, "longer than was announced")] {
        let mut engine = Engine::start();
        let info = |size| BodyInfo { size, sha1: String::new(), inline: Some(b"abc".to_vec()) };
        let args: Map = [("what", "bodies")].into_iter().collect();
        let bodies = vec![info(3), BodyInfo { inline: None, ..info(5) }];
        let call = Call { module: "serve_probe".into(), args, bodies, ..Call::default() };
        engine.send(&ToHost::Call { id: 1, after: 0, if_good: false, call: Box::new(call) });
        assert!(matches!(engine.read(), FromHost::Need { body: 1, .. }));
        engine.send(&ToHost::Chunk { id: 1, bytes: vec![1; sent], last: true });
        let failed = engine.done().1.failed.unwrap();
        assert!(failed.contains(want), "{failed}");
        engine.end();
    }
}
