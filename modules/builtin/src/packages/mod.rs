//! Modules for packages.

mod apt;
mod apt_cache;
mod apt_command;
mod apt_index;
mod apt_plan;
mod dpkg_status;
mod generic;
mod package;
mod policy_rc_d;
mod spec;
mod version;

#[cfg(test)]
mod tests;
