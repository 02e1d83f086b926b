//! Modules for the host as a whole: its clock-driven jobs, waiting for it, its name, restarting it, its inventory.

mod connections;
mod cron;
mod crontab;
mod hostname;
mod package_facts;
mod reboot;
mod service_facts;
mod wait_for;

pub use reboot::Reboot;
