//! What the native backend promises, on a real directory.

use super::super::{Backend, Command, Digest, FileKind, Output, Times, WriteFile};
use super::Native;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::time::{Duration, Instant};

fn path(dir: &tempfile::TempDir, name: &str) -> String {
    format!("{}/{name}", dir.path().display())
}

fn write(path: &str, content: &str, mode: Option<u32>, validate: Option<&str>) -> super::HostResult<()> {
    let mut content = content.as_bytes();
    Native::new().write(WriteFile { mode, validate, ..WriteFile::new(path, &mut content) })
}

fn mode(path: &str) -> u32 {
    std::fs::metadata(path).unwrap().mode() & 0o7777
}

#[test]
fn a_written_file_has_the_asked_or_the_old_mode() {
    let dir = tempfile::tempdir().unwrap();
    let file = path(&dir, "file");
    write(&file, "one", Some(0o640), None).unwrap();
    assert_eq!((std::fs::read_to_string(&file).unwrap().as_str(), mode(&file)), ("one", 0o640));
    write(&file, "two", None, None).unwrap();
    assert_eq!((std::fs::read_to_string(&file).unwrap().as_str(), mode(&file)), ("two", 0o640));
    let fresh = path(&dir, "fresh");
    write(&fresh, "", None, None).unwrap();
    assert_eq!(mode(&fresh), 0o666 & !Native::new().umask());
    assert_eq!(Native::new().list(&path(&dir, "")).unwrap(), ["file", "fresh"], "nothing is left over");
}

#[test]
fn a_refused_file_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let file = path(&dir, "file");
    write(&file, "good\n", None, Some("grep -q good %s")).unwrap();
    let error = write(&file, "bad\n", None, Some("sh -c 'echo no >&2; exit 3' %s")).unwrap_err();
    assert_eq!(error.cause, "failed to validate: rc:3 error:no\n");
    assert_eq!(error.output.unwrap().status, 3);
    assert!(write(&file, "bad\n", None, Some("true")).unwrap_err().cause.contains("must contain %s"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "good\n");
    assert_eq!(Native::new().list(&path(&dir, "")).unwrap(), ["file"]);
}

#[test]
fn a_link_is_replaced_and_its_target_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (file, link) = (path(&dir, "file"), path(&dir, "link"));
    write(&file, "old", Some(0o600), None).unwrap();
    let native = Native::new();
    native.symlink("file", &link).unwrap();
    native.symlink("file", &link).unwrap();
    assert_eq!(native.real_path(&link).unwrap(), native.real_path(&file).unwrap());
    native.chmod(&link, 0o777, false).unwrap();
    assert_eq!(mode(&file), 0o600);
    write(&link, "new", None, None).unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "old");
    assert_eq!(native.lstat(&link).unwrap().unwrap().kind, FileKind::File);
    native.hard_link(&file, &link).unwrap();
    native.hard_link(&file, &link).unwrap();
    assert_eq!(native.lstat(&link).unwrap().unwrap().nlink, 2);
    assert_eq!(native.list(&path(&dir, "")).unwrap(), ["file", "link"]);
}

#[test]
fn a_directory_is_never_replaced_and_what_is_missing_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let native = Native::new();
    let made = path(&dir, "made");
    native.make_dir(&made, 0o2751).unwrap();
    assert_eq!(mode(&made), 0o2751);
    assert_eq!(native.make_dir(&made, 0o755).unwrap_err().errno, 17);
    assert_eq!(write(&made, "x", None, None).unwrap_err().errno, 21);
    assert_eq!(native.lstat(&path(&dir, "none")).unwrap(), None);
    native.remove_tree(&path(&dir, "none")).unwrap();
    assert_eq!(native.read(&path(&dir, "none"), 10).unwrap_err().errno, 2);
    native.symlink("/", &path(&dir, "made/root")).unwrap();
    native.remove_tree(&made).unwrap();
    assert_eq!(native.lstat(&made).unwrap(), None);
}

#[test]
fn reading_is_bounded_and_hashing_is_right() {
    let dir = tempfile::tempdir().unwrap();
    let file = path(&dir, "file");
    write(&file, "hello\n", None, None).unwrap();
    let native = Native::new();
    assert_eq!(native.read(&file, 6).unwrap(), b"hello\n");
    assert!(native.read(&file, 5).unwrap_err().cause.contains("larger"));
    for (digest, want) in
        [(Digest::Md5, "b1946ac92492d2347c6235b4d2611184"), (Digest::Sha1, "f572d396fae9206628714fb2ce00f72e94f2258f")]
    {
        assert_eq!(native.hash(&file, digest).unwrap(), want);
    }
}

