//! `wait_for`: until a port opens or closes, a file is there or gone, a text appears, or connections have ended.

use super::connections::{Counted, state_number};
use crate::regex::{Flags, Match, Pattern};
use hostler_sdk::args::HostPath;
use hostler_sdk::backend::tcp::Listen;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Action, Change, Choice, Command, Look, Map, Module, Outcome, Value};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

/// Waits for a condition before continuing
///
/// With neither port nor path it waits for `timeout` seconds.
#[derive(Module)]
#[module(
    kind = "action",
    name = "wait_for",
    check = "none",
    looks_beyond,
    returns(
        ("elapsed", "int", "seconds it took"),
        ("match_groups", "list", "groups of the match of `search_regex`"),
        ("match_groupdict", "dict", "named groups of the match of `search_regex`")
    ),
    examples = r#"- name: Wait for port 8000 to become open on the host, don't start checking for 10 seconds
  ansible.builtin.wait_for:
    port: 8000
    delay: 10

- name: Wait until the string "completed" is in the file /tmp/foo before continuing
  ansible.builtin.wait_for:
    path: /tmp/foo
    search_regex: completed
"#
)]
pub struct WaitFor {
    /// Name or address to connect to, seen from the host.
    #[arg(default = "127.0.0.1")]
    host: String,
    /// Longest time in seconds.
    #[arg(default = "300")]
    timeout: u64,
    /// Longest time for one connection, in seconds.
    #[arg(default = "5")]
    connect_timeout: u64,
    /// Seconds before the first look.
    #[arg(default = "0")]
    delay: u64,
    /// Port to wait for.
    port: Option<u16>,
    /// States of connections that count as not ended.
    #[arg(default = "ESTABLISHED,FIN_WAIT1,FIN_WAIT2,SYN_RECV,SYN_SENT,TIME_WAIT")]
    active_connection_states: Vec<String>,
    /// Path to wait for.
    path: Option<HostPath>,
    /// Python regular expression to find in the file, or in what the port sends.
    search_regex: Option<String>,
    /// What to wait for.
    #[arg(default = "started")]
    state: State,
    /// Peers whose connections do not count for `drained`.
    exclude_hosts: Option<Vec<String>>,
    /// Seconds between two looks; the first ones follow each other faster.
    #[arg(default = "1")]
    sleep: u64,
    /// Message instead of the usual one when time is over.
    msg: Option<String>,
}

/// What is waited for.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The path is gone, the port closed.
    Absent,
    /// The port has no more connections.
    Drained,
    /// The path is there, the port open.
    Present,
    /// The same as `present`.
    Started,
    /// The port is closed.
    Stopped,
}

/// Time that runs.
struct Clock {
    start: Instant,
    end: Instant,
    pause: Duration,
    longest: Duration,
}

impl Clock {
    fn new(timeout: u64, sleep: u64) -> Self {
        let start = Instant::now();
        let longest = if sleep == 0 { Duration::from_millis(100) } else { Duration::from_secs(sleep) };
        Clock { start, end: start + Duration::from_secs(timeout), pause: Duration::from_millis(100), longest }
    }
    fn elapsed(&self) -> u64 {
        self.start.elapsed().as_secs()
    }
    fn over(&self) -> bool {
        Instant::now() >= self.end
    }
    /// Sleeps a little longer each time, up to what was asked for.
    fn pause(&mut self) {
        std::thread::sleep(self.pause.min(self.end.saturating_duration_since(Instant::now())));
        self.pause = (self.pause * 2).min(self.longest);
    }
}

/// What a look came to.
enum Seen {
    /// Not yet.
    No,
    /// It is so, with the match that was looked for.
    Yes(Map),
}

impl Action for WaitFor {
    fn check(&self, _look: &Look) -> Result<Option<Outcome>> {
        let reason = "remote module (ansible.builtin.wait_for) does not support check mode".to_owned();
        Ok(Some(Outcome { skipped: Some(reason), must_run: true, ..Outcome::default() }))
    }

