//! The kernel, the machine and its names.

use super::{exists, fqdn, python, text};
use hostler_sdk::{Look, Map};

pub(super) fn gather(look: &Look) -> Map {
    let mut out = Map::new();
    let kernel = |name: &str| text(look, &format!("/proc/sys/kernel/{name}"));
    let machine = look.machine();
    let node = kernel("hostname").or_else(|| text(look, "/etc/hostname")).unwrap_or_default();
    let fqdn = fqdn::find(look, &node);
    out.set("system", kernel("ostype").unwrap_or_else(|| "Linux".to_owned()));
    out.set_some("kernel", kernel("osrelease"));
    out.set_some("kernel_version", kernel("version"));
    out.set("machine", machine.as_str());
    out.set_some("python_version", python::version(look).map(|v| v.text()));
    out.set("fqdn", fqdn.as_str());
    out.set("hostname", node.split('.').next().unwrap_or_default());
    out.set("nodename", node.as_str());
    out.set("domain", fqdn.split_once('.').map_or("", |(_, domain)| domain));
    let bits = userspace_bits(look, &machine);
    out.set("userspace_bits", bits);
    match (machine.as_str(), bits) {
        ("x86_64", bits) => {
            out.set("architecture", "x86_64");
            out.set("userspace_architecture", if bits == "64" { "x86_64" } else { "i386" });
        }
        ("i386" | "i486" | "i586" | "i686" | "i86pc", bits) => {
            out.set("architecture", "i386");
            out.set("userspace_architecture", if bits == "64" { "x86_64" } else { "i386" });
        }
        (other, _) => {
            out.set("architecture", other);
        }
    }
    let id = text(look, "/var/lib/dbus/machine-id").or_else(|| text(look, "/etc/machine-id"));
    out.set_some("machine_id", id.and_then(|id| id.lines().next().map(str::to_owned)));
    out
}

/// Whether programs are 64 or 32 bits wide: told by the dynamic loader that is installed.
fn userspace_bits(look: &Look, machine: &str) -> &'static str {
    let loaders: &[&str] = match machine {
        "x86_64" => &["/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1"],
        "aarch64" => &["/lib/ld-linux-aarch64.so.1", "/lib64/ld-linux-aarch64.so.1", "/lib/ld-musl-aarch64.so.1"],
        m if m.contains("64") || m == "s390x" => return "64",
        _ => return "32",
    };
    let any_other = ["/lib/ld-linux.so.2", "/lib/ld-linux-armhf.so.3", "/lib/ld-musl-i386.so.1"];
    let sixty_four = loaders.iter().any(|path| exists(look, path));
    if sixty_four || !any_other.iter().any(|path| exists(look, path)) { "64" } else { "32" }
}
