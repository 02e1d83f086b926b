//! Which program manages services and which manages packages. `service` and `package` dispatch by the same probes, never
//! by a fact that a host could have chosen.

use super::{exists, text};
use hostler_sdk::{Command, FileKind, Look, Map};

/// The name of the service manager, as in `ansible_service_mgr`.
pub(crate) fn service_manager(look: &Look) -> String {
    let init = text(look, "/proc/1/comm").or_else(|| look.read_link("/sbin/init").ok());
    let init = init.map(|name| name.rsplit('/').next().unwrap_or_default().trim().to_owned());
    match init.as_deref() {
        None | Some("init" | "") => {}
        Some(shell) if shell.ends_with("sh") => {}
        Some("procd") => return "openwrt_init".to_owned(),
        Some("runit-init") => return "runit".to_owned(),
        Some("svscan") => return "svc".to_owned(),
        Some("openrc-init") => return "openrc".to_owned(),
        Some(other) => return other.to_owned(),
    }
    let name = if exists(look, "/etc/openwrt_release") {
        "openwrt_init"
    } else if runs_systemd(look) {
        "systemd"
    } else if look.which("initctl").is_some() && exists(look, "/etc/init") {
        "upstart"
    } else if exists(look, "/sbin/openrc") {
        "openrc"
    } else if has_systemd(look) {
        "systemd"
    } else if exists(look, "/etc/init.d") {
        "sysvinit"
    } else if exists(look, "/etc/dinit.d") {
        "dinit"
    } else {
        "service"
    };
    name.to_owned()
}

/// Whether systemd runs the host now.
pub(crate) fn runs_systemd(look: &Look) -> bool {
    let running = ["/run/systemd/system", "/dev/.run/systemd", "/dev/.systemd"];
    running.iter().any(|path| exists(look, path)) && look.which("systemctl").is_some()
}

/// Whether systemd would run the host once it is started (a chroot, an image being built).
fn has_systemd(look: &Look) -> bool {
    look.which("systemctl").is_some()
        && look.read_link("/sbin/init").is_ok_and(|target| target.rsplit('/').next() == Some("systemd"))
}

/// `ansible_systemd`: version and compiled-in features.
pub(super) fn systemd(look: &Look) -> Map {
    let mut out = Map::new();
    if !runs_systemd(look) {
        return out;
    }
    let Some(text) = look.query(&Command::new(["systemctl", "--version"])).ok().filter(|o| o.ok()) else { return out };
    out.set_some("systemd", systemd_version(&text.out()));
    out
}

fn systemd_version(text: &str) -> Option<Map> {
    let mut lines = text.lines();
    let version: u32 = lines.next()?.split_whitespace().nth(1)?.parse().ok()?;
    let mut out = Map::new();
    out.set("features", lines.next()?);
    out.set("version", version);
    Some(out)
}

/// Programs and the package managers they are; when several are there, the last one counts.
const PACKAGE_MANAGERS: [(&str, &str); 25] = [
    ("/usr/bin/rpm-ostree", "atomic_container"),
    ("/usr/bin/yum", "dnf"),
    ("/usr/bin/dnf-3", "dnf"),
    ("/usr/bin/dnf5", "dnf5"),
    ("/usr/bin/apt-get", "apt"),
    ("/usr/bin/zypper", "zypper"),
    ("/usr/sbin/urpmi", "urpmi"),
    ("/usr/bin/pacman", "pacman"),
    ("/bin/opkg", "opkg"),
    ("/usr/pkg/bin/pkgin", "pkgin"),
    ("/opt/local/bin/pkgin", "pkgin"),
    ("/opt/tools/bin/pkgin", "pkgin"),
    ("/opt/local/bin/port", "macports"),
    ("/usr/local/bin/brew", "homebrew"),
    ("/opt/homebrew/bin/brew", "homebrew"),
    ("/sbin/apk", "apk"),
    ("/usr/sbin/pkg", "pkgng"),
    ("/usr/bin/emerge", "portage"),
    ("/usr/sbin/pkgadd", "svr4pkg"),
    ("/usr/bin/pkg", "pkg5"),
    ("/usr/bin/xbps-install", "xbps"),
    ("/usr/local/sbin/pkg", "pkgng"),
    ("/usr/bin/swupd", "swupd"),
    ("/usr/sbin/sorcery", "sorcery"),
    ("/usr/bin/installp", "installp"),
];

/// The name of the package manager, as in `ansible_pkg_mgr`; `unknown` when there is none.
pub(crate) fn package_manager(look: &Look) -> String {
    let distribution = super::distribution::gather(look);
    let family = distribution.str("os_family").unwrap_or_default();
    if family == "RedHat" {
        if exists(look, "/run/ostree-booted") {
            return "atomic_container".to_owned();
        }
        let path = ["/usr/bin/dnf", "/usr/bin/microdnf"].into_iter().find(|p| exists(look, p));
        return match path.map(|p| look.real_path(p)) {
            Some(Ok(real)) if real == "/usr/bin/dnf5" => "dnf5",
            Some(_) => "dnf",
            None => "unknown",
        }
        .to_owned();
    }
    let found = match family {
        "Debian" => "apt",
        _ => PACKAGE_MANAGERS
            .iter()
            .rev()
            .filter(|(path, _)| family != "Altlinux" || *path != "/usr/bin/pkg")
            .find(|(path, _)| exists(look, path))
            .map_or("unknown", |(_, name)| *name),
    };
    // An apt-get that belongs to an rpm package is another apt.
    let is_rpm = || {
        let rpm = "/usr/bin/rpm";
        let file = matches!(look.stat(rpm), Ok(Some(meta)) if meta.kind == FileKind::File);
        let ask = Command::new([rpm, "-q", "--whatprovides", "/usr/bin/apt-get"]);
        file && look.query(&ask).is_ok_and(|output| output.ok())
    };
    if found == "apt" && (family == "Altlinux" || is_rpm()) { "apt_rpm".to_owned() } else { found.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::systemd_version;

    #[test]
    fn the_version_is_a_number() {
        let facts = systemd_version("systemd 252 (252.38-1~deb12u1)\n+PAM +AUDIT\n").expect("two lines");
        assert_eq!(facts.get("version").and_then(hostler_sdk::Value::as_int), Some(252));
        assert_eq!(facts.str("features"), Some("+PAM +AUDIT"));
    }
}
