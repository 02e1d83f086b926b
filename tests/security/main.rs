//! Nothing a host says is ever evaluated, and nothing it says reaches the terminal raw: one test for each way in that others were
//! hurt by. The host is this machine; what it "says" is a text with a template that would leave a file behind.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by failing")]

mod chosen_files;
mod host;
mod library;
mod secrets;

use host::{EVIL, Host};

/// CVE-2016-9587: facts, output, items, error texts, diffs and file names were evaluated.
#[test]
fn what_a_host_says_is_shown_as_it_is() {
    let host = Host::new();
    let run = host.play(
        r#"
- command: cat evil.txt
  register: said
- debug: {var: said.stdout}
- debug: {msg: "told {{ said.stdout }}"}
- debug: {msg: "item {{ item }}"}
  loop: "{{ said.stdout_lines }}"
- debug: {msg: "named"}
  loop: "{{ said.stdout_lines }}"
  loop_control: {label: "label {{ item }}"}
- shell: cat evil.txt >&2; exit 1
  ignore_errors: true
- fail: {msg: "failed with {{ said.stdout }}"}
  ignore_errors: true
- copy: {content: "{{ said.stdout }}", dest: "{{ playbook_dir }}/copied.txt"}
- template: {src: text.j2, dest: "{{ playbook_dir }}/templated.txt"}
- find: {paths: "{{ playbook_dir }}/named"}
  register: found
- debug: {msg: "found {{ found.files[0].path }}"}
"#,
    );
    run.holds("told ").holds("item ").holds("label ").holds("failed with ").holds("named/");
    assert_eq!(host.read("copied.txt"), EVIL);
    assert_eq!(host.read("templated.txt"), format!("said: {EVIL}\n"));
}

/// CVE-2017-7466, CVE-2017-7481: lookups, filters and other ways round lost the mark.
#[test]
fn lookups_filters_and_variables_keep_it_as_it_is() {
    let host = Host::new();
    let run = host.play(
        r#"
- hosts: h1
  gather_facts: false
  tasks:
    - command: cat evil.txt
      register: said
    - set_fact: {fact: "{{ said.stdout }}", cacheable: true}
    - debug: {msg: "1 {{ lookup('vars', 'fact') }}"}
    - debug: {msg: "2 {{ query('items', [said.stdout])[0] }}"}
    - debug: {msg: "3 {{ lookup('file', 'evil.txt') }}"}
    - debug: {msg: "4 {{ lookup('pipe', 'cat evil.txt') }}"}
    - debug: {msg: "5 {{ lookup('template', 'text.j2') }}"}
    - debug: {msg: "6 {{ said.stdout | trim | regex_replace('x', 'y') }}"}
    - debug: {msg: "7 {{ [said.stdout] | map('string') | join('') }}"}
    - debug: {msg: "8 {{ {'k': said.stdout} | to_json | from_json | dict2items | map(attribute='value') | first }}"}
    - debug: {msg: "9 {{ said.stdout | b64encode | b64decode }}"}
    - debug: {msg: "10 {{ (said.stdout | to_yaml | from_yaml) }}"}
    - debug: {msg: "11 {{ said.stdout ~ '' }}"}
    - debug: {msg: "12 {{ said.stdout.split('\n')[0] }}"}
    - debug: {msg: "13 {{ '%s' % said.stdout }}"}
    - debug: {msg: "14 {{ '{}'.format(said.stdout) }}"}
    - debug: {msg: "15 {{ said.stdout | default('x') | ternary(said.stdout, 'no') }}"}
- hosts: h2
  gather_facts: false
  tasks:
    - debug: {msg: "16 {{ hostvars['h1'].fact }}"}
    - debug: {msg: "17 {{ hostvars['h1']['said']['stdout'] }}"}
    - debug: {msg: "18 {{ item.value.fact }}"}
      with_dict: "{{ {'h1': hostvars['h1']} }}"
"#,
    );
    for n in 1..=18 {
        run.holds(&format!("{n} "));
    }
}

/// The same by way of a cache: what another run reads was said by the host all the same.
#[test]
fn cached_facts_keep_it_as_it_is() {
    let host = Host::new();
    host.write("ansible.cfg", "[defaults]\nfact_caching = jsonfile\nfact_caching_connection = cache\n");
    host.play(
        r#"
- command: cat evil.txt
  register: said
- set_fact: {kept: "{{ said.stdout }}", cacheable: true}
"#,
    );
    let run = host.play(
        r#"
- debug: {msg: "cached {{ kept }}"}
- debug: {msg: "fact {{ ansible_facts.kept }}"}
- debug: {msg: "item {{ item }}"}
  loop: ["{{ kept }}"]
"#,
    );
    run.holds("cached ").holds("fact ").holds("item ");
}

/// CVE-2019-10156: the result of rendering was rendered again.
#[test]
fn what_was_rendered_is_not_rendered_again() {
    let host = Host::new();
    let run = host.play(
        r#"
- hosts: h1
  gather_facts: false
  vars:
    brace: "{{ '{{' }}"
    made: "{{ brace }} lookup('pipe', 'touch MARK') }}"
  tasks:
    - debug: {msg: "made {{ made }}"}
    - set_fact: {again: "{{ made }}"}
    - debug: {msg: "made {{ again }}"}
    - debug: {var: again}
    - assert: {that: "again is string", success_msg: "made {{ again }}"}
"#,
    );
    run.holds("made ");
}

