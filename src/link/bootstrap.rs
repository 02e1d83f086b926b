//! The one shell command that starts the runner on a host: from a private cache when it is there, else it asks for it on its
//! standard input, checks, keeps and starts it, all on the same channel. What it says begins with a random word, so that
//! greetings and noisy start-up files do not matter.
//!
//! The cache is `~/.hostler`, which must be the user's own and closed to all others, in a home (or a `remote_tmp` that was
//! set) where nobody else can put another in its place. Where there is none, or nothing may stay, the program lives in a
//! fresh private directory until it runs, and is removed before it does. It is checked and started through one descriptor, each time:
//! what was put in its place since it came does not run.

use super::EmbeddedRunner;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hostler_sdk::frame::stuffing;
use std::borrow::Cow;
use std::fmt::Write;

/// Where the runner may be kept.
#[derive(Clone, Debug, Default)]
pub struct Keep {
    /// Directory to hold `.hostler` instead of the home; absolute.
    pub base: Option<String>,
    /// Remove the program before it runs.
    pub nothing: bool,
}

/// The script, without a single quote, backslash, exclamation mark or newline in it, so that every login shell (csh and
/// fish too) passes it on unharmed within single quotes. Placeholders are in `@`. Every program it starts costs a host
/// milliseconds in every run, so where the runner is kept it starts two; and every byte stays in the buffers of its connection, so
/// that [`MORE`] is sent only where it is not kept.
const SCRIPT: &str = concat!(
    // Standard output is ours from here on; what the tools below say goes to standard error.
    r#"n=@NONCE@; say() { echo "$n $*"; }; "#,
    // A kernel of 6.1 or later says without a process what it runs on.
    r#"m=; a=/proc/sys/kernel/arch; [ -r $a ] && read -r m < $a && m="Linux $m"; [ -n "$m" ] || m=$(uname -s -m); case "$m" in @MACHINES@*) say no machine "$m"; exit 0;; esac; "#,
    // These two are given the words of `ls -ldn`. Whether others cannot replace what is inside: ours or root's, and not writable by
    // others unless sticky.
    r#"firm() { case "$3" in "$u"|0) ;; *) return 1;; esac; case "$1" in d????-??-*|d????????[tT]*) ;; *) return 1;; esac; }; "#,
    r#"own() { [ "$3" = "$u" ] || return 1; case "$1" in drwx------*) ;; *) return 1;; esac; }; "#,
    // Whether the program is kept in a private directory. Who we are is told by who owns the process that looks, which is no process more.
    r#"kept() { set -- $(cd "$b" && LC_ALL=C ls -ldn . .hostler ".hostler/$h" /proc/self/. 2>/dev/null); [ $# -eq 36 ] || return 1; "#,
    r#"u=${30}; firm "$1" "$2" "$3" || return 1; "#,
    r#"shift 9; own "$1" "$2" "$3" || return 1; shift 9; [ "$3" = "$u" ] && [ "$5" = "$s" ] && [ -x "$d/$h" ] || return 1; "#,
    r#"case "$1" in -rwx------*) ;; *) return 1;; esac; }; "#,
    // Whether it is the program; on the descriptor it is started from. BLAKE2 takes a third of the time of SHA-256.
    r#"whole() { if command -v b2sum >/dev/null 2>&1; then v=$(b2sum <&9); v=${v%% *}; [ "$v" = "$c" ]; "#,
    r#"elif command -v sha256sum >/dev/null 2>&1; then v=$(sha256sum <&9); v=${v%% *}; [ "$v" = "$h" ]; "#,
    r#"else v=$(wc -c <&9); [ "$v" -eq "$s" ]; fi; }; "#,
    // $1: the program, opened as 9.
    r#"go() { p=/proc/self/fd/9; if [ -n "$e" ]; then if [ -r $p ]; then rm -rf "$e"; rmdir "$d" 2>/dev/null; else p=$1; fi; elif [ -r $p ]; then :; else p=$1; fi; say run; [ -z "$k" ] || umask "$k"; exec "$p" @ARGUMENT@; }; "#,
    r#"e=; k=; b=@BASE@; d=$b/.hostler; why=; "#,
    r#"case "$b" in /?*) ;; *) d=;; esac; "#,
    r#"if [ -n "$d" ] && [ -z "@NOTHING@" ] && kept; then exec 9<"$d/$h"; if whole; then go "$d/$h"; fi; fi; "#,
    r#"say more; IFS= read -r x && eval "$x""#,
);

