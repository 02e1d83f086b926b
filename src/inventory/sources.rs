//! From sources as given (`-i`, settings) to one inventory: files, directories, scripts and lists of names, in order. A source
//! that cannot be read is left out with a warning, as Ansible does, unless the settings make it an error.

use super::{Beyond, Inventory, Texts, address, ini, plugins, script, toml, yaml};
use crate::config::{Settings, absolute};
use crate::diagnostic::{Diagnostic, Result, Severity, Source};
use fancy_regex::Regex;
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl Inventory {
    /// Reads sources: paths (relative to the working directory) or, with a comma, lists of hosts. `beyond` is what they may see beside
    /// each other.
    ///
    /// # Errors
    /// Only what the settings make one (`any_unparsed_is_failed`, `unparsed_is_failed`), and broken ignore patterns.
    pub fn load(
        sources: &[String],
        settings: &Settings,
        texts: &dyn Texts,
        beyond: &dyn Beyond,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Inventory> {
        let mut inventory = Inventory::empty(settings);
        let mut loader =
            Loader { settings, texts, beyond, ignored: ignored(settings)?, directories: Vec::new(), warnings };
        let strange = settings.inventory_plugins.iter().filter(|name| !KINDS.contains(&short(name)));
        let unknown = strange.map(|name| {
            Diagnostic::warning(format!("there is no inventory plugin `{name}`, skipping it"))
                .note(format!("set by {}", settings.inventory_plugins.origin()))
                .nearest(name, KINDS)
        });
        loader.warnings.extend(unknown);
        let mut any = false;
        for source in sources.iter().filter(|s| !s.is_empty()) {
            let source = if source.contains(',') {
                source.clone()
            } else {
                absolute(source, &settings.around.cwd, &settings.around).to_string_lossy().into_owned()
            };
            any |= loader.source(&source, &mut inventory)?;
            inventory.sources.push(source);
        }
        if any {
            inventory.reconcile(warnings);
        } else if *settings.inventory_unparsed_is_failed {
            return Err(Diagnostic::error("no inventory could be read").boxed());
        } else if *settings.inventory_unparsed_warning
            && *settings.localhost_warning
            && sources.iter().any(|source| source != USUAL)
        {
            // Nothing was asked for where only the usual place is empty; a pattern that finds no host says so then.
            warnings.push(Diagnostic::warning("No inventory was parsed, only implicit localhost is available"));
        }
        Ok(inventory)
    }
}

/// The kinds of sources there are.
const KINDS: [&str; 9] =
    ["advanced_host_list", "auto", "constructed", "generator", "host_list", "ini", "script", "toml", "yaml"];

/// A kind's name without its collection.
fn short(name: &str) -> &str {
    name.strip_prefix("ansible.builtin.").unwrap_or(name)
}

/// Names in directories that are no sources.
fn ignored(settings: &Settings) -> Result<Vec<Regex>> {
    let compile = |pattern: &String| {
        Regex::new(pattern).map_err(|e| {
            let error = Diagnostic::error(format!("invalid inventory ignore pattern `{pattern}`")).cause(e.to_string());
            error.note(format!("set by {}", settings.inventory_ignore_patterns.origin())).boxed()
        })
    };
    settings.inventory_ignore_patterns.iter().map(compile).collect()
}

/// Where an inventory is looked for when none is named.
const USUAL: &str = "/etc/ansible/hosts";

struct Loader<'a> {
    settings: &'a Settings,
    texts: &'a dyn Texts,
    beyond: &'a dyn Beyond,
    ignored: Vec<Regex>,
    /// Where the sources are that were read.
    directories: Vec<PathBuf>,
    warnings: &'a mut Vec<Diagnostic>,
}

