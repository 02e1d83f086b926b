//! A host does not choose files of the controller: one test for each place where a name is taken. The host is this machine behind an
//! `ssh` that starts a shell, so that what it says is said from elsewhere.

use crate::host::Host;

/// What is told of a file that is not read.
const REFUSED: &str = "is not read, because a host chose it";

/// A host with something to say: where a file is that it should not get.
fn host() -> Host {
    let host = Host::far();
    host.write("out/secret.yml", "secret: told\n");
    host.write("project/tasks/own.yml", "- debug: {msg: 'of the project {{ how }}'}\n");
    host.write("project/roles/own/tasks/own.yml", "- debug: {msg: 'of the role {{ how }}'}\n");
    host.write("project/roles/own/files/own.txt", "own");
    host.write("project/vars/own.yml", "secret: own\n");
    host.write("project/files/own.txt", "own {{ how | default('') }}");
    host.write("project/files/own.sh", "echo done\n");
    host.write("project/files/own.d/a", "a");
    host.write("project/templates/own.txt", "own");
    host.write("pinned/x-own.txt", "pinned");
    host
}

/// What each uses of `said`, with a name that leads out of the project and one that does not.
const USES: [(&str, &str, &str); 17] = [
    ("include_tasks: '{{ said }}'", "../out/secret.yml", "tasks/own.yml"),
    ("include_tasks: {file: '{{ said }}'}", "TOP/out/secret.yml", "TOP/project/tasks/own.yml"),
    ("include_role: {name: '{{ said }}', tasks_from: own}", "../../out", "own"),
    ("include_role: {name: own, tasks_from: '{{ said }}'}", "../../../../out/secret.yml", "own.yml"),
    ("include_vars: '{{ said }}'", "../out/secret.yml", "own.yml"),
    ("include_vars: {file: '{{ said }}'}", "TOP/out/secret.yml", "own.yml"),
    ("include_vars: {dir: '{{ said }}'}", "../out", "vars"),
    ("copy: {src: '{{ said }}', dest: 'TOP/copied'}", "../out/secret.yml", "own.txt"),
    ("copy: {src: '{{ said }}', dest: 'TOP/copied'}", "../out/", "own.d/"),
    ("template: {src: '{{ said }}', dest: 'TOP/copied'}", "../out/secret.yml", "own.txt"),
    ("script: '{{ said }} --more'", "../out/secret.yml", "own.sh"),
    ("assemble: {src: '{{ said }}', dest: 'TOP/made', remote_src: false}", "../out", "own.d"),
    ("debug: {msg: \"{{ lookup('file', said) }}\"}", "../out/secret.yml", "own.txt"),
    ("debug: {msg: \"{{ lookup('template', said) }}\"}", "../out/secret.yml", "own.txt"),
    ("debug: {msg: \"{{ query('fileglob', said ~ '/*') }}\"}", "../out", "own.d"),
    ("debug: {msg: \"{% include said %}\"}", "../out/secret.yml", "own.txt"),
    ("debug: {msg: '{{ item }}'}\n  with_file: '{{ said }}'", "../out/secret.yml", "own.txt"),
];

#[test]
fn results_choose_files_of_the_project_only() {
    let host = host();
    for (task, evil, good) in USES {
        for (said, refused) in [(evil, true), (good, false)] {
            // By the result itself, and by way of `set_fact`.
            let used = |how: &str, by: &str| format!("- {task}\n  vars: {{how: {how}, said: '{{{{ {by} }}}}'}}\n");
            let text = format!(
                "- command: echo {said}\n  register: reg\n- set_fact: {{fact: '{{{{ reg.stdout }}}}'}}\n{}  ignore_errors: true\n{}",
                used("directly", "reg.stdout"),
                used("later", "fact")
            );
            let run = host.play_far(&text);
            let count = run.text.matches("because a host chose it").count();
            assert!(!refused || count >= 2 || task.contains("include"), "{task}: {said}\n{}", run.text);
            assert_eq!(count > 0, refused, "{task}: {said}\n{}", run.text);
            assert!(!run.text.contains("secret: told"), "{task}: {said}\n{}", run.text);
        }
    }
}

