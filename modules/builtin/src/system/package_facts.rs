//! `package_facts`: which packages are installed. For dpkg its record is read in the process; rpm and apk are asked.

use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Command, Facts, Look, Map, Module, Outcome, Value};

/// Package information as facts
///
/// The facts come back as `packages`: a list of versions by the name of the package.
#[derive(Module)]
#[module(
    kind = "facts",
    name = "package_facts",
    returns(("ansible_facts", "dict", "`packages`, by name")),
    examples = r#"- name: Gather the package facts
  ansible.builtin.package_facts:
    manager: auto
"#
)]
pub struct PackageFacts {
    /// Package managers to ask, `auto` for the first that is there: `apt`, `rpm`, `apk`.
    #[arg(default = "auto")]
    manager: Vec<String>,
    /// Whether the first manager that has packages is enough, or all are asked.
    #[arg(default = "first")]
    strategy: String,
}

type Found = Vec<(String, Map)>;

impl Facts for PackageFacts {
    fn gather(&self, look: &Look) -> Result<Outcome> {
        let names: Vec<&str> = match self.manager.iter().map(|m| m.trim()).collect::<Vec<_>>() {
            names if names.contains(&"auto") => vec!["apt", "rpm", "apk"],
            names => names,
        };
        let all = match self.strategy.as_str() {
            "all" => true,
            "first" => false,
            other => return Err(Failure::new(format!("value of strategy must be one of: first, all, got: {other}"))),
        };
        let mut packages = Map::new();
        let mut asked = false;
        for name in names {
            let found = match name.to_lowercase().as_str() {
                "apt" | "dpkg" => dpkg(look),
                "rpm" | "dnf" | "dnf5" | "yum" | "zypper" => rpm(look)?,
                "apk" => apk(look)?,
                other => return Err(Failure::new(format!("Invalid package manager {other} requested"))),
            };
            let Some(found) = found else { continue };
            asked = true;
            for (name, entry) in found {
                let list = packages.get(name.as_str()).and_then(Value::as_list).unwrap_or_default();
                let list: Value = list.iter().cloned().chain([entry.into()]).collect();
                packages.set(name, list);
            }
            if !all {
                break;
            }
        }
        if !asked {
            let msg = format!(
                "Could not detect a supported package manager from the following list: {}",
                self.manager.join(", ")
            );
            return Err(Failure::new(msg));
        }
        let facts: Map = [("packages", packages)].into_iter().collect();
        Ok(Outcome::default().with("ansible_facts", facts))
    }
}

fn dpkg(look: &Look) -> Option<Found> {
    let text = look.read_text("/var/lib/dpkg/status").ok()?;
    Some(
        paragraphs(&text, "Package")
            .filter(|p| p.get("Status").is_some_and(|s| s.ends_with(" installed")))
            .map(deb)
            .collect(),
    )
}

type Paragraph<'a> = std::collections::HashMap<&'a str, &'a str>;

fn paragraphs<'a>(text: &'a str, key: &'static str) -> impl Iterator<Item = Paragraph<'a>> {
    let fields =
        |p: &'a str| p.lines().filter_map(|line| line.split_once(": ")).filter(|(k, _)| !k.starts_with(' ')).collect();
    text.split("\n\n").map(fields).filter(move |p: &Paragraph| p.contains_key(key))
}

fn deb(fields: Paragraph) -> (String, Map) {
    let field = |key: &str| fields.get(key).copied().unwrap_or_default();
    let mut out = Map::new();
    out.set("name", field("Package"));
    out.set("version", field("Version"));
    out.set("arch", field("Architecture"));
    out.set("category", field("Section"));
    out.set("origin", "");
    out.set("source", "apt");
    (field("Package").to_owned(), out)
}

fn rpm(look: &Look) -> Result<Option<Found>> {
    if look.which("rpm").is_none() {
        return Ok(None);
    }
    let format = "%{NAME}\t%{VERSION}\t%{RELEASE}\t%{EPOCH}\t%{ARCH}\n";
    let output = look.query(&Command::new(["rpm", "-qa", "--queryformat", format]).env("LC_ALL", "C"))?;
    Ok(Some(output.out().lines().filter_map(rpm_line).collect()))
}

fn rpm_line(line: &str) -> Option<(String, Map)> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [name, version, release, epoch, arch] = fields[..] else { return None };
    let mut out = Map::new();
    out.set("name", name);
    out.set("version", version);
    out.set("release", release);
    out.set("epoch", epoch.parse::<i64>().ok());
    out.set("arch", if arch == "(none)" { Value::Null } else { arch.into() });
    out.set("source", "rpm");
    Some((name.to_owned(), out))
}

fn apk(look: &Look) -> Result<Option<Found>> {
    if look.which("apk").is_none() {
        return Ok(None);
    }
    let output = look.query(&Command::new(["apk", "info", "-v"]).env("LC_ALL", "C"))?;
    Ok(Some(output.out().lines().filter_map(apk_line).collect()))
}

/// `musl-1.2.4-r2`
fn apk_line(line: &str) -> Option<(String, Map)> {
    let mut parts = line.trim().rsplitn(3, '-');
    let (release, version, name) = (parts.next()?, parts.next()?, parts.next()?);
    let mut out = Map::new();
    out.set("name", name);
    out.set("version", version);
    out.set("release", release);
    out.set("source", "apk");
    Some((name.to_owned(), out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_read() {
        let text = "Package: a\nStatus: install ok installed\nSection: x\nArchitecture: all\nVersion: 1\nDescription: d\n Package: no\n\nPackage: b\nStatus: deinstall ok config-files\nVersion: 2\n";
        let all: Vec<String> = paragraphs(text, "Package").map(|p| p["Package"].to_owned()).collect();
        assert_eq!(all, ["a", "b"]);
        let (name, rpm) = rpm_line("bash\t5.1\t6.el9\t(none)\tx86_64").expect("a line");
        assert_eq!((name.as_str(), rpm.get("epoch")), ("bash", Some(&Value::Null)));
        let (name, apk) = apk_line("musl-utils-1.2.4-r2").expect("a line");
        assert_eq!((name.as_str(), apk.str("version"), apk.str("release")), ("musl-utils", Some("1.2.4"), Some("r2")));
    }
}
