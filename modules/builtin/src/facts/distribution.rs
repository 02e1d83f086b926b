//! Which distribution it is: `distribution`, its version and release, and the family it belongs to.

use super::os_release::value;
use super::text;
use hostler_sdk::{FileKind, Look, Map};

pub(super) fn gather(look: &Look) -> Map {
    let files = Files {
        os_release: look
            .read_text("/etc/os-release")
            .or_else(|_| look.read_text("/usr/lib/os-release"))
            .unwrap_or_default(),
        lsb_release: look.read_text("/etc/lsb-release").unwrap_or_default(),
        debian_version: text(look, "/etc/debian_version").unwrap_or_default(),
        other: MARKERS
            .iter()
            .filter_map(|(path, _)| {
                let meta = look.stat(path).ok().flatten().filter(|m| m.kind == FileKind::File)?;
                let content = look.read_text(path).unwrap_or_default();
                (meta.size > 0 || *path == "/etc/arch-release").then_some((*path, content))
            })
            .collect(),
    };
    let mut found = identify(&files);
    if found.variety == "SUSE" {
        found.name = suse_product(look, &files.os_release).unwrap_or(found.name);
    }
    found.facts()
}

/// Files that name a distribution by being there, before os-release is asked.
const MARKERS: &[(&str, &str)] = &[
    ("/etc/altlinux-release", "Altlinux"),
    ("/etc/oracle-release", "OracleLinux"),
    ("/etc/slackware-version", "Slackware"),
    ("/etc/centos-release", "CentOS"),
    ("/etc/redhat-release", "RedHat"),
    ("/etc/openwrt_release", "OpenWrt"),
    ("/etc/alpine-release", "Alpine"),
    ("/etc/arch-release", "Archlinux"),
    ("/etc/gentoo-release", "Gentoo"),
];

