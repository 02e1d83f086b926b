//! `getent`: entries of the system's databases.

use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Command, Facts, Look, Map, Module, Outcome, Value};

/// A wrapper to the unix getent utility
///
/// The entries come back as facts: `getent_passwd`, `getent_group`, ... by their first field.
#[derive(Module)]
#[module(
    kind = "facts",
    name = "getent",
    returns(("ansible_facts", "dict", "the entries as `getent_<database>`")),
    examples = r#"- name: Get root user info
  ansible.builtin.getent:
    database: passwd
    key: root
"#
)]
pub struct Getent {
    /// Name of a database: `passwd`, `group`, `hosts`, `services`, ...
    database: String,
    /// The one entry that is wanted.
    key: Option<String>,
    /// Source of the database instead of the configured ones.
    service: Option<String>,
    /// What separates the fields; a colon for account databases, else blanks.
    split: Option<String>,
    /// Whether a missing entry is a failure.
    #[arg(default = "yes")]
    fail_key: bool,
}

impl Facts for Getent {
    fn gather(&self, look: &Look) -> Result<Outcome> {
        let mut words = vec!["getent", self.database.as_str()];
        words.extend(self.key.as_deref());
        words.extend(self.service.as_deref().into_iter().flat_map(|service| ["-s", service]));
        let output = look.query(&Command::new(words).env("LC_ALL", "C"))?;
        let colon = ["passwd", "shadow", "group", "gshadow"].contains(&self.database.as_str());
        let split = self.split.as_deref().or(colon.then_some(":"));
        let facts = |entries: Map| -> Map { [(format!("getent_{}", self.database), entries)].into_iter().collect() };
        match (output.status, &self.key) {
            (0, _) => Ok(Outcome::default().with("ansible_facts", facts(entries(&output.out(), split)))),
            (1, _) => Err(Failure::new("Missing arguments, or database unknown.")),
            (2, Some(key)) if !self.fail_key => {
                let missing: Map = [(key.as_str(), Value::Null)].into_iter().collect();
                let msg = "One or more supplied key could not be found in the database.";
                Ok(Outcome::default().with("ansible_facts", facts(missing)).with("msg", msg))
            }
            (2, _) => Err(Failure::new("One or more supplied key could not be found in the database.")),
            (3, _) => Err(Failure::new("Enumeration not supported on this database.")),
            _ => Err(Failure::new("Unexpected failure!")),
        }
    }
}

/// Entries by their first field; one that comes more than once is a list of its entries.
fn entries(text: &str, split: Option<&str>) -> Map {
    let mut out = Map::new();
    let mut seen: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    for line in text.lines() {
        let fields: Vec<&str> = match split {
            Some(separator) if !separator.is_empty() => line.split(separator).collect(),
            _ => line.split_whitespace().collect(),
        };
        let Some((key, rest)) = fields.split_first() else { continue };
        let rest = Value::from(rest.to_vec());
        let count = seen.entry((*key).to_owned()).or_insert(0);
        *count += 1;
        let value = match (*count, out.get(*key)) {
            (2, Some(first)) => Value::from(vec![first.clone(), rest]),
            (_, Some(Value::List(all))) => all.iter().cloned().chain([rest]).collect(),
            _ => rest,
        };
        out.set(*key, value);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_split() {
        let passwd = entries("root:x:0:0:root:/root:/bin/bash\n", Some(":"));
        assert_eq!(Value::from(passwd).to_json(), r#"{"root":["x","0","0","root","/root","/bin/bash"]}"#);
        let hosts = entries("::1  a b\n::1  c\n::1  d\n", None);
        assert_eq!(Value::from(hosts).to_json(), r#"{"::1":[["a","b"],["c"],["d"]]}"#);
    }
}
