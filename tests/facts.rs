//! Facts that plays gather: those that something of the run reads, and the rest as soon as somebody reads it. The hosts are this
//! machine under several names; a local fact that leaves a mark tells whether it was gathered.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

struct Project(tempfile::TempDir);

impl Project {
    fn new() -> Self {
        let project = Project(tempfile::tempdir().unwrap());
        project.write("hosts", "h1\nh2\nh3\n[all:vars]\nansible_connection=local\n");
        let fact = format!("#!/bin/sh\necho >> {}\necho '{{\"a\": 1}}'\n", project.at("gathered").display());
        project.write("facts.d/mark.fact", &fact);
        fs::set_permissions(project.at("facts.d/mark.fact"), fs::Permissions::from_mode(0o755)).unwrap();
        project
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.at(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// How often the local fact was gathered.
    fn gathered(&self) -> usize {
        let count = fs::read_to_string(self.at("gathered")).map_or(0, |text| text.lines().count());
        let _ = fs::remove_file(self.at("gathered"));
        count
    }

    /// Plays tasks on all hosts, and gives what is printed.
    fn play(&self, tasks: &str, args: &[&str]) -> String {
        let facts = self.at("facts.d");
        let text = format!("- hosts: all\n  fact_path: {}\n  tasks:\n{tasks}", facts.display());
        self.write("project/site.yml", &text);
        self.run(args)
    }

    fn run(&self, args: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_hostler"))
            .args(["play", "-i"])
            .arg(self.at("hosts"))
            .arg(self.at("project/site.yml"))
            .args(args)
            .current_dir(self.0.path())
            .env("HOME", self.0.path())
            .env_remove("ANSIBLE_CONFIG")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}");
        text
    }
}

#[test]
fn what_nothing_reads_is_not_gathered() {
    let project = Project::new();
    project.play("  - debug: {msg: \"{{ ansible_kernel }} {{ ansible_facts.os_family }}\"}\n", &["--output", "plain"]);
    assert_eq!(project.gathered(), 0);
    // Read in the playbook, by a name that is put together, as a whole; in a template that nothing has loaded yet.
    for tasks in [
        "  - debug: {var: ansible_local}\n",
        "  - debug: {msg: \"{{ vars['ansible_' ~ name] }}\"}\n    vars: {name: kernel}\n",
        "  - debug: {msg: '{{ ansible_facts | length }}'}\n",
    ] {
        project.play(tasks, &["--output", "plain"]);
        assert_eq!(project.gathered(), 3, "{tasks}");
    }
    project.write("project/templates/x.j2", "{{ ansible_local }}");
    project.play("  - ping:\n", &[]);
    assert_eq!(project.gathered(), 3);
    fs::remove_file(project.at("project/templates/x.j2")).unwrap();
    // Who asks gets all, and so do programs that are shown results.
    project.play("  - setup: {fact_path: '{{ at }}'}\n", &["-e", &format!("at={}", project.at("facts.d").display())]);
    assert_eq!(project.gathered(), 3);
    project.play("  - ping:\n", &["--output", "json"]);
    assert_eq!(project.gathered(), 3);
}

/// As ansible-core has it, `-v` shows results, but not facts.
#[test]
fn facts_are_not_printed() {
    let project = Project::new();
    let tasks = "  - setup: {gather_subset: '!all'}\n  - ping: {data: shown}\n";
    for args in [["-v", "--output=plain"], ["-vvv", "--output=plain"], ["-v", "--output=terminal"]] {
        let printed = project.play(tasks, &args);
        assert!(printed.contains("shown") && !printed.contains("module_setup"), "{printed}");
    }
}

/// A module's defaults for `setup` are the operator's.
#[test]
fn defaults_of_setup_stay() {
    let project = Project::new();
    let text = "- hosts: all\n  module_defaults:\n    setup: {filter: ansible_fips}\n  tasks:\n  - assert:\n      that: [ansible_fips is defined, ansible_kernel is undefined]\n";
    project.write("project/site.yml", text);
    project.run(&[]);
}

/// Ways to read a fact from a file that was not there to be looked through, and what each comes to when all facts are known.
const LATE: [(&str, &str); 12] = [
    ("ansible_fips", "all.ansible_facts.ansible_fips"),
    ("ansible_facts.fqdn", "all.ansible_facts.ansible_fqdn"),
    ("ansible_facts['dns']", "all.ansible_facts.ansible_dns"),
    ("ansible_facts.get('machine')", "all.ansible_facts.ansible_machine"),
    ("'cmdline' in ansible_facts", "true"),
    ("ansible_cmdline is defined", "true"),
    ("ansible_no_such_fact is defined", "false"),
    ("ansible_facts.no_such_fact is defined", "false"),
    ("vars['ansible_' ~ 'hostname']", "all.ansible_facts.ansible_hostname"),
    ("lookup('vars', 'ansible_' ~ 'nodename')", "all.ansible_facts.ansible_nodename"),
    ("hostvars[inventory_hostname]['ansible_python']", "all.ansible_facts.ansible_python"),
    ("hostvars['h3'].ansible_facts.domain", "all.ansible_facts.ansible_domain"),
];

#[test]
fn what_was_not_asked_for_comes_when_it_is_read() {
    let project = Project::new();
    let far = format!("far={}", project.at("far/late.yml").display());
    for strategy in ["linear", "free"] {
        // Where hosts do not wait for each other, another one may not have gathered anything yet.
        for (late, whole) in LATE.iter().filter(|(late, _)| strategy == "linear" || !late.contains("h3")) {
            let tasks = format!(
                "- set_fact: {{early: \"{{{{ {late} }}}}\"}}\n- setup: {{fact_path: /none}}\n  register: all\n- assert: {{that: \"early == ({whole})\"}}\n"
            );
            project.write("far/late.yml", &tasks);
            project.play(&format!("  - include_tasks: '{{{{ far }}}}'\n  strategy: {strategy}\n"), &["-e", &far]);
            // Each host was asked for the rest once; `hostvars['h3']` asks only that host.
            let asked = if late.contains("h3") { 1 } else { 3 };
            assert_eq!(project.gathered(), asked, "{strategy}: {late}");
        }
    }
}

/// What a play left out is still there for the next one, which gathers nothing.
#[test]
fn later_plays_get_what_an_earlier_one_left_out() {
    let project = Project::new();
    let facts = project.at("facts.d");
    project.write("far/late.yml", "- assert: {that: [ansible_local.mark.a == 1, ansible_kernel is defined]}\n");
    let text = format!(
        "- hosts: all\n  fact_path: {}\n  tasks: []\n- hosts: all\n  gather_facts: false\n  tasks:\n  - ping:\n  - include_tasks: '{{{{ far }}}}'\n",
        facts.display()
    );
    project.write("project/site.yml", &text);
    project.run(&["-e", &format!("far={}", project.at("far/late.yml").display())]);
    assert_eq!(project.gathered(), 3);
}