/// What the script is sent as a line when the runner is not kept: it asks for the program, keeps and starts it.
const MORE: &str = concat!(
    r#"look() { LC_ALL=C ls -ldn "$1" 2>/dev/null; }; "#,
    // Whether new files of ours may be executed there; leaves an empty one.
    r#"fit() { t="$1/.new-$n"; (set -C; : > "$t") 2>/dev/null && chmod 700 "$t" && [ -x "$t" ] && return 0; rm -f "$t"; return 1; }; "#,
    r#"u=$(id -u); k=$(umask); umask 077; "#,
    r#"if [ -n "$d" ]; then if firm $(look "$b/."); then [ -d "$d" ] || mkdir "$d" 2>/dev/null; own $(look "$d") || { why="$d is not private"; d=; }; else why="$b is writable by others"; d=; fi; fi; "#,
    r#"if [ -n "$d" ]; then [ -n "@NOTHING@" ] || rm -rf "$d/$h"; fit "$d" || { why="nothing can be written and executed in $d"; d=; }; fi; "#,
    r#"if [ -z "$d" ]; then for b in "${TMPDIR:-/tmp}" /tmp /var/tmp /dev/shm; do e=$(mktemp -d "$b/.hostler-XXXXXXXXXX" 2>/dev/null) || continue; fit "$e" && break; rm -rf "$e"; e=; done; "#,
    r#"if [ -z "$e" ]; then say no place "$why"; exit 0; fi; elif [ -n "@NOTHING@" ]; then e=$t; fi; "#,
    r#"for tool in @TOOLS@; do command -v $tool >/dev/null 2>&1 || { rm -rf "${e:-$t}"; say no tool "$tool"; exit 0; }; done; "#,
    r#"if command -v gzip >/dev/null 2>&1; then say need gzip "$h"; head -c "$z" @DECODE@| gzip -dc > "$t"; else say need plain "$h"; head -c "$q" @DECODE@> "$t"; fi; "#,
    r#"exec 9<"$t"; if whole; then if [ -z "$e" ]; then sync "$t" 2>/dev/null; find "$d" -type f -mtime +30 -exec rm -f {} + 2>/dev/null; mv -f "$t" "$d/$h"; t=$d/$h; fi; "#,
    r#"go "$t"; fi; rm -rf "${e:-$t}"; say no file "$t""#,
);

/// The script for these runners, to be quoted and given to `sh -c`. At a terminal the program is sent as text, for some bytes may not
/// get through one, and is told that this holds for all that follows.
pub fn script(nonce: &str, runners: &[EmbeddedRunner], keep: &Keep, terminal: bool) -> String {
    let sent = |size: u64| if terminal { size.div_ceil(3) * 4 } else { size };
    let mut machines = String::new();
    for runner in runners {
        // Writing to a string cannot fail.
        let _ = write!(
            machines,
            r#""Linux {}") h={}; c={}; z={}; s={}; q={};; "#,
            runner.arch,
            runner.sha256,
            runner.blake2,
            sent(runner.gzip.len() as u64),
            runner.size,
            sent(runner.size)
        );
    }
    let base = match &keep.base {
        // Within double quotes of the script: only what could end or expand them matters, and such names are refused.
        Some(base) if plain_path(base) => format!("\"{base}\""),
        Some(_) => "-".to_owned(),
        None => "${HOME:-}".to_owned(),
    };
    SCRIPT
        .replace("@NONCE@", nonce)
        .replace("@MACHINES@", &machines)
        .replace("@BASE@", &base)
        .replace("@NOTHING@", nothing(keep))
        .replace("@ARGUMENT@", if terminal { stuffing::ARGUMENT } else { "" })
}

