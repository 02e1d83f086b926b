//! `user` and `group` on a host with the shadow suite.

use crate::fake_host::FakeHost;

fn host() -> FakeHost {
    FakeHost::default()
        .program("useradd")
        .program("usermod")
        .program("chage")
        .program("chpasswd")
        .program("groupadd")
        .file("/etc/passwd", "root:x:0:0:root:/root:/bin/bash\nbob:x:1000:1000:Bob:/home/bob:/bin/sh\n")
        .file("/etc/group", "root:x:0:\nbob:x:1000:\nadm:x:4:bob\ndev:x:50:\n")
        .file("/etc/shadow", "bob:!$6$s$h:19000:0:99999:7:::\n")
        .file("/home/bob/.profile", "")
}

#[test]
fn a_user_that_is_right_costs_no_process() {
    for args in [
        r#"{"name": "bob"}"#,
        r#"{"name": "bob", "uid": 1000, "group": "bob", "groups": "adm", "shell": "/bin/sh", "comment": "Bob"}"#,
        r#"{"name": "bob", "groups": ["adm"], "append": true, "password": "$6$s$h", "password_lock": true, "expires": -1}"#,
        r#"{"name": "nobody-here", "state": "absent"}"#,
    ] {
        let host = host();
        let outcome = host.call("user", args, false);
        assert!(!outcome.changed && outcome.failed.is_none(), "{args}: {outcome:?}");
        assert!(host.ran().is_empty(), "{args}");
    }
}

/// `root` is in no shadow file here.
#[test]
fn an_account_without_a_shadow_entry_gets_one_to_never_expire() {
    assert!(host().call("user", r#"{"name": "root", "create_home": false, "expires": -1}"#, true).changed);
    assert!(!host().call("user", r#"{"name": "root", "create_home": false}"#, true).changed);
}

#[test]
fn differences_become_one_usermod() {
    let line = "usermod -G adm,dev -s /bin/bash bob";
    let host = host().answer(line, 0, "").answer("chage -M 90 bob", 0, "");
    let args = r#"{"name": "bob", "groups": "dev", "append": true, "shell": "/bin/bash", "password_expire_max": 90}"#;
    assert!(host.call("user", args, true).changed);
    assert!(host.ran().is_empty());
    let outcome = host.call("user", args, false);
    assert!(outcome.changed && outcome.failed.is_none(), "{outcome:?}");
    assert_eq!(host.ran(), [line, "chage -M 90 bob"]);
}

#[test]
fn a_password_goes_through_standard_input() {
    let host = host().answer("chpasswd -e", 0, "");
    let outcome = host.call("user", r#"{"name": "bob", "password": "$6$s$other"}"#, false);
    assert!(outcome.changed && outcome.failed.is_none(), "{outcome:?}");
    assert_eq!(host.ran_with_input(), [("chpasswd -e".to_owned(), "bob:$6$s$other\n".to_owned())]);
    let kept = host.call("user", r#"{"name": "bob", "password": "$6$s$other", "update_password": "on_create"}"#, true);
    assert!(!kept.changed);
}

#[test]
fn an_unknown_group_is_a_failure_and_in_check_mode_one_that_may_come() {
    for args in [
        r#"{"name": "bob", "groups": "nope"}"#,
        r#"{"name": "bob", "group": "nope"}"#,
        r#"{"name": "new", "groups": ["adm", "nope"]}"#,
    ] {
        let outcome = host().call("user", args, false);
        assert_eq!(outcome.failed.as_deref(), Some("Group nope does not exist"), "{args}");
        let outcome = host().call("user", args, true);
        assert!(outcome.changed && outcome.failed.is_none(), "{args}: {outcome:?}");
        assert_eq!(
            outcome.warnings,
            ["failed to look up group nope. Create group up to this point in real play"],
            "{args}"
        );
    }
}

#[test]
fn a_failing_tool_is_quoted() {
    let host = host().refusal("groupadd -g 50 web", 4, "groupadd: GID '50' already exists\n");
    let outcome = host.call("group", r#"{"name": "web", "gid": 50}"#, false);
    assert_eq!(outcome.failed.as_deref(), Some("groupadd: GID '50' already exists\n"));
    assert_eq!(host.call("group", r#"{"name": "dev", "gid": 50}"#, false).failed, None);
}