impl Loader<'_> {
    /// Reads one source; whether anything could be read.
    fn source(&mut self, source: &str, inventory: &mut Inventory) -> Result<bool> {
        let path = Path::new(source);
        if path.is_dir() {
            let mut any = false;
            for name in self.entries(path)? {
                any |= self.source(&path.join(name).to_string_lossy(), inventory)?;
            }
            return Ok(any);
        }
        let mut failures: Vec<(&str, Diagnostic)> = Vec::new();
        for plugin in self.settings.inventory_plugins.iter() {
            let plugin = short(plugin);
            let mut copy = inventory.clone();
            let told = self.warnings.len();
            match self.attempt(plugin, source, &mut copy) {
                None => {}
                Some(Ok(())) => {
                    *inventory = copy;
                    let directory = path.parent().filter(|_| path.exists());
                    self.directories
                        .extend(directory.filter(|d| !self.directories.iter().any(|k| k == d)).map(Path::to_owned));
                    return Ok(true);
                }
                Some(Err(error)) => {
                    // What a kind of source said about a file that is not of its kind is of no use.
                    self.warnings.truncate(told);
                    failures.push((plugin, *error));
                }
            }
        }
        self.failed(source, failures)?;
        Ok(false)
    }

    /// The entries of an inventory directory that are sources, by name.
    fn entries(&self, path: &Path) -> Result<Vec<String>> {
        let wrong = |e: std::io::Error| {
            Diagnostic::error(format!("could not read the inventory directory `{}`", path.display()))
                .cause(e.to_string())
                .boxed()
        };
        let mut names = Vec::new();
        for entry in std::fs::read_dir(path).map_err(wrong)? {
            let name = entry.map_err(wrong)?.file_name().to_string_lossy().into_owned();
            let passed_over = name.starts_with('.')
                || matches!(name.as_str(), "host_vars" | "group_vars" | "vars_plugins")
                || self.settings.inventory_ignore_extensions.iter().any(|end| name.ends_with(end.as_str()))
                || self.ignored.iter().any(|regex| regex.is_match(&name).unwrap_or(false));
            if !passed_over {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// One kind of source; `None` when it is not for this one.
    fn attempt(&mut self, plugin: &str, source: &str, inventory: &mut Inventory) -> Option<Result<()>> {
        let path = Path::new(source);
        let origin: Arc<str> = source.into();
        let ending = path.extension().map(|e| format!(".{}", e.to_string_lossy()));
        let there = path.exists();
        match plugin {
            "host_list" | "advanced_host_list" if !there && source.contains(',') => {
                Some(host_list(source, &origin, plugin == "advanced_host_list", inventory, self.warnings))
            }
            "script" if there && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok() => {
                Some(script::read(path, &origin, inventory, self.texts, self.warnings))
            }
            "yaml" if there && ending.as_ref().is_none_or(|e| self.settings.yaml_valid_extensions.contains(e)) => {
                Some(yaml::read(path, &origin, inventory, self.texts, self.warnings))
            }
            "auto" if there && matches!(ending.as_deref(), Some(".yml" | ".yaml")) => {
                Some(self.plugin(path, None, &origin, inventory))
            }
            "constructed" | "generator" if there && self.is_configuration(ending.as_ref()) => {
                Some(self.plugin(path, Some(plugin), &origin, inventory))
            }
            "ini" if there && ending.as_deref() != Some(".toml") => {
                Some(text(path).and_then(|source| ini::read(&source, &origin, inventory, self.texts, self.warnings)))
            }
            "toml" if there && ending.as_deref() == Some(".toml") => {
                Some(toml::read(path, &origin, inventory, self.texts, self.warnings))
            }
            _ => None,
        }
    }

    fn plugin(&mut self, path: &Path, name: Option<&str>, origin: &Arc<str>, inventory: &mut Inventory) -> Result<()> {
        let before = plugins::Sources { beyond: self.beyond, directories: &self.directories };
        plugins::read(path, name, origin, inventory, self.texts, &before, self.warnings)
    }

    /// Whether a file may be the configuration of an inventory plugin.
    fn is_configuration(&self, ending: Option<&String>) -> bool {
        ending.is_none_or(|ending| ending == ".config" || self.settings.yaml_valid_extensions.contains(ending))
    }

    /// Tells that a source could not be read, with the error of the kind it looks most like.
    fn failed(&mut self, source: &str, mut failures: Vec<(&str, Diagnostic)>) -> Result<()> {
        let path = Path::new(source);
        if !path.exists() && !source.contains(',') {
            if source == USUAL {
                return Ok(());
            }
            failures.push(("", Diagnostic::error("there is no such file or directory")));
        }
        let yaml = path.extension().is_some_and(|e| e == "yml" || e == "yaml" || e == "json");
        // What reads only certain files has nothing to say about the others.
        failures.retain(|(plugin, error)| *plugin != "auto" || !error.what.starts_with("no root 'plugin' key"));
        failures.retain(|(_, error)| !error.what.starts_with("Incorrect plugin name"));
        let rank = |plugin: &str| match plugin {
            "script" | "auto" | "constructed" | "generator" => 0,
            "yaml" if yaml => 1,
            "toml" => 2,
            "ini" => 3,
            _ => 4,
        };
        failures.sort_by_key(|(plugin, _)| rank(plugin));
        let mut told = Diagnostic::warning(format!("Unable to parse `{source}` as an inventory source"));
        match failures.into_iter().next() {
            Some((plugin, error)) => {
                told.cause =
                    Some(error.cause.iter().fold(error.what.clone(), |what, cause| format!("{what}: {cause}")));
                told.places = error.places;
                told.notes = error.notes;
                if !plugin.is_empty() {
                    told.notes.push(format!("Failed to parse inventory with '{plugin}' plugin"));
                }
                told.hint = error.hint;
            }
            None => told.cause = Some("no kind of inventory that is enabled fits it".into()),
        }
        if *self.settings.inventory_any_unparsed_is_failed {
            told.severity = Severity::Error;
            return Err(told.boxed());
        }
        self.warnings.push(told);
        Ok(())
    }
}

/// `a,b,c`; with ranges when they are wanted.
fn host_list(
    source: &str,
    origin: &Arc<str>,
    ranges: bool,
    inventory: &mut Inventory,
    warnings: &mut Vec<Diagnostic>,
) -> Result<()> {
    for item in source.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        let (names, port) = if ranges {
            match address::expand(item) {
                // A bad range is taken for a name, as Ansible does, unless its ends are no numbers.
                Err(wrong) if !wrong.to_string().contains(address::MIXED) => {
                    let mut told = Diagnostic::warning("Unable to parse address from hostname, leaving unchanged");
                    told.cause = Some(wrong.to_string());
                    warnings.push(told);
                    (vec![item.to_owned()], None)
                }
                expanded => expanded?,
            }
        } else {
            let (name, port) = address::parse(item).filter(|(name, _)| !name.contains('[')).unwrap_or((item, None));
            (vec![name.to_owned()], port)
        };
        for name in names {
            if !inventory.hosts.contains_key(name.as_str()) {
                inventory.add_host(&name, Some("ungrouped"), port, Some(origin))?;
            }
        }
    }
    Ok(())
}

/// A file's text. Comment lines need not be UTF-8.
fn text(path: &Path) -> Result<Arc<Source>> {
    let wrong = |cause: String| Diagnostic::error(format!("could not read `{}`", path.display())).cause(cause).boxed();
    let bytes = std::fs::read(path).map_err(|e| wrong(e.to_string()))?;
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(bad) => {
            let mut text = String::new();
            for (number, line) in bad.as_bytes().split_inclusive(|b| *b == b'\n').enumerate() {
                match std::str::from_utf8(line) {
                    Ok(line) => text.push_str(line),
                    Err(_) if line.starts_with(b"#") || line.starts_with(b";") => text.push_str("#\n"),
                    Err(_) => return Err(wrong(format!("line {} is not UTF-8 text", number + 1))),
                }
            }
            text
        }
    };
    Ok(Arc::new(Source { path: path.to_owned(), text }))
}