/// The line that the script is sent when it answers [`Answer::More`].
pub fn more(keep: &Keep, terminal: bool) -> String {
    let mut line = MORE
        .replace("@NOTHING@", nothing(keep))
        .replace("@TOOLS@", if terminal { "head base64" } else { "head" })
        .replace("@DECODE@", if terminal { "| base64 -d " } else { "" });
    line.push('\n');
    line
}

fn nothing(keep: &Keep) -> &'static str {
    if keep.nothing { "1" } else { "" }
}

/// The program as the script takes it.
pub fn sent(program: &[u8], terminal: bool) -> Cow<'_, [u8]> {
    match terminal {
        true => Cow::Owned(STANDARD.encode(program).into_bytes()),
        false => Cow::Borrowed(program),
    }
}

/// Whether a directory's name can stand in the script as it is.
pub fn plain_path(path: &str) -> bool {
    path.starts_with('/') && path.chars().all(|c| c.is_alphanumeric() || "/._-+,:@ ".contains(c))
}

/// An answer of the script.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Frames follow.
    Run,
    /// The program is not kept: send [`more`].
    More,
    /// Send the program with this hash.
    Need {
        /// Compressed by gzip.
        gzip: bool,
        /// SHA-256 in hex.
        sha256: String,
    },
    /// The runner cannot run there.
    Cannot(String),
}

