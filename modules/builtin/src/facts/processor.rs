//! `/proc/cpuinfo`: sockets, cores, threads.

use super::{exists, text};
use hostler_sdk::{Look, Map, Value};
use std::collections::BTreeMap;

pub(super) fn gather(look: &Look) -> Map {
    let Ok(cpuinfo) = look.read_text("/proc/cpuinfo") else { return Map::new() };
    let xen = exists(look, "/proc/xen") || text(look, "/sys/hypervisor/type").is_some_and(|t| t.starts_with("xen"));
    let mut out = parse(&cpuinfo, &look.machine(), xen);
    // The processors this process may use, from `Cpus_allowed_list: 0-3,8`.
    let status = look.read_text("/proc/self/status").unwrap_or_default();
    let allowed = status.lines().find_map(|l| l.strip_prefix("Cpus_allowed_list:")).and_then(count);
    if let Some(allowed) = allowed {
        out.set("processor_nproc", allowed);
    }
    out
}

fn count(list: &str) -> Option<u64> {
    list.trim().split(',').try_fold(0, |sum, part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(sum + last.parse::<u64>().ok()?.checked_sub(first.parse().ok()?)? + 1)
    })
}

fn parse(cpuinfo: &str, machine: &str, xen: bool) -> Map {
    let mut listed: Vec<&str> = Vec::new();
    let mut flags: Option<Vec<&str>> = None;
    let (mut vendors, mut models, mut processors) = (0u64, 0u64, 0u64);
    let mut sockets: BTreeMap<&str, u64> = BTreeMap::new();
    let mut first_socket = None;
    let mut threads: Option<u64> = None;
    let (mut socket, mut core_seen) = ("0", false);
    let mut paravirtual = false;
    let (mut s390_processors, mut s390_threads) = (0u64, 1u64);
    for line in cpuinfo.lines() {
        let (key, value) = line.split_once(':').unwrap_or((line, ""));
        let (key, value) = (key.trim(), value.trim());
        match key {
            "flags" => {
                paravirtual |= xen && !value.contains("vme");
                flags = Some(value.split_whitespace().collect());
            }
            "model name" | "Processor" | "vendor_id" | "cpu" | "Vendor" | "processor" => {
                listed.push(value);
                vendors += u64::from(key == "vendor_id");
                models += u64::from(key == "model name");
                processors += u64::from(key == "processor");
            }
            "physical id" => {
                socket = value;
                sockets.entry(value).or_insert(1);
                first_socket = first_socket.or(Some(value));
            }
            "core id" => core_seen = true,
            "cpu cores" => {
                sockets.insert(socket, value.parse().unwrap_or(1));
                first_socket = first_socket.or(Some(socket));
            }
            "siblings" => threads = threads.or(value.parse().ok()),
            "# processors" => s390_processors = value.parse().unwrap_or(0),
            "max thread id" => s390_threads = value.parse::<u64>().unwrap_or(0) + 1,
            _ => {}
        }
    }
    let mut number = listed.len() as u64;
    if vendors > 0 && vendors == models {
        number = vendors;
    }
    if ["armv", "aarch", "ppc"].iter().any(|prefix| machine.starts_with(prefix)) {
        number = processors;
    }
    let mut out = Map::new();
    out.set("processor", Value::from(listed));
    out.set_some("flags", flags);
    let (count, cores, per_core, vcpus, nproc);
    if machine == "s390x" {
        (count, per_core, vcpus, nproc) = (1, s390_threads, s390_processors, s390_processors);
        cores = s390_processors / s390_threads;
    } else if paravirtual {
        (count, cores, per_core, vcpus, nproc) = (number, number, 1, number, number);
    } else {
        count = if sockets.is_empty() { number } else { sockets.len() as u64 };
        cores = first_socket.and_then(|s| sockets.get(s)).copied().filter(|c| *c > 0).unwrap_or(1);
        let siblings = if core_seen || threads.is_some() { threads.unwrap_or(1) } else { 1 };
        // Rounded half to even, as Python's round does; the halves that occur are 0.5.
        per_core = (siblings as f64 / cores as f64).round_ties_even() as u64;
        vcpus = per_core * count * cores;
        nproc = processors;
    }
    out.set("processor_count", count);
    out.set("processor_cores", cores);
    out.set("processor_threads_per_core", per_core);
    out.set("processor_vcpus", vcpus);
    out.set("processor_nproc", nproc);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_cores_and_threads_are_counted() {
        let one = |n: u32, socket: u32| {
            format!(
                "processor\t: {n}\nvendor_id\t: GenuineIntel\nmodel name\t: Xeon\nphysical id\t: {socket}\nsiblings\t: 4\ncore id\t\t: 0\ncpu cores\t: 2\nflags\t\t: fpu vme\n\n"
            )
        };
        let text: String = (0..8).map(|n| one(n, n / 4)).collect();
        let facts = parse(&text, "x86_64", false);
        let number = |key: &str| facts.get(key).and_then(Value::as_int);
        assert_eq!(number("processor_count"), Some(2));
        assert_eq!(number("processor_cores"), Some(2));
        assert_eq!(number("processor_threads_per_core"), Some(2));
        assert_eq!(number("processor_vcpus"), Some(8));
        assert_eq!(number("processor_nproc"), Some(8));
        assert_eq!(facts.get("processor").and_then(Value::as_list).map(<[_]>::len), Some(24));
    }

    #[test]
    fn arm_has_only_processors() {
        let facts = parse("processor\t: 0\nBogoMIPS\t: 50.00\n\nprocessor\t: 1\n", "aarch64", false);
        assert_eq!(facts.get("processor_count"), Some(&Value::from(2)));
        assert_eq!(facts.get("processor_vcpus"), Some(&Value::from(2)));
    }

    #[test]
    fn lists_of_processors_are_counted() {
        assert_eq!(count("\t0-3,8"), Some(5));
        assert_eq!(count("0"), Some(1));
        assert_eq!(count("x"), None);
    }
}
