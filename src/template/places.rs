//! Errors in templates point at the stretch of the operator's file that is to blame, wherever the template stands.

use super::cases::TestScope;
use super::{FileSyntax, Jinja, JinjaOptions, Scope, Templated};
use crate::diagnostic::{Diagnostic, Place, Source};
use crate::yaml;
use std::sync::Arc;

/// A source without its marks, and where the marked stretch is.
fn unmarked(marked: &str) -> (String, usize, usize) {
    let start = marked.find('⟦').unwrap();
    let text = marked.replace('⟦', "");
    let end = text.find('⟧').unwrap();
    (text.replace('⟧', ""), start, end)
}

fn check(marked: &str, path: &str, run: impl Fn(&Jinja, &Arc<Source>, Arc<dyn Scope>) -> Option<Box<Diagnostic>>) {
    let (text, start, end) = unmarked(marked);
    let source = Arc::new(Source { path: path.into(), text });
    let jinja = Jinja::new(JinjaOptions::default());
    let mut scope = TestScope::default();
    scope.vars.insert("known".into(), Templated::from("text"));
    scope.vars.insert("facts".into(), Templated::from(hostler_sdk::Value::from_json("{\"os\": \"linux\"}").unwrap()));
    let diagnostic = run(&jinja, &source, Arc::new(scope)).unwrap_or_else(|| panic!("{marked}: no error"));
    let place = &diagnostic.places.first().unwrap_or_else(|| panic!("{marked}: no place in {diagnostic}")).place;
    let want = Place::new(&source, start, end);
    let shown = |p: &Place| format!("{p} {:?}", p.excerpt());
    assert_eq!(shown(place), shown(&want), "{marked}: {diagnostic}");
}

/// The value of the key `k` of a YAML document, read as a scalar of a playbook or, under `when`, as a condition.
fn in_yaml(marked: &str) {
    check(marked, "site.yml", |jinja, source, scope| {
        let document = yaml::parse(source, &mut Vec::new()).unwrap().remove(0);
        if let Some(when) = document.get("when") {
            let read = jinja.expression(when.as_str().unwrap(), when.place.clone());
            return read.and_then(|t| jinja.test(&t, &scope)).err();
        }
        // Variables of the document see each other.
        let mut vars = TestScope::default();
        for (key, value) in document.as_map().unwrap() {
            match jinja.from_node(value) {
                Ok(value) => vars.vars.insert(key.as_str().unwrap().to_owned(), value),
                Err(diagnostic) => return Some(diagnostic),
            };
        }
        for name in ["known", "facts"] {
            if let Some(super::Binding::Templated(value)) = scope.get(name) {
                vars.vars.insert(name.into(), value);
            }
        }
        let scope: Arc<dyn Scope> = Arc::new(vars);
        let Some(super::Binding::Templated(value)) = scope.get("k") else { panic!("no `k`") };
        jinja.render(&value, &scope).err()
    });
}

#[test]
fn errors_in_conditions_point_into_the_condition() {
    for marked in [
        "when: ⟦nope⟧ == 1",
        "name: x\nwhen: known == 'a' or ⟦nope⟧.deep",
        "when: ⟦facts.oss⟧ == 'linux'",
        "when: ⟦facts['oss']⟧ == 'linux'",
        "when: \"known is defined and ⟦nope⟧\"",
        "when: '⟦nope⟧ is match(\"x\")'",
        "when: >\n  known == 'a' or\n  ⟦nope⟧ == 1\n",
        "when: |\n  known == 'a' or\n  ⟦nope⟧ == 1\n",
        "when: ⟦known + 1⟧ == 2",
        "when: ⟦known | int > 'a'⟧",
        "when: known is ⟦nosuch⟧",
        "when: known | ⟦nosuch⟧",
        "when: (known == 'a')⟦)⟧",
    ] {
        in_yaml(marked);
    }
}

#[test]
fn errors_in_values_point_into_the_value() {
    for marked in [
        "k: \"{{ ⟦nope⟧ }}\"",
        "k: a {{ known }} b {{ ⟦nope⟧.x }}",
        "k:\n  deep:\n    - fine\n    - '{{ ⟦nope⟧ }}'\n",
        "k: '{{ [1, 2][⟦nope⟧] }}'",
        "k: '{{ known | ⟦nosuch⟧ }}'",
        "k: |\n  first\n  {{ ⟦nope⟧ }}\n",
        "k: '{{ other }}'\nother: 'x {{ ⟦nope⟧ }}'",
        "k: '{{ other.b }}'\nother: {a: 1, b: '{{ ⟦facts.nope⟧ }}'}",
        "k: '{{ ⟦1 / 0⟧ }}'",
        "k: '{% if known %}{{ ⟦nope⟧ }}{% endif %}'",
    ] {
        in_yaml(marked);
    }
}

#[test]
fn errors_in_template_files_point_into_the_file() {
    for marked in [
        "{{ ⟦nope⟧ }}\n",
        "one\ntwo {{ known }} {{ ⟦facts.nope⟧ }}\n",
        "{% for i in ⟦nope⟧ %}\n{{ i }}\n{% endfor %}\n",
        "{% for i in [1] %}\n  {{ i + 1 }} {{ ⟦i.x⟧ }}\n{% endfor %}\n",
        "{% if ⟦nope⟧ %}\n{% endif %}\n",
        "é✓ {{ ⟦known + 1⟧ }}\n",
        "{% set x = known %}\n{{ x }} {{ ⟦nope⟧ | upper }}\n",
        "#jinja2: trim_blocks: False\n{{ ⟦nope⟧ }}\n",
        "line\n{{ known | ⟦nosuch⟧ }}\n",
        "{% macro m(a) %}{{ ⟦a.b⟧ }}{% endmacro %}\n{{ m('x') }}\n",
    ] {
        check(marked, "templates/a.j2", |jinja, source, scope| {
            let place = Place::new(source, 0, source.text.len());
            let template = jinja.file(&source.text, place, FileSyntax::default());
            template.and_then(|t| jinja.render_text(&t, &scope)).err()
        });
    }
}