#[test]
fn facts_loops_and_hosts_are_heard_too() {
    let host = host();
    let said = "- command: echo ../out/secret.yml\n  register: reg\n";
    let here = "  delegate_to: localhost\n  register: here\n";
    let looped = said.replace("reg\n", "reg\n  loop: [1]\n");
    let facts = "- setup: {gather_subset: [env]}\n  environment: {EVIL: ../out/secret.yml}\n".to_owned();
    for (before, name) in [
        (format!("{said}- add_host: {{name: new, evil: '{{{{ reg.stdout }}}}'}}\n"), "hostvars.new.evil"),
        (looped, "reg.results[0].stdout"),
        (format!("{said}- set_fact: {{a: {{b: ['{{{{ reg.stdout }}}}']}}}}\n"), "a.b[0]"),
        (format!("{said}- set_fact: {{a: '{{{{ reg.stdout }}}}', cacheable: true}}\n"), "ansible_facts.a"),
        (format!("{said}- debug: {{var: reg}}\n  register: shown\n"), "shown.reg.stdout"),
        (format!("{said}- debug: {{msg: '{{{{ reg.stdout }}}}'}}\n  register: shown\n"), "shown.msg"),
        (format!("{said}- command: echo '{{{{ reg.stdout }}}}'\n{here}"), "here.stdout"),
        (format!("{said}- command: printenv X\n  environment: {{X: '{{{{ reg.stdout }}}}'}}\n{here}"), "here.stdout"),
        (
            format!("{said}- group_by: {{key: x}}\n- add_host: {{name: new, v: ['{{{{ reg.stdout }}}}']}}\n"),
            "hostvars['new'].v[0]",
        ),
        (facts.clone(), "ansible_env.EVIL"),
        (facts.clone(), "ansible_facts.env.EVIL"),
        (facts, "ansible_facts['env']['EVIL']"),
    ] {
        for includes in [
            format!("- include_vars: \"{{{{ {name} }}}}\"\n"),
            format!("- include_vars: \"{{{{ item }}}}\"\n  loop: [\"{{{{ {name} }}}}\"]\n"),
            format!("- include_vars: \"{{{{ item }}}}\"\n  with_items: [own.yml, \"{{{{ {name} }}}}\"]\n"),
        ] {
            let run = host.play_far(&format!("{before}{includes}- debug: {{msg: 'is {{{{ secret }}}}'}}\n"));
            run.tells(REFUSED);
            assert!(!run.text.contains("is told"), "{}", run.text);
        }
    }
}

/// What another run reads of a cache was said by the host all the same.
#[test]
fn cached_facts_are_heard_too() {
    let host = host();
    host.write("project/ansible.cfg", "[defaults]\nfact_caching = jsonfile\nfact_caching_connection = cache\n");
    host.play_far("- setup: {gather_subset: [env, distribution]}\n  environment: {EVIL: ../out/secret.yml}\n");
    host.play_far("- include_vars: '{{ ansible_env.EVIL }}'\n").tells(REFUSED);
}

