//! Asking ahead changes nothing but time: for any playbook, what happens task by task and what is there in the end are the same with
//! and without it. Two hosts share one directory, so that what one changes concerns the answers of the other.

use super::*;
use crate::actions::Modules;
use crate::config::Settings;
use crate::inventory::Inventory;
use crate::link::{Connector, LinkOptions};
use crate::playbook::{Loader, LoaderOptions};
use crate::report::Event;
use crate::run::{Answers, Language, Links, RunContext, RunOptions};
use crate::vars::{RunFacts, VarStore};
use crate::vault::Keyring;
use hostler_builtin as _;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use tokio::sync::{mpsc, watch};

/// Tasks as they may stand in a playbook; paths are below the directory `d`.
fn task() -> impl Strategy<Value = String> {
    let path = prop::sample::select(vec!["a", "b", "c"]);
    let line = prop::sample::select(vec!["one", "two"]);
    let plain = (path, line, 0..24u8).prop_map(|(p, l, kind)| match kind {
        0 => format!("file: {{path: '{{{{ d }}}}/{p}', state: touch, modification_time: preserve, access_time: preserve}}"),
        1 => format!("file: {{path: '{{{{ d }}}}/{p}.d', state: directory}}"),
        2 => format!("file: {{path: '{{{{ d }}}}/{p}', state: absent}}"),
        3 => format!("copy: {{content: '{l}\n', dest: '{{{{ d }}}}/{p}'}}"),
        4 => format!("lineinfile: {{path: '{{{{ d }}}}/{p}', line: {l}, create: true}}"),
        // Fails where the file is not.
        5 => format!("lineinfile: {{path: '{{{{ d }}}}/{p}', line: {l}}}"),
        6 => format!("stat: {{path: '{{{{ d }}}}/{p}'}}\n  register: r"),
        7 => format!("command: touch {{{{ d }}}}/{p}\n  args: {{creates: '{{{{ d }}}}/{p}'}}"),
        8 => "command: 'true'\n  changed_when: false".to_owned(),
        9 => format!("shell: echo {l} >> {{{{ d }}}}/{p}"),
        10 => format!("copy: {{content: there, dest: '{{{{ d }}}}/{p}'}}\n  when: r is defined and r.stat is defined and r.stat.exists"),
        11 => format!("file: {{path: '{{{{ d }}}}/{{{{ item }}}}', state: {}}}\n  loop: [{p}, b, c]", if l == "one" { "touch" } else { "absent" }),
        12 => format!("set_fact: {{w: '{{{{ r.stat.exists | default(false) if r is defined and r.stat is defined else \"{l}\" }}}}'}}"),
        13 => format!("copy: {{content: '{{{{ w | default(\"none\") }}}}', dest: '{{{{ d }}}}/{p}'}}"),
        // Items that see what the one before left, some that do not, and some that fail or are left out.
        14 => format!("copy: {{content: '{{{{ item }}}}{{{{ r.item | default(\"\") if r is mapping else \"\" }}}}', dest: '{{{{ d }}}}/{p}'}}\n  loop: [{l}, u, v]\n  register: r"),
        15 => format!("shell: echo {{{{ item }}}} >> {{{{ d }}}}/{p}\n  loop: [1, 2, 3, 4]\n  when: item != {}", l.len() - 1),
        16 => format!("lineinfile: {{path: '{{{{ d }}}}/{{{{ item }}}}', line: {l}}}\n  loop: [{p}, a, b, c]"),
        17 => format!("copy: {{content: '{{{{ item }}}}', dest: '{{{{ d }}}}/{p}'}}\n  loop: [{l}, {l}, u, v]\n  changed_when: r.changed and item != 'u'\n  register: r"),
        // What a module finds, what judges it, and what fails for the controller alone.
        18 => "getent: {database: passwd, key: root}".to_owned(),
        19 => format!("copy: {{content: '{{{{ getent_passwd.root[1] | default(\"{l}\") }}}}', dest: '{{{{ d }}}}/{p}'}}"),
        20 => format!("shell: echo {l} >> {{{{ d }}}}/{p}\n  failed_when: \"'{l}' == 'one'\""),
        21 => format!("shell: echo {l} >> {{{{ d }}}}/{p}; exit {}\n  register: r", u8::from(l == "two")),
        22 => format!("copy: {{src: '{{{{ d }}}}/../{l}', dest: '{{{{ d }}}}/{p}'}}"),
        _ => format!("slurp: {{src: '{{{{ d }}}}/{p}'}}\n  register: r"),
    });
    (plain, 0..6u8).prop_map(|(task, extra)| match extra {
        0 => format!("{task}\n  ignore_errors: true"),
        1 if !task.contains("register") => format!("{task}\n  notify: h"),
        _ => task,
    })
}

fn tasks(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(task(), count)
}

