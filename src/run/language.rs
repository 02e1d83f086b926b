//! The language the operator's files are written in: templates and vault, as the loader of playbooks, the inventory and the
//! variables ask for them.

use crate::config::{OnProblem, Origin, Settings};
use crate::diagnostic::{Diagnostic, Place, Result, Source};
use crate::inventory::Texts;
use crate::playbook::Templates;
use crate::secrets::Secrets;
use crate::template::{Jinja, JinjaOptions, Said, Scope, SettingName, Template, Templated};
use crate::vault::{self, Keyring};
use crate::yaml::{self, Node};
use hostler_sdk::Value;
use std::path::Path;
use std::sync::Arc;

/// Templates and vault of a run.
#[derive(Clone)]
pub struct Language {
    /// Templates.
    pub jinja: Arc<Jinja>,
    /// Vault passwords.
    pub keyring: Arc<Keyring>,
    /// What was opened with them, and other texts that are not to be shown.
    pub secrets: Arc<Secrets>,
    /// What to do about keys that are twice in a mapping.
    pub duplicates: OnProblem,
}

impl Language {
    /// The language with these passwords; `settings` are what the lookup `config` reads.
    pub fn new(keyring: Arc<Keyring>, settings: Arc<Settings>) -> Self {
        let (ring, secrets) = (keyring.clone(), Arc::<Secrets>::default());
        let opened = secrets.clone();
        let duplicates = *settings.duplicate_dict_key;
        let options = JinjaOptions {
            setting: Some(Arc::new(move |name| {
                let (value, origin) = match name {
                    SettingName::Ansible(name) => settings.named(name)?,
                    SettingName::Own(name) => settings.field(name)?,
                };
                let origin = match origin {
                    Origin::Default => "default".to_owned(),
                    Origin::File(place) => place.path().display().to_string(),
                    Origin::Env(name) => format!("env: {name}"),
                    Origin::Flag(name) => format!("cli: {name}"),
                };
                Some((value, origin))
            })),
            decrypt: Some(Arc::new(move |vault| {
                let text = ring.open(&vault.armour, &vault.place)?;
                opened.add(&text);
                Ok(text.to_string())
            })),
        };
        Language { jinja: Jinja::new(options), keyring, secrets, duplicates }
    }

    /// The plain text of a file that is vaulted as a whole.
    ///
    /// # Errors
    /// No password is known, or none fits.
    pub fn open_file(&self, path: &Path, vaulted: &str) -> Result<String> {
        let source = Arc::new(Source { path: path.to_owned(), text: vaulted.to_owned() });
        let header = source.text.lines().next().map_or(0, str::len);
        Ok(self.keyring.open(&source.text, &Place::new(&source, 0, header))?.to_string())
    }
}

impl std::fmt::Debug for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Language").field("keyring", &self.keyring).finish_non_exhaustive()
    }
}

impl Templates for Language {
    fn text(&self, source: &str, place: Place) -> Result<Templated> {
        self.jinja.text(source, place)
    }
    fn expression(&self, source: &str, place: Place) -> Result<Arc<Template>> {
        self.jinja.expression(source, place)
    }
    fn from_node(&self, node: &Node) -> Result<Templated> {
        self.jinja.from_node(node)
    }
    fn lenient(&self, node: &Node, mistakes: &mut Vec<Diagnostic>) -> Result<Templated> {
        self.jinja.from_node_leniently(node, mistakes)
    }
    fn render(&self, templated: &Templated, scope: &Arc<dyn Scope>) -> Result<Value> {
        self.jinja.render(templated, scope)
    }
    fn secret(&self, node: &Node) {
        if let Ok(value) = node.to_value() {
            self.secrets.add_all(&value);
        }
    }
}

impl Texts for Language {
    fn text(&self, text: &str, place: &Place) -> Result<Templated> {
        self.jinja.text(text, place.clone())
    }
    fn expression(&self, text: &str, place: &Place) -> Result<Templated> {
        self.jinja.expression(text, place.clone()).map(Templated::Template)
    }
    fn node(&self, node: &Node) -> Result<Templated> {
        self.jinja.from_node(node)
    }
    fn file(&self, path: &Path, warnings: &mut Vec<Diagnostic>) -> Result<Vec<Node>> {
        let source = yaml::read(path)?;
        let mut twice = Vec::new();
        if !vault::is_vaulted(&source.text) {
            let nodes = yaml::parse(&source, &mut twice)?;
            self.duplicates.judge(twice, warnings)?;
            return Ok(nodes);
        }
        let text = self.open_file(path, &source.text)?;
        let nodes = yaml::parse_veiled(&Arc::new(Source { path: path.to_owned(), text }), &mut twice)?;
        self.duplicates.judge(twice, warnings)?;
        // What is vaulted within the file is opened, and known as a secret, when it is read.
        nodes.iter().for_each(|node| self.secret(node));
        Ok(nodes)
    }
    fn render(&self, value: &Templated, scope: &Arc<dyn Scope>) -> Result<Value> {
        self.jinja.render(value, scope)
    }
    fn render_said(&self, value: &Templated, scope: &Arc<dyn Scope>) -> Result<(Value, Said)> {
        let (value, said) = self.jinja.render_said(value, scope)?;
        Ok((value.unwrap_or_default(), said))
    }
}
