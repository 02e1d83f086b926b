//! The shell backend against the native one: the same answers and the same effects, in every shell this machine has.

use super::super::native::Native;
use super::super::{Backend, Command, Digest, FileKind, HostResult, Meta, Times, WriteFile};
use super::{ShellBackend, Tools};
use crate::testing::LocalShell;
use proptest::collection::vec;
use proptest::prelude::*;
use std::time::Duration;

/// Every shell there is; `sh` always, and once with tools that are as those of the BSDs. Where it can be emulated, busybox of another
/// architecture with no tools but its own.
fn shells() -> Vec<ShellBackend<LocalShell>> {
    let path = std::env::var("PATH").unwrap_or_default();
    let there = |name: &str| path.split(':').any(|dir| std::path::Path::new(dir).join(name).exists());
    let own = std::fs::canonicalize("/bin/sh").unwrap();
    let bsd = format!("PATH={}/tests/bsd:{path}", env!("CARGO_MANIFEST_DIR"));
    let mut shells: Vec<_> =
        [&["/bin/sh"][..], &["bash"], &["dash"], &["busybox", "sh"], &["mksh"], &["ksh93"], &["zsh"]]
            .into_iter()
            .filter(|words| words[0].starts_with('/') || !own.ends_with(words[0]) && there(words[0]))
            .map(|words| ShellBackend::new(LocalShell::new(words)))
            .collect();
    let emulated = ["/usr/bin/qemu-aarch64-static", "/usr/aarch64-linux-gnu/bin/busybox"];
    if emulated.iter().all(|program| std::path::Path::new(program).exists()) {
        let only = concat!("PATH=", env!("CARGO_MANIFEST_DIR"), "/tests/aarch64");
        shells.push(ShellBackend::new(LocalShell::new(&["env", only, "sh"])));
    } else {
        assert!(std::env::var_os("CI").is_none(), "one of {emulated:?} is missing");
        eprintln!("skipped: one of {emulated:?} is missing");
    }
    shells.push(ShellBackend::new(LocalShell::new(&["env", &bsd, "sh"])));
    shells
}

/// Whether it is the one of another architecture.
fn emulated(shell: &ShellBackend<LocalShell>) -> bool {
    shell.shell.words().iter().any(|word| word.ends_with("/tests/aarch64"))
}

#[test]
fn another_architecture_is_one() {
    for shell in shells().iter().filter(|shell| emulated(shell)) {
        assert_eq!(shell.run(&Command::new(["sh", "-c", "uname -m"])).unwrap().out(), "aarch64\n");
    }
}

#[test]
fn the_tools_are_known_apart() {
    let shells = shells();
    let (last, others) = shells.split_last().unwrap();
    assert!(last.facts().tools == Tools::Bsd && others.iter().all(|shell| shell.facts().tools == Tools::Gnu));
}

/// Temporary files, "partial write": what others left half made a while ago goes with the next write there.
#[test]
fn what_was_left_half_made_is_removed() {
    let native = Native::new();
    for shell in shells() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().to_str().unwrap();
        let name = |letter: &str| format!(".hostler.{}", letter.repeat(24));
        let (old, new, others) = (name("a"), name("b"), [name("x"), format!("{}0", name("c")), ".hostler.toml".into()]);
        for left in [&old, &new].into_iter().chain(&others) {
            let path = format!("{root}/{left}");
            std::fs::write(&path, "half").unwrap();
            if *left != new {
                native.set_times(&path, Times { atime: None, mtime: Some(1_000_000_000.0) }, true).unwrap();
            }
        }
        write(&shell, &format!("{root}/file"), b"whole", |_| ()).unwrap();
        let mut wanted = [&[new, "file".to_owned()][..], &others].concat();
        wanted.sort();
        assert_eq!(native.list(root).unwrap(), wanted);
    }
}

/// Every shell there must be where tests are run for others.
#[test]
fn no_shell_is_missing_in_ci() {
    if std::env::var_os("CI").is_some() {
        assert!(shells().len() > 5, "busybox, mksh, zsh, bash or dash is missing");
    }
}

