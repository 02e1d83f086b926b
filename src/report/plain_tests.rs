//! The plain layout, held to what ansible-core 2.19 prints.

use super::*;
use crate::report::samples::{done, task};

fn screen(events: &[Event]) -> String {
    screens(events).0
}

/// Standard output and standard error.
fn screens(events: &[Event]) -> (String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut plain = Plain::new(&mut out, &mut err, PlainOptions::default());
    events.iter().for_each(|e| plain.event(e));
    (String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

#[test]
fn a_warning_of_many_hosts_is_told_once_and_on_standard_error() {
    let warned = || done(1, Status::Ok, r#"{"changed": false, "warnings": ["old key"]}"#);
    let (out, err) = screens(&[task(1, "x", "ping"), warned(), warned(), Event::Warning { text: "so".into() }]);
    assert_eq!(err, "[WARNING]: old key\n[WARNING]: so\n");
    assert!(out.ends_with("ok: [web1]\nok: [web1]\n"), "{out}");
}

#[test]
fn looks_as_ansible_does() {
    let stats = HostStats { ok: 2, changed: 1, failed: 1, ..HostStats::default() };
    let screen = screen(&[
        Event::PlayStart { name: "all".into(), hosts: vec!["web1".into()], free: false },
        task(1, "one", "command"),
        done(1, Status::Changed, r#"{"changed": true}"#),
        task(2, "two", "fail"),
        done(2, Status::Failed, r#"{"msg": "no", "changed": false, "failed": true}"#),
        Event::Recap { hosts: vec![("web1".into(), stats)], custom: Map::new(), seconds: 1.0 },
    ]);
    assert_eq!(
        screen,
        "\nPLAY [all] *********************************************************************\n\
         \nTASK [one] *********************************************************************\n\
         changed: [web1]\n\
         \nTASK [two] *********************************************************************\n\
         fatal: [web1]: FAILED! => {\"changed\": false, \"msg\": \"no\"}\n\
         \nPLAY RECAP *********************************************************************\n\
         web1                       : ok=2    changed=1    unreachable=0    failed=1    skipped=0    rescued=0    ignored=0   \n\n"
    );
}

#[test]
fn debug_shows_its_message_alone() {
    let mut event = done(1, Status::Ok, r#"{"msg": "hi", "changed": false}"#);
    if let Event::HostDone { verbose, .. } = &mut event {
        *verbose = true;
    }
    assert!(
        screen(&[task(1, "x", "ansible.builtin.debug"), event]).ends_with("ok: [web1] => {\n    \"msg\": \"hi\"\n}\n")
    );
}

#[test]
fn a_host_cannot_steer_the_terminal() {
    let screen = screen(&[
        task(1, "x", "command"),
        done(1, Status::Changed, "{\"changed\": true, \"diff\": {\"before\": \"\", \"after\": \"a\\u001b[2Jb\\n\"}}"),
    ]);
    assert!(screen.contains("+a\\x1b[2Jb\n"));
}
