//! The host's full name, as Python's `socket.getfqdn()` finds it: the name's address, and that address's names. The
//! hosts file is read; only when it does not know the name, and other sources are configured, `getent` is asked.

use hostler_sdk::{Command, Look};
use std::time::Duration;

pub(super) fn find(look: &Look, node: &str) -> String {
    let hosts = look.read_text("/etc/hosts").unwrap_or_default();
    if let Some(name) = in_hosts(&hosts, node) {
        return name;
    }
    let sources = look.read_text("/etc/nsswitch.conf").unwrap_or_default();
    if only_files(&sources) {
        return node.to_owned();
    }
    let ask = |what: &str| {
        let mut command = Command::new(["getent", "hosts", what]);
        command.timeout = Some(Duration::from_secs(5));
        look.query(&command).ok().filter(hostler_sdk::Output::ok).map(|output| output.out())
    };
    let Some(answer) = ask(node) else { return node.to_owned() };
    let Some(address) = answer.split_whitespace().next() else { return node.to_owned() };
    let reverse = ask(address).unwrap_or(answer.clone());
    let names: Vec<&str> = reverse.split_whitespace().skip(1).collect();
    best(&names).unwrap_or(node).to_owned()
}

/// Looks the name up in the text of a hosts file and goes back from its address to the address's first line.
fn in_hosts(hosts: &str, node: &str) -> Option<String> {
    let entries = || {
        hosts.lines().filter_map(|line| {
            let mut words = line.split('#').next()?.split_whitespace();
            let address = words.next()?;
            Some((address, words.collect::<Vec<_>>()))
        })
    };
    let (address, _) = entries().find(|(_, names)| names.contains(&node))?;
    let (_, names) = entries().find(|(a, names)| *a == address && !names.is_empty())?;
    best(&names).map(str::to_owned)
}

/// The first name with a dot, else the first.
fn best<'a>(names: &[&'a str]) -> Option<&'a str> {
    names.iter().find(|n| n.contains('.')).or_else(|| names.first()).copied()
}

fn only_files(nsswitch: &str) -> bool {
    let line = nsswitch.lines().find_map(|l| l.trim().strip_prefix("hosts:"));
    line.is_some_and(|sources| sources.split_whitespace().all(|source| source == "files"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_file_names_the_host() {
        for (hosts, want) in [
            ("127.0.0.1 localhost\n127.0.1.1 web1.example.org web1\n", Some("web1.example.org")),
            ("127.0.0.1 localhost\n127.0.0.1 web1\n", Some("localhost")),
            ("10.0.0.1 web1 web1.example.org # here\n", Some("web1.example.org")),
            ("# 10.0.0.1 web1\n127.0.0.1 localhost\n", None),
            ("10.0.0.1 web1\n", Some("web1")),
        ] {
            assert_eq!(in_hosts(hosts, "web1").as_deref(), want, "{hosts}");
        }
    }

    #[test]
    fn other_sources_are_noticed() {
        assert!(only_files("passwd: files\nhosts:   files\n"));
        assert!(!only_files("hosts: files dns\n"));
        assert!(!only_files(""));
    }
}