/// Text that some shell would make something of.
fn odd_text() -> impl Strategy<Value = String> {
    vec(
        prop_oneof![
            3 => "[ -~\n\t\r]{1,4}",
            1 => "\\PC{1,3}",
            1 => prop::sample::select(vec!["'", "''", "\"", "\\", "\\\n", "$(id)", "`id`", "${x}", "!", "-", "~", "*", "\u{7f}", "\u{1b}[2J"])
                .prop_map(str::to_owned),
        ],
        1..10,
    )
    .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

    /// Privilege escalation, "shell quoting": whatever it is, as a file's name, a command's word, a variable and a directory it arrives as
    /// it was.
    #[test]
    fn any_text_arrives_as_it_was(words in vec(odd_text(), 1..5)) {
        let native = Native::new();
        for shell in shells() {
            let dir = tempfile::tempdir().unwrap();
            let name = words[0].replace('/', "_");
            let name = if matches!(name.as_str(), "." | "..") { "x".to_owned() } else { name };
            let (path, sub) = (format!("{}/{name}", dir.path().display()), format!("{}/ {name}", dir.path().display()));
            write(&shell, &path, name.as_bytes(), |file| file.validate = Some("test -f %s")).unwrap();
            prop_assert_eq!(native.list(dir.path().to_str().unwrap()).unwrap(), [name.as_str()]);
            prop_assert_eq!(shell.list(dir.path().to_str().unwrap()).unwrap(), [name.as_str()]);
            prop_assert_eq!(native.read(&path, 1 << 20).unwrap(), name.as_bytes());
            shell.make_dir(&sub, 0o755).unwrap();
            let printf = ["printf".to_owned(), "%s\\0".to_owned(), "-".to_owned()].into_iter().chain(words.iter().cloned());
            let command = Command { cwd: Some(sub.clone()), ..Command::new(printf) };
            let wanted: String = ["-"].into_iter().chain(words.iter().map(String::as_str)).map(|word| format!("{word}\0")).collect();
            prop_assert_eq!(shell.run(&command).unwrap().out(), wanted);
            let line = Command { cwd: Some(sub.clone()), shell: Some("/bin/sh".to_owned()), ..Command::new(["printf '%s\\0' \"$X\"; pwd"]) };
            prop_assert_eq!(shell.run(&line.env("X", &words[0])).unwrap().out(), format!("{}\0{sub}\n", words[0]));
            shell.symlink(&words[0], &format!("{path}l")).unwrap();
            prop_assert_eq!(native.read_link(&format!("{path}l")).unwrap(), words[0].as_str());
            prop_assert_eq!(shell.read_link(&format!("{path}l")).unwrap(), words[0].as_str());
        }
    }
}

/// Names that break careless quoting.
const NAMES: &[&str] = &[
    "plain",
    "with space",
    "it's",
    "\"double\"",
    "new\nline",
    "ends in newline\n",
    "-dash",
    "--",
    "$HOME `id` $(id)",
    "*",
    "back\\slash",
    "ünï→✓",
    "{}",
    ".hidden",
    "..two",
    "#hash",
    "~",
    "tab\t",
    "!bang",
    "%s%d",
    "a=b",
    ";",
    "&|<>",
];

fn same(a: &HostResult<Option<Meta>>, b: &HostResult<Option<Meta>>, what: &str) {
    match (a, b) {
        // Reading a directory or file may move its access time on, and a `stat` without fractions cuts them off.
        (Ok(Some(a)), Ok(Some(b))) => {
            let near = |a: f64, b: f64| (a - b).abs() < 1.0;
            assert!(near(a.mtime, b.mtime) && near(a.ctime, b.ctime), "{what}: {a:?} {b:?}");
            let still = |m: &Meta| Meta { mtime: 0.0, atime: 0.0, ctime: 0.0, ..m.clone() };
            assert_eq!(still(a), still(b), "{what}");
        }
        (Ok(a), Ok(b)) => assert_eq!(a, b, "{what}"),
        (Err(a), Err(b)) => assert_eq!(a.errno, b.errno, "{what}: {a} {b}"),
        _ => panic!("{what}: {a:?} {b:?}"),
    }
}

