//! What comes from files and from hosts, changed at random: whatever it is, the answer is a value or an error, never a panic. Each reader
//! is given so many mutations of good inputs; they follow from a seed, so that a run can be repeated.
//!
//! `HOSTLER_MUTATIONS=100000 HOSTLER_MUTATION_SEED=7 cargo test --test mutation` asks more, and otherwise. A failure names the seed of
//! the one input that did it; `HOSTLER_MUTATIONS=1` with that seed does it again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says so by failing")]

mod chance;
mod mutant;
mod readers;

use mutant::{Mutant, number};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Gives a reader its mutations.
fn ask(usual: u64, inputs: &[Vec<u8>], words: &[&str], reader: impl Fn(&[u8])) {
    assert!(!inputs.is_empty());
    let (count, first) = (number("HOSTLER_MUTATIONS", usual), number("HOSTLER_MUTATION_SEED", 1));
    for seed in first..first + count {
        let input = Mutant::new(seed).of(inputs, words);
        if catch_unwind(AssertUnwindSafe(|| reader(&input))).is_err() {
            panic!("HOSTLER_MUTATION_SEED={seed} HOSTLER_MUTATIONS=1: {:?}", String::from_utf8_lossy(&input));
        }
    }
}

#[test]
fn frames() {
    ask(20_000, &readers::frames(), &[], readers::read_frames);
}

#[test]
fn yaml() {
    let words = [
        "&a ",
        "*a",
        "<<: ",
        "!vault |",
        "!unsafe ",
        "? ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        "\"\\u",
        "%YAML 1.1\n",
        "---\n",
        "|+\n",
        "\t",
    ];
    ask(1_000, &readers::files(&["yml"]), &words, readers::read_yaml);
}

#[test]
fn templates() {
    let words = [
        "{{ ",
        " }}",
        "{% ",
        " %}",
        "{#",
        "{%- if ",
        " | ",
        " is ",
        "~",
        "[::",
        "(",
        ")",
        ".x",
        "loop.",
        "not ",
        "'",
        "{% raw %}",
    ];
    ask(1_000, &readers::templates(), &words, readers::read_template);
}

#[test]
fn vaults() {
    let words = ["$ANSIBLE_VAULT;", "1.2;AES256;", "\n", "\r\n", "00", "3330", "<<<<<<< "];
    ask(400, &readers::vaults(), &words, readers::read_vault);
}

#[test]
fn known_hosts_and_ssh_configuration() {
    let words = [
        "@revoked ",
        "@cert-authority ",
        "|1|",
        "[",
        "]:22",
        "!",
        "*",
        "ssh-ed25519 ",
        "Host ",
        "Match host ",
        "Include ",
        "=",
        "\"",
    ];
    ask(5_000, &readers::ssh_files(), &words, readers::read_ssh_file);
}

#[test]
fn words_of_the_command_line() {
    let words = ["-o ", "-J ", "'", "\"", "\\", "ProxyJump=", "ssh://", "[::1]", "%h", "%%", "-A"];
    ask(5_000, &readers::arguments(), &words, readers::read_arguments);
}

#[test]
fn inventories() {
    let words =
        ["[", "]", ":children]\n", ":vars]\n", "[01:20]", "[a:z]", "=", "'", "#", "ansible_host=", "{", "1e999"];
    ask(40, &readers::inventories(), &words, readers::read_inventory);
}

#[test]
fn playbooks() {
    let words = [
        "- hosts: ",
        "tasks:\n",
        "block:\n",
        "loop: ",
        "when: ",
        "{{ ",
        " }}",
        "include_tasks: ",
        "roles:\n",
        "vars:\n",
    ];
    ask(40, &readers::files(&["yml"]), &words, readers::read_playbook);
}
