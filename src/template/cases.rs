//! Templates with the answers of ansible-core's own templar, recorded in `tests/cases/jinja/*.json`.

use super::{Binding, FileSyntax, Hosts, Jinja, JinjaOptions, Scope, Templated, TemplatedKey};
use crate::diagnostic::{Place, Source};
use hostler_sdk::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
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

/// A file of recorded cases: variables, files that lookups find, and what ansible-core made of each source.
struct Table {
    name: String,
    vars: Value,
    unsafe_vars: Value,
    cases: Vec<Value>,
    folder: tempfile::TempDir,
}

impl Table {
    fn read(path: &Path) -> Table {
        let folder = tempfile::tempdir().unwrap();
        let text = std::fs::read_to_string(path).unwrap().replace("<DIR>", &folder.path().to_string_lossy());
        let table = Value::from_json(&text).unwrap();
        for (name, text) in table.get("files").and_then(Value::as_map).into_iter().flat_map(|m| m.iter()) {
            let file = folder.path().join(name.to_string());
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text.as_str().unwrap()).unwrap();
        }
        let part = |name: &str| table.get(name).cloned().unwrap_or(Value::Null);
        Table {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            vars: part("vars"),
            unsafe_vars: part("unsafe"),
            cases: part("cases").as_list().unwrap().to_vec(),
            folder,
        }
    }

    fn scope(&self, jinja: &Jinja, extra: Option<&Value>) -> Arc<dyn Scope> {
        let mut scope = scope(jinja, &self.vars);
        for (name, value) in self.unsafe_vars.as_map().into_iter().flat_map(|m| m.iter()) {
            scope.vars.insert(name.to_string(), Templated::Value(value.clone()));
        }
        for (name, value) in extra.and_then(Value::as_map).into_iter().flat_map(|m| m.iter()) {
            scope.vars.insert(name.to_string(), templated(jinja, value));
        }
        scope.folder = Some(self.folder.path().to_owned());
        Arc::new(scope)
    }

    /// Where the source would stand: beside the templates, when it is one.
    fn place(&self, kind: &str, source: &str) -> Place {
        let folder = self.folder.path();
        let path = if kind == "file" { folder.join("templates/case.j2") } else { folder.join("case.yml") };
        Place::new(&Arc::new(Source { path, text: source.to_owned() }), 0, source.len())
    }
}

/// Each file: `vars`, `unsafe`, `files`, and `cases` of `[kind, source, outcome, {vars, options}]`. Kinds: `text` (a scalar
/// of a playbook), `file` (a file of the template module), `test` (a condition), `expr` (an expression). Outcomes:
/// `{"is": value}`, `{"type": ..., "text": ...}` or `{"fails": part of the message}`; with `differs`, ours is another one
/// for the reason given.
#[test]
fn templates_give_what_ansible_gives() {
    let jinja = Jinja::new(JinjaOptions::default());
    let (mut wrong, mut count, mut differing) = (Vec::new(), 0, 0);
    for path in files() {
        let table = Table::read(&path);
        let common = table.scope(&jinja, None);
        for case in &table.cases {
            count += 1;
            let [kind, source, want, extra @ ..] = case.as_list().unwrap() else { panic!("{case:?}") };
            let (kind, source) = (kind.as_str().unwrap(), source.as_str().unwrap());
            let extra = extra.first();
            let scope = match extra.and_then(|e| e.get("vars")) {
                Some(vars) => table.scope(&jinja, Some(vars)),
                None => common.clone(),
            };
            let syntax = syntax(extra.and_then(|e| e.get("options")));
            let got = run(&jinja, kind, source, table.place(kind, source), syntax, &scope);
            let text = want.get("text").and_then(Value::as_str);
            let right = match (&got, want.get("is"), want.get("fails").and_then(Value::as_str)) {
                (Ok(got), Some(want), _) => same(got, want),
                (Ok(got), None, None) => Some(got.to_string().as_str()) == text,
                (Err(message), None, Some(part)) => message.contains(part),
                _ => false,
            };
            let differs = want.get("differs").is_some();
            differing += usize::from(differs);
            if right == differs {
                let got = got.map(|v| v.repr());
                wrong.push(format!("{}: {kind} {source:?}\n   want {}\n   got  {got:?}", table.name, want.to_json()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} differ\n{}", wrong.len(), wrong.join("\n"));
    assert!(differing * 100 <= count, "{differing} of {count} are named as different: more than one in a hundred");
}

fn syntax(options: Option<&Value>) -> FileSyntax {
    let mut syntax = FileSyntax::default();
    for (name, value) in options.and_then(Value::as_map).into_iter().flat_map(|m| m.iter()) {
        let text = value.to_string();
        match name.to_string().as_str() {
            "trim_blocks" => syntax.trim_blocks = value.truthy(),
            "lstrip_blocks" => syntax.lstrip_blocks = value.truthy(),
            "variable_start_string" => syntax.variable_start = text,
            "variable_end_string" => syntax.variable_end = text,
            "block_start_string" => syntax.block_start = text,
            "block_end_string" => syntax.block_end = text,
            "comment_start_string" => syntax.comment_start = text,
            "comment_end_string" => syntax.comment_end = text,
            "newline_sequence" => syntax.newline = text,
            other => panic!("unknown option {other}"),
        }
    }
    syntax
}

fn run(
    jinja: &Jinja,
    kind: &str,
    source: &str,
    place: Place,
    syntax: FileSyntax,
    scope: &Arc<dyn Scope>,
) -> Result<Value, String> {
    match kind {
        "text" => jinja.text(source, place).and_then(|t| jinja.render(&t, scope)),
        "file" => jinja.file(source, place, syntax).and_then(|t| jinja.render_text(&t, scope)).map(Value::from),
        "test" => jinja.expression(source, place).and_then(|t| jinja.test(&t, scope)).map(Value::from),
        "expr" => jinja
            .file(&format!("{{{{ {source} }}}}"), place, syntax)
            .and_then(|t| jinja.render(&Templated::Template(t), scope)),
        other => panic!("unknown kind {other}"),
    }
    .map_err(|d| d.to_string())
}