fn write(on: &dyn Backend, path: &str, content: &[u8], change: impl FnOnce(&mut WriteFile<'_>)) -> HostResult<()> {
    let mut content = content;
    let mut file = WriteFile::new(path, &mut content);
    change(&mut file);
    on.write(file)
}

#[test]
fn both_see_and_do_the_same_whatever_the_name() {
    let native = Native::new();
    for shell in shells() {
        // Emulation takes its time.
        let names = if emulated(&shell) { &NAMES[..5] } else { NAMES };
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().to_str().unwrap();
        for (n, name) in names.iter().enumerate() {
            let path = format!("{root}/{name}");
            let content: Vec<u8> = (0..=255).cycle().take(700 * n).collect();
            write(&shell, &path, &content, |f| f.mode = Some(0o640)).unwrap_or_else(|e| panic!("{name:?}: {e}"));
            assert_eq!(native.read(&path, 1 << 20).unwrap(), content, "{name:?}");
            assert_eq!(shell.read(&path, 1 << 20).unwrap(), content, "{name:?}");
            let all = [Digest::Sha1, Digest::Md5, Digest::Sha224, Digest::Sha256, Digest::Sha384, Digest::Sha512];
            // Which tool it is has nothing to do with the name.
            for digest in all.into_iter().take(if n == 0 { all.len() } else { 1 }) {
                assert_eq!(shell.hash(&path, digest).unwrap(), native.hash(&path, digest).unwrap(), "{name:?}");
            }
            same(&shell.lstat(&path), &native.lstat(&path), name);
        }
        assert_eq!(shell.list(root).unwrap(), native.list(root).unwrap());
        for name in names {
            let (path, link) = (format!("{root}/{name}"), format!("{root}/link to {name}"));
            shell.symlink(name, &link).unwrap();
            shell.symlink(name, &link).unwrap();
            assert_eq!(shell.read_link(&link).unwrap(), *name);
            assert_eq!(shell.real_path(&link).unwrap(), native.real_path(&link).unwrap(), "{name:?}");
            same(&shell.stat(&link), &native.stat(&link), name);
            same(&shell.lstat(&link), &native.lstat(&link), name);
            shell.hard_link(&path, &link).unwrap();
            shell.hard_link(&path, &link).unwrap();
            assert_eq!(native.lstat(&link).unwrap().unwrap().nlink, 2, "{name:?}");
            shell.copy_file(&path, &link).unwrap();
            same(
                &native.stat(&link).map(|m| m.map(|m| Meta { ino: 0, ctime: 0.0, ..m })),
                &native.stat(&path).map(|m| m.map(|m| Meta { ino: 0, ctime: 0.0, nlink: 1, ..m })),
                name,
            );
            shell.rename(&link, &format!("{root}/renamed")).unwrap();
            shell.remove_file(&format!("{root}/renamed")).unwrap();
            shell.remove_file(&path).unwrap();
            shell.remove_file(&path).unwrap();
        }
        assert_eq!(native.list(root).unwrap(), Vec::<String>::new());
    }
}

#[test]
fn both_fail_the_same() {
    let native = Native::new();
    for shell in shells() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().to_str().unwrap();
        let (file, sub, none) = (format!("{root}/file"), format!("{root}/sub"), format!("{root}/none"));
        write(&native, &file, b"x", |_| ()).unwrap();
        native.make_dir(&sub, 0o755).unwrap();
        native.make_dir(&format!("{sub}/full"), 0o755).unwrap();
        native.symlink("nowhere", &format!("{root}/dangling")).unwrap();
        let failures = |on: &dyn Backend| {
            vec![
                on.read(&none, 9).map(drop),
                on.read(&sub, 9).map(drop),
                on.list(&none).map(drop),
                on.list(&file).map(drop),
                on.read_link(&none).map(drop),
                on.read_link(&file).map(drop),
                on.hash(&none, Digest::Sha1).map(drop),
                on.hash(&sub, Digest::Sha1).map(drop),
                write(on, &sub, b"", |_| ()),
                write(on, &format!("{none}/x"), b"", |_| ()),
                on.make_dir(&sub, 0o755),
                on.make_dir(&format!("{none}/x"), 0o755),
                on.chmod(&none, 0o600, true),
                on.chown(&none, Some(0), None, true),
                on.set_times(&none, Times { atime: None, mtime: Some(1.0) }, true),
                on.symlink("x", &sub),
                on.hard_link(&none, &file),
                on.rename(&none, &file),
                on.remove_file(&sub),
                on.copy_file(&none, &file),
                on.run(&Command::new(["no-such-program"])).map(drop),
                on.run(&Command::new([file.as_str()])).map(drop),
                on.run(&Command { cwd: Some(none.clone()), ..Command::new(["true"]) }).map(drop),
                on.run(&Command { cwd: Some(file.clone()), ..Command::new(["true"]) }).map(drop),
            ]
        };
        let errno =
            |results: Vec<HostResult<()>>| results.into_iter().map(|r| r.map_err(|e| e.errno)).collect::<Vec<_>>();
        assert_eq!(errno(failures(&shell)), errno(failures(&native)), "{:?}", shell.shell.words());
        for path in [&none, &format!("{root}/dangling"), &format!("{file}/x")] {
            same(&shell.stat(path), &native.stat(path), path);
            same(&shell.lstat(path), &native.lstat(path), path);
        }
        assert!(shell.read(&file, 0).unwrap_err().cause.contains("larger"));
        assert_eq!(native.list(root).unwrap(), ["dangling", "file", "sub"], "nothing is left over");
    }
}

