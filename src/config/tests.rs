//! Settings as a whole: files found, sources laid over each other, errors with their places.

use super::*;
use std::path::{Path, PathBuf};

fn project(cfg: &str) -> (tempfile::TempDir, Surroundings) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("ansible.cfg"), cfg).unwrap();
    let around = Surroundings { cwd: dir.path().to_owned(), home: "/home/ann".into(), ..Surroundings::default() };
    (dir, around)
}

#[test]
fn flags_beat_the_environment_beats_the_file_beats_defaults() {
    let (dir, mut around) = project(
        "[defaults]\nforks = 7\ntimeout = 20 ; seconds\nroles_path = roles:~/more\nremote_user = \"deploy\"\ninventory = hosts, inv2\n[privilege_escalation]\nbecome = Yes\n[ssh_connection]\nretries=3\n",
    );
    around.env.insert("ANSIBLE_TIMEOUT".into(), "30".into());
    around.env.insert("ANSIBLE_RUN_TAGS".into(), "a, b".into());
    around.env.insert("ANSIBLE_VERBOSITY".into(), String::new());
    let mut settings = Settings::load_in(around).unwrap();
    assert_eq!((*settings.forks, *settings.timeout, *settings.poll_interval), (7, 30, 15));
    assert!(*settings.r#become);
    assert_eq!(settings.remote_user.as_deref(), Some("deploy"));
    assert_eq!(*settings.roles_path, [dir.path().join("roles"), PathBuf::from("/home/ann/more")]);
    assert_eq!(*settings.inventory, ["hosts", "inv2"].map(|n| dir.path().join(n).display().to_string()));
    assert_eq!((*settings.reconnection_retries, *settings.verbosity), (3, 0));
    assert_eq!(*settings.run_tags, ["a", "b"]);
    assert_eq!(settings.collections_path[0], Path::new("/home/ann/.ansible/collections"));
    assert_eq!(settings.timeout.origin().to_string(), "environment variable `ANSIBLE_TIMEOUT`");
    assert!(settings.forks.origin().to_string().ends_with("ansible.cfg:2:1"));
    settings.forks.set_flag("--forks", 9);
    assert_eq!((*settings.forks, settings.forks.origin().to_string().as_str()), (9, "flag `--forks`"));
    let listed = settings.list();
    assert!(listed.iter().any(|(name, value, _)| *name == "timeout" && *value == 30.into()));
}

#[test]
fn wrong_values_are_errors_with_place_and_hint() {
    for (cfg, want) in [
        (
            "[defaults]\nforks = many\n",
            "invalid value `many` for the setting `forks`: it must be a whole number in range",
        ),
        (
            "[defaults]\ngathering = smrt\n",
            "invalid value `smrt` for the setting `gathering`: it must be one of `implicit`, `explicit`, `smart`",
        ),
        (
            "[defaults]\nremote_port = 70000\n",
            "invalid value `70000` for the setting `remote_port`: it must be a whole number in range",
        ),
    ] {
        let (_dir, around) = project(cfg);
        let error = Settings::load_in(around).unwrap_err().to_string();
        assert!(error.starts_with(want) && error.ends_with("ansible.cfg:2:1)"), "{error}");
    }
}

#[test]
fn a_file_that_anybody_could_write_is_passed_over() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, mut around) = project("[defaults]\nforks = 7\n");
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let settings = Settings::load_in(around.clone()).unwrap();
    assert_ne!(*settings.forks, 7);
    assert!(settings.warnings[0].what.ends_with("ansible.cfg` was not read"));
    around.env.insert("ANSIBLE_CONFIG".into(), dir.path().display().to_string());
    let settings = Settings::load_in(around).unwrap();
    assert_eq!((*settings.forks, settings.warnings.len()), (7, 0));
}

#[test]
fn what_means_nothing_is_known_with_its_reason() {
    let (_dir, around) =
        project("[defaults]\nnocows = 1\nlibrary = lib\nunheard_of = 3\n[ssh_connection]\npipelining = True\n");
    let settings = Settings::load_in(around).unwrap();
    let keys: Vec<_> = settings.meaningless.iter().map(|m| m.key).collect();
    assert_eq!(keys, ["ssh_connection.pipelining", "defaults.nocows", "defaults.library"]);
    assert_eq!(settings.warnings.len(), 1);
}

#[test]
fn host_keys_follow_both_settings() {
    for (cfg, want) in [
        ("", HostKeys::Strict),
        ("[defaults]\nhost_key_checking = False\n", HostKeys::Off),
        ("[defaults]\nhost_key_checking = False\n[hostler]\nhost_key_policy = accept-new\n", HostKeys::AcceptNew),
    ] {
        let (_dir, around) = project(cfg);
        assert_eq!(Settings::load_in(around).unwrap().host_keys(), want);
    }
}
