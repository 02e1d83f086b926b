//! What the benches of templates work on: a host's variables, a file of two kilobytes, a thousand conditions.

use hostler::diagnostic::{Place, Source};
use hostler::template::{Binding, Jinja, Scope, Template, Templated};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Variables as a host has them: numbers, texts, lists, mappings, and texts with templates in them.
#[derive(Debug)]
struct Variables(HashMap<String, Templated>);

impl Scope for Variables {
    fn get(&self, name: &str) -> Option<Binding> {
        self.0.get(name).cloned().map(Binding::Templated)
    }
    fn names(&self) -> Vec<Arc<str>> {
        self.0.keys().map(|k| Arc::from(k.as_str())).collect()
    }
    fn origin(&self, _: &str) -> Option<String> {
        None
    }
    fn search_path(&self) -> Vec<PathBuf> {
        Vec::new()
    }
}

/// A place that stands for the text alone.
pub fn place(text: &str) -> Place {
    Place::new(&Arc::new(Source { path: "bench".into(), text: text.to_owned() }), 0, text.len())
}

/// Thirty variables.
pub fn scope(jinja: &Jinja) -> Arc<dyn Scope> {
    let mut vars = HashMap::new();
    for n in 0..30 {
        let value = match n % 5 {
            0 => Templated::from(n),
            1 => Templated::from(format!("value {n}").as_str()),
            2 => Templated::from((0..5).map(hostler_sdk::Value::from).collect::<hostler_sdk::Value>()),
            3 => jinja.text(&format!("{{{{ var_{} }}}} and more", n - 2), place("x")).unwrap(),
            _ => Templated::from(hostler_sdk::Value::from_json(r#"{"state": "present", "port": 80}"#).unwrap()),
        };
        vars.insert(format!("var_{n}"), value);
    }
    Arc::new(Variables(vars))
}

/// A file as services have them, with those variables.
pub fn file() -> String {
    let mut text = String::from("# {{ var_1 | upper }}\n");
    for n in 0..30 {
        text += &match n % 5 {
            0 => format!("number_{n} = {{{{ var_{n} + 1 }}}}\n"),
            1 => format!("text_{n} = \"{{{{ var_{n} | replace('a', 'b') }}}}\"\n"),
            2 => format!("{{% for i in var_{n} %}}\nitem_{{{{ loop.index }}}} = {{{{ i }}}}\n{{% endfor %}}\n"),
            3 => format!(
                "{{% if var_{n} is defined and var_{n} | length > 3 %}}\nlazy_{n} = {{{{ var_{n} }}}}\n{{% endif %}}\n"
            ),
            _ => format!("map_{n} = {{{{ var_{n}.state }}}}:{{{{ var_{n}['port'] | default(8080) }}}}\n"),
        };
    }
    text
}

/// What `when:` asks, a thousand times.
pub fn conditions(jinja: &Jinja) -> Vec<Arc<Template>> {
    (0..1000)
        .map(|n| {
            let text = match n % 4 {
                0 => format!("var_{} > 3", n % 6 * 5),
                1 => format!("var_{} is defined and var_1 == 'value 1'", n % 30),
                2 => "var_4.state == 'present' and not (var_9.port | int < 80)".to_owned(),
                _ => "'value' in var_6 or var_3 is match('v.*')".to_owned(),
            };
            jinja.expression(&text, place(&text)).unwrap()
        })
        .collect()
}