#[test]
fn a_copy_keeps_mode_and_times() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (path(&dir, "from"), path(&dir, "to"));
    write(&from, "x", Some(0o4751), None).unwrap();
    let native = Native::new();
    native.set_times(&from, Times { atime: None, mtime: Some(1_000_000_000.25) }, true).unwrap();
    native.copy_file(&from, &to).unwrap();
    let meta = native.lstat(&to).unwrap().unwrap();
    assert_eq!((meta.mode, meta.mtime, meta.size), (0o4751, 1_000_000_000.25, 1));
}

#[test]
fn commands_are_run() {
    let native = Native::new();
    let sh = |line: &str| Command { shell: Some("/bin/sh".to_owned()), ..Command::new([line]) };
    let output = native.run(&sh("echo out; echo err >&2; exit 7")).unwrap();
    assert_eq!((output.status, output.out().as_str(), output.err().as_str()), (7, "out\n", "err\n"));
    assert_eq!(native.run(&sh("kill -9 $$")).unwrap().status, -9);
    let big = vec![b'x'; 3 << 20];
    assert_eq!(native.run(&Command::new(["cat"]).stdin(big.clone())).unwrap().stdout, big);
    assert_eq!(native.run(&Command::new(["true"]).stdin(big)).unwrap().status, 0, "input nobody reads");
    assert_eq!(native.run(&Command { umask: Some(0o27), ..sh("umask") }).unwrap().out(), "0027\n");
    assert_eq!(native.run(&Command { cwd: Some("/".to_owned()), ..sh("pwd") }).unwrap().out(), "/\n");
    assert_eq!(native.run(&sh("echo $X").env("X", "a b")).unwrap().out(), "a b\n");
    let error = native.run(&Command::new(["no-such-program"])).unwrap_err();
    assert_eq!(error.cause, "[Errno 2] No such file or directory: b'no-such-program'");
    assert_eq!(native.run(&Command { umask: Some(0o27), ..Command::new(["no-such-program"]) }).unwrap_err().errno, 2);
    assert_eq!(native.run(&Command { cwd: Some("/none".to_owned()), ..sh("pwd") }).unwrap_err().errno, 2);
}

#[test]
fn time_and_cancellation_end_a_command_and_its_children() {
    let start = Instant::now();
    let forever = Command { shell: Some("/bin/sh".to_owned()), ..Command::new(["sleep 100 & sleep 100; true"]) };
    let native = Native::new();
    let error = native.run(&Command { timeout: Some(Duration::from_millis(50)), ..forever.clone() }).unwrap_err();
    assert_eq!(error.errno, 110);
    let canceller = native.canceller();
    std::thread::scope(|scope| {
        let run = scope.spawn(|| native.run(&forever));
        canceller.cancel("the call was cancelled");
        assert_eq!(run.join().unwrap().unwrap_err().cause, "the call was cancelled");
    });
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_stubborn_command_is_killed_and_output_beyond_the_limit_is_dropped() {
    let native = Native::new();
    let line = "trap '' TERM; while :; do :; done";
    let stubborn =
        Command { shell: Some("/bin/sh".to_owned()), timeout: Some(Duration::from_millis(50)), ..Command::new([line]) };
    assert_eq!(native.run(&stubborn).unwrap_err().errno, 110);
    let flood = Command::new(["head", "-c", &(Output::LIMIT + 1).to_string(), "/dev/zero"]);
    let output = native.run(&flood).unwrap();
    assert_eq!((output.status, output.stdout.len(), output.truncated), (0, Output::LIMIT, true));
}

#[test]
fn access_asks_the_kernel() {
    let dir = tempfile::tempdir().unwrap();
    let file = path(&dir, "file");
    write(&file, "", None, None).unwrap();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
    let native = Native::new();
    assert!(native.access(&file, 4) && native.access(&file, 6) && native.access("/bin/sh", 1));
    assert!(!native.access(&file, 1) && !native.access(&path(&dir, "none"), 0));
}

#[test]
fn files_written_later_take_their_places_together() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).display().to_string();
    std::fs::write(at("old"), "old").unwrap();
    let native = Native::new();
    let put = |name: &str| {
        let path = at(name);
        let mut content = "new".as_bytes();
        native.write_later(WriteFile { mode: Some(0o640), ..WriteFile::new(&path, &mut content) }).unwrap();
    };
    put("old");
    put("fresh");
    assert_eq!(std::fs::read_to_string(at("old")).unwrap(), "old");
    assert!(!directory.path().join("fresh").exists());
    native.settle().unwrap();
    for name in ["old", "fresh"] {
        assert_eq!(std::fs::read_to_string(at(name)).unwrap(), "new");
        assert_eq!(native.stat(&at(name)).unwrap().unwrap().mode, 0o640);
    }
    assert_eq!(native.list(&at("")).unwrap(), ["fresh", "old"]);
    // One that is never settled leaves nothing behind.
    put("never");
    drop(native);
    assert_eq!(Native::new().list(&at("")).unwrap(), ["fresh", "old"]);
}

