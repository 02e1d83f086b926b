//! Runs `tests/cases/<module>/<case>.yml`: what is there, a task, and what must come out. Implied for every case: a check
//! touches nothing and says what the run then says; a second run changes nothing; both backends do it alike. Most cases are recorded from ansible-core
//! (`tests/cases/record.py`); where Hostler means to differ, a case says so under `deviates`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says so by failing")]

use hostler_builtin as _;
use hostler_sdk::body::{BodyInfo, Inline};
use hostler_sdk::{Backend, Call, Map, Outcome, Value};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

#[test]
fn blockinfile() {
    run_all("blockinfile");
}
#[test]
fn lineinfile() {
    run_all("lineinfile");
}
#[test]
fn replace() {
    run_all("replace");
}
#[test]
fn file() {
    run_all("file");
}
#[test]
fn stat() {
    run_all("stat");
}
#[test]
fn copy() {
    run_all("copy");
}
#[test]
fn find() {
    run_all("find");
}
#[test]
fn assemble() {
    run_all("assemble");
}
#[test]
fn slurp() {
    run_all("slurp");
}

fn run_all(module: &str) {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(module);
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    let only = std::env::var("HOSTLER_CASE").ok();
    let mut wrong = Vec::new();
    for path in paths {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if only.as_ref().is_some_and(|only| *only != name) {
            continue;
        }
        let mut warnings = Vec::new();
        let nodes = hostler::yaml::load_file(&path, &mut warnings).unwrap();
        let case = nodes[0].to_value().unwrap();
        for (way, backend) in hostler_sdk::testing::backends() {
            let mut complaints = Vec::new();
            run_case(module, &*backend, case.as_map().unwrap(), &mut complaints);
            wrong.extend(complaints.into_iter().map(|c| format!("{module}/{name} ({way}): {c}")));
        }
    }
    assert!(wrong.is_empty(), "{}\n{} complaints", wrong.join("\n"), wrong.len());
}

fn run_case(module: &str, backend: &dyn Backend, case: &Map, complaints: &mut Vec<String>) {
    let scratch = tempfile::tempdir().unwrap();
    let top = scratch.path().join("d");
    fs::create_dir(&top).unwrap();
    if let Some(given) = case.get("given").and_then(Value::as_map) {
        make(given, &top);
    }
    let want = case.get("want").and_then(Value::as_map).unwrap();
    let args = case.get("task").and_then(|t| t.get(module)).unwrap();
    let args = with_directory(args, &top);
    let flag = |key: &str, or: bool| want.get(key).and_then(Value::as_bool).unwrap_or(or);
    let changed = flag("changed", false);
    let failed = flag("failed", false);
    let mut expect = |what: &str, is: String, should: String| {
        if is != should {
            complaints.push(format!("{what}\n    is     {is}\n    should {should}"));
        }
    };

    let before = snapshot(&top, true);
    let check = call(module, backend, args.as_map().unwrap(), true);
    expect("check touched something", show(&snapshot(&top, true)), show(&before));
    let check_changed = flag("check_changed", changed);
    expect("changed in check mode", check.changed.to_string(), check_changed.to_string());

    let outcome = call(module, backend, args.as_map().unwrap(), false);
    let failure = outcome.failed.clone();
    expect("failed", failure.is_some().to_string(), failed.to_string());
    if !failed {
        expect("changed", outcome.changed.to_string(), changed.to_string());
    }
    let mut result = outcome.into_value();
    if let Some(Value::List(found)) = result.get("files").filter(|_| module == "find") {
        // Which they are; what is said of each is what `stat` says.
        let mut paths: Vec<String> = found.iter().map(|f| f.get("path").unwrap().to_string()).collect();
        paths.sort();
        result.set("files", paths);
    }
    let result = Value::from(result);
    let result = without_directory(&result, &top);
    let wanted = want.get("result").and_then(Value::as_map).unwrap();
    for (key, should) in wanted {
        let key = key.to_string();
        let is = result.get(&key).cloned().unwrap_or_else(|| Value::from("(nothing)"));
        match (&is, should) {
            // Values within are compared one by one: there may be more than were recorded.
            (Value::Map(_), Value::Map(inner)) => {
                for (name, should) in inner.iter() {
                    let name = name.to_string();
                    let is = is.get(&name).map_or_else(|| "(nothing)".to_owned(), Value::repr);
                    expect(&format!("{key}.{name}"), is, should.repr());
                }
            }
            _ => expect(&key, is.repr(), should.repr()),
        }
    }
    let ignored = case.get("ignore").is_some_and(|i| i.as_list().unwrap_or_default().contains(&Value::from("diff")));
    if !ignored && !failed && changed {
        let diff = differences(result.get("diff"));
        expect("diff", show(&diff), show(&differences(want.get("diff"))));
    }
    let mut files = want.get("files").cloned().unwrap_or_default();
    if let Value::Map(map) = &mut files {
        std::sync::Arc::make_mut(map).sort_keys();
    }
    let after = without_directory(&snapshot(&top, false), &top);
    expect("files", show(&after), show(&files));

    let again = call(module, backend, args.as_map().unwrap(), false);
    if !failed {
        expect("changed again", again.changed.to_string(), flag("again_changed", false).to_string());
    }
}