/// CVE-2019-10206, CVE-2019-14856: the mark was lost from bytes to text; CVE-2021-3583: and with a newline at the end.
#[test]
fn lines_with_and_without_an_end_keep_it_as_it_is() {
    let host = Host::new();
    let run = host.play(
        r#"
- slurp: {src: "{{ playbook_dir }}/lines.txt"}
  register: slurped
- set_fact: {text: "{{ slurped.content | b64decode }}"}
- debug: {msg: "with {{ text }}"}
- debug: {msg: "without {{ text | trim }}"}
- debug: {msg: "each {{ item }}"}
  loop: "{{ text.splitlines() }}"
- copy: {content: "{{ text }}", dest: "{{ playbook_dir }}/copied.txt"}
"#,
    );
    run.holds("each ");
    assert_eq!(host.read("copied.txt"), format!("first\n{EVIL}\n"));
}

/// CVE-2020-1738: a fact chose the module that `package` and `service` ran.
#[test]
fn a_fact_does_not_choose_the_module() {
    let host = Host::new();
    host.play_to_end(
        r#"
- set_fact: {ansible_pkg_mgr: shell, ansible_service_mgr: shell, ansible_facts: {pkg_mgr: shell, service_mgr: shell}}
  ignore_errors: true
- package: {name: "touch MARK"}
  check_mode: true
  ignore_errors: true
- service: {name: "touch MARK"}
  check_mode: true
  ignore_errors: true
"#,
    );
}

/// A host chose the files that a playbook included, by facts of which file names are made.
#[test]
fn a_fact_does_not_choose_a_file_elsewhere() {
    let host = Host::new();
    host.write("ansible.cfg", "[defaults]\nfact_caching = jsonfile\nfact_caching_connection = cache\n");
    host.write("elsewhere/evil.yml", "- command: touch MARK\n  args: {chdir: '{{ playbook_dir }}'}\n");
    let by_hosts = r#"{"ansible_os_family": "../elsewhere/evil", "ansible_distribution": "Debian"}"#;
    host.write("cache/s1_h1", &format!(r#"{{"__payload__": {by_hosts:?}}}"#));
    host.write("tasks/Debian.yml", "- debug: {msg: 'of {{ ansible_distribution }}'}\n");
    let run = host.play_to_end(
        r#"
- include_tasks: "tasks/{{ ansible_distribution }}.yml"
- include_tasks: "tasks/{{ ansible_os_family }}.yml"
"#,
    );
    run.tells("of Debian").tells("the fact `ansible_os_family` of `h1` was dropped").tells("is undefined");
}

/// CVE-2023-5764: messages and conditions were evaluated again.
#[test]
fn messages_and_conditions_keep_it_as_it_is() {
    let host = Host::new();
    let run = host.play(
        r#"
- command: cat evil.txt
  register: said
- assert: {that: "said.stdout == 'x'", fail_msg: "1 {{ said.stdout }}"}
  ignore_errors: true
- assert: {that: "said.stdout != 'x'", success_msg: "2 {{ said.stdout }}"}
- debug: {msg: "3 {{ said.stdout }}"}
  when: "'MARK' in said.stdout"
- command: cat evil.txt
  failed_when: "'MARK' in said.stdout"
  ignore_errors: true
- command: cat evil.txt
  register: tried
  until: tried.stdout == said.stdout
  retries: 1
  delay: 0
- debug: {msg: never}
  when: said.stdout
  ignore_errors: true
- assert: {that: said.stdout}
  ignore_errors: true
- assert: {that: "{{ said.stdout }}"}
  ignore_errors: true
"#,
    );
    run.holds("1 ").holds("2 ").holds("3 ");
    assert!(!run.text.contains("\"msg\": \"never\""), "{}", run.text);
}

/// CVE-2024-11079: an intermediate variable lost the mark.
#[test]
fn variables_three_deep_keep_it_as_it_is() {
    let host = Host::new();
    let run = host.play(
        r#"
- hosts: h1
  gather_facts: false
  tasks:
    - command: cat evil.txt
      register: said
- hosts: h2
  gather_facts: false
  vars:
    a: "{{ hostvars['h1'].said.stdout }}"
    b: "{{ a }}"
    c: {deep: ["{{ b }}"]}
    d: "{{ c.deep }}"
  tasks:
    - debug: {msg: "deep {{ d[0] }}"}
    - debug: {msg: "item {{ item }}"}
      loop: "{{ d }}"
    - copy: {content: "{{ c.deep | first }}", dest: "{{ playbook_dir }}/copied.txt"}
"#,
    );
    run.holds("deep ").holds("item ");
    assert_eq!(host.read("copied.txt"), EVIL);
}

/// Control sequences of a host would move the cursor, fill the clipboard or turn text round.
#[test]
fn control_sequences_do_not_reach_the_terminal() {
    let host = Host::new();
    let run = host.play_to_end(
        r#"
- command: printf 'a\033]52;c;ZXZpbA==\007b\033[2Jc\rd\342\200\256e'
  register: said
- debug: {var: said.stdout}
- debug: {msg: "{{ said.stdout }}"}
- debug: {msg: x}
  loop: "{{ [said.stdout] }}"
- fail: {msg: "{{ said.stdout }}"}
"#,
    );
    for c in ['\u{1b}', '\u{7}', '\r', '\u{202e}'] {
        assert!(!run.text.contains(c), "{c:?} is in the output: {:?}", run.text);
    }
}