/// A playbook of tasks with a block in the middle.
fn playbook() -> impl Strategy<Value = String> {
    // Two hosts that wait for each other, and one alone.
    let head = prop::sample::select(vec!["all", "x", "x\n  strategy: free", "x\n  strategy: host_pinned"]);
    (head, tasks(0..8), tasks(1..4), tasks(0..3), tasks(0..6)).prop_map(|(head, before, within, rescue, after)| {
        let mut number = 0;
        let mut list = |tasks: &[String], indent: &str| -> String {
            tasks
                .iter()
                .map(|task| {
                    number += 1;
                    let body = task.replace("\n  ", &format!("\n{indent}  "));
                    format!("{indent}- name: t{number}\n{indent}  {body}\n")
                })
                .collect()
        };
        let mut text = format!("- hosts: {head}\n  gather_facts: false\n  tasks:\n");
        text += &list(&before, "  ");
        text += "  - block:\n";
        text += &list(&within, "    ");
        if !rescue.is_empty() {
            text += "    rescue:\n";
            text += &list(&rescue, "    ");
        }
        text += &list(&after, "  ");
        text + "  handlers:\n  - name: h\n    shell: echo handled >> {{ d }}/handled\n"
    })
}

/// What one run came to: a line for each task on each host.
fn play(text: &str, directory: &Path, ahead: bool) -> Vec<String> {
    let file = directory.join("../site.yml");
    std::fs::write(&file, text).unwrap();
    let settings = Arc::new(Settings::default());
    let language = Language::new(Arc::new(Keyring::default()), settings.clone());
    let mut inventory = Inventory::empty(&settings);
    for host in ["x", "y"] {
        let mut vars = Variables::default();
        vars.set("ansible_connection", "local", None);
        vars.set("d", directory.display().to_string(), None);
        inventory.add_dynamic_host(host, &[], &vars).unwrap();
    }
    let loader = Loader::new(Arc::new(language.clone()), Arc::new(Modules), LoaderOptions::default());
    let plays = loader.load(&file).unwrap_or_else(|e| panic!("{e:?}\n{text}"));
    let links = LinkOptions::default();
    let facts = RunFacts::default();
    let vars =
        VarStore::new(settings.clone(), inventory, Variables::default(), &facts, Arc::new(language.clone())).unwrap();
    let context = Arc::new(RunContext {
        settings,
        // One host after the other: the order of what two hosts do to one file must not be left to chance.
        options: RunOptions { forks: 1, ahead, ..RunOptions::default() },
        limit: None,
        vars,
        language,
        loader: Arc::new(loader),
        links: Links::new(Connector::new(&links), links).always_ahead(),
        profile: None,
        answers: Answers::default(),
    });
    let (events, mut told) = mpsc::unbounded_channel();
    let (_stop, interrupt) = watch::channel(false);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(crate::run::run(context, &[(file, plays)], events, interrupt));
    let mut names = std::collections::HashMap::new();
    let mut lines = Vec::new();
    while let Ok(event) = told.try_recv() {
        match event {
            Event::TaskStart { task } => {
                names.insert(task.id, task.name);
            }
            Event::ItemDone { task, host, status, label, .. } => {
                lines.push(format!("{} {host} {status:?} item {label}", names[&task]));
            }
            Event::HostDone { task, host, status, ignored, result, .. } => {
                let part = |key: &str| result.get(key).map(ToString::to_string).unwrap_or_default();
                let told: Vec<String> = ["msg", "false_condition", "skipped", "content", "rc"].map(part).into();
                let told = told.join("|").replace(&directory.display().to_string(), "D");
                lines.push(format!("{} {host} {status:?} ignored {ignored} {told}", names[&task]));
            }
            Event::Recap { hosts, .. } => lines.push(format!("{hosts:?}")),
            _ => {}
        }
    }
    // How the lines of two hosts mix is left open; each host's own are in order.
    lines.sort_by_key(|line| line.split(' ').nth(1).map(str::to_owned));
    lines
}

/// All files below a directory with their content.
fn tree(directory: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    entries.map(|path| (name(&path), std::fs::read_to_string(&path).unwrap_or_else(|_| "directory".into()))).collect()
}

fn both(text: &str) {
    let outcome = |ahead: bool| {
        let work = tempfile::tempdir().unwrap();
        let directory = work.path().join("d");
        std::fs::create_dir(&directory).unwrap();
        std::fs::write(work.path().join("one"), "from a file").unwrap();
        let runs: Vec<_> = (0..2).map(|_| play(text, &directory, ahead)).collect();
        (runs, tree(&directory))
    };
    let (plain, asked) = (outcome(false), outcome(true));
    assert_eq!(plain, asked, "with and without asking ahead\n{text}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_same_happens_with_and_without_asking_ahead(text in playbook()) {
        both(&text);
    }
}

#[test]
fn what_one_host_changes_concerns_the_answers_of_another() {
    both(
        "- hosts: all
  gather_facts: false
  tasks:
  - name: t1
    stat: {path: '{{ d }}/a'}
    register: r
  - name: t2
    copy: {content: x, dest: '{{ d }}/a'}
    when: inventory_hostname == 'y'
  - name: t3
    file: {path: '{{ d }}/a', state: absent}
  - name: t4
    stat: {path: '{{ d }}/a'}
",
    );
}
