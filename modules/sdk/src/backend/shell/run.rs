//! Commands through the shell: looked for before they are started, so that "not found" is an error and not a status.

use super::super::{Command, HostError, HostResult, Output};
use super::Shell;
use super::quote::{quoted, raw_positional};
use rustix::rand::{GetRandomFlags, getrandom};
use std::io::Read;

/// `$1` is a word nobody can guess, which marks what we say among what the command says; `$2` the directory, `$3` the umask.
const PREPARE: &str = r#"[ -z "${ZSH_VERSION-}" ] || emulate sh
hostler_say() { printf '%s' "$hostler_t:$1:" >&2; exit 127; }
hostler_t=$1
if [ -n "$2" ]; then
  [ -d "$2" ] || { [ -e "$2" ] && hostler_say cd:20; hostler_say cd:2; }
  CDPATH= cd "$2" 2>/dev/null || hostler_say cd:13
fi
[ -z "$3" ] || umask "$3"
shift 3
case $1 in
  */*) [ -e "$1" ] || hostler_say run:2; [ -x "$1" ] && [ ! -d "$1" ] || hostler_say run:13;;
  *) command -v "$1" >/dev/null 2>&1 || hostler_say run:2;;
esac
unset -f hostler_say
"#;

/// The command takes the shell's place.
const PLAIN: &str = "unset hostler_t\nexec \"$@\"\n";

/// The command runs beside a watcher, which stops it, and its children where the host has `setsid`.
const TIMED: &str = r#"exec 3<&0
hostler_late=
trap 'hostler_late=1' USR1
if command -v setsid >/dev/null 2>&1; then setsid "$@" <&3 3<&- & else "$@" <&3 3<&- & fi
hostler_p=$!
( exec </dev/null >/dev/null 2>&1 3<&-
  trap 'kill $hostler_s; exit' TERM
  sleep "$hostler_n" & hostler_s=$!; wait $hostler_s
  trap '' TERM
  kill -USR1 $$
  kill -TERM -$hostler_p || kill -TERM $hostler_p
  sleep 2
  kill -KILL -$hostler_p || kill -KILL $hostler_p ) &
hostler_w=$!
wait $hostler_p; hostler_r=$?
if [ -n "$hostler_late" ]; then
  wait $hostler_p
  printf '%s' "$hostler_t:late:" >&2
else
  kill -TERM $hostler_w 2>/dev/null
fi
exit $hostler_r
"#;

pub fn run(shell: &impl Shell, command: &Command) -> HostResult<Output> {
    let name = command.argv.first().map(String::as_str).unwrap_or_default();
    let wrong = |why: &str| HostError::new(format!("run `{name}`"), why);
    if command.argv.is_empty() {
        return Err(wrong("there is no command"));
    }
    let token = token().map_err(|e| HostError::io(format!("run `{name}`"), &e.into()))?;
    let umask = command.umask.map(|umask| format!("{umask:04o}")).unwrap_or_default();
    let mut script = String::new();
    let mut params = vec![token.as_str(), command.cwd.as_deref().unwrap_or_default(), &umask];
    match &command.shell {
        Some(shell) => params.extend([shell, "-c"].into_iter().chain(command.argv.first().map(String::as_str))),
        None => params.extend(command.argv.iter().map(String::as_str)),
    }
    script.push_str(&raw_positional(&params).map_err(wrong)?);
    for (key, value) in &command.env {
        script.push_str(&export(key, value).map_err(|why| wrong(&why))?);
    }
    script.push_str(PREPARE);
    match command.timeout {
        Some(time) => {
            // `sleep` is only sure to know whole seconds.
            let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
            script.push_str(&format!("hostler_n={}\n{TIMED}", seconds.max(1)));
        }
        None => script.push_str(PLAIN),
    }
    let mut input = command.stdin.as_deref();
    let output = shell.exec(&script, input.as_mut().map(|bytes| bytes as &mut dyn Read))?;
    let text = output.err();
    let Some((before, said)) = text.rsplit_once(&format!("{token}:")) else { return Ok(output) };
    let said: Vec<&str> = said.trim_end_matches(':').split(':').collect();
    let error = |errno: &str| std::io::Error::from_raw_os_error(errno.parse().unwrap_or(2));
    Err(match said.as_slice() {
        ["cd", errno] => {
            let cwd = command.cwd.as_deref().unwrap_or_default();
            HostError::io(format!("change to the directory `{cwd}`"), &error(errno))
        }
        ["run", errno] => {
            let program = command.shell.as_deref().unwrap_or(name);
            let base = HostError::io(format!("run `{program}`"), &error(errno));
            HostError { cause: format!("[Errno {}] {}: b'{program}'", base.errno, base.cause), ..base }
        }
        _ => {
            let seconds = command.timeout.unwrap_or_default().as_secs_f64();
            let why = format!("it took longer than {seconds} seconds and was stopped");
            let left = Output { stderr: before.into(), ..output };
            HostError { errno: 110, output: Some(Box::new(left)), ..wrong(&why) }
        }
    })
}

fn export(key: &str, value: &str) -> Result<String, String> {
    let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if key.is_empty() || key.starts_with(|c: char| c.is_ascii_digit()) || !key.chars().all(name) {
        return Err(format!("the shell cannot set a variable called `{key}`"));
    }
    if value.contains('\0') {
        return Err(format!("the variable `{key}` contains a NUL character"));
    }
    Ok(format!("export {key}={}\n", quoted(value)))
}

/// A word nobody can guess.
pub fn token() -> Result<String, rustix::io::Errno> {
    let mut random = [0u8; 12];
    let mut filled = 0;
    while filled < random.len() {
        filled += getrandom(&mut random[filled..], GetRandomFlags::empty())?;
    }
    Ok(hex::encode(random))
}
