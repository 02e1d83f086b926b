//! What this program is built on and promised of: the SSH library, and the list of promises with their tests.

use std::path::Path;

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The version of a package that is built in; `None` when it is not.
fn version(lock: &str, package: &str) -> Option<Vec<u32>> {
    let (_, rest) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    rest.split('"').next()?.split('.').map(|part| part.parse().ok()).collect()
}

/// SSH, CVE-2025-54804 and its kin: a russh without the holes that are known, and no SSH library in C (CVE-2026-55200).
#[test]
fn the_ssh_library_is_new_enough_and_none_is_in_c() {
    let lock = read("Cargo.lock");
    assert!(version(&lock, "russh").unwrap() >= vec![0, 63, 1]);
    for c in ["libssh2-sys", "ssh2", "libssh-rs", "libssh-rs-sys", "openssl-sys"] {
        assert_eq!(version(&lock, c), None, "{c}");
    }
}

/// Every promise of the list has the test it names.
#[test]
fn promises_have_their_tests() {
    let list = read("tests/security/promises.tsv");
    let mut held = 0;
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let [_, fault, file, test] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let text = read(file);
        let found = text.split_once(&format!("fn {test}(")).map(|(before, _)| before.trim_end().to_owned());
        let marked = found.is_some_and(|before| before.lines().rev().take(2).any(|line| line.contains("test")));
        assert!(marked, "{fault}: there is no test `{test}` in {file}");
        held += 1;
    }
    assert!(held > 30);
}