    fn run(&self, change: &Change) -> Result<Outcome> {
        let look: &Look = change;
        let pattern = self.pattern()?;
        let path = self.path.as_ref().map(|path| look.expand(path));
        let states = self.check_arguments()?;
        let mut clock = Clock::new(self.timeout, self.sleep);
        std::thread::sleep(Duration::from_secs(self.delay));
        if self.port.is_none() && path.is_none() && self.state != State::Drained {
            std::thread::sleep(Duration::from_secs(self.timeout));
            return Ok(self.done(&clock, Map::new()));
        }
        loop {
            if clock.over() {
                let msg = self.msg.clone().unwrap_or_else(|| self.too_late(path.as_deref()));
                return Err(Failure::new(msg).with("elapsed", clock.elapsed()));
            }
            let seen = match (self.state, &path, self.port) {
                (State::Drained, _, Some(port)) => self.is_drained(look, port, &states)?,
                (State::Absent | State::Stopped, Some(path), _) => yes(look.lstat(path)?.is_none()),
                (State::Absent | State::Stopped, None, Some(port)) => yes(self.connect(look, port, None).is_err()),
                (_, Some(path), _) => self.file(look, path, pattern.as_ref(), &clock)?,
                (_, None, Some(port)) => self.port(look, port, pattern.as_ref(), &clock)?,
                (State::Drained, _, None) => return Err("state=drained needs a port".into()),
                (_, None, None) => Seen::No,
            };
            match seen {
                Seen::Yes(found) => return Ok(self.done(&clock, found)),
                Seen::No => clock.pause(),
            }
        }
    }
}

fn yes(is: bool) -> Seen {
    if is { Seen::Yes(Map::new()) } else { Seen::No }
}

impl WaitFor {
    fn pattern(&self) -> Result<Option<Pattern>> {
        let flags = Flags { multi_line: true, ..Flags::default() };
        let pattern = self.search_regex.as_deref().map(|regex| Pattern::bytes(regex, flags)).transpose();
        pattern.map_err(|e| Failure::new(format!("Invalid regular expression: {e}")))
    }

