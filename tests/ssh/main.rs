//! Links against a real OpenSSH server on loopback, with throwaway keys and directories: anyone can run most of these; those
//! that need other accounts run as root, in a mount namespace of their own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says so by failing")]

mod agent;
mod becoming;
mod between;
mod enemies;
mod estate;
mod host_keys;
mod hostile;
mod lending;
mod logins;
mod many;
mod matrix;
mod odd_hosts;
mod openssh;
mod placing;
mod playing;
mod prepared_homes;
mod runners;
mod server;
mod shell_backend;
mod ssh_config;
mod weak;