struct Files {
    os_release: String,
    lsb_release: String,
    debian_version: String,
    other: Vec<(&'static str, String)>,
}

#[derive(Debug, Default, PartialEq)]
struct Distribution {
    name: String,
    version: String,
    major: String,
    minor: Option<String>,
    release: String,
    path: &'static str,
    variety: String,
}

impl Distribution {
    fn facts(self) -> Map {
        let mut out = Map::new();
        out.set("os_family", family(&self.name));
        out.set("distribution", self.name);
        out.set("distribution_version", self.version);
        out.set("distribution_release", self.release);
        out.set("distribution_major_version", self.major);
        out.set_some("distribution_minor_version", self.minor);
        if !self.path.is_empty() {
            out.set("distribution_file_path", self.path);
            out.set("distribution_file_variety", self.variety);
            out.set("distribution_file_parsed", true);
        }
        out
    }
}

fn identify(files: &Files) -> Distribution {
    let os = |key: &str| value(&files.os_release, key).filter(|v| !v.is_empty());
    let id = os("ID").unwrap_or_default();
    let version = match id.as_str() {
        // Debian keeps the point release elsewhere.
        "debian" if files.debian_version.starts_with(|c: char| c.is_ascii_digit()) => {
            Some(files.debian_version.clone())
        }
        _ => os("VERSION_ID"),
    };
    let mut found = Distribution {
        name: title(&id),
        version: version.unwrap_or_else(|| "NA".to_owned()),
        release: codename(files).unwrap_or_else(|| if id == "fedora" { "" } else { "NA" }.to_owned()),
        ..Distribution::default()
    };
    found.major = match found.version.split('.').next() {
        Some(major) if !major.is_empty() => major.to_owned(),
        _ => "NA".to_owned(),
    };
    for (path, content) in &files.other {
        if by_marker(&mut found, path, content) {
            return found;
        }
    }
    by_os_release(&mut found, files);
    found
}

fn codename(files: &Files) -> Option<String> {
    let os = &files.os_release;
    value(os, "VERSION_CODENAME")
        .or_else(|| value(os, "UBUNTU_CODENAME"))
        .or_else(|| value(&files.lsb_release, "DISTRIB_CODENAME"))
        .or_else(|| {
            // "9.3 (Blue Onyx)", "18.04 LTS, Trusty Tahr"
            let version = value(os, "VERSION")?;
            let (_, name) = version.split_once('(').or_else(|| version.split_once(','))?;
            Some(name.trim_end_matches(')').trim().to_owned())
        })
        .filter(|name| !name.is_empty())
}

fn by_marker(found: &mut Distribution, path: &'static str, content: &str) -> bool {
    let Some((_, variety)) = MARKERS.iter().find(|(p, _)| *p == path) else { return false };
    let trimmed = content.trim_matches(['\'', '"', '\\']);
    let first = || trimmed.split_whitespace().next().unwrap_or_default().to_owned();
    let named = |phrase: &str| if trimmed.contains(phrase) { (*variety).to_owned() } else { first() };
    found.name = match *variety {
        "OracleLinux" => named("Oracle Linux"),
        "RedHat" => named("Red Hat"),
        "Altlinux" => named("ALT"),
        "CentOS" if content.contains("CentOS Stream") => {
            found.release = "Stream".to_owned();
            "CentOS".to_owned()
        }
        "CentOS" if content.contains("TencentOS Server") => "TencentOS".to_owned(),
        "CentOS" => return false,
        "Slackware" if content.contains("Slackware") => "Slackware".to_owned(),
        "OpenWrt" if content.contains("OpenWrt") => {
            found.version = value(content, "DISTRIB_RELEASE").unwrap_or_default();
            found.release = value(content, "DISTRIB_CODENAME").unwrap_or_default();
            "OpenWrt".to_owned()
        }
        "Alpine" => {
            found.version = content.trim().to_owned();
            "Alpine".to_owned()
        }
        "Archlinux" | "Gentoo" => (*variety).to_owned(),
        _ => return false,
    };
    found.path = path;
    found.variety = (*variety).to_owned();
    true
}

fn by_os_release(found: &mut Distribution, files: &Files) {
    let text = files.os_release.as_str();
    if text.trim().is_empty() {
        return;
    }
    found.path = "/etc/os-release";
    let id_version = value(text, "VERSION_ID").filter(|v| !v.is_empty());
    let has = |word: &str| text.contains(word);
    let lower = text.to_lowercase();
    let take_version = |found: &mut Distribution| {
        if let Some(version) = &id_version {
            found.major = version.split('.').next().unwrap_or(version).to_owned();
            found.version = version.clone();
        }
    };
    let (variety, name) = if has("Amazon") {
        take_version(found);
        found.minor = Some(found.version.split_once('.').map_or("NA", |(_, minor)| minor).to_owned());
        ("Amazon", "Amazon")
    } else if has("Arch Linux") {
        ("Archlinux", "Archlinux")
    } else if lower.contains("suse") {
        take_version(found);
        let minor = id_version.as_deref().and_then(|v| v.split_once('.')).map(|(_, minor)| minor.to_owned());
        if lower.contains("open") {
            found.release = minor.unwrap_or_default();
        } else if lower.contains("enterprise") {
            found.release = minor.unwrap_or_else(|| "0".to_owned());
        }
        found.name = value(text, "NAME").unwrap_or_else(|| "SUSE".to_owned());
        found.variety = "SUSE".to_owned();
        return;
    } else if has("Debian") || has("Raspbian") {
        let pretty = value(text, "PRETTY_NAME").unwrap_or_default();
        if let Some((_, release)) = pretty.split_once('(') {
            found.release = release.trim_end_matches(')').to_owned();
        }
        found.minor = files.debian_version.split_once('.').map(|(_, minor)| {
            let digits = minor.find(|c: char| !c.is_ascii_digit()).unwrap_or(minor.len());
            minor[..digits].to_owned()
        });
        ("Debian", "Debian")
    } else if has("Ubuntu") {
        ("Debian", "Ubuntu")
    } else if has("SteamOS") {
        ("Debian", "SteamOS")
    } else if has("Kali") || has("Parrot") {
        ("Debian", if has("Kali") { "Kali" } else { "Parrot" })
    } else if has("Devuan") {
        let pretty = value(text, "PRETTY_NAME").unwrap_or_default();
        if let Some((_, release)) = pretty.split_once('(') {
            found.release = release.split([')', ' ']).next().unwrap_or_default().to_owned();
        }
        if let Some(version) = &id_version {
            found.version = version.clone();
            found.major = version.clone();
        }
        ("Debian", "Devuan")
    } else if has("Cumulus") {
        take_version(found);
        ("Debian", "Cumulus Linux")
    } else if has("Mint") {
        take_version(found);
        ("Debian", "Linux Mint")
    } else if lower.contains("deepin") || lower.contains("uos") {
        take_version(found);
        ("Debian", if lower.contains("deepin") { "Deepin" } else { "Uos" })
    } else if has("LMDE") {
        ("Debian", "Linux Mint Debian Edition")
    } else if has("Clear Linux") {
        take_version(found);
        found.release = value(text, "ID").unwrap_or_default();
        found.name = value(text, "NAME").unwrap_or_default();
        found.variety = "ClearLinux".to_owned();
        return;
    } else if value(text, "ID").as_deref() == Some("flatcar") {
        if let Some(version) = value(text, "VERSION") {
            found.major = version.split('.').next().unwrap_or_default().to_owned();
            found.version = version;
        }
        ("Flatcar", "Flatcar")
    } else {
        if found.version == "NA" {
            found.version = value(text, "VERSION").unwrap_or_else(|| "NA".to_owned());
        }
        found.name = value(text, "NAME").unwrap_or_else(|| found.name.clone());
        found.variety = "NA".to_owned();
        return;
    };
    found.name = name.to_owned();
    found.variety = variety.to_owned();
}

fn suse_product(look: &Look, os_release: &str) -> Option<String> {
    let product = match value(os_release, "VARIANT_ID") {
        Some(variant) => variant,
        None => look.real_path("/etc/products.d/baseproduct").ok()?,
    };
    let name = match product.as_str() {
        "server-sap" | "sles-sap" => "SLES_SAP",
        "transactional" => "SL-Micro",
        path if path.ends_with("SLES_SAP.prod") => "SLES_SAP",
        path if path.ends_with("SL-Micro.prod") => "SL-Micro",
        _ => return None,
    };
    Some(name.to_owned())
}

fn title(id: &str) -> String {
    match id {
        "amzn" => "Amazon".to_owned(),
        "rhel" => "Redhat".to_owned(),
        "" => "OtherLinux".to_owned(),
        other => {
            let mut chars = other.chars();
            chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
        }
    }
}

/// The family of a distribution; one that is in none is its own.
fn family(name: &str) -> &str {
    const FAMILIES: &[(&str, &[&str])] = &[
        (
            "RedHat",
            &[
                "RedHat",
                "RHEL",
                "Fedora",
                "CentOS",
                "Scientific",
                "SLC",
                "Ascendos",
                "CloudLinux",
                "PSBM",
                "OracleLinux",
                "OVS",
                "OEL",
                "Amazon",
                "Amzn",
                "Virtuozzo",
                "XenServer",
                "Alibaba",
                "EulerOS",
                "openEuler",
                "AlmaLinux",
                "Rocky",
                "TencentOS",
                "EuroLinux",
                "Kylin Linux Advanced Server",
                "MIRACLE",
            ],
        ),
        (
            "Debian",
            &[
                "Debian",
                "Ubuntu",
                "Raspbian",
                "Neon",
                "KDE neon",
                "Linux Mint",
                "SteamOS",
                "Devuan",
                "Kali",
                "Cumulus Linux",
                "Pop!_OS",
                "Parrot",
                "Pardus GNU/Linux",
                "Uos",
                "Deepin",
                "OSMC",
                "Linux Mint Debian Edition",
            ],
        ),
        (
            "Suse",
            &[
                "SuSE",
                "SLES",
                "SLED",
                "openSUSE",
                "openSUSE Tumbleweed",
                "SLES_SAP",
                "SUSE_LINUX",
                "openSUSE Leap",
                "ALP-Dolomite",
                "SL-Micro",
                "openSUSE MicroOS",
            ],
        ),
        ("Archlinux", &["Archlinux", "Antergos", "Manjaro"]),
        ("Mandrake", &["Mandrake", "Mandriva"]),
        ("Gentoo", &["Gentoo", "Funtoo"]),
        ("ClearLinux", &["Clear Linux OS", "Clear Linux Mix"]),
    ];
    FAMILIES.iter().find(|(_, members)| members.contains(&name)).map_or(name, |(family, _)| family)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(os_release: &str, debian_version: &str, other: &[(&'static str, &str)]) -> [String; 5] {
        let files = Files {
            os_release: os_release.to_owned(),
            lsb_release: String::new(),
            debian_version: debian_version.to_owned(),
            other: other.iter().map(|(p, t)| (*p, (*t).to_owned())).collect(),
        };
        let found = identify(&files);
        [family(&found.name).to_owned(), found.name, found.version, found.major, found.release]
    }

    /// os-release texts of the distributions' own images, answers of ansible-core.
    #[test]
    fn distributions_are_known() {
        let debian = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n";
        assert_eq!(facts(debian, "12.11", &[]), ["Debian", "Debian", "12.11", "12", "bookworm"]);
        let ubuntu = "PRETTY_NAME=\"Ubuntu 22.04.4 LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"22.04\"\nVERSION=\"22.04.4 LTS (Jammy Jellyfish)\"\nVERSION_CODENAME=jammy\nID=ubuntu\nID_LIKE=debian\nUBUNTU_CODENAME=jammy\n";
        assert_eq!(facts(ubuntu, "bookworm/sid", &[]), ["Debian", "Ubuntu", "22.04", "22", "jammy"]);
        let rocky = "NAME=\"Rocky Linux\"\nVERSION=\"9.3 (Blue Onyx)\"\nID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.3\"\nPRETTY_NAME=\"Rocky Linux 9.3 (Blue Onyx)\"\n";
        assert_eq!(
            facts(rocky, "", &[("/etc/redhat-release", "Rocky Linux release 9.3 (Blue Onyx)")]),
            ["RedHat", "Rocky", "9.3", "9", "Blue Onyx"]
        );
        let stream = "NAME=\"CentOS Stream\"\nVERSION=\"9\"\nID=\"centos\"\nVERSION_ID=\"9\"\n";
        assert_eq!(
            facts(stream, "", &[("/etc/centos-release", "CentOS Stream release 9")]),
            ["RedHat", "CentOS", "9", "9", "Stream"]
        );
        let alpine = "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.19.1\n";
        assert_eq!(
            facts(alpine, "", &[("/etc/alpine-release", "3.19.1\n")]),
            ["Alpine", "Alpine", "3.19.1", "3", "NA"]
        );
        let leap = "NAME=\"openSUSE Leap\"\nVERSION=\"15.5\"\nID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\nVERSION_ID=\"15.5\"\n";
        assert_eq!(facts(leap, "", &[]), ["Suse", "openSUSE Leap", "15.5", "15", "5"]);
        let amazon = "NAME=\"Amazon Linux\"\nVERSION=\"2023\"\nID=\"amzn\"\nVERSION_ID=\"2023\"\nPRETTY_NAME=\"Amazon Linux 2023\"\n";
        assert_eq!(facts(amazon, "", &[]), ["RedHat", "Amazon", "2023", "2023", "NA"]);
    }
}