    fn check_arguments(&self) -> Result<Vec<&'static str>> {
        let wrong = |msg: &str| Err(Failure::new(msg).with("elapsed", 0));
        match (&self.path, self.port, self.state) {
            (Some(_), Some(_), _) => return wrong("port and path parameter can not both be passed to wait_for"),
            (Some(_), _, State::Stopped) => {
                return wrong("state=stopped should only be used for checking a port in the wait_for module");
            }
            (Some(_), _, State::Drained) => {
                return wrong("state=drained should only be used for checking a port in the wait_for module");
            }
            _ => {}
        }
        if self.exclude_hosts.is_some() && self.state != State::Drained {
            return wrong("exclude_hosts should only be with state=drained");
        }
        let number = |name: &String| {
            let unknown = format!("unknown active_connection_state ({name}) defined");
            state_number(name).ok_or_else(|| Failure::new(unknown).with("elapsed", 0))
        };
        self.active_connection_states.iter().map(number).collect()
    }

    /// Connects to the first address of the host that answers.
    fn connect(&self, look: &Look, port: u16, listen: Option<Listen<'_>>) -> Result<()> {
        let timeout = Duration::from_secs(self.connect_timeout);
        let addresses = resolve(look, &self.host)?;
        let mut last = Failure::new(format!("`{}` has no address", self.host));
        let mut listen = listen;
        for address in addresses {
            match look.tcp(SocketAddr::new(address, port), timeout, listen.take()) {
                Ok(()) => return Ok(()),
                Err(e) => last = e.into(),
            }
        }
        Err(last)
    }

    fn port(&self, look: &Look, port: u16, pattern: Option<&Pattern>, clock: &Clock) -> Result<Seen> {
        let Some(pattern) = pattern else { return Ok(yes(self.connect(look, port, None).is_ok())) };
        let mut found = None;
        let mut trouble = None;
        let mut enough = |bytes: &[u8]| match pattern.search(bytes, 0) {
            Ok(hit) => {
                found = hit.map(|_| ());
                found.is_some()
            }
            Err(e) => {
                trouble = Some(e);
                true
            }
        };
        // No connection is no match yet.
        let _ = self.connect(look, port, Some(Listen { until: clock.end, enough: &mut enough }));
        match (trouble, found) {
            (Some(e), _) => Err(Failure::new(e)),
            // As in Ansible, groups are given for files only.
            (None, found) => Ok(yes(found.is_some())),
        }
    }

    fn file(&self, look: &Look, path: &str, pattern: Option<&Pattern>, clock: &Clock) -> Result<Seen> {
        let meta = look.stat(path).map_err(|e| {
            let msg = self.msg.clone().unwrap_or_else(|| format!("Failed to stat {path}, {}", e.cause));
            Failure::new(msg).with("elapsed", clock.elapsed())
        })?;
        let Some(pattern) = pattern.filter(|_| meta.is_some()) else { return Ok(yes(meta.is_some())) };
        // A file that may not be read yet does not match yet.
        let Ok(bytes) = look.read(path) else { return Ok(Seen::No) };
        let found = pattern.search(&bytes, 0).map_err(Failure::new)?;
        Ok(found.map_or(Seen::No, |found| Seen::Yes(groups(pattern, &found, &bytes))))
    }

    fn is_drained(&self, look: &Look, port: u16, states: &[&'static str]) -> Result<Seen> {
        let excluded = self.exclude_hosts.iter().flatten().map(|host| resolve(look, host));
        let counted = Counted {
            port,
            local: resolve(look, &self.host)?,
            excluded: excluded.collect::<Result<Vec<_>>>()?.concat(),
            states: states.to_vec(),
        };
        let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| look.read_text(path).unwrap_or_default());
        Ok(yes(tables.iter().all(|table| counted.count(table) == 0)))
    }

    fn too_late(&self, path: Option<&str>) -> String {
        let host = &self.host;
        let port = self.port.unwrap_or_default();
        match (self.state, path, &self.search_regex) {
            (State::Drained, ..) => format!("Timeout when waiting for {host}:{port} to drain"),
            (State::Absent | State::Stopped, Some(path), _) => format!("Timeout when waiting for {path} to be absent."),
            (State::Absent | State::Stopped, None, _) => format!("Timeout when waiting for {host}:{port} to stop."),
            (_, Some(path), Some(regex)) => format!("Timeout when waiting for search string {regex} in {path}"),
            (_, Some(path), None) => format!("Timeout when waiting for file {path}"),
            (_, None, Some(regex)) => format!("Timeout when waiting for search string {regex} in {host}:{port}"),
            (_, None, None) => format!("Timeout when waiting for {host}:{port}"),
        }
    }

    fn done(&self, clock: &Clock, mut found: Map) -> Outcome {
        let list = found.take("match_groups").unwrap_or_else(|| Value::from(Vec::<String>::new()));
        let named = found.take("match_groupdict").unwrap_or_else(|| Map::new().into());
        Outcome::default()
            .with("state", self.state.as_str())
            .with("port", self.port)
            .with("search_regex", self.search_regex.clone())
            .with("match_groups", list)
            .with("match_groupdict", named)
            .with("path", self.path.as_ref().map(|path| path.0.clone()))
            .with("elapsed", clock.elapsed())
    }
}

/// The groups of a match as lists and by name.
fn groups(pattern: &Pattern, found: &Match, bytes: &[u8]) -> Map {
    let text = |number: usize| -> Value {
        let range = found.group(number).and_then(|range| bytes.get(range));
        range.map(|bytes| String::from_utf8_lossy(bytes).into_owned()).into()
    };
    let mut out = Map::new();
    out.set("match_groups", (1..=pattern.group_count()).map(text).collect::<Value>());
    let names = pattern.group_names().enumerate();
    out.set("match_groupdict", names.filter_map(|(at, name)| Some((name?, text(at)))).collect::<Map>());
    out
}

/// The addresses of a name, by the host's own sources.
fn resolve(look: &Look, host: &str) -> Result<Vec<IpAddr>> {
    if let Ok(address) = host.parse() {
        return Ok(vec![address]);
    }
    let output = look.query(&Command::new(["getent", "ahosts", host]))?;
    let mut out: Vec<IpAddr> = Vec::new();
    for line in output.out().lines() {
        let address = line.split_whitespace().next().and_then(|word| word.parse().ok());
        out.extend(address.filter(|a| !out.contains(a)));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_come_back_by_number_and_name() {
        let pattern = Pattern::bytes(r"(?P<user>\w+)=(\d+)", Flags::default()).expect("a pattern");
        let text = b"x bob=12";
        let found = pattern.search(text, 0).expect("searched").expect("found");
        let map = groups(&pattern, &found, text);
        assert_eq!(Value::from(map).to_json(), r#"{"match_groups":["bob","12"],"match_groupdict":{"user":"bob"}}"#);
    }
}