#[test]
fn attributes_are_set_and_kept() {
    let native = Native::new();
    for shell in shells() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().to_str().unwrap();
        let (file, sub, link) = (format!("{root}/file"), format!("{root}/sub"), format!("{root}/link"));
        let mode = |path: &str| native.stat(path).unwrap().unwrap().mode;
        write(&shell, &file, b"1", |_| ()).unwrap();
        assert_eq!(mode(&file), 0o666 & !native.umask());
        shell.chmod(&file, 0o4751, true).unwrap();
        write(&shell, &file, b"2", |_| ()).unwrap();
        assert_eq!(mode(&file), 0o4751);
        shell.make_dir(&sub, 0o2751).unwrap();
        assert_eq!(mode(&sub), 0o2751);
        shell.chmod(&sub, 0o755, true).unwrap();
        assert_eq!(mode(&sub), 0o755);
        native.symlink("file", &link).unwrap();
        shell.chmod(&link, 0o600, false).unwrap();
        assert_eq!(mode(&file), 0o4751);
        shell.chmod(&link, 0o600, true).unwrap();
        assert_eq!(mode(&file), 0o600);
        shell.set_times(&file, Times { atime: Some(5.0), mtime: Some(1_000_000_000.0) }, true).unwrap();
        let meta = native.stat(&file).unwrap().unwrap();
        assert_eq!((meta.atime, meta.mtime), (5.0, 1_000_000_000.0));
        let euid = native.euid();
        shell.chown(&file, Some(euid), None, true).unwrap();
        assert_eq!((shell.euid(), shell.umask()), (euid, native.umask()));
        assert_eq!(shell.env("HOME"), native.env("HOME"));
        for mode in 0..8 {
            assert_eq!(shell.access(&file, mode), native.access(&file, mode), "{mode}");
            assert_eq!(shell.access(&sub, mode), native.access(&sub, mode), "{mode}");
        }
        // A link to a directory is replaced, not entered.
        native.symlink("sub", &link).unwrap();
        write(&shell, &link, b"3", |_| ()).unwrap();
        assert_eq!(native.lstat(&link).unwrap().unwrap().kind, FileKind::File);
        assert_eq!(native.list(&sub).unwrap(), Vec::<String>::new());
        shell.remove_tree(&sub).unwrap();
        shell.remove_tree(&sub).unwrap();
        assert_eq!(native.list(root).unwrap(), ["file", "link"]);
    }
}

#[test]
fn a_validator_decides() {
    for shell in shells() {
        let dir = tempfile::tempdir().unwrap();
        let file = format!("{}/it's", dir.path().display());
        write(&shell, &file, b"good\n", |f| f.validate = Some("grep -q good %s")).unwrap();
        let error =
            write(&shell, &file, b"bad\n", |f| f.validate = Some("sh -c 'echo no >&2; exit 3' %s")).unwrap_err();
        assert_eq!(error.cause, "failed to validate: rc:3 error:no\n");
        assert_eq!(error.output.unwrap().status, 3);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "good\n");
        assert_eq!(shell.list(dir.path().to_str().unwrap()).unwrap(), ["it's"]);
    }
}

#[test]
fn commands_are_run() {
    for shell in shells() {
        let sh = |line: &str| Command { shell: Some("/bin/sh".to_owned()), ..Command::new([line]) };
        let output = shell.run(&sh("echo out; echo err >&2; exit 7")).unwrap();
        assert_eq!((output.status, output.out().as_str(), output.err().as_str()), (7, "out\n", "err\n"));
        assert_eq!(shell.run(&sh("kill -9 $$")).unwrap().status, -9);
        let words = ["printf", "%s|", "-n", "it's", "", "$HOME", "a\nb", "*"];
        assert_eq!(shell.run(&Command::new(words)).unwrap().out(), "-n|it's||$HOME|a\nb|*|");
        let input: Vec<u8> = (0..=255).cycle().take(300_000).collect();
        assert_eq!(shell.run(&Command::new(["cat"]).stdin(input.clone())).unwrap().stdout, input);
        assert_eq!(shell.run(&Command { umask: Some(0o27), ..sh("umask") }).unwrap().out(), "0027\n");
        assert_eq!(shell.run(&Command { cwd: Some("/".to_owned()), ..sh("pwd") }).unwrap().out(), "/\n");
        assert_eq!(shell.run(&sh("printf %s \"$X\"").env("X", "a 'b'\n$c")).unwrap().out(), "a 'b'\n$c");
        assert!(shell.run(&sh("true").env("a.b", "")).unwrap_err().cause.contains("a.b"));
        let own = shell.run(&sh("env")).unwrap().out();
        assert!(!own.lines().any(|line| line.starts_with("hostler_")), "{own}");
        assert_eq!(own.contains("LC_ALL="), std::env::var_os("LC_ALL").is_some());
        let timed = Command { timeout: Some(Duration::from_secs(30)), ..sh("cat; exit 4") }.stdin("in");
        let output = shell.run(&timed).unwrap();
        assert_eq!((output.status, output.out().as_str()), (4, "in"));
    }
}

#[test]
fn time_ends_a_command() {
    // One shell is enough: it takes a second.
    let shell = &shells()[0];
    let late = Command { timeout: Some(Duration::from_millis(10)), ..Command::new(["sleep", "100"]) };
    let start = std::time::Instant::now();
    assert_eq!(shell.run(&late).unwrap_err().errno, 110);
    assert!(start.elapsed() < Duration::from_secs(20));
}
