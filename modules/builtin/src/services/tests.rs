//! Services on a host that systemd runs.

use crate::fake_host::FakeHost;

const SHOW: &str = "systemctl show nginx";

fn host(show: &str) -> FakeHost {
    FakeHost::default()
        .program("systemctl")
        .file("/run/systemd/system/x", "")
        .file("/proc/1/comm", "systemd\n")
        .answer(SHOW, 0, show)
}

const ACTIVE: &str = "Id=nginx.service\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\n";
const DOWN: &str = "Id=nginx.service\nLoadState=loaded\nActiveState=inactive\nUnitFileState=disabled\n";

#[test]
fn one_process_tells_that_nothing_is_to_be_done() {
    for module in ["systemd", "service", "ansible.builtin.systemd_service"] {
        let host = host(ACTIVE);
        let outcome = host.call(module, r#"{"name": "nginx", "state": "started", "enabled": true}"#, false);
        assert!(!outcome.changed && outcome.failed.is_none(), "{outcome:?}");
        assert_eq!(host.ran(), [SHOW]);
        assert_eq!(outcome.values.str("state"), Some("started"));
    }
}

#[test]
fn check_changes_nothing_and_says_the_same() {
    let host = host(DOWN).answer("systemctl enable nginx", 0, "").answer("systemctl start nginx", 0, "");
    let args = r#"{"name": "nginx", "state": "restarted", "enabled": true}"#;
    assert!(host.call("systemd", args, true).changed);
    assert_eq!(host.ran(), [SHOW]);
    assert!(host.call("systemd", args, false).changed);
    assert_eq!(host.ran(), [SHOW, "systemctl enable nginx", "systemctl start nginx"]);
}

#[test]
fn tasks_that_come_together_look_at_a_unit_once() {
    let host = host(DOWN).answer("systemctl start nginx", 0, "").telling();
    let (looks, starts) = (r#"{"name": "nginx", "enabled": false}"#, r#"{"name": "nginx", "state": "started"}"#);
    assert!(!host.call("systemd", looks, false).changed);
    assert!(host.call("service", starts, true).changed);
    assert_eq!(host.ran(), [SHOW]);
    // One that comes later, as the next try of an `until` does.
    host.later();
    assert!(host.call("service", starts, false).changed);
    assert_eq!(host.ran(), [SHOW, "systemctl start nginx"]);
    host.call("systemd", looks, true);
    assert_eq!(host.ran(), [SHOW], "something was changed since");
    host.call("systemd", r#"{"name": "nginx", "enabled": false, "scope": "user"}"#, true);
    assert_eq!(host.ran().first().map(String::as_str), Some("systemctl --user show nginx"));
}

#[test]
fn a_reload_comes_first_and_is_no_change() {
    let args = r#"{"name": "nginx", "state": "started", "daemon_reload": true}"#;
    for module in ["systemd", "service"] {
        let host = host(ACTIVE).answer("systemctl daemon-reload", 0, "");
        let ahead = host.call(module, args, true);
        assert!(!ahead.changed && ahead.must_run);
        assert_eq!(host.ran(), [SHOW]);
        assert!(!host.call(module, args, false).changed);
        assert_eq!(host.ran(), ["systemctl daemon-reload", SHOW]);
    }
}

#[test]
fn systemd_itself_needs_no_name() {
    let host = host(ACTIVE).answer("systemctl daemon-reload", 0, "");
    let outcome = host.call("service", r#"{"daemon_reload": true}"#, false);
    assert_eq!((outcome.failed, host.ran()), (None, vec!["systemctl daemon-reload".to_owned()]));
    let outcome = host.call("service", r#"{"daemon_reload": true, "state": "started"}"#, false);
    assert_eq!(outcome.failed.as_deref(), Some("missing parameter(s) required by 'state': name"));
}

#[test]
fn failures_are_told_as_ansible_tells_them() {
    let nowhere = host("Id=nginx.service\nLoadState=not-found\nActiveState=inactive\n");
    let outcome = nowhere.call("service", r#"{"name": "nginx", "state": "started"}"#, false);
    assert_eq!(outcome.failed.as_deref(), Some("Could not find the requested service nginx: host"));
    let broken = host(DOWN).refusal("systemctl start nginx", 1, "Job failed.\n");
    let outcome = broken.call("service", r#"{"name": "nginx", "state": "started"}"#, false);
    assert_eq!(outcome.failed.as_deref(), Some("Unable to start service nginx: Job failed.\n"));
    let outcome = broken.call("systemd", r#"{"state": "started"}"#, true);
    assert_eq!(outcome.failed.as_deref(), Some("missing parameter(s) required by 'state': name"));
}

#[test]
fn in_check_mode_a_unit_may_come_with_an_earlier_task() {
    for module in ["systemd", "service"] {
        let nowhere = host("Id=nginx.service\nLoadState=not-found\nActiveState=inactive\n");
        let outcome = nowhere.call(module, r#"{"name": "nginx", "state": "started", "enabled": true}"#, true);
        assert!(outcome.changed && outcome.failed.is_none(), "{outcome:?}");
        assert_eq!(outcome.warnings, ["Service nginx not found on host, assuming it will exist on full run"]);
        assert_eq!(outcome.values.str("state"), Some("started"));
        assert_eq!(nowhere.ran(), [SHOW]);
    }
}

#[test]
fn masking_needs_no_unit() {
    let show = "Id=nginx.service\nLoadState=not-found\nActiveState=inactive\n";
    let host = host(show).answer("systemctl is-enabled nginx", 1, "").answer("systemctl mask nginx", 0, "");
    assert!(host.call("systemd", r#"{"name": "nginx", "masked": true}"#, false).changed);
    assert_eq!(host.ran(), [SHOW, "systemctl is-enabled nginx", "systemctl mask nginx"]);
}

#[test]
fn init_scripts_are_used_where_systemd_is_not() {
    let host = FakeHost::default()
        .program("service")
        .program("update-rc.d")
        .file("/proc/1/comm", "init\n")
        .file("/etc/init.d/cron", "#!/bin/sh")
        .file("/etc/rc3.d/K01cron", "")
        .answer("service cron status", 3, "cron is not running\n")
        .answer("service cron start", 0, "")
        .answer("update-rc.d cron enable", 0, "");
    let outcome = host.call("service", r#"{"name": "cron", "state": "started", "enabled": true}"#, false);
    assert!(outcome.changed, "{outcome:?}");
    assert_eq!(host.ran(), ["service cron status", "update-rc.d cron enable", "service cron start"]);
}
