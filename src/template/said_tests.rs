//! In what a host had a say: of values, of arguments of lookups, of names of templates that others include.

use super::cases::{TestHosts, TestScope};
use super::{HostFacts, Jinja, JinjaOptions, Said, Scope, Templated, TemplatedKey};
use crate::diagnostic::Place;
use hostler_sdk::{Map, Value};
use std::sync::{Arc, Mutex};

const NOTHING: Said = Said::Nothing;

/// A scope with results and facts of a host, and variables of the operator.
struct Sample {
    jinja: Arc<Jinja>,
    folder: tempfile::TempDir,
    scope: TestScope,
}

impl Sample {
    fn new() -> Sample {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("project/templates")).unwrap();
        std::fs::create_dir_all(at("pinned")).unwrap();
        for name in ["project/own.txt", "pinned/own.txt", "secret.txt"] {
            std::fs::write(at(name), name).unwrap();
        }
        std::fs::write(at("project/templates/part.j2"), "part").unwrap();
        std::fs::write(at("secret.j2"), "secret").unwrap();
        let jinja = Jinja::new(JinjaOptions::default());
        let rooted = at("secret.txt").display().to_string();
        let rooted = rooted.trim_start_matches('/');
        let result =
            [("stdout", "own.txt"), ("evil", "../secret.txt"), ("template", "../secret.j2"), ("rooted", rooted)];
        let result = Map::from_iter(result);
        let mut sample =
            Sample { jinja, scope: TestScope { folder: Some(at("project")), ..TestScope::default() }, folder };
        sample.scope.vars.insert("reg".into(), Templated::Said(result.into(), 0));
        let known = Map::from_iter([("os_family", "Debian"), ("env", "x")]).into();
        let facts = HostFacts { known, words: Some(|name| name == "os_family"), rest: None }.into();
        sample.scope.vars.insert("ansible_facts".into(), Templated::Facts(facts));
        let top = sample.folder.path().display().to_string();
        sample.scope.vars.insert("top".into(), top.as_str().into());
        for (name, text) in [
            ("one", "{{ reg.stdout }}"),
            ("two", "{{ one }}"),
            ("three", "{{ two }}"),
            ("own", "{{ 'own' }}.txt"),
            ("pinned", "{{ top }}/pinned/{{ reg.stdout }}"),
            ("both", "{% if reg.stdout == 'own.txt' %}a{% else %}b{% endif %}"),
        ] {
            sample.set(name, text);
        }
        let one = |text: &str| Templated::List(Arc::new(vec![sample.text(text)]));
        let params = [("files", one("{{ reg.stdout }}")), ("paths", one("{{ top }}/pinned"))];
        let params = params.map(|(name, list)| (TemplatedKey::Key(name.into()), list));
        sample.scope.vars.insert("params".into(), Templated::Map(Arc::new(params.to_vec())));
        let mixed = ["{{ reg.stdout }}", "own.txt"].map(|text| sample.text(text));
        let map = ["said", "own"].iter().zip(&mixed).map(|(k, v)| (TemplatedKey::Key((*k).into()), v.clone()));
        let map = Templated::Map(Arc::new(map.collect()));
        sample.scope.vars.insert("map".into(), map);
        sample.scope.vars.insert("list".into(), Templated::List(Arc::new(mixed.to_vec())));
        sample
    }

    fn text(&self, text: &str) -> Templated {
        self.jinja.text(text, Place::named("test", text)).unwrap()
    }

    fn set(&mut self, name: &str, text: &str) {
        let value = self.text(text);
        self.scope.vars.insert(name.into(), value);
    }

    fn scope(&mut self) -> Arc<dyn Scope> {
        Arc::new(Remembering { inner: std::mem::take(&mut self.scope), known: Mutex::default() })
    }
}

/// A scope that remembers what was rendered, as those of hosts do.
#[derive(Debug)]
struct Remembering {
    inner: TestScope,
    known: Mutex<std::collections::HashMap<String, (Value, Said)>>,
}