fn show(value: &Value) -> String {
    value.repr()
}

/// `diff` as a list of the entries that show something.
fn differences(diff: Option<&Value>) -> Value {
    let all = match diff {
        Some(Value::List(list)) => list.to_vec(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    all.into_iter().filter(|d| d.get("before") != d.get("after")).map(sorted).collect()
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Map(map) => {
            let mut map: Map = map.iter().map(|(k, v)| (k.clone(), sorted(v.clone()))).collect();
            map.sort_keys();
            map.into()
        }
        other => other,
    }
}

fn call(module: &str, backend: &dyn Backend, args: &Map, check: bool) -> Outcome {
    let mut args = args.clone();
    // What the controller does for `copy`: the content goes beside the call.
    let content = if module == "copy" { args.take("content") } else { None };
    let bodies: Vec<BodyInfo> = content.iter().map(|text| body(text.as_str().unwrap().as_bytes())).collect();
    let call = Call { module: module.to_owned(), args, check, diff: true, bodies: bodies.clone(), ..Call::default() };
    let registered = hostler_sdk::find(module).unwrap_or_else(|| panic!("no module {module}"));
    let mut outcome = registered.module.call(&call, backend, &Inline(bodies.into()));
    // The module shows a file that came with the call as its number; the controller knows its text.
    for diff in outcome.diff.iter_mut().filter(|diff| matches!(diff.after, Value::Int(_))) {
        diff.after = content.clone().unwrap();
    }
    outcome
}

fn body(content: &[u8]) -> BodyInfo {
    use sha1::Digest;
    let sha1 = hex::encode(sha1::Sha1::digest(content));
    BodyInfo { size: content.len() as u64, sha1, inline: Some(content.to_vec()) }
}

fn make(given: &Map, top: &Path) {
    for (name, entry) in given {
        let path = top.join(name.to_string());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = |key: &str| entry.get(key).map(ToString::to_string);
        if let Some(target) = text("link") {
            symlink(target.replace("$DIR", top.to_str().unwrap()), &path).unwrap();
            continue;
        }
        if let Some(other) = text("hard") {
            fs::hard_link(top.join(other), &path).unwrap();
            continue;
        }
        let (mode, default) = match text("directory") {
            Some(mode) => {
                fs::create_dir_all(&path).unwrap();
                (Some(mode), 0o755)
            }
            None => {
                let content = text("content").unwrap_or_else(|| entry.to_string());
                let latin1 = entry.get("latin1").is_some();
                let bytes = if latin1 { content.chars().map(|c| c as u8).collect() } else { content.into_bytes() };
                fs::write(&path, bytes).unwrap();
                (text("mode"), 0o644)
            }
        };
        let mode = mode.map_or(default, |m| u32::from_str_radix(&m, 8).unwrap());
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        if let Some(seconds) = entry.get("mtime").and_then(Value::as_int) {
            let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds as u64);
            fs::File::open(&path).unwrap().set_modified(time).unwrap();
        }
    }
}

/// All that is below, by path; with times when it must not have been touched.
fn snapshot(top: &Path, times: bool) -> Value {
    let mut seen = Map::new();
    let mut todo = vec![top.to_owned()];
    while let Some(directory) = todo.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let meta = fs::symlink_metadata(&path).unwrap();
            let mode = format!("{:04o}", meta.mode() & 0o7777);
            let mut entry = Map::new();
            if meta.is_symlink() {
                entry.set("link", fs::read_link(&path).unwrap().to_str().unwrap());
            } else if meta.is_dir() {
                entry.set("directory", mode);
                todo.push(path.clone());
            } else {
                let bytes = fs::read(&path).unwrap();
                entry.set("content", bytes.iter().map(|b| char::from(*b)).collect::<String>());
                entry.set("mode", mode);
            }
            if times {
                entry.set("mtime", format!("{}.{} {}", meta.mtime(), meta.mtime_nsec(), meta.ino()));
            }
            seen.set(path.strip_prefix(top).unwrap().to_str().unwrap(), entry);
        }
    }
    seen.sort_keys();
    seen.into()
}

fn with_directory(value: &Value, top: &Path) -> Value {
    map_text(value, &|text| text.replace("$DIR", top.to_str().unwrap()))
}

/// The directory becomes `$DIR`, the names of backups lose their time.
fn without_directory(value: &Value, top: &Path) -> Value {
    let backup = fancy_regex::Regex::new(r"\.\d+\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d~").unwrap();
    map_text(value, &|text| backup.replace_all(&text.replace(top.to_str().unwrap(), "$DIR"), ".BACKUP").into_owned())
}

fn map_text(value: &Value, change: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::Str(text) => change(text).into(),
        Value::List(items) => items.iter().map(|v| map_text(v, change)).collect(),
        Value::Map(map) => {
            Value::from(map.iter().map(|(k, v)| (change(&k.to_string()), map_text(v, change))).collect::<Map>())
        }
        other => other.clone(),
    }
}
