//! Modules for packages.

mod apt;
mod debconf;
mod dpkg_status;
mod generic;
mod package;
mod policy_rc_d;
mod spec;
mod version;

#[cfg(test)]
mod tests;