impl Scope for Remembering {
    fn get(&self, name: &str) -> Option<super::Binding> {
        self.inner.get(name)
    }
    fn names(&self) -> Vec<Arc<str>> {
        self.inner.names()
    }
    fn cached(&self, name: &str) -> Option<(Value, Said)> {
        self.known.lock().unwrap().get(name).cloned()
    }
    fn remember(&self, name: &str, value: &Value, said: Said) {
        self.known.lock().unwrap().insert(name.to_owned(), (value.clone(), said));
    }
    fn origin(&self, name: &str) -> Option<String> {
        self.inner.origin(name)
    }
    fn search_path(&self) -> Vec<std::path::PathBuf> {
        self.inner.search_path()
    }
}

#[test]
fn whoever_reads_what_a_host_said_knows_it() {
    let mut sample = Sample::new();
    let other = TestScope { vars: sample.scope.vars.clone(), ..TestScope::default() };
    sample.scope.hosts = Some(Arc::new(TestHosts(vec![("h2".into(), Arc::new(other))])));
    let top = sample.folder.path().display().to_string().len();
    let cases = [
        ("{{ reg.stdout }}", Said::ALL),
        ("{{ reg['stdout'] | upper }}", Said::ALL),
        ("{{ [reg.stdout] }}", Said::ALL),
        ("files/{{ reg.stdout }}", Said::After(6)),
        ("{{ 'files/' ~ reg.stdout ~ '.txt' }}", Said::After(6)),
        ("{{ 'files/' + reg.stdout }}", Said::After(6)),
        ("{{ own }}/{{ reg.stdout }}", Said::After(8)),
        ("{{ own }}", NOTHING),
        ("{{ one }}", Said::ALL),
        ("{{ three }}", Said::ALL),
        ("x{{ three }}", Said::After(1)),
        ("{{ pinned }}", Said::After(top + 8)),
        ("{{ pinned | default('x') }}", Said::After(top + 8)),
        ("{{ own | default(reg.stdout) }}", NOTHING),
        ("{{ missing | default(reg.stdout) }}", Said::ALL),
        ("{{ missing | default('x') }}", NOTHING),
        ("{{ pinned }}.d", Said::After(top + 8)),
        ("{{ pinned ~ '.d' }}", Said::After(top + 8)),
        ("{{ both }}", NOTHING),
        ("{{ 'a' if reg.stdout else 'b' }}", NOTHING),
        ("{{ {'own.txt': 'a'}[reg.stdout] }}", NOTHING),
        ("{{ reg.stdout == 'x' }}", NOTHING),
        ("{{ reg.stdout is defined and reg.stdout is not none }}", NOTHING),
        ("{{ (reg.stdout == 'x') | ternary('a', 'b') }}", NOTHING),
        ("{{ reg.stdout | ternary('a', 'b') }}", NOTHING),
        ("{{ (reg.stdout == 'x') | ternary('a', reg.stdout) }}", Said::ALL),
        ("{{ map.own }}", NOTHING),
        ("{{ map.said }}", Said::ALL),
        ("{{ map }}", Said::ALL),
        ("{{ list[1] }}", NOTHING),
        ("{{ list | first }}", Said::ALL),
        ("x {{ map }} y", Said::After(2)),
        ("{{ map }} y", Said::ALL),
        ("{{ hostvars['h2'].three }}", Said::ALL),
        ("{{ hostvars.h2.reg.stdout }}", Said::ALL),
        ("{{ hostvars['h2'].own }}", NOTHING),
        ("{{ lookup('vars', 'three') }}", Said::ALL),
        ("{{ vars.three }}", Said::ALL),
        ("{{ ansible_facts.os_family }}", NOTHING),
        ("{{ ansible_facts['os_family'] | lower }}", NOTHING),
        ("{{ ansible_facts.env }}", Said::ALL),
        ("{{ ansible_facts }}", Said::ALL),
        ("{{ ansible_facts | list | first }}", Said::ALL),
        ("{{ 'env' in ansible_facts }}", NOTHING),
        ("{% set x = reg.stdout %}a/{{ x }}", Said::After(2)),
        ("{% set x = 'own' %}{{ reg.stdout }}{{ x }}", Said::ALL),
        ("{% set x = reg.stdout %}{{ own }}", NOTHING),
        ("{% set x %}b/{{ reg.stdout }}{% endset %}a/{{ x }}", Said::After(4)),
        ("{% for x in [reg.stdout] %}a/{{ x }}{% endfor %}", Said::After(2)),
        ("{% for x in ['a'] %}{{ x }}{% endfor %}", NOTHING),
        ("{% macro m(x) %}a/{{ x }}{% endmacro %}{{ m(reg.stdout) }}", Said::ALL),
        ("{% macro m(x) %}a{% endmacro %}{{ m(reg.stdout) }}", NOTHING),
        ("{% macro m(x) %}{{ x }}{% endmacro %}{{ m('a') }}", NOTHING),
        ("{% set ns = namespace(a='b') %}{% set ns.a = reg.stdout %}{{ ns.a }}", Said::ALL),
        ("{% set l = ['a'] %}{% do l.append(reg.stdout) %}{{ l[1] }}", Said::ALL),
        ("{% set l = ['a'] %}{% do l.append('b') %}{{ l[1] }}", NOTHING),
        ("{% filter upper %}{{ reg.stdout }}{% endfilter %}", Said::ALL),
        ("{% with x = reg.stdout %}{{ x }}{% endwith %}", Said::ALL),
        ("{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{{ reg.stdout }}{% endcall %}", Said::ALL),
    ];
    let jinja = sample.jinja.clone();
    let compiled: Vec<_> = cases.iter().map(|(text, want)| (*text, sample.text(text), *want)).collect();
    let scope = sample.scope();
    // The second time variables are remembered.
    for round in 0..2 {
        for (text, template, want) in &compiled {
            let (_, said) = jinja.render_said(template, &scope).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(said, *want, "{text} (round {round})");
        }
    }
}

