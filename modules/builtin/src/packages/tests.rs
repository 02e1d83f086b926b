//! `apt` and `package` on a Debian host.

use crate::fake_host::FakeHost;

const STATUS: &str = "Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.21\n\nPackage: nginx\nStatus: install ok installed\nArchitecture: amd64\nProvides: httpd\nVersion: 1.22.1-9\n";

fn host() -> FakeHost {
    FakeHost::default()
        .program("apt-get")
        .file("/etc/os-release", "ID=debian\nNAME=Debian\nPRETTY_NAME=\"Debian (x)\"\nVERSION_ID=12\n")
        .file("/usr/bin/apt-get", "")
        .file("/var/lib/dpkg/status", STATUS)
        .file("/var/lib/apt/lists/x", "")
}

const APT: &str =
    "apt-get -y -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=60";

#[test]
fn a_converged_task_starts_no_process() {
    for (module, args) in [
        ("apt", r#"{"name": "nginx"}"#),
        ("apt", r#"{"pkg": ["nginx:amd64", "nginx=1.22.1-9", "nginx>=1.20"], "install_recommends": false}"#),
        ("apt", r#"{"name": "nano", "state": "absent", "purge": true}"#),
        ("apt", r#"{"name": "nano", "only_upgrade": true}"#),
        ("apt", r#"{"name": "nginx", "cache_valid_time": 99999999999}"#),
        ("package", r#"{"name": "nginx", "state": "present"}"#),
    ] {
        let host = host();
        let outcome = host.call(module, args, false);
        assert!(!outcome.changed && outcome.failed.is_none(), "{module} {args}: {outcome:?}");
        assert_eq!(host.ran(), Vec::<String>::new(), "{module} {args}");
    }
}

#[test]
fn what_is_missing_is_simulated_then_installed() {
    let policy = "nano:\n  Installed: (none)\n  Candidate: 7.2-1\n  Version table:\n";
    let install = format!("{APT} install nano=7.2-1");
    let simulate = format!("{APT} --simulate install nano=7.2-1");
    let out = "Reading state information...\nThe following NEW packages will be installed:\n  nano\n0 upgraded, 1 newly installed, 0 to remove and 0 not upgraded.\nInst nano\n";
    let host = host().answer("apt-cache policy -- nano", 0, policy).answer(&simulate, 0, out).answer(&install, 0, out);
    let ahead = host.call("apt", r#"{"name": "nano"}"#, true);
    assert!(ahead.changed, "{ahead:?}");
    assert_eq!(host.ran(), ["apt-cache policy -- nano", simulate.as_str()]);
    let done = host.call("apt", r#"{"name": "nano"}"#, false);
    assert!(done.changed);
    assert_eq!(host.ran(), ["apt-cache policy -- nano", install.as_str()]);
    let prepared = done.diff.first().and_then(|d| d.prepared.as_deref());
    assert!(prepared.is_some_and(|text| text.starts_with("The following NEW") && !text.contains("Inst")));
}

#[test]
fn unknown_packages_and_versions_fail_with_ansibles_words() {
    let host = host().answer("apt-cache policy -- nosuch", 0, "").answer(
        "apt-cache madison -- nginx",
        0,
        " nginx | 1.22.1-9 | x\n",
    );
    let failed = |args: &str| host.call("apt", args, false).failed.unwrap_or_default();
    assert_eq!(failed(r#"{"name": "nosuch"}"#), "No package matching 'nosuch' is available");
    assert_eq!(failed(r#"{"name": "a=b=c"}"#), "invalid package spec: a=b=c");
    let host = host.answer("apt-cache policy -- nginx", 0, "nginx:\n  Candidate: 1.22.1-9\n");
    let failed = |args: &str| host.call("apt", args, false).failed.unwrap_or_default();
    assert_eq!(failed(r#"{"name": "nginx=9"}"#), "no available installation candidate for nginx=9");
}

#[test]
fn a_provided_name_is_there() {
    let host = host().answer("apt-cache policy -- httpd", 0, "httpd:\n  Installed: (none)\n  Candidate: (none)\n");
    let outcome = host.call("apt", r#"{"name": "httpd"}"#, false);
    assert!(!outcome.changed && outcome.failed.is_none(), "{outcome:?}");
}

#[test]
fn a_wanted_package_is_marked_as_such() {
    let host = host()
        .file("/var/lib/apt/extended_states", "Package: nginx\nArchitecture: amd64\nAuto-Installed: 1\n")
        .answer("apt-mark manual -- nginx", 0, "");
    let ahead = host.call("apt", r#"{"name": "nginx"}"#, true);
    assert!(!ahead.changed && ahead.must_run);
    assert!(host.ran().is_empty());
    assert!(!host.call("apt", r#"{"name": "nginx"}"#, false).changed);
    assert_eq!(host.ran(), ["apt-mark manual -- nginx"]);
}

#[test]
fn stale_lists_are_refreshed() {
    let update = "apt-get -q -o APT::Update::Error-Mode=any -o DPkg::Lock::Timeout=60 update";
    let host = host().answer(update, 0, "");
    let ahead = host.call("apt", r#"{"update_cache": true, "name": "nginx"}"#, true);
    assert!(!ahead.changed && ahead.must_run);
    assert!(host.ran().is_empty());
    host.call("apt", r#"{"update_cache": true, "name": "nginx"}"#, false);
    assert_eq!(host.ran(), [update]);
}

#[test]
fn the_policy_comes_back_after_an_installation() {
    let remove = format!("{APT} remove nginx").replacen("apt-get -y", "apt-get -q -y", 1);
    let host = host().file("/usr/sbin/policy-rc.d", "mine").answer(&remove, 0, "");
    let outcome = host.call("apt", r#"{"name": "nginx", "state": "absent", "policy_rc_d": 101}"#, false);
    assert!(outcome.changed, "{outcome:?}");
    assert_eq!(host.text("/usr/sbin/policy-rc.d").as_deref(), Some("mine"));
    assert_eq!(host.text("/usr/sbin/policy-rc.d.hostler-saved"), None);
}
