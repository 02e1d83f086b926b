//! Modules that start, stop and enable services.

mod initscript;
mod service;
mod show;
mod systemd;
mod unit;

#[cfg(test)]
mod tests;
