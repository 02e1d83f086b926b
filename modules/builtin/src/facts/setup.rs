//! `setup`: gathers the families of facts that are asked for.

use super::filter::Filter;
use super::subset::{self, FAMILIES};
use super::{block, dmi, memory};
use super::{
    capabilities, date_time, distribution, kernel, local, lsb, managers, mounts, network, platform, processor, python,
    resolver, security, ssh_keys, storage, user, virtualization,
};
use hostler_sdk::args::HostPath;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Facts, Look, Map, Module, Outcome, Value};
use std::time::Duration;

/// Gathers facts about remote hosts
///
/// Plays call it by themselves unless `gather_facts` is off. Facts come from `/proc`, `/sys` and `/etc`; `facter` and
/// `ohai` are never run.
#[derive(Module)]
#[module(
    kind = "facts",
    name = "setup",
    aliases("gather_facts"),
    returns(("ansible_facts", "dict", "the facts, each under a name that starts with `ansible_`")),
    examples = r#"- name: Collect only facts returned by facter and the network
  ansible.builtin.setup:
    gather_subset:
      - '!all'
      - network

- name: Display only facts regarding memory
  ansible.builtin.setup:
    filter:
      - ansible_*_mb
"#
)]
pub struct Setup {
    /// Families to gather: `all`, `min`, `hardware`, `network`, `virtual`, ...; `!` before a name excludes it.
    #[arg(default = "all")]
    gather_subset: Vec<String>,
    /// Longest time in seconds that slow sources (file systems that hang) may take.
    #[arg(default = "10")]
    gather_timeout: u32,
    /// Only facts whose names match one of these shell patterns.
    filter: Vec<String>,
    /// Directory of local facts, files that end in `.fact`.
    #[arg(default = "/etc/ansible/facts.d")]
    fact_path: HostPath,
}

/// Families that start processes or ask the network, so that waiting for one of them need not hold up the others.
const SLOW: [&str; 9] = ["platform", "lsb", "chroot", "systemd", "user", "caps", "local", "hardware", "network"];

impl Facts for Setup {
    fn gather(&self, look: &Look) -> Result<Outcome> {
        let wanted = subset::select(&self.gather_subset).map_err(Failure::new)?;
        let filter = Filter::new(&self.filter);
        let families: Vec<&str> = FAMILIES.iter().map(|f| f.name).filter(|name| wanted.contains(name)).collect();
        let families: Vec<&str> = families.into_iter().filter(|name| filter.needs(name)).collect();
        let found = look.each(&families, |name| SLOW.contains(name), |look, name| self.family(name, look, &filter));
        let mut facts = Map::new();
        for (name, value) in found.into_iter().flatten() {
            facts.set(format!("ansible_{name}"), value);
        }
        facts.set("gather_subset", self.gather_subset.clone());
        facts.set("module_setup", true);
        Ok(Outcome::default().with("ansible_facts", filter.keep(facts)))
    }
}

impl Setup {
    fn family(&self, name: &str, look: &Look, filter: &Filter) -> Map {
        let timeout = Duration::from_secs(u64::from(self.gather_timeout.max(1)));
        match name {
            "platform" => platform::gather(look),
            "distribution" => distribution::gather(look),
            "lsb" => one("lsb", lsb::gather(look)),
            "selinux" => security::selinux(look),
            "apparmor" => security::apparmor(look),
            "fips" => security::fips(look),
            "chroot" => security::chroot(look),
            "python" => python::gather(look),
            "pkg_mgr" => one("pkg_mgr", managers::package_manager(look)),
            "service_mgr" => one("service_mgr", managers::service_manager(look)),
            "systemd" => managers::systemd(look),
            "cmdline" => kernel::command_line(look),
            "loadavg" => kernel::load(look),
            "date_time" => one("date_time", date_time::facts(&jiff::ZonedDateTime::now())),
            "env" => one("env", look.environment().into_iter().collect::<Map>()),
            "ssh_pub_keys" => ssh_keys::gather(look),
            "user" => user::gather(look),
            "caps" => capabilities::gather(look),
            "local" => one("local", local::gather(look, &look.expand(&self.fact_path))),
            "hardware" => hardware(look, timeout, filter),
            "network" => network::gather(look),
            "fibre_channel_wwn" => storage::fibre_channel(look),
            "iscsi" => storage::iscsi(look),
            "nvme" => storage::nvme(look),
            "dns" => one("dns", resolver::gather(look)),
            "virtual" => virtualization::gather(look),
            "facter" | "ohai" => self.foreign(name, look),
            _ => Map::new(),
        }
    }

    /// Facts of other tools are not gathered; who asks for them by name is told so.
    fn foreign(&self, name: &str, look: &Look) -> Map {
        if self.gather_subset.iter().any(|s| s == name) {
            look.warn(format!("facts of `{name}` are not gathered"));
        }
        Map::new()
    }
}

fn one(name: &str, value: impl Into<Value>) -> Map {
    let mut out = Map::new();
    out.set(name, value);
    out
}

fn hardware(look: &Look, timeout: Duration, filter: &Filter) -> Map {
    let sources: [(&str, &dyn Fn() -> Map); 7] = [
        ("processor", &|| processor::gather(look)),
        ("memory", &|| memory::gather(look)),
        ("dmi", &|| dmi::gather(look)),
        ("devices", &|| block::gather(look)),
        ("uptime", &|| kernel::uptime(look)),
        ("lvm", &|| one("lvm", "N/A")),
        ("mounts", &|| one("mounts", mounts::gather(look, timeout))),
    ];
    sources.iter().filter(|(name, _)| filter.needs(name)).flat_map(|(_, gather)| gather()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hostler_sdk::Call;
    use hostler_sdk::backend::native::Native;
    use hostler_sdk::body::Inline;

    fn names(args: &[(&str, Value)]) -> Vec<String> {
        let args: Map = args.iter().map(|(name, value)| (*name, value.clone())).collect();
        let call = Call { module: "setup".into(), args, ..Call::default() };
        let module = hostler_sdk::find("setup").expect("setup").module;
        let outcome = module.call(&call, &Native::new(), &Inline(Vec::new().into()));
        let facts = outcome.values.get("ansible_facts").and_then(Value::as_map).cloned().expect("facts");
        facts.keys().map(ToString::to_string).collect()
    }

    /// Whatever this machine tells is also told when it is asked for by its name alone.
    #[test]
    fn a_filter_looks_where_the_fact_is() {
        let all = names(&[]);
        assert!(all.len() > 50, "{all:?}");
        for name in &all {
            assert_eq!(names(&[("filter", vec![name.clone()].into())]), std::slice::from_ref(name));
        }
    }
}
