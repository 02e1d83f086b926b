//! Facts kept between runs (`fact_caching = jsonfile`): a file a host, in the form ansible-core 2.19 reads and writes, so that both
//! may use one cache.

use crate::config::Settings;
use crate::diagnostic::{Diagnostic, Result};
use hostler_sdk::{Map, Value};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What ansible-core puts before a host's name, for this form of its files.
const SCHEMA: &str = "s1_";

/// A directory of facts.
#[derive(Debug)]
pub(super) struct FactCache {
    directory: PathBuf,
    prefix: String,
    /// How long facts stay good.
    timeout: Option<Duration>,
}

impl FactCache {
    /// The cache the settings name; what cannot be had is told about, and facts are kept for the run alone.
    pub fn of(settings: &Settings, warnings: &mut Vec<Diagnostic>) -> Option<Self> {
        let name = settings.fact_caching.as_str();
        let mut warn = |what: String, cause: Option<String>| {
            let warning = Diagnostic::warning(what).note(format!("set by {}", settings.fact_caching.origin()));
            warnings.push(match cause {
                Some(cause) => warning.cause(cause),
                None => warning,
            });
        };
        match name.strip_prefix("ansible.builtin.").unwrap_or(name) {
            "memory" => return None,
            "jsonfile" | "community.general.jsonfile" => {}
            _ => {
                warn(format!("the fact cache `{name}` is not supported, facts are kept for this run only"), None);
                return None;
            }
        }
        let Some(directory) = (*settings.fact_caching_connection).clone() else {
            let cause = "it needs the setting `fact_caching_connection`, a directory";
            warn(format!("the fact cache `{name}` is not used"), Some(cause.into()));
            return None;
        };
        if let Err(e) = std::fs::create_dir_all(&directory) {
            let cause = format!("could not create `{}`: {e}", directory.display());
            warn(format!("the fact cache `{name}` is not used"), Some(cause));
            return None;
        }
        let seconds = *settings.fact_caching_timeout;
        Some(FactCache {
            directory,
            prefix: settings.fact_caching_prefix.to_string(),
            timeout: (seconds > 0).then(|| Duration::from_secs(seconds)),
        })
    }

    fn path(&self, host: &str) -> Option<PathBuf> {
        // A name with a slash would lead out of the directory.
        (!host.contains('/')).then(|| self.directory.join(format!("{}{SCHEMA}{host}", self.prefix)))
    }

    /// The facts of a host, unless there are none or they are too old.
    ///
    /// # Errors
    /// The file is none of ansible-core's.
    pub fn load(&self, host: &str) -> Result<Option<Map>> {
        let Some(path) = self.path(host) else { return Ok(None) };
        let Ok(meta) = std::fs::metadata(&path) else { return Ok(None) };
        let age = meta.modified().ok().and_then(|then| SystemTime::now().duration_since(then).ok());
        if self.timeout.is_some_and(|limit| age.is_some_and(|age| age > limit)) {
            return Ok(None);
        }
        let wrong = |cause: String| {
            let what = format!("could not read the cached facts in `{}`, they are not used", path.display());
            Diagnostic::warning(what).cause(cause).boxed()
        };
        let text = std::fs::read_to_string(&path).map_err(|e| wrong(e.to_string()))?;
        let file = Value::from_json(&text).map_err(|e| wrong(e.to_string()))?;
        // Before 2.19 the facts themselves were the file.
        let facts = match file.get("__payload__").and_then(Value::as_str) {
            Some(inner) => Value::from_json(inner).map_err(|e| wrong(e.to_string()))?,
            None => file,
        };
        match untagged(&facts) {
            Value::Map(map) => Ok(Some((*map).clone())),
            other => Err(wrong(format!("there is a {} in it", other.type_name()))),
        }
    }

    /// Writes the facts of a host.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn store(&self, host: &str, facts: &Map) -> Result<()> {
        let Some(path) = self.path(host) else { return Ok(()) };
        let file: Value = Map::from_iter([("__payload__", Value::from(facts.clone()).to_json())]).into();
        write(&self.directory, &path, &file.to_json()).map_err(|e| {
            Diagnostic::warning(format!("could not keep facts in `{}`", path.display())).cause(e.to_string()).boxed()
        })
    }

    /// Forgets a host.
    pub fn delete(&self, host: &str) {
        if let Some(path) = self.path(host) {
            // What is not there needs no forgetting.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Values as they are: ansible-core keeps with some where they came from.
fn untagged(value: &Value) -> Value {
    match value {
        Value::Map(map) if map.contains_key("__ansible_type") && map.contains_key("value") => {
            map.get("value").map(untagged).unwrap_or_default()
        }
        Value::Map(map) => map.iter().map(|(key, value)| (key.clone(), untagged(value))).collect::<Map>().into(),
        Value::List(items) => items.iter().map(untagged).collect(),
        other => other.clone(),
    }
}

fn write(directory: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    file.persist(path).map_err(|e| e.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Origin, Setting};

    fn cache(directory: &Path) -> FactCache {
        let set = || Origin::Env("x".into());
        let settings = Settings {
            fact_caching: Setting::new("jsonfile".into(), set()),
            fact_caching_connection: Setting::new(Some(directory.join("facts")), set()),
            ..Settings::default()
        };
        let mut warnings = Vec::new();
        let cache = FactCache::of(&settings, &mut warnings).unwrap();
        assert!(warnings.is_empty());
        cache
    }

    #[test]
    fn keeps_facts() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        assert_eq!(cache.load("web1").unwrap(), None);
        let facts = Map::from_iter([("ansible_system", "Linux")]);
        cache.store("web1", &facts).unwrap();
        assert_eq!(cache.load("web1").unwrap(), Some(facts.clone()));
        cache.store("../web1", &facts).unwrap();
        assert!(!folder.path().join("s1_web1").exists());
        cache.delete("web1");
        assert_eq!(cache.load("web1").unwrap(), None);
    }

    /// Written by ansible-core 2.19 for `set_fact` with `cacheable`.
    #[test]
    fn reads_what_ansible_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        let path = folder.path().join("facts/s1_h");
        let payload = r#"{"__payload__": "{\"a\": {\"value\": 1, \"tags\": [{\"path\": \"x.yml\", \"line_num\": 4, \"col_num\": 21, \"__ansible_type\": \"Origin\"}], \"__ansible_type\": \"_AnsibleTaggedInt\"}, \"b\": [\"x\"]}"}"#;
        std::fs::write(&path, payload).unwrap();
        let facts = cache.load("h").unwrap().unwrap();
        assert_eq!(Value::from(facts).to_json(), r#"{"a":1,"b":["x"]}"#);
        std::fs::write(&path, "{").unwrap();
        assert!(cache.load("h").is_err());
    }
}
