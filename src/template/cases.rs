//! Templates with the answers of ansible-core's own templar, recorded in `tests/cases/jinja/*.json`.

use super::{Binding, FileSyntax, Hosts, Jinja, JinjaOptions, Scope, Templated, TemplatedKey};
use crate::diagnostic::Place;
use hostler_sdk::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Variables of a test.
#[derive(Debug, Default)]
pub(crate) struct TestScope {
    pub vars: BTreeMap<String, Templated>,
    pub hosts: Option<Arc<TestHosts>>,
    pub folder: Option<PathBuf>,
}

/// Hosts of a test.
#[derive(Debug)]
pub(crate) struct TestHosts(pub Vec<(String, Arc<TestScope>)>);

impl Hosts for TestHosts {
    fn scope(&self, host: &str) -> Option<Arc<dyn Scope>> {
        let (_, scope) = self.0.iter().find(|(name, _)| name == host)?;
        Some(scope.clone())
    }
    fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }
}

impl Scope for TestScope {
    fn get(&self, name: &str) -> Option<Binding> {
        match (name, &self.hosts) {
            ("hostvars", Some(hosts)) => Some(Binding::Hosts(hosts.clone())),
            _ => self.vars.get(name).cloned().map(Binding::Templated),
        }
    }
    fn names(&self) -> Vec<Arc<str>> {
        self.vars.keys().map(|k| Arc::from(k.as_str())).collect()
    }
    fn origin(&self, name: &str) -> Option<String> {
        self.vars.contains_key(name).then(|| format!("vars.yml ({name})"))
    }
    fn search_path(&self) -> Vec<PathBuf> {
        self.folder.iter().cloned().collect()
    }
}

/// A value of JSON with templates in its texts.
pub(crate) fn templated(jinja: &Jinja, value: &Value) -> Templated {
    match value {
        Value::Str(text) => jinja.text(text, Place::named("test", text)).unwrap(),
        Value::List(items) => Templated::List(Arc::new(items.iter().map(|v| templated(jinja, v)).collect())),
        Value::Map(map) => Templated::Map(Arc::new(
            map.iter().map(|(k, v)| (TemplatedKey::Key(k.clone()), templated(jinja, v))).collect(),
        )),
        other => Templated::Value(other.clone()),
    }
}

pub(crate) fn scope(jinja: &Jinja, vars: &Value) -> TestScope {
    let vars = vars.as_map().into_iter().flat_map(|m| m.iter());
    TestScope { vars: vars.map(|(k, v)| (k.to_string(), templated(jinja, v))).collect(), ..TestScope::default() }
}

/// Values that differ in type (`1` and `1.0`) differ here.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        // JSON knows no other keys than text.
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.iter().zip(b.iter()).all(|((ka, va), (kb, vb))| ka.to_string() == kb.to_string() && same(va, vb))
        }
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b)),
        (Value::Float(a), Value::Float(b)) => a == b || (a - b).abs() < 1e-9 * a.abs(),
        (a, b) => a.type_name() == b.type_name() && a == b,
    }
}

fn files() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases/jinja");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "json"));
    files.sort();
    assert!(!files.is_empty());
    files
}

/// Each file: `vars`, and `cases` of `[kind, source, outcome]`. Kinds: `text` (a scalar of a playbook), `file` (a file of
/// the template module), `test` (a condition). Outcomes: `{"is": value}` or `{"fails": part of the message}`.
#[test]
fn templates_give_what_ansible_gives() {
    let jinja = Jinja::new(JinjaOptions::default());
    let (mut wrong, mut count) = (Vec::new(), 0);
    for path in files() {
        let table = Value::from_json(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let scope: Arc<dyn Scope> = Arc::new(scope(&jinja, table.get("vars").unwrap_or(&Value::Null)));
        for case in table.get("cases").and_then(Value::as_list).unwrap() {
            count += 1;
            let [kind, source, want] = case.as_list().unwrap() else { panic!("a case has three parts") };
            let source = source.as_str().unwrap();
            let got = run(&jinja, kind.as_str().unwrap(), source, &scope);
            let right = match (&got, want.get("is"), want.get("fails").and_then(Value::as_str)) {
                (Ok(got), Some(want), _) => same(got, want),
                (Err(message), None, Some(part)) => message.contains(part),
                _ => false,
            };
            if !right {
                let name = path.file_stem().unwrap().to_string_lossy();
                let got = got.map(|v| v.repr());
                wrong.push(format!("{name}: {} {source:?}\n   want {}\n   got  {got:?}", kind, want.to_json()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} differ\n{}", wrong.len(), wrong.join("\n"));
}

fn run(jinja: &Jinja, kind: &str, source: &str, scope: &Arc<dyn Scope>) -> Result<Value, String> {
    let place = Place::named("test", source);
    match kind {
        "text" => jinja.text(source, place).and_then(|t| jinja.render(&t, scope)),
        "file" => {
            jinja.file(source, place, FileSyntax::default()).and_then(|t| jinja.render_text(&t, scope)).map(Value::from)
        }
        "test" => jinja.expression(source, place).and_then(|t| jinja.test(&t, scope)).map(Value::from),
        other => panic!("unknown kind {other}"),
    }
    .map_err(|d| d.to_string())
}