/// The operator's own names stay free, whatever stands beside them, and so does what the controller said itself.
#[test]
fn the_operator_names_any_file() {
    let host = host();
    let run = host.play_far(
        r#"
- command: echo own
  register: reg
- command: cat TOP/out/secret.yml
  delegate_to: localhost
  register: here
- tempfile: {state: file}
  delegate_to: localhost
  register: tmp
- setup: {gather_subset: [distribution]}
- copy: {src: "{{ tmp.path }}", dest: TOP/copied}
- copy: {src: "TOP/pinned/x-{{ reg.stdout }}.txt", dest: TOP/copied}
- copy: {src: "{{ 'TOP/pinned/x-' ~ reg.stdout ~ '.txt' }}", dest: TOP/copied}
- set_fact: {pinned: "TOP/pinned/x-{{ reg.stdout }}.txt"}
- copy: {src: "{{ pinned }}", dest: TOP/copied}
- copy: {src: "{{ item.from }}", dest: "TOP/{{ item.to }}"}
  loop: [{from: TOP/out/secret.yml, to: "{{ reg.stdout }}"}]
  register: copied
- copy: {src: "{{ item.item.from }}", dest: TOP/copied}
  loop: "{{ copied.results }}"
- set_fact: {both: {path: TOP/out/secret.yml, said: "{{ reg.stdout }}"}}
- debug: {msg: "file {{ lookup('file', both.path) }}"}
- copy: {src: TOP/out/secret.yml, dest: "TOP/{{ reg.stdout }}"}
- copy: {src: "{{ 'TOP/out/secret.yml' if reg.stdout == 'own' else 'x' }}", dest: TOP/copied}
- script: "TOP/out/run.sh {{ reg.stdout }}/../x"
- include_tasks: "tasks/{{ reg.stdout }}.yml"
  vars: {how: pinned}
- include_vars: "{{ lookup('first_found', names) }}"
  vars:
    names: ["{{ ansible_distribution }}.yml", "vars/{{ ansible_facts.os_family }}.yml", vars/own.yml]
- include_vars: "{{ item }}"
  with_first_found: ["{{ ansible_facts['distribution'] }}.yml", TOP/out/secret.yml]
- fetch: {src: TOP/out/secret.yml, dest: TOP/got}
  register: got
- debug: {msg: "fetched {{ lookup('file', got.dest) }}"}
- debug: {msg: "said here {{ lookup('file', here.stdout.split(': ')[1] ~ '.txt') }}"}
  ignore_errors: true
- debug: {msg: all good}
"#
        .replace("TOP", &host.top())
        .as_str(),
    );
    run.tells("all good").tells("of the project pinned").tells("file secret: told").tells("fetched secret: told");
    run.tells("could not find the file `told.txt`");
    assert!(!run.text.contains("a host chose"), "{}", run.text);
}

/// For everything but names of files, what a host said is data like any other.
#[test]
fn what_a_host_said_behaves_as_what_this_machine_said() {
    let playbook = include_str!("playbooks/same_data.yml");
    let [far, near] = ["far", "own"].map(|name| {
        let host = Host::far();
        let run = host.play_far(&playbook.replace("HOST", name));
        run.tells("unreachable=0    failed=0");
        run.text.replace(&host.top(), "TOP").replace(name, "host")
    });
    assert!(far == near, "{far}\n--- and here:\n{near}");
}

/// What a host says names no file that is written, no host and no group that stand for files.
#[test]
fn nothing_is_written_or_named_after_a_path_of_a_host() {
    let host = host();
    for task in [
        "fetch: {src: 'TOP/out/secret.yml', dest: '{{ reg.stdout }}', flat: true}",
        "debug: {msg: \"{{ lookup('password', reg.stdout) }}\"}",
        "add_host: {name: '{{ reg.stdout }}'}",
        "add_host: {name: x, groups: ['{{ reg.stdout }}']}",
        "group_by: {key: '{{ reg.stdout }}'}",
    ] {
        let task = task.replace("TOP", &host.top());
        let run = host.play_far(&format!("- command: echo ../out/new\n  register: reg\n- {task}\n"));
        run.tells("because a host chose it");
        assert!(!host.has("out/new"));
    }
    let run = host.play_far(
        "- command: echo x\n  register: reg\n- fetch: {src: /etc/hostname, dest: 'got/{{ reg.stdout }}', flat: true}\n",
    );
    assert!(host.has("project/got/x"), "{}", run.text);
}

/// The names of `vars_files` are rendered for each host.
#[test]
fn a_fact_chooses_no_vars_file_elsewhere() {
    let host = host();
    let run = host.play_far(
        r#"
- hosts: far
  gather_facts: false
  vars: {name: "{{ reg.stdout | default('own.yml') }}"}
  vars_files: ["{{ name }}"]
  tasks:
    - debug: {msg: "is {{ secret }}"}
    - command: echo ../out/secret.yml
      register: reg
    - debug: {msg: "is {{ secret }}"}
"#,
    );
    run.tells("is own").tells(REFUSED);
    assert!(!run.text.contains("is told"), "{}", run.text);
}