/// Temporary files, "partial write": what a killed process left is gone after the next write there; what is being made, and what others
/// have under such a name, stays.
#[test]
fn what_was_left_half_made_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let name = |letter: &str| format!(".hostler.{}", letter.repeat(24));
    for left in [name("a"), name("b"), ".hostler.short".into(), name("x"), format!("{}0", name("c"))] {
        std::fs::write(path(&dir, &left), "half").unwrap();
    }
    std::fs::create_dir(path(&dir, &name("d"))).unwrap();
    std::os::unix::fs::symlink("nowhere", path(&dir, &name("e"))).unwrap();
    let made = std::fs::File::open(path(&dir, &name("b"))).unwrap();
    rustix::fs::flock(&made, rustix::fs::FlockOperation::LockExclusive).unwrap();
    super::leftovers::forget();
    write(&path(&dir, "file"), "whole", None, None).unwrap();
    let mut there: Vec<String> =
        std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    there.sort();
    let mut wanted = vec![
        ".hostler.short".into(),
        name("b"),
        name("x"),
        format!("{}0", name("c")),
        name("d"),
        name("e"),
        "file".into(),
    ];
    wanted.sort();
    assert_eq!(there, wanted);
    // The process that makes it went, too.
    drop(made);
    let opened = rustix::fs::open(dir.path(), rustix::fs::OFlags::PATH, rustix::fs::Mode::empty()).unwrap();
    super::leftovers::remove_left(&opened);
    assert!(!dir.path().join(name("b")).exists());
}

/// A new file that was taken for one that was left, between its making and its lock, is made again.
#[test]
fn a_file_that_was_swept_away_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let file = std::fs::File::create(path(&dir, "new")).unwrap();
    assert!(super::leftovers::hold(&file));
    let other = std::fs::File::create(path(&dir, "gone")).unwrap();
    std::fs::remove_file(path(&dir, "gone")).unwrap();
    assert!(!super::leftovers::hold(&other));
}

/// Temporary files, CVE-2024-9902: where a link may have been put, what was opened is judged, not what the name was.
#[test]
fn what_belongs_to_another_is_not_read_or_written_into() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().to_str().unwrap();
    let native = Native::new();
    let own = native.euid();
    let path = format!("{root}/file");
    std::fs::write(&path, "text").unwrap();
    std::os::unix::fs::symlink(&path, format!("{root}/link")).unwrap();
    assert_eq!(native.read_owned(&path, own, 100).unwrap().as_deref(), Some(&b"text"[..]));
    assert_eq!(native.read_owned(&format!("{root}/link"), own, 100).unwrap().as_deref(), Some(&b"text"[..]));
    for (path, uid) in [(path.as_str(), own + 1), (root, own), (&format!("{root}/none"), own), ("/dev/null", own)] {
        assert_eq!(native.read_owned(path, uid, 100).unwrap(), None, "{path} of {uid}");
    }
    assert!(native.read_owned(&path, own, 3).is_err());
    for (later, uid, good) in [(false, own, true), (true, own, true), (false, own + 1, false), (true, own + 1, false)] {
        let mut content = &b"new"[..];
        let file = WriteFile { only_in_dir_of: Some(uid), ..WriteFile::new(&path, &mut content) };
        let written = if later { native.write_later(file) } else { native.write(file) };
        assert_eq!(written.is_ok(), good, "{later} {uid}: {written:?}");
        native.settle().unwrap();
    }
    assert_eq!(native.list(root).unwrap(), ["file", "link"]);
}