#[test]
fn parts_are_kept_apart() {
    let mut sample = Sample::new();
    let jinja = sample.jinja.clone();
    let written = [
        sample.text("{{ map }}"),
        sample.text("{{ [map, 'x'] }}"),
        sample.text("{{ list }}"),
        sample.text("{{ own }}"),
    ];
    let items = Templated::List(Arc::new(written.to_vec()));
    let scope = sample.scope();
    let parts = jinja.render_parts(&items, &scope).unwrap();
    let [map, mixed, list, own] = &parts.opened()[..] else { panic!("{parts:?}") };
    let member = |map: &Templated, name: &str| match map {
        Templated::Map(pairs) => {
            let found = pairs.iter().find(|(k, _)| matches!(k, TemplatedKey::Key(k) if k.as_str() == Some(name)));
            found.map(|(_, v)| v.said()).unwrap()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!((member(map, "said"), member(map, "own")), (Said::ALL, NOTHING));
    assert_eq!((mixed.opened()[0].said(), mixed.opened()[1].said()), (Said::ALL, NOTHING));
    assert_eq!((list.opened()[0].said(), list.opened()[1].said()), (Said::ALL, NOTHING));
    assert_eq!(own.said(), NOTHING);
    // What loops make of them.
    let items = jinja.lookup("items", &[list.clone(), own.clone()], &scope).unwrap();
    assert_eq!(items.iter().map(|item| item.said().is_any()).collect::<Vec<_>>(), [true, false, false]);
    let nested = jinja.lookup("nested", std::slice::from_ref(list), &scope).unwrap();
    assert!(nested.iter().all(|item| item.said().is_any()));
    let plain = jinja.lookup("nested", std::slice::from_ref(own), &scope).unwrap();
    assert!(plain.iter().all(|item| !item.said().is_any()));
}

#[test]
fn lookups_read_nothing_that_a_host_chose_elsewhere() {
    let mut sample = Sample::new();
    let top = sample.folder.path().display().to_string();
    let good = [
        "{{ lookup('file', reg.stdout) }}",
        "{{ lookup('file', three) }}",
        "{{ lookup('file', 'own.txt') ~ reg.evil }}",
        "{{ reg.evil ~ lookup('file', top ~ '/secret.txt') }}",
        "{% set x = reg.evil %}{{ lookup('file', top ~ '/secret.txt') }}{{ x }}",
        "{% set x = top ~ '/secret.txt' %}{{ reg.evil }}{{ lookup('file', x) }}",
        "{% for x in [top ~ '/secret.txt'] %}{{ reg.evil }}{{ lookup('file', x) }}{% endfor %}",
        "{{ lookup('file', top ~ '/pinned/' ~ reg.stdout) }}",
        "{{ lookup('file', pinned) }}",
        "{{ lookup('first_found', [reg.missing | default('no'), reg.stdout]) }}",
        "{{ lookup('first_found', params) }}",
        "{{ lookup('first_found', {'files': [reg.stdout], 'paths': ['.']}) }}",
        "{{ lookup('first_found', files=[reg.stdout], paths=[top ~ '/pinned']) }}",
        "{{ lookup('file', lookup('first_found', [reg.stdout], paths=[top ~ '/pinned'], files=[reg.stdout])) }}",
        "{{ lookup('fileglob', top ~ '/pinned/*' ~ reg.stdout) }}",
        "{{ lookup('template', 'part.j2') ~ reg.evil }}",
        "{% include 'part.j2' %}{{ reg.evil }}",
        "{{ reg.evil }}{% include ['no' ~ reg.stdout, 'part.j2'] %}",
    ];
    let evil = [
        "{{ lookup('file', reg.evil) }}",
        "{{ lookup('file', '/etc/../' ~ top ~ '/project/' ~ reg.evil) }}",
        "{{ lookup('file', '/' ~ reg.rooted) }}",
        "{{ lookup('file', top ~ '/pinned/' ~ reg.evil) }}",
        "{{ query('file', *[reg.evil]) }}",
        "{{ lookup('unvault', reg.evil) }}",
        "{{ lookup('first_found', [reg.evil]) }}",
        "{{ lookup('first_found', files=[reg.evil], paths=['.']) }}",
        "{{ lookup('first_found', {'files': reg.evil, 'paths': [top ~ '/pinned']}) }}",
        "{{ lookup('fileglob', reg.evil) }}",
        "{{ lookup('ini', 'x', file=reg.evil) }}",
        "{{ lookup('ini', 'x file=' ~ reg.evil) }}",
        "{{ lookup('csvfile', 'x file=' ~ reg.evil) }}",
        "{{ lookup('csvfile', 'x', file=reg.evil) }}",
        "{{ lookup('template', reg.template) }}",
        "{{ lookup('password', '/tmp/../' ~ reg.evil) }}",
        "{{ lookup('password', reg.stdout ~ '.new') }}",
        "{% set x = reg.evil %}{{ lookup('file', x) }}",
        "{% for x in [reg.evil] %}{{ lookup('file', x) }}{% endfor %}",
        "{% macro m(x) %}{{ lookup('file', x) }}{% endmacro %}{{ m(reg.evil) }}",
        "{% set ns = namespace(a='b') %}{% set ns.a = reg.evil %}{{ lookup('file', ns.a) }}",
        "{% set l = [] %}{% do l.append(reg.evil) %}{{ lookup('file', l[0]) }}",
        "{% include reg.template %}",
        "{% import reg.template as x %}",
        "{% from reg.template import x %}",
        "{% extends reg.template %}",
        "{% set x = reg.template %}{% include x %}",
        "{% include [reg.template] %}",
    ];
    let jinja = sample.jinja.clone();
    let good: Vec<_> = good.iter().map(|text| (*text, sample.text(text))).collect();
    let evil: Vec<_> = evil.iter().map(|text| (*text, sample.text(text))).collect();
    let scope = sample.scope();
    for (text, template) in &good {
        jinja.render(template, &scope).unwrap_or_else(|e| panic!("{text}: {e}"));
    }
    for (text, template) in &evil {
        let error = jinja.render(template, &scope).err().unwrap_or_else(|| panic!("{text} was read"));
        assert!(error.to_string().contains("because a host chose it"), "{text}: {error}");
    }
    assert!(!std::path::Path::new(&top).join("project/own.txt.new").exists());
}
