//! JSON as text and back.

use super::Filter;
use crate::template::engine::{Args, Bound, Eval, Fault, Val};
use hostler_sdk::{JsonStyle, Key, Value};

pub(super) const FILTERS: &[Filter] = &[
    Filter::new("to_json", |_, v, a| to_json(&v, a, None, false, None)),
    Filter::new("to_nice_json", |_, v, a| to_json(&v, a, Some("    "), true, Some((",", ": ")))),
    Filter::new("tojson", |_, v, a| {
        let [indent] = a.bind("tojson", ["indent"])?;
        let named = indent.map(|i| ("indent".into(), i)).into_iter().collect();
        let text = to_json(&v, Args::both(Vec::new(), named), None, true, None)?.to_text()?;
        let text =
            text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026").replace('\'', "\\u0027");
        Ok(Val::from(text))
    }),
    Filter::new("from_json", |_, v, mut a| {
        a.take("profile");
        a.none("from_json")?;
        match v.as_str() {
            Some(text) => load(text).map(Val::Plain),
            None => Err(Fault::new(format!("the JSON object must be str, bytes or bytearray, not {}", v.type_name()))),
        }
    }),
];

fn to_json(
    value: &Val,
    mut args: Args,
    indent: Option<&str>,
    sort: bool,
    separators: Option<(&str, &str)>,
) -> Eval<Val> {
    // Ansible's own options that change nothing here.
    for ignored in ["vault_to_text", "preprocess_unsafe", "profile", "skipkeys", "allow_nan", "check_circular"] {
        args.take(ignored);
    }
    let given = args.take("separators");
    let [new_indent, new_sort, ascii] = args.bind("to_json", ["indent", "sort_keys", "ensure_ascii"])?;
    let indent = match new_indent {
        None => indent.map(str::to_owned),
        Some(i) if i.is_null() => None,
        Some(i) => Some(match i.as_str() {
            Some(text) => text.to_owned(),
            None => " ".repeat(usize::try_from(Some(i).int(0)?).unwrap_or(0).min(100)),
        }),
    };
    let (mut item_separator, mut key_separator) = match separators {
        Some((item, key)) => (item.to_owned(), key.to_owned()),
        None => ((if indent.is_some() { "," } else { ", " }).to_owned(), ": ".to_owned()),
    };
    if let (Some(given), None) = (given, separators) {
        if let [item, key] = &given.iterate()?[..] {
            (item_separator, key_separator) = (item.to_text()?.to_string(), key.to_text()?.to_string());
        } else {
            return Err(Fault::new("`separators` must be two texts"));
        }
    }
    let style = JsonStyle {
        indent,
        sort_keys: new_sort.flag(sort)?,
        ensure_ascii: ascii.flag(true)?,
        item_separator,
        key_separator,
    };
    let value = value.to_value()?;
    if style.sort_keys && has_mixed_keys(&value) {
        return Err(Fault::new("'<' not supported between instances of 'str' and 'int'"));
    }
    Ok(Val::from(style.dumps(&value)))
}

/// Whether a mapping somewhere in it has texts and something else as keys, which Python cannot sort.
fn has_mixed_keys(value: &Value) -> bool {
    match value {
        Value::List(items) => items.iter().any(has_mixed_keys),
        Value::Map(map) => {
            let texts = map.keys().filter(|key| matches!(key, Key::Str(_))).count();
            (texts > 0 && texts < map.len()) || map.values().any(has_mixed_keys)
        }
        _ => false,
    }
}

/// `json.loads`: Python also reads `NaN`, `Infinity` and `-Infinity`, which do not occur in playbooks; the rest is JSON.
fn load(text: &str) -> Eval<Value> {
    Value::from_json(text).map_err(|e| Fault::new(format!("could not read the JSON: {e}")))
}
