//! What is known to be a secret is shown nowhere, whatever way it takes: results, items, labels, differences, errors, encodings,
//! logs, every verbosity and output.

use std::path::Path;
use std::process::{Command, Output};

/// The vaulted value, the value in a vaulted file, the password for becoming another user, the value in a role's vaulted file.
const SECRETS: [&str; 4] = ["Tr0ub4dor&3 'x'", "correct horse/battery", "s3same-0pen", "of the r0le alone"];

struct Play {
    folder: tempfile::TempDir,
}

impl Play {
    fn new() -> Play {
        let play = Play { folder: tempfile::tempdir().unwrap() };
        play.write("password", "for the vault\n");
        play.write(
            "inventory",
            &format!("h1\n[all:vars]\nansible_connection=local\nansible_become_password={}\n", SECRETS[2]),
        );
        let vaulted = play.hostler(&["vault", "encrypt_string", "--vault-password-file", "password", SECRETS[0]]);
        let vaulted = String::from_utf8(vaulted.stdout).unwrap();
        assert!(vaulted.starts_with("!vault"), "{vaulted}");
        play.write("vars.yml", &format!("inline: {vaulted}\n"));
        play.write("file.yml", &format!("whole: {}\nnumber: 73910465\nlist: [{}]\n", SECRETS[1], SECRETS[1]));
        play.hostler(&["vault", "encrypt", "--vault-password-file", "password", "file.yml"]);
        assert!(play.read("file.yml").starts_with("$ANSIBLE_VAULT"));
        play.write("roles/r/vars/main.yml", &format!("of_role: {}\n", SECRETS[3]));
        play.hostler(&["vault", "encrypt", "--vault-password-file", "password", "roles/r/vars/main.yml"]);
        play.write("roles/r/tasks/main.yml", "- debug: {msg: \"role {{ of_role }}\"}\n");
        play.write("text.j2", "first\nkey = {{ inline }}\n");
        play.write("old.txt", "first\nkey = other\n");
        play.write("site.yml", SITE);
        play
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    fn hostler(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hostler"));
        command.args(arguments).current_dir(self.path()).env("HOME", self.path()).env_remove("ANSIBLE_CONFIG");
        command.output().unwrap()
    }

    /// What a run prints, with the flags that every run needs.
    fn run(&self, arguments: &[&str]) -> String {
        let output = self.hostler(&[arguments, &["-i", "inventory", "--vault-password-file", "password"]].concat());
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    }
}

const SITE: &str = r#"
- hosts: h1
  gather_facts: false
  vars_files: [vars.yml, file.yml]
  roles: [r]
  tasks:
    - command: echo "{{ inline }}" "{{ whole }}" "{{ ansible_become_password }}" {{ number }}
      become: true
      become_user: "{{ lookup('pipe', 'id -un') }}"
      register: said
    - name: Named {{ whole }}
      debug: {msg: "told {{ said.stdout }}"}
    - debug: {var: inline}
    - debug: {msg: "item {{ item }}"}
      loop: ["{{ inline }}", "{{ whole }}"]
    - debug: {msg: named}
      loop: [1]
      loop_control: {label: "label {{ inline }}"}
    - debug:
        msg: {"{{ inline }}": "{{ {whole: [inline]} }}"}
    - debug:
        msg:
          - json {{ inline | to_json }}
          - base64 {{ inline | b64encode }} {{ ('user:' ~ inline) | b64encode }} {{ ('x' ~ inline) | b64encode }}
          - url {{ whole | urlencode }} {{ inline | urlencode }}
          - yaml {{ dict(a=whole) | to_nice_yaml }}
    - set_fact: {copied: "{{ inline }}"}
    - debug: {msg: "fact {{ copied }} {{ hostvars.h1.copied }}"}
    - template: {src: text.j2, dest: "{{ playbook_dir }}/old.txt"}
    - copy: {content: "{{ whole }}", dest: "{{ playbook_dir }}/old.txt"}
      check_mode: true
    - fail: {msg: "failed with {{ inline }}"}
      ignore_errors: true
    - debug: {msg: "{{ undefined_name ~ inline }}"}
      ignore_errors: true
    - debug: {msg: "{{ inline | from_json }}"}
      ignore_errors: true
    - assert: {that: "inline == whole", fail_msg: "{{ whole }} is not {{ inline }}"}
      ignore_errors: true
    - command: "false {{ inline | quote }}"
      until: false
      retries: 1
      delay: 0
      ignore_errors: true
    - slurp: {src: "{{ playbook_dir }}/old.txt"}
    - set_stats: {data: {stat: "{{ inline }}"}}
    - debug: {msg: the end}
"#;

fn shows_nothing(printed: &str, what: &str) {
    for secret in SECRETS.iter().chain(&["73910465", "horse%2Fbattery", "Tr0ub4dor%263", "Tr0ub4dor\\u00263"]) {
        assert!(!printed.contains(secret), "{what}: `{secret}` is in\n{printed}");
    }
    use base64::Engine;
    let base64 = base64::engine::general_purpose::STANDARD.encode(SECRETS[0]);
    assert!(!printed.contains(&base64[..12]), "{what}: {printed}");
}

/// CVE-2018-16859, CVE-2018-16876, CVE-2019-14864, CVE-2020-1753, CVE-2024-8775, items and labels, encodings.
#[test]
fn vaulted_values_and_passwords_are_shown_nowhere() {
    for flags in [&["--output", "plain"][..], &["--output", "plain", "-vvv"], &["--output", "json"]] {
        let play = Play::new();
        play.write("ansible.cfg", "[defaults]\nlog_path = log\nshow_custom_stats = true\n");
        let printed = play.run(&[&["play", "site.yml", "--diff"], flags].concat());
        for word in [
            "role ********",
            "told ********",
            "item ********",
            "label ********",
            "failed with ********",
            "the end",
            "key = ********",
        ] {
            assert!(printed.contains(word), "{flags:?}: no `{word}` in\n{printed}");
        }
        shows_nothing(&printed, &format!("{flags:?}"));
        shows_nothing(&play.read("log"), "the log");
        assert_eq!(play.read("old.txt"), format!("first\nkey = {}\n", SECRETS[0]), "what is written is no mask");
    }
}

/// The same for a single task.
#[test]
fn single_tasks_show_none_either() {
    let play = Play::new();
    let flags = ["-e", "@vars.yml", "-e", "@file.yml"];
    let printed =
        play.run(&[&["run", "all", "-m", "command", "-a", "echo '{{ whole }}' {{ number }}"], &flags[..]].concat());
    assert!(printed.contains("******** ********"), "{printed}");
    shows_nothing(&printed, "run");
}

/// A module's secret arguments are not in its result, as with Ansible's modules.
#[test]
fn secret_arguments_are_not_in_results() {
    let play = Play::new();
    let task = "- hosts: h1\n  gather_facts: false\n  tasks:\n    - user: {name: hunter22, password: hunter22, home: /srv/hunter22}\n      check_mode: true\n      register: made\n    - assert:\n        that: made.name == 'VALUE_SPECIFIED_IN_NO_LOG_PARAMETER'\n";
    play.write("site.yml", task);
    let printed = play.run(&["play", "site.yml", "--output", "plain"]);
    assert!(printed.contains("All assertions passed"), "{printed}");
}

/// As in Ansible, what `include_vars` read of a vaulted file is hidden as a whole, short texts included.
#[test]
fn what_is_included_of_a_vaulted_file_is_hidden() {
    let play = Play::new();
    play.write("included.yml", "pin: q7z\n");
    play.hostler(&["vault", "encrypt", "--vault-password-file", "password", "included.yml"]);
    play.write("open.yml", "known: to all\n");
    play.write(
        "included_site.yml",
        "- hosts: h1\n  gather_facts: false\n  tasks:\n    - include_vars: open.yml\n    - include_vars: included.yml\n",
    );
    let text = play.run(&["play", "included_site.yml", "-vv"]);
    assert!(text.contains("to all") && text.contains("the output has been hidden"), "{text}");
    assert!(!text.contains("q7z"), "{text}");
}
