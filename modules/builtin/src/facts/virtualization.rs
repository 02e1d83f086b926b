//! What the host runs in, and what could run in it.

use super::{exists, text};
use hostler_sdk::{Look, Map, Value};
use std::collections::BTreeSet;

/// Clues found so far. The first one that decides gives type and role; the rest only add technologies.
#[derive(Debug, Default, PartialEq)]
struct Found {
    decided: Option<(String, &'static str)>,
    guest: BTreeSet<String>,
    host: BTreeSet<String>,
}

impl Found {
    fn guest(&mut self, tech: &str) {
        self.guest.insert(tech.to_owned());
        self.decided.get_or_insert_with(|| (tech.to_owned(), "guest"));
    }
    fn host(&mut self, tech: &str) {
        self.host.insert(tech.to_owned());
        self.decided.get_or_insert_with(|| (tech.to_owned(), "host"));
    }
}

pub(super) fn gather(look: &Look) -> Map {
    let mut found = Found::default();
    containers(look, &mut found);
    xen(look, &mut found);
    let dmi = |name: &str| text(look, &format!("/sys/devices/virtual/dmi/id/{name}")).unwrap_or_default();
    firmware(&mut found, &dmi("product_name"), &dmi("sys_vendor"), &dmi("product_family"), &dmi("bios_vendor"));
    if let Some(context) = look.read_text("/proc/self/status").ok().and_then(|t| vserver(&t)) {
        if context == 0 { found.host("linux_vserver") } else { found.guest("linux_vserver") }
    }
    processors(&mut found, &look.read_text("/proc/cpuinfo").unwrap_or_default());
    modules(look, &mut found);
    if exists(look, "/dev/kvm") {
        found.host("kvm");
    }
    let mut out = Map::new();
    let (kind, role) = found.decided.unwrap_or_else(|| ("NA".to_owned(), "NA"));
    out.set("virtualization_type", kind);
    out.set("virtualization_role", role);
    out.set("virtualization_tech_guest", found.guest.into_iter().collect::<Value>());
    out.set("virtualization_tech_host", found.host.into_iter().collect::<Value>());
    out
}

fn containers(look: &Look, found: &mut Found) {
    cgroups(found, &look.read_text("/proc/1/cgroup").unwrap_or_default());
    environment(found, &look.read_text("/proc/1/environ").unwrap_or_default());
    if exists(look, "/proc/vz") && !exists(look, "/proc/lve") {
        if exists(look, "/proc/bc") { found.host("openvz") } else { found.guest("openvz") }
    }
    let systemd = text(look, "/run/systemd/container");
    if let Some(name) = &systemd {
        found.guest(name);
    }
    if exists(look, "/.dockerenv") || exists(look, "/.dockerinit") {
        found.guest("docker");
    }
    let known = ["docker", "lxc", "podman", "openvz", "containerd"];
    if systemd.is_some() || known.iter().any(|name| found.guest.contains(*name)) {
        found.guest.insert("container".to_owned());
    }
}

fn cgroups(found: &mut Found, text: &str) {
    for line in text.lines() {
        if line.contains("/docker/") || is_docker_scope(line) {
            found.guest("docker");
        }
        if line.contains("/lxc/") || line.contains("/machine.slice/machine-lxc") {
            found.guest("lxc");
        }
        if line.contains("/system.slice/containerd.service") {
            found.guest("containerd");
        }
    }
}

/// `.../docker-0123abcd.scope`
fn is_docker_scope(line: &str) -> bool {
    let Some((_, rest)) = line.split_once("/docker-") else { return false };
    let digits = rest.chars().take_while(|c| matches!(c, '0'..='9' | 'a'..='f')).count();
    digits > 0 && rest[digits..].starts_with(".scope")
}

fn environment(found: &mut Found, text: &str) {
    for variable in text.split('\0') {
        if variable.contains("container=lxc") {
            found.guest("lxc");
        }
        if variable.contains("container=podman") {
            found.guest("podman");
        }
        if variable.strip_prefix("container=").is_some_and(|v| !v.is_empty()) {
            found.guest("container");
        }
    }
}

fn xen(look: &Look, found: &mut Found) {
    if !exists(look, "/proc/xen") {
        return;
    }
    let control = look.read_text("/proc/xen/capabilities").is_ok_and(|t| t.contains("control_d"));
    if control {
        found.host("xen");
    } else {
        found.decided.get_or_insert_with(|| ("xen".to_owned(), "guest"));
    }
}

fn firmware(found: &mut Found, product: &str, vendor: &str, family: &str, bios: &str) {
    if matches!(product, "KVM" | "KVM Server" | "Bochs" | "AHV" | "CloudStack KVM Hypervisor") {
        found.guest("kvm");
    }
    match (vendor, family, product) {
        ("oVirt", _, _) => found.guest("oVirt"),
        ("Red Hat", "RHV", _) => found.guest("RHV"),
        ("Red Hat", _, "RHEV Hypervisor") => found.guest("RHEV"),
        _ => {}
    }
    if product.starts_with("VMware") {
        found.guest("VMware");
    }
    if matches!(product, "OpenStack Compute" | "OpenStack Nova") {
        found.guest("openstack");
    }
    match bios {
        "Xen" => found.guest("xen"),
        "innotek GmbH" => found.guest("virtualbox"),
        "Amazon EC2" | "DigitalOcean" | "Hetzner" | "Linode" => found.guest("kvm"),
        _ => {}
    }
    match vendor {
        "QEMU" | "Amazon EC2" | "DigitalOcean" | "Google" | "Scaleway" | "Nutanix" => found.guest("kvm"),
        "KubeVirt" => found.guest("KubeVirt"),
        "Microsoft Corporation" => found.guest("VirtualPC"),
        "Parallels Software International Inc." => found.guest("parallels"),
        "OpenStack Foundation" => found.guest("openstack"),
        _ => {}
    }
}

fn vserver(status: &str) -> Option<u32> {
    status.lines().find_map(|l| l.strip_prefix("VxID:")?.trim().parse().ok())
}

fn processors(found: &mut Found, cpuinfo: &str) {
    for line in cpuinfo.lines() {
        let starts = |key: &str| line.starts_with(key);
        if starts("model name") && line.contains("QEMU Virtual CPU")
            || starts("machine") && line.contains("CHRP IBM pSeries (emulated by qemu)")
        {
            found.guest("kvm");
        } else if starts("vendor_id") && line.contains("User Mode Linux")
            || starts("model name") && line.contains("UML")
        {
            found.guest("uml");
        } else if starts("vendor_id") && line.contains("PowerVM Lx86") {
            found.guest("powervm_lx86");
        } else if starts("vendor_id") && line.contains("IBM/S390") {
            found.guest.insert("PR/SM".to_owned());
            found.decided.get_or_insert_with(|| ("PR/SM".to_owned(), "LPAR"));
        }
    }
}

fn modules(look: &Look, found: &mut Found) {
    let Ok(text) = look.read_text("/proc/modules") else { return };
    let loaded = |name: &str| text.lines().any(|l| l.split(' ').next() == Some(name));
    if loaded("kvm") {
        found.host("kvm");
    }
    if loaded("vboxdrv") {
        found.host("virtualbox");
    }
    if loaded("virtio") {
        found.host.insert("kvm".to_owned());
        found.decided.get_or_insert_with(|| ("kvm".to_owned(), "guest"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_clue_decides_and_all_are_kept() {
        let mut found = Found::default();
        cgroups(&mut found, "0::/system.slice/docker-0af3.scope\n");
        firmware(&mut found, "Standard PC", "QEMU", "", "SeaBIOS");
        found.host("kvm");
        assert_eq!(found.decided, Some(("docker".to_owned(), "guest")));
        assert_eq!(found.guest.into_iter().collect::<Vec<_>>(), ["docker", "kvm"]);
        assert!(found.host.contains("kvm"));
    }

    #[test]
    fn firmware_names_clouds() {
        for (product, vendor, bios, want) in [
            ("VMware Virtual Platform", "VMware, Inc.", "Phoenix", "VMware"),
            ("VirtualBox", "innotek GmbH", "innotek GmbH", "virtualbox"),
            ("t3.micro", "Amazon EC2", "Amazon EC2", "kvm"),
            ("OpenStack Nova", "OpenStack Foundation", "SeaBIOS", "openstack"),
            ("Virtual Machine", "Microsoft Corporation", "AMI", "VirtualPC"),
        ] {
            let mut found = Found::default();
            firmware(&mut found, product, vendor, "", bios);
            assert_eq!(found.decided, Some((want.to_owned(), "guest")), "{product}");
        }
    }

    #[test]
    fn containers_show_in_the_first_process() {
        let mut found = Found::default();
        environment(&mut found, "PATH=/bin\0container=podman\0");
        assert_eq!(found.decided, Some(("podman".to_owned(), "guest")));
        assert!(!is_docker_scope("/docker-.scope"));
    }
}