/// Reads the answer in a line after the nonce.
pub fn answer(line: &str) -> Option<Answer> {
    let (verb, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    match (verb, rest.split_once(' ')) {
        ("run", _) => Some(Answer::Run),
        ("more", None) => Some(Answer::More),
        ("need", Some((way, sha256))) => Some(Answer::Need { gzip: way == "gzip", sha256: sha256.to_owned() }),
        ("no", None) if rest == "machine" => {
            Some(Answer::Cannot("its machine type is not known: it has no `uname`".to_owned()))
        }
        ("no", Some(("machine", machine))) => {
            Some(Answer::Cannot(format!("there is no runner for its machine type `{}`", machine.escape_debug())))
        }
        ("no", Some(("place", why))) => Some(Answer::Cannot(format!(
            "there is no directory where it could be put and executed ({})",
            why.escape_debug()
        ))),
        ("no", Some(("tool", tool))) => {
            Some(Answer::Cannot(format!("it cannot be sent there: the host has no `{}`", tool.escape_debug())))
        }
        ("no", Some(("file", path))) => {
            Some(Answer::Cannot(format!("it did not arrive whole in `{}`; the disk may be full", path.escape_debug())))
        }
        _ => None,
    }
}

/// A fresh random word for one start.
pub fn nonce() -> Result<String, super::LinkError> {
    let mut random = [0; 12];
    getrandom::fill(&mut random)
        .map_err(|e| super::LinkError::Call(format!("the system gives no random numbers: {e}")))?;
    Ok(format!("HL{}", hex::encode(random)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNNERS: &[EmbeddedRunner] = &[
        EmbeddedRunner { arch: "x86_64", sha256: "aa", blake2: "cc", size: 10, gzip: b"abc" },
        EmbeddedRunner { arch: "aarch64", sha256: "bb", blake2: "dd", size: 11, gzip: b"abcd" },
    ];

    #[test]
    fn every_login_shell_passes_the_script_on() {
        for keep in [Keep::default(), Keep { base: Some("/var/my tmp".into()), nothing: true }] {
            for (terminal, sizes) in [(false, "z=4; s=11; q=11;;"), (true, "z=8; s=11; q=16;;")] {
                let script = script("HL00", RUNNERS, &keep, terminal);
                assert!(!script.contains(['\'', '\\', '!', '\n', '@']), "{script}");
                let more = more(&keep, terminal);
                assert!(more.ends_with('\n') && !more.trim_end().contains(['\n', '@']), "{more}");
                // A terminal may take no longer lines.
                assert!(more.len() < 4096 && !more.contains(['\x10', '\x1d']));
                assert!(script.contains(&format!(r#""Linux aarch64") h=bb; c=dd; {sizes}"#)));
                assert_eq!(sent(b"abcd", terminal).len(), if terminal { 8 } else { 4 });
            }
        }
        assert!(!plain_path("relative") && !plain_path("/a$(id)") && !plain_path("/a\"b") && plain_path("/opt/x y"));
    }

    /// What the script says first where a program is kept, in a home with a search path of its own.
    fn begin(terminal: bool, tools: &[&str], kept: &str) -> String {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        let private =
            |path: &std::path::Path| std::fs::set_permissions(path, PermissionsExt::from_mode(0o700)).unwrap();
        for directory in ["bin", ".hostler"] {
            std::fs::create_dir(at(directory)).unwrap();
            private(&at(directory));
        }
        let always =
            ["uname", "id", "ls", "chmod", "rm", "mkdir", "mktemp", "head", "gzip", "wc", "find", "mv", "sync"];
        for tool in always.iter().chain(tools) {
            let real = ["/usr/bin", "/bin"].map(|dir| std::path::Path::new(dir).join(tool));
            std::os::unix::fs::symlink(real.iter().find(|path| path.exists()).unwrap(), at("bin").join(tool)).unwrap();
        }
        let program = "#!/bin/sh\necho started\n";
        let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
        let runner = EmbeddedRunner {
            arch: std::env::consts::ARCH,
            sha256: leak(hex::encode(<sha2::Sha256 as sha2::Digest>::digest(program))),
            blake2: leak(hex::encode(<blake2::Blake2b512 as blake2::Digest>::digest(program))),
            size: program.len() as u64,
            gzip: b"",
        };
        let file = at(".hostler").join(runner.sha256);
        std::fs::write(&file, kept.replace("PROGRAM", program)).unwrap();
        private(&file);
        let keep = Keep::default();
        std::fs::write(at("more"), more(&keep, terminal)).unwrap();
        let output = std::process::Command::new("/bin/sh")
            .args(["-c", &script("HL00", &[runner], &keep, terminal)])
            .env_clear()
            .env("HOME", home.path())
            .env("PATH", at("bin"))
            .stdin(std::fs::File::open(at("more")).unwrap())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        said.strip_prefix("HL00 more\n").unwrap_or(&said).lines().take(2).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn what_was_kept_runs_only_when_it_is_the_program() {
        let forged = "#!/bin/sh\necho fooled!\n";
        for tools in [&["b2sum", "sha256sum"][..], &["b2sum"], &["sha256sum"]] {
            assert_eq!(begin(false, tools, "PROGRAM"), "HL00 run|started", "{tools:?}");
            let said = begin(false, tools, forged);
            assert!(said.starts_with("HL00 need gzip"), "{tools:?}: {said}");
        }
        // Without any such tool its size is all that is known.
        assert_eq!(begin(false, &[], "PROGRAM"), "HL00 run|started");
        assert!(begin(false, &[], "#!/bin/sh\necho no\n").starts_with("HL00 need gzip"));
    }

    #[test]
    fn a_host_without_the_tool_that_reads_what_is_sent_says_so() {
        assert_eq!(begin(true, &[], "forged"), "HL00 no tool base64");
        assert!(begin(true, &["base64"], "forged").starts_with("HL00 need gzip"));
        let why = answer("no tool base64");
        assert!(matches!(why, Some(Answer::Cannot(why)) if why == "it cannot be sent there: the host has no `base64`"));
    }

    #[test]
    fn answers_are_read() {
        assert_eq!(answer(" run\n"), Some(Answer::Run));
        assert_eq!(answer(" more\n"), Some(Answer::More));
        assert_eq!(answer(" need gzip abc"), Some(Answer::Need { gzip: true, sha256: "abc".into() }));
        assert_eq!(answer("need plain abc"), Some(Answer::Need { gzip: false, sha256: "abc".into() }));
        assert!(matches!(answer("no machine Linux armv7l"), Some(Answer::Cannot(why)) if why.contains("armv7l")));
        assert!(matches!(answer("no machine "), Some(Answer::Cannot(why)) if why.contains("uname")));
        assert_eq!(answer("something else"), None);
    }
}
