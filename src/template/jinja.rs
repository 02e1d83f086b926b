//! The door to templates: compile what the operator wrote, render it in a scope.

use super::engine::{Cause, Eval, Fault, Rendering, Session, Val};
use super::nodes;
use super::syntax::{self, CompileOptions, FileSyntax, Span, SyntaxFault};
use super::{Mentions, Said, Scope, Template, TemplateKind, Templated, TemplatedKey, VaultText};
use crate::diagnostic::{Diagnostic, Place, Result, Source};
use crate::yaml::Node;
use hostler_builtin::regex::{Flags, Pattern};
use hostler_sdk::{Key, Value};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// Opens a vaulted value; the text it holds.
pub type Decrypt = Arc<dyn Fn(&VaultText) -> Result<String> + Send + Sync>;

/// A setting of the configuration by its name: its value and where it came from, in the words of Ansible's lookup `config`.
pub type ReadSetting = Arc<dyn Fn(SettingName<'_>) -> Option<(Value, String)> + Send + Sync>;

/// How a setting is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingName<'a> {
    /// By the name in Ansible's reference: `DEFAULT_FORKS`.
    Ansible(&'a str),
    /// By the name that `hostler config dump` shows: `forks`.
    Own(&'a str),
}

/// What templates need of the rest of the program.
#[derive(Clone, Default)]
pub struct JinjaOptions {
    /// Reads the configuration, for the lookup `config`.
    pub setting: Option<ReadSetting>,
    /// Opens `!vault` values and vaulted files; without it they are errors.
    pub decrypt: Option<Decrypt>,
}

/// Templates of a run. Shared by all hosts and threads.
pub struct Jinja {
    pub(super) shared: Arc<Shared>,
}

/// A template of a file: when the file was changed, how it was read, what it came to.
type KnownFile = (Option<SystemTime>, FileSyntax, Arc<Template>);
/// A pattern with its flags.
type PatternKey = (String, [bool; 3]);

/// What all renderings share.
pub(crate) struct Shared {
    pub options: JinjaOptions,
    files: Mutex<HashMap<PathBuf, KnownFile>>,
    patterns: Mutex<HashMap<PatternKey, Arc<Pattern>>>,
    vaults: Mutex<HashMap<Arc<str>, Arc<str>>>,
    mentions: Mutex<Mentions>,
}

impl Jinja {
    /// Templates of a new run.
    pub fn new(options: JinjaOptions) -> Arc<Self> {
        Arc::new(Jinja {
            shared: Arc::new(Shared {
                options,
                files: Mutex::default(),
                patterns: Mutex::default(),
                vaults: Mutex::default(),
                mentions: Mutex::default(),
            }),
        })
    }

    /// A scalar of a file: a template when it has Jinja syntax, otherwise the text itself. Syntax errors, unknown
    /// filters, tests and lookups are diagnostics with their place.
    pub fn text(&self, source: &str, place: Place) -> Result<Templated> {
        if !FileSyntax::default().is_template(source) {
            return Ok(Templated::Value(source.into()));
        }
        self.shared.note(source);
        let template = compile(source, place, TemplateKind::Text, FileSyntax::default()).map_err(told)?;
        Ok(Templated::Template(template))
    }

    /// A bare expression: `when:`, `until:`, `that:`. One wholly inside `{{ }}` is read as that template.
    pub fn expression(&self, source: &str, place: Place) -> Result<Arc<Template>> {
        let trimmed = source.trim();
        if trimmed.is_empty() {
            return Err(Diagnostic::error("empty expressions are not allowed").at(&place, "").boxed());
        }
        let syntax = FileSyntax::default();
        let whole = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")]
            .iter()
            .any(|(start, end)| trimmed.starts_with(start) && trimmed.ends_with(end));
        let kind = if whole { TemplateKind::Text } else { TemplateKind::Expression };
        self.shared.note(trimmed);
        compile(trimmed, place, kind, syntax).map_err(told)
    }

    /// A whole file, as the `template` module reads it.
    pub fn file(&self, source: &str, place: Place, syntax: FileSyntax) -> Result<Arc<Template>> {
        self.shared.note(source);
        compile(source, place, TemplateKind::File, syntax).map_err(told)
    }

    /// A node of a YAML file. What stands below `!unsafe` is plain data.
    pub fn from_node(&self, node: &Node) -> Result<Templated> {
        nodes::read(node, &mut |text, place| self.text(text, place.clone()))
    }

    /// As [`Jinja::from_node`], but a scalar with a mistake becomes a template that fails when it is rendered. The mistakes are
    /// put to `mistakes`.
    pub fn from_node_leniently(&self, node: &Node, mistakes: &mut Vec<Diagnostic>) -> Result<Templated> {
        nodes::read(node, &mut |text, place| {
            Ok(self.text(text, place.clone()).unwrap_or_else(|mistake| {
                let broken = Template::broken(text, TemplateKind::Text, place.clone(), &mistake);
                mistakes.push(*mistake);
                Templated::Template(broken)
            }))
        })
    }

    /// A template in a file of the controller, compiled once while the file stands.
    ///
    /// # Errors
    /// A file that cannot be read, broken syntax.
    pub fn file_at(&self, path: &Path, syntax: &FileSyntax) -> Result<Arc<Template>> {
        self.shared.file(path, syntax)
    }

    /// Which facts may be read by all that was compiled so far.
    pub fn mentions(&self) -> Mentions {
        self.shared.mentions.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The value, rendered through and through; members that are `omit` are left out, keys stay as written.
    pub fn render(&self, templated: &Templated, scope: &Arc<dyn Scope>) -> Result<Value> {
        if let Some(value) = templated.as_value() {
            return Ok(value.clone());
        }
        Ok(self.with(templated, scope, |_, val| val.to_value())?.0)
    }

    /// As [`Jinja::render`]; `None` when the whole is `omit`.
    pub fn render_opt(&self, templated: &Templated, scope: &Arc<dyn Scope>) -> Result<Option<Value>> {
        Ok(self.render_said(templated, scope)?.0)
    }

    /// The value of an expression for somebody to look at: what is not there is no failure, its name is shown instead.
    pub fn show(&self, expression: &Arc<Template>, scope: &Arc<dyn Scope>) -> Result<Value> {
        let rendering = Rendering::new(&self.shared, scope);
        let shown = rendering.0.run(expression).and_then(|val| match val {
            Val::Missing(missing) => Err(Fault::Missing(missing)),
            Val::Omit => Ok("<<Omit>>".into()),
            val => val.to_value(),
        });
        match shown {
            Err(Fault::Missing(missing)) if !matches!(missing.cause, Cause::Failed(_)) => {
                Ok(format!("<< error 1 - {missing} >>").into())
            }
            shown => shown.map_err(|fault| explain(&fault, expression, scope)),
        }
    }

    /// A mapping's key, rendered when it is a template.
    pub fn render_key(&self, key: &TemplatedKey, scope: &Arc<dyn Scope>) -> Result<Key> {
        match key {
            TemplatedKey::Key(key) => Ok(key.clone()),
            TemplatedKey::Template(t) => {
                Ok(self.with(&Templated::Template(t.clone()), scope, |_, val| val.clone().strict()?.to_key())?.0)
            }
        }
    }

    /// The text of a file template.
    pub fn render_text(&self, template: &Arc<Template>, scope: &Arc<dyn Scope>) -> Result<String> {
        if !template.syntax.is_template(&template.source) {
            return Ok(template.source.to_string());
        }
        let (text, _) = self.with(&Templated::Template(template.clone()), scope, |_, val| match val {
            val if val.is_null() => Ok(String::new()),
            Val::Plain(value) => Ok(value.to_string()),
            val => Ok(val.to_value()?.to_string()),
        })?;
        Ok(text)
    }

    /// Whether a condition holds. A result that is not true or false is an error, as in ansible-core 2.19.
    pub fn test(&self, template: &Arc<Template>, scope: &Arc<dyn Scope>) -> Result<bool> {
        let rendering = Rendering::new(&self.shared, scope);
        let outcome = rendering.0.run(template).and_then(Val::strict).map_err(|f| explain(&f, template, scope))?;
        match outcome.to_value().map_err(|f| explain(&f, template, scope))? {
            Value::Bool(truth) => Ok(truth),
            other => {
                let cause = format!(
                    "Conditional result ({}) was derived from value of type '{}'. Conditionals must have a boolean result",
                    if other.truthy() { "True" } else { "False" },
                    other.type_name()
                );
                let cause = match &other {
                    Value::Str(_) if template.kind == TemplateKind::Text => {
                        format!(
                            "{cause}, and what a template gives is never evaluated (untrusted template or expression)"
                        )
                    }
                    _ => cause,
                };
                let hint = match &other {
                    Value::Str(_) if template.kind == TemplateKind::Text => "write the condition without `{{ }}`",
                    Value::Str(_) => "compare it, or use the filter `bool`",
                    _ => "compare it, for instance with `| length > 0`",
                };
                Err(Diagnostic::error("the condition is neither true nor false")
                    .cause(cause)
                    .at(&template.place, "")
                    .hint(hint)
                    .boxed())
            }
        }
    }

    /// What `finish` makes of a value, and whether a host had a say in it.
    pub(super) fn with<T>(
        &self,
        templated: &Templated,
        scope: &Arc<dyn Scope>,
        finish: impl Fn(&Rc<Session>, &Val) -> Eval<T>,
    ) -> Result<(T, Said)> {
        let rendering = Rendering::new(&self.shared, scope);
        let result = rendering.0.value_said(templated).and_then(|(val, said)| {
            let (finished, more) = rendering.0.listen(|| finish(&rendering.0, &val));
            Ok((finished?, if said.is_any() { said } else { more }))
        });
        result.map_err(|fault| match outermost(templated) {
            Some(template) => explain(&fault, template, scope),
            None => place_known(fault, scope),
        })
    }
}

fn outermost(templated: &Templated) -> Option<&Arc<Template>> {
    match templated {
        Templated::Template(t) => Some(t),
        Templated::List(items) => items.iter().find_map(outermost),
        Templated::Map(items) => items.iter().find_map(|(_, v)| outermost(v)),
        Templated::Value(_) | Templated::Said(..) | Templated::Facts(..) | Templated::Vault(_) => None,
    }
}

fn place_known(fault: Fault, scope: &Arc<dyn Scope>) -> Box<Diagnostic> {
    let place = Place::named("value", "");
    hinted(&fault, fault.diagnostic(TemplateKind::Text, &place), scope)
}

fn explain(fault: &Fault, template: &Arc<Template>, scope: &Arc<dyn Scope>) -> Box<Diagnostic> {
    hinted(fault, fault.diagnostic(template.kind, &template.place), scope)
}

/// The nearest known name, for a name that is not there; where the variable was set that should have had it.
fn hinted(fault: &Fault, mut diagnostic: Diagnostic, scope: &Arc<dyn Scope>) -> Box<Diagnostic> {
    let Fault::Missing(missing) = fault else { return diagnostic.boxed() };
    match &missing.cause {
        Cause::Name(name) => {
            let names = scope.names();
            diagnostic.nearest(name, names.iter().map(AsRef::as_ref)).boxed()
        }
        Cause::Member(owner, name) => {
            let name = name.trim_matches(['\'', '"']);
            let written = diagnostic.places.first().map(|at| at.place.excerpt()).unwrap_or_default();
            let end = written.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(written.len());
            if let Some(origin) = scope.origin(&written[..end]) {
                let note = format!("`{}` comes from {origin}", &written[..end]);
                diagnostic = diagnostic.note(note);
            }
            let keys: Vec<String> = match owner.entries() {
                Some(Ok(entries)) if !matches!(owner, Val::Object(_)) => {
                    entries.iter().map(|(k, _)| k.to_string()).collect()
                }
                _ => Vec::new(),
            };
            diagnostic.nearest(name, keys.iter().map(String::as_str)).boxed()
        }
        _ => diagnostic.boxed(),
    }
}

impl Shared {
    /// Remembers which facts a source may read.
    fn note(&self, source: &str) {
        if Mentions::any_in(source) {
            self.mentions.lock().unwrap_or_else(PoisonError::into_inner).read(source);
        }
    }

    /// A template of a file that another one names, compiled once while the file stands.
    pub fn file(&self, path: &Path, syntax: &FileSyntax) -> Result<Arc<Template>> {
        let modified = std::fs::metadata(path).and_then(|m| m.modified()).ok();
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((when, how, template)) = files.get(path)
            && *when == modified
            && how == syntax
        {
            return Ok(template.clone());
        }
        let text = std::fs::read_to_string(path).map_err(|e| {
            Diagnostic::error(format!("could not read the template `{}`", path.display())).cause(e.to_string()).boxed()
        })?;
        let text = if text.starts_with("$ANSIBLE_VAULT;") {
            let vault = VaultText { armour: text.into(), place: Place::named(&path.display().to_string(), "") };
            let told = |f: Fault| Diagnostic::error("could not open the template").cause(f.message()).boxed();
            self.open(&vault).map_err(told)?.to_string()
        } else {
            text
        };
        let source = Arc::new(Source { path: path.to_owned(), text });
        let place = Place::new(&source, 0, source.text.len());
        self.note(&source.text);
        let template = compile(&source.text, place, TemplateKind::File, syntax.clone()).map_err(told)?;
        files.insert(path.to_owned(), (modified, syntax.clone(), template.clone()));
        Ok(template)
    }

    /// A regular expression of Python's dialect, compiled once.
    pub fn pattern(&self, pattern: &str, flags: Flags) -> Eval<Arc<Pattern>> {
        let key = (pattern.to_owned(), [flags.ignore_case, flags.multi_line, flags.dot_all]);
        let mut patterns = self.patterns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = patterns.get(&key) {
            return Ok(found.clone());
        }
        let compiled = Arc::new(Pattern::text(pattern, flags)?);
        // Patterns made from data could be without number; those of playbooks are few.
        if patterns.len() > 1000 {
            patterns.clear();
        }
        patterns.insert(key, compiled.clone());
        Ok(compiled)
    }

    /// Whether a text is what was vaulted, whole and unchanged: the very text that [`Shared::open`] gave.
    pub fn was_vaulted(&self, text: &Arc<str>) -> bool {
        let vaults = self.vaults.lock().unwrap_or_else(PoisonError::into_inner);
        vaults.values().any(|opened| Arc::ptr_eq(opened, text))
    }

    /// The text of a vaulted value, opened once.
    pub fn open(&self, vault: &VaultText) -> Eval<Arc<str>> {
        if let Some(text) = self.vaults.lock().unwrap_or_else(PoisonError::into_inner).get(&vault.armour) {
            return Ok(text.clone());
        }
        let Some(decrypt) = &self.options.decrypt else {
            return Err(Fault::new(format!("no vault password is known for the vaulted value at {}", vault.place)));
        };
        let text: Arc<str> = decrypt(vault).map_err(|d| Fault::new(d.to_string()))?.into();
        self.vaults.lock().unwrap_or_else(PoisonError::into_inner).insert(vault.armour.clone(), text.clone());
        Ok(text)
    }
}

/// Compiles a source; an error comes with its place in the file.
fn compile(
    source: &str,
    place: Place,
    kind: TemplateKind,
    syntax: FileSyntax,
) -> std::result::Result<Arc<Template>, (Place, SyntaxFault)> {
    // Jinja reads every kind of newline as one kind.
    let source: Arc<str> =
        if source.contains('\r') { source.replace("\r\n", "\n").replace('\r', "\n").into() } else { source.into() };
    let embedded =
        |text: &str, span: Span| match compile(text, place.clone(), TemplateKind::Text, FileSyntax::default()) {
            Ok(template) => Ok(template),
            Err((_, fault)) => Err(SyntaxFault { span, ..fault }),
        };
    let options = CompileOptions {
        syntax: &syntax,
        expression: kind == TemplateKind::Expression,
        literal_backslashes: kind == TemplateKind::Text,
        embedded: &embedded,
    };
    let template = |code| Template {
        source: source.clone(),
        kind,
        place: place.clone(),
        mutates: super::methods::mentions_changes(&source),
        syntax: syntax.clone(),
        code,
    };
    match syntax::compile(&source, &options) {
        Ok(code) => Ok(Arc::new(template(code))),
        Err(fault) => Err((template(syntax::Code::Body(Vec::new())).place_of(fault.span), fault)),
    }
}

fn told((place, fault): (Place, SyntaxFault)) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::error("could not read the template").cause(fault.message).at(&place, "");
    match fault.hint {
        Some(hint) => diagnostic.hint(hint).boxed(),
        None => diagnostic.boxed(),
    }
}
