//! What comes from files and from hosts, changed at random: whatever it is, the answer is a value or an error, never a panic. Each reader
//! is given so many mutations of good inputs; they follow from a seed, so that a run can be repeated.
//!
//! `HOSTLER_MUTATIONS=100000 HOSTLER_MUTATION_SEED=7 cargo test --test mutation` asks more, and otherwise. A failure names the seed of
//! the one input that did it; `HOSTLER_MUTATIONS=1` with that seed does it again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says so by failing")]

mod chance;
mod mutant;
mod programs;
mod readers;
mod targets;

use mutant::{Mutant, number};
use std::panic::{AssertUnwindSafe, catch_unwind};
use targets::Target;

/// Gives a reader its mutations.
fn ask(usual: u64, target: &Target) {
    let inputs = (target.examples)();
    assert!(!inputs.is_empty());
    let (count, first) = (number("HOSTLER_MUTATIONS", usual), number("HOSTLER_MUTATION_SEED", 1));
    for seed in first..first + count {
        let input = Mutant::new(seed).of(&inputs, target.words);
        if catch_unwind(AssertUnwindSafe(|| (target.read)(&input))).is_err() {
            panic!(
                "{}: HOSTLER_MUTATION_SEED={seed} HOSTLER_MUTATIONS=1: {:?}",
                target.name,
                String::from_utf8_lossy(&input)
            );
        }
    }
}

#[test]
fn frames() {
    ask(20_000, &targets::FRAMES);
}

#[test]
fn yaml() {
    ask(1_000, &targets::YAML);
}

#[test]
fn templates() {
    ask(1_000, &targets::TEMPLATES);
}

#[test]
fn vaults() {
    ask(400, &targets::VAULT);
}

#[test]
fn known_hosts_and_ssh_configuration() {
    ask(5_000, &targets::SSH_FILES);
}

#[test]
fn words_of_the_command_line() {
    ask(5_000, &targets::SSH_ARGUMENTS);
}

#[test]
fn inventories_and_settings() {
    ask(1_000, &targets::INI);
}

#[test]
fn inventories_of_the_program() {
    ask(40, &Target { read: programs::read_inventory, ..targets::INI });
}

#[test]
fn playbooks_of_the_program() {
    let words = &[
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
    ask(40, &Target { read: programs::read_playbook, words, ..targets::YAML });
}
