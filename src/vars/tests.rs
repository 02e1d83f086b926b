//! Variables as a whole: every layer sets `x`, and the strongest that is there wins. The order was read from ansible-core's
//! variable manager, not recorded from a run.

use super::*;
use crate::config::{HashBehaviour, Origin, Setting, Settings};
use crate::diagnostic::Place;
use crate::inventory::{Inventory, Nothing, Plain};
use crate::playbook::{ActionCall, Keywords, Play, Role, Task};
use crate::template::{Binding, Said, Scope, Templated, Variables};
use hostler_sdk::{CheckSupport, Map, ModuleSpec, Value};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn put(dir: &Path, name: &str, text: &str) {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn vars(x: &str) -> Arc<Variables> {
    let mut vars = Variables::default();
    vars.set("x", x, None);
    Arc::new(vars)
}

fn map(json: &str) -> Map {
    Value::from_json(json).unwrap().as_map().unwrap().clone()
}

fn role(name: &str, parents: Vec<Arc<Role>>) -> Arc<Role> {
    Arc::new(Role {
        name: name.into(),
        path: format!("/roles/{name}").into(),
        collection: None,
        exports: vars("exports"),
        defaults: vars("defaults"),
        vars: vars("role vars"),
        params: vars("params"),
        includers: parents.clone(),
        parents,
        dependencies: Vec::new(),
        public: true,
        id: name.len() as u64,
        allow_duplicates: false,
    })
}

fn play(with: impl FnOnce(&mut Play)) -> Arc<Play> {
    let mut play = Play {
        dir: std::path::PathBuf::new(),
        name: None,
        place: Place::named("test", ""),
        hosts: "all".into(),
        keywords: Keywords::default(),
        gather_facts: None,
        gather_subset: None,
        gather_timeout: None,
        fact_path: None,
        strategy: None,
        serial: None,
        max_fail_percentage: None,
        force_handlers: None,
        order: None,
        vars: Arc::default(),
        vars_files: Vec::new(),
        vars_prompt: Vec::new(),
        sections: Vec::new(),
        handlers: Vec::new(),
        roles: Vec::new(),
    };
    with(&mut play);
    Arc::new(play)
}

fn task(with: impl FnOnce(&mut Task)) -> Arc<Task> {
    static SPEC: ModuleSpec = ModuleSpec {
        name: "ping",
        collection: "ansible.builtin",
        aliases: &[],
        summary: "",
        description: "",
        args: &[],
        required_together: &[],
        mutually_exclusive: &[],
        required_one_of: &[],
        required_if: &[],
        free_form: None,
        any_args: false,
        check: CheckSupport::Full,
        diff: false,
        looks_beyond: false,
        idle_user: None,
        returns: &[],
        examples: "",
    };
    let place = Place::named("test", "");
    let action = ActionCall::plain("ping", &SPEC, place.clone(), Templated::Value(Map::new().into()));
    let mut task = Task::bare(1, place, action);
    with(&mut task);
    Arc::new(task)
}

/// An inventory in `inv/`, a playbook in `pb/`.
fn store(dir: &Path, settings: Settings, extra: Variables) -> Arc<VarStore> {
    let mut warnings = Vec::new();
    let sources = [dir.join("inv/hosts").display().to_string()];
    let inventory = Inventory::load(&sources, &settings, &Plain, &Nothing, &mut warnings).unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    VarStore::new(Arc::new(settings), inventory, extra, &RunFacts::default(), Arc::new(Plain)).unwrap()
}

fn context(dir: &Path, play: Arc<Play>) -> Arc<PlayContext> {
    let hosts = vec!["a".into(), "b".into()];
    Arc::new(PlayContext::new(play, "the play".into(), &dir.join("pb"), hosts, Variables::default()))
}

fn read(scope: &dyn Scope, name: &str) -> String {
    match scope.get(name) {
        Some(Binding::Templated(value)) => value.as_written().repr(),
        Some(Binding::Hosts(hosts)) => hosts.names().join(" "),
        None => "-".into(),
    }
}

#[test]
fn the_strongest_layer_wins() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    put(
        dir,
        "inv/hosts",
        "[g]\na x='host'\n[all:vars]\nx='all'\n[g:vars]\nx='g'\n[top:children]\ng\n[top:vars]\nx='top'\n",
    );
    for (place, kind) in [("inv", "inventory"), ("pb", "play")] {
        put(dir, &format!("{place}/group_vars/all.yml"), &format!("x: {kind} group_vars all"));
        put(dir, &format!("{place}/group_vars/g/10.yml"), &format!("x: {kind} group_vars g"));
        put(dir, &format!("{place}/group_vars/g/.hidden.yml"), "x: hidden");
        put(dir, &format!("{place}/group_vars/g/old.yml~"), "x: backup");
        put(dir, &format!("{place}/host_vars/a"), &format!("x: {kind} host_vars"));
    }
    put(dir, "pb/vars/files.yml", "x: vars_files");
    let store = store(dir, Settings::default(), vars("extra").as_ref().clone());
    let parent = role("parent", Vec::new());
    let own = role("own", vec![parent.clone()]);
    let play = play(|p| {
        p.vars = vars("play");
        p.vars_files = vec!["files.yml".into()];
        p.roles = vec![parent];
    });
    let task = task(|t| {
        t.role = Some(own);
        t.vars = vec![vars("block"), vars("task")];
        t.include_params = vec![vars("include params")];
    });
    store.add_facts("a", &Arc::new(map(r#"{"x": "fact"}"#)), Said::Nothing);
    store.set_facts("a", &vars("set_fact"), false);
    store.include_vars("a", &vars("include_vars"));
    let scope = store.scope("a", &context(dir, play), Some(&task), vars("loop").as_ref().clone()).unwrap();
    let values: Vec<String> =
        scope.explain("x").iter().map(|d| d.variable.value.as_value().unwrap().to_string()).collect();
    assert_eq!(
        values,
        [
            "loop",
            "extra",
            "include params",
            "params",
            "params",
            "set_fact",
            "include_vars",
            "task",
            "block",
            "role vars",
            "exports",
            "vars_files",
            "play",
            "fact",
            "play host_vars",
            "inventory host_vars",
            "host",
            "play group_vars g",
            "inventory group_vars g",
            "play group_vars all",
            "inventory group_vars all",
            "g",
            "top",
            "all",
            "defaults",
            "defaults",
        ]
    );
    assert_eq!(read(scope.as_ref(), "x"), "'loop'");
    assert_eq!(scope.origin("x").unwrap(), "variable of the task's loop");
    let host_vars = scope.explain("x")[14].to_string();
    assert!(
        host_vars.starts_with("host_vars beside the playbook at ") && host_vars.ends_with("host_vars/a:1:1"),
        "{host_vars}"
    );
}

#[test]
fn magic_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    put(dir, "inv/hosts", "[g]\na\nb.example.com y=1\n");
    let store = store(dir, Settings::default(), Variables::default());
    let play = context(dir, play(|_| {}));
    let task = task(|t| t.role = Some(role("web", vec![role("base", Vec::new())])));
    let scope = store.scope("b.example.com", &play, Some(&task), Variables::default()).unwrap();
    for (name, want) in [
        ("inventory_hostname", "'b.example.com'".to_owned()),
        ("inventory_hostname_short", "'b'".into()),
        ("group_names", "['g']".into()),
        ("groups", "{'all': ['a', 'b.example.com'], 'ungrouped': [], 'g': ['a', 'b.example.com']}".into()),
        ("hostvars", "a b.example.com".into()),
        ("ansible_play_hosts", "['a', 'b']".into()),
        ("ansible_play_name", "'the play'".into()),
        ("role_name", "'web'".into()),
        ("role_path", "'/roles/web'".into()),
        ("ansible_parent_role_names", "['base']".into()),
        ("ansible_check_mode", "False".into()),
        ("ansible_run_tags", "['all']".into()),
        ("ansible_facts", "{}".into()),
        ("ansible_host", "'b.example.com'".into()),
        ("ansible_connection", "'ssh'".into()),
        ("ansible_user", "-".into()),
        ("environment", "[]".into()),
        ("ansible_limit", "-".into()),
        ("ansible_managed", "'Ansible managed'".into()),
        ("inventory_dir", format!("'{}'", dir.join("inv").display())),
        ("playbook_dir", format!("'{}'", dir.join("pb").display())),
    ] {
        match name {
            // No template anywhere, but a list that may hold some.
            "environment" => {
                assert!(matches!(scope.get(name), Some(Binding::Templated(Templated::List(l))) if l.is_empty()))
            }
            _ => assert_eq!(read(scope.as_ref(), name), want, "{name}"),
        }
        let unlisted = ["-"].contains(&want.as_str()) || ["ansible_host", "ansible_connection"].contains(&name);
        assert!(unlisted || scope.names().iter().any(|n| &**n == name), "{name} is not among the names");
    }
    play.set_removed(&["a".into()]);
    let later = store.scope("a", &play, None, Variables::default()).unwrap();
    assert_eq!(read(later.as_ref(), "ansible_play_hosts"), "['b']");
    assert_eq!(read(later.as_ref(), "ansible_host"), "-");
    let Some(Binding::Hosts(hosts)) = scope.get("hostvars") else { panic!() };
    let other = hosts.scope("b.example.com").unwrap();
    assert_eq!(
        (read(other.as_ref(), "y"), read(other.as_ref(), "ansible_play_hosts"), read(other.as_ref(), "hostvars")),
        ("1".into(), "-".into(), "-".into())
    );
    assert!(hosts.scope("nobody").is_none() && hosts.scope("localhost").is_some());
}

#[test]
fn facts_do_not_steer_and_later_scopes_see_changes() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    put(dir, "inv/hosts", "a ansible_host=10.0.0.1\n");
    let store = store(dir, Settings::default(), Variables::default());
    let play = context(dir, play(|_| {}));
    let before = store.scope("a", &play, None, Variables::default()).unwrap();
    let epoch = store.epoch("a");
    let facts = r#"{"ansible_host": "evil", "ansible_os_family": "Debian", "ansible_local": {"k": 1}, "packages": {}, "ansible_become_user": "x"}"#;
    store.add_facts("a", &Arc::new(map(facts)), Said::Nothing);
    store.register("a", "r", Value::from(3).into());
    let after = store.scope("a", &play, None, Variables::default()).unwrap();
    assert!(store.epoch("a") > epoch);
    for (name, was, is) in [
        ("ansible_host", "'10.0.0.1'", "'10.0.0.1'"),
        ("ansible_os_family", "-", "'Debian'"),
        ("ansible_local", "-", "{'k': 1}"),
        ("packages", "-", "{}"),
        ("ansible_become_user", "-", "-"),
        ("r", "-", "3"),
        (
            "ansible_facts",
            "{}",
            "{'host': 'evil', 'os_family': 'Debian', 'ansible_local': {'k': 1}, 'packages': {}, 'become_user': 'x'}",
        ),
    ] {
        assert_eq!((read(before.as_ref(), name).as_str(), read(after.as_ref(), name).as_str()), (was, is), "{name}");
    }
    let mut given = Variables::default();
    given.set("v", "{{ never }}", None);
    store.add_host("new", &["fresh".into()], &given).unwrap();
    let new = store.scope("new", &play, None, Variables::default()).unwrap();
    assert_eq!(
        (read(new.as_ref(), "v"), read(new.as_ref(), "group_names")),
        ("'{{ never }}'".into(), "['fresh']".into())
    );
    store.refresh().unwrap();
    assert_eq!(store.inventory().hosts_in("fresh").join(" "), "new");
    store.clear_facts("a");
    assert_eq!(read(store.scope("a", &play, None, Variables::default()).unwrap().as_ref(), "ansible_facts"), "{}");
}

#[test]
fn the_later_of_two_facts_with_one_short_name_counts() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    put(dir, "inv/hosts", "a\n");
    let store = store(dir, Settings::default(), Variables::default());
    let play = context(dir, play(|_| {}));
    let seen = |name: &str| read(store.scope("a", &play, None, Variables::default()).unwrap().as_ref(), name);
    for (facts, short, own, prefixed) in [
        (r#"{"ansible_x": 1, "y": 0}"#, "{'x': 1, 'y': 0}", "-", "1"),
        (r#"{"x": 2}"#, "{'x': 2, 'y': 0}", "2", "1"),
        (r#"{"ansible_x": 3}"#, "{'y': 0, 'x': 3}", "2", "3"),
    ] {
        store.add_facts("a", &Arc::new(map(facts)), Said::Nothing);
        assert_eq!((seen("ansible_facts"), seen("x"), seen("ansible_x")), (short.into(), own.into(), prefixed.into()));
    }
}

/// A host that was asked for one fact, and how often it was asked for the rest.
fn asked_in_part(dir: &Path) -> (Arc<VarStore>, Arc<PlayContext>, Arc<AtomicUsize>) {
    put(dir, "inv/hosts", "a ansible_spare=9\n");
    let store = store(dir, Settings::default(), Variables::default());
    let fetches = Arc::new(AtomicUsize::new(0));
    let counted = fetches.clone();
    let all =
        r#"{"ansible_kernel": "late", "ansible_fips": false, "ansible_eth0": {"mtu": 1}, "ansible_os_family": "../x"}"#;
    let fetch = move || {
        counted.fetch_add(1, Ordering::SeqCst);
        Fetched::Facts(Arc::new(map(all)))
    };
    let asked = ["kernel", "absent"].map(str::to_owned).into();
    store.leave_out("a", Some(Unasked::new(Arc::new(asked), Box::new(fetch))));
    store.add_facts("a", &Arc::new(map(r#"{"ansible_kernel": "6.1", "module_setup": true}"#)), Said::ALL);
    (store, context(dir, play(|_| {})), fetches)
}

#[test]
fn facts_that_were_not_asked_for_come_when_they_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let (store, play, fetches) = asked_in_part(dir.path());
    let scope = store.scope("a", &play, None, Variables::default()).unwrap();
    let seen = |name: &str, value: &str, count: usize| {
        assert_eq!((read(scope.as_ref(), name).as_str(), fetches.load(Ordering::SeqCst)), (value, count), "{name}");
    };
    for (name, value) in [("ansible_kernel", "'6.1'"), ("ansible_absent", "-"), ("other", "-"), ("ansible_port", "-")] {
        seen(name, value, 0);
    }
    assert!(!scope.names().iter().any(|name| &**name == "ansible_fips"));
    seen("ansible_eth0", "{'mtu': 1}", 1);
    // What was asked for stays as it was then, and what leads elsewhere is dropped as ever.
    for (name, value) in [("ansible_kernel", "'6.1'"), ("ansible_fips", "False"), ("ansible_os_family", "-")] {
        seen(name, value, 1);
    }
    seen("ansible_spare", "9", 1);
    assert!(scope.names().iter().any(|name| &**name == "ansible_fips"));
    let (names, hosts) = (["kernel", "fips", "eth0", "absent"], "hostvars");
    let Some(Binding::Templated(Templated::Facts(facts))) = scope.get("ansible_facts") else { panic!("no facts") };
    assert_eq!(names.map(|name| facts.get(name).is_some()), [true, true, true, false]);
    let Some(Binding::Hosts(hosts)) = scope.get(hosts) else { panic!("no hostvars") };
    assert_eq!(read(hosts.scope("a").unwrap().as_ref(), "ansible_fips"), "False");
    assert_eq!(fetches.load(Ordering::SeqCst), 1);
    store.clear_facts("a");
    let cleared = store.scope("a", &play, None, Variables::default()).unwrap();
    assert_eq!(
        (read(cleared.as_ref(), "ansible_fips"), read(cleared.as_ref(), "ansible_kernel")),
        ("-".into(), "-".into())
    );
}

#[test]
fn facts_as_a_whole_are_all_facts() {
    let dir = tempfile::tempdir().unwrap();
    let (store, play, fetches) = asked_in_part(dir.path());
    let scope = store.scope("a", &play, None, Variables::default()).unwrap();
    let Some(Binding::Templated(Templated::Facts(facts))) = scope.get("ansible_facts") else { panic!("no facts") };
    assert_eq!((facts.get("kernel"), facts.get("absent")), (Some("6.1".into()), None));
    assert_eq!(fetches.load(Ordering::SeqCst), 0);
    assert!(facts.get("none such").is_none());
    assert_eq!(fetches.load(Ordering::SeqCst), 1);
    let whole = Value::Map(facts.whole()).repr();
    assert_eq!(whole, "{'kernel': '6.1', 'fips': False, 'eth0': {'mtu': 1}, 'module_setup': True}");
}

#[test]
fn merges_mappings_when_asked_to() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    put(dir, "inv/hosts", "a\n");
    put(dir, "inv/group_vars/all.yml", "m: {k: {p: 1}, l: [1]}");
    put(dir, "pb/host_vars/a.yml", "m: {k: {q: 2}, l: [2]}");
    let play = context(dir, play(|_| {}));
    for (behaviour, want) in [
        (HashBehaviour::Replace, "{'k': {'q': 2}, 'l': [2]}"),
        (HashBehaviour::Merge, "{'k': {'p': 1, 'q': 2}, 'l': [2]}"),
    ] {
        let settings = Settings { hash_behaviour: Setting::new(behaviour, Origin::Default), ..Settings::default() };
        let store = store(dir, settings, Variables::default());
        assert_eq!(read(store.scope("a", &play, None, Variables::default()).unwrap().as_ref(), "m"), want);
    }
}

#[test]
fn reads_extra_vars() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "f.yml", "x: file\ny: [1]\n");
    let at = format!("@{}", dir.path().join("f.yml").display());
    let read = |given: &[&str]| {
        let given: Vec<String> = given.iter().map(|g| (*g).to_owned()).collect();
        extra_vars(&given, HashBehaviour::Replace, &Plain, &mut Vec::new())
    };
    let shown = |given: &[&str]| {
        let vars = read(given).unwrap();
        vars.0.iter().map(|(k, v)| format!("{k}={}", v.value.as_value().unwrap().repr())).collect::<Vec<_>>().join(" ")
    };
    for (given, want) in [
        (vec!["a=1 b='x y'", "c=\"q\" d=yes"], "a='1' b='x y' c='q' d='yes'"),
        (vec![r#"{"a": 1, "b": [true]}"#], "a=1 b=[True]"),
        (vec!["{a: 1, b: x}"], "a=1 b='x'"),
        (vec![at.as_str(), "x=2"], "x='2' y=[1]"),
        (vec!["x=1", at.as_str()], "x='file' y=[1]"),
        (vec!["a={{ b | default('x y') }} c=3"], "a=\"{{ b | default('x y') }}\" c='3'"),
        (vec!["a=b=c", ""], "a='b=c'"),
        (vec![r"a=x\ty"], r"a='x\ty'"),
    ] {
        assert_eq!(shown(&given), want, "{given:?}");
    }
    for (given, want) in [
        ("./f.yml", "looks like a file"),
        ("[1]", "holds a mapping"),
        ("word", "expected `name=value`"),
        ("a='b", "not closed"),
    ] {
        assert!(read(&[given]).unwrap_err().to_string().contains(want), "{given}");
    }
}

#[test]
fn broken_files_are_told_once_and_before_anything_runs() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    put(dir, "inv/hosts", "a\nb\n");
    put(dir, "inv/group_vars/all.yml", "- not a mapping\n");
    let store = store(dir, Settings::default(), Variables::default());
    let errors = store.prepare(&["a".into(), "b".into()], &context(dir, play(|_| {}))).unwrap_err();
    assert_eq!(errors.len(), 1);
    assert!(errors[0].what.contains("holds a mapping"), "{}", errors[0]);
    assert_eq!(errors[0].places[0].place.line(), 1);
}

#[test]
fn says_which_settings_it_cannot_obey() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "inv/hosts", "a\n");
    let settings = Settings {
        fact_caching: Setting::new("redis".into(), Origin::Env("ANSIBLE_CACHE_PLUGIN".into())),
        ..Settings::default()
    };
    let told = store(dir.path(), settings, Variables::default()).take_warnings();
    assert_eq!(told[0].what, "the fact cache `redis` is not supported, facts are kept for this run only");
    assert_eq!(told[0].notes, ["set by environment variable `ANSIBLE_CACHE_PLUGIN`"]);
}

/// A loop of `add_host` over thousands costs what it adds: nothing is copied while nobody looks at the inventory.
#[test]
fn additions_copy_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    put(dir, "inv/hosts", "a\nb\n");
    let store = store(dir, Settings::default(), Variables::default());
    let places = || {
        let inventory = store.inventory();
        let of_groups = ["all", "late"].map(|group| inventory.group(group).map(Arc::as_ptr));
        (Arc::as_ptr(&inventory), of_groups, inventory.host("a").map(|host| Arc::as_ptr(&host)))
    };
    let seen = store.inventory();
    let late = ["late".to_owned()];
    assert!(store.add_host("h0", &late, &Variables::default()).unwrap());
    assert!(seen.host("h0").is_none(), "what somebody holds was changed");
    drop(seen);
    assert!(store.add_host("h1", &late, &Variables::default()).unwrap());
    let before = places();
    let generation = store.snapshot().1;
    for n in 2..50 {
        assert!(store.add_host(&format!("h{n}"), &late, &Variables::default()).unwrap());
        assert!(store.join_group(&format!("h{n}"), "late_ones", &late).unwrap());
    }
    assert!(!store.add_host("h1", &late, &Variables::default()).unwrap());
    assert_eq!(places(), before, "something was copied");
    assert_eq!(store.snapshot().1, generation + 96, "what changes nothing outdates nothing");
    assert_eq!(store.inventory().hosts_in("late").len(), 50);
}
