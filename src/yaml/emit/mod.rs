//! Values as YAML text, byte for byte as PyYAML's `CSafeDumper` (libyaml 0.2.5) writes them, which is what ansible-core's
//! `to_yaml` and `to_nice_yaml` give.

mod analysis;
mod scalar;
mod structure;

use super::scalar::is_special;
use hostler_sdk::{Key, Value};
use structure::Emitter;

/// How YAML is written; the names are PyYAML's.
#[derive(Clone, Debug)]
pub struct EmitOptions {
    /// Spaces for each level, 2 to 9; anything else means 2.
    pub indent: usize,
    /// Where long lines are folded; one that is not above twice the indent means 80.
    pub width: usize,
    /// Whether the keys of mappings are sorted. Keys that cannot be compared stay as they are.
    pub sort_keys: bool,
    /// `Some(true)`: all in one line; `Some(false)`: a line for each member; `None`: only innermost lists and mappings
    /// are in one line.
    pub default_flow_style: Option<bool>,
    /// How scalars are written; `None` chooses the simplest way.
    pub default_style: Option<Style>,
    /// Whether the document starts with `---`.
    pub explicit_start: bool,
    /// Whether it ends with `...`.
    pub explicit_end: bool,
    /// Whether everything is written in YAML's canonical form: each node with its tag, texts in double quotes, members in lines of
    /// their own between brackets.
    pub canonical: bool,
    /// The version that a `%YAML` line before the document names.
    pub version: Option<(i64, i64)>,
    /// What ends a line.
    pub line_break: LineBreak,
    /// Whether characters beyond ASCII are written as they are.
    pub allow_unicode: bool,
    /// Whether texts of several lines become `|` blocks, as ansible-core's callbacks print them.
    pub blocks: bool,
    /// Whether encrypted texts are written as `!vault` blocks.
    pub vaults: bool,
}

impl Default for EmitOptions {
    fn default() -> Self {
        EmitOptions {
            indent: 2,
            width: 80,
            sort_keys: true,
            default_flow_style: Some(false),
            default_style: None,
            explicit_start: false,
            explicit_end: false,
            canonical: false,
            version: None,
            line_break: LineBreak::Lf,
            allow_unicode: true,
            blocks: false,
            vaults: false,
        }
    }
}

/// What ends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineBreak {
    /// `\n`
    Lf,
    /// `\r`
    Cr,
    /// `\r\n`
    CrLf,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// `'text'`
    SingleQuoted,
    /// `"text"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// What is written: scalars are text by now, and each container knows whether it stands in one line.
enum Node {
    Scalar {
        text: String,
        plain: bool,
        quoted: bool,
        /// Whether it is to be a `|` block whatever the style of others.
        block: bool,
        tag: Option<&'static str>,
    },
    List {
        items: Vec<Node>,
        flow: bool,
    },
    Map {
        pairs: Vec<(Node, Node)>,
        flow: bool,
    },
}

/// The document of one value.
pub fn emit(value: &Value, options: &EmitOptions) -> String {
    let mut emitter = Emitter::new(options);
    emitter.document(&node(value, options));
    emitter.finish()
}

fn node(value: &Value, options: &EmitOptions) -> Node {
    let shown = |tag: &'static str| options.canonical.then_some(tag);
    let simple = |text: String, tag| Node::Scalar { text, plain: true, quoted: false, block: false, tag: shown(tag) };
    match value {
        Value::Null => simple("null".into(), "!!null"),
        Value::Bool(b) => simple(b.to_string(), "!!bool"),
        Value::Int(i) => simple(i.to_string(), "!!int"),
        Value::Float(f) => simple(float(*f), "!!float"),
        Value::Str(s) => {
            let vault = options.vaults && s.starts_with("$ANSIBLE_VAULT;");
            let block = vault || options.blocks && s.chars().any(analysis::is_break);
            let tag = vault.then_some("!vault").or_else(|| shown("!!str"));
            Node::Scalar { text: s.to_string(), plain: !is_special(s), quoted: true, block, tag }
        }
        Value::List(items) => {
            let items: Vec<Node> = items.iter().map(|v| node(v, options)).collect();
            Node::List { flow: flow(items.iter(), options), items }
        }
        Value::Map(map) => {
            let mut entries: Vec<(&Key, &Value)> = map.iter().collect();
            if options.sort_keys {
                sort(&mut entries);
            }
            let pairs: Vec<(Node, Node)> =
                entries.into_iter().map(|(k, v)| (node(&k.to_value(), options), node(v, options))).collect();
            Node::Map { flow: flow(pairs.iter().flat_map(|(k, v)| [k, v]), options), pairs }
        }
    }
}

/// PyYAML sorts keys as Python does, and leaves them alone when Python cannot compare them.
fn sort(entries: &mut [(&Key, &Value)]) {
    if entries.iter().all(|(k, _)| matches!(k, Key::Str(_))) {
        entries.sort_by(|(a, _), (b, _)| a.as_str().cmp(&b.as_str()));
    } else if let Some(numbers) = entries.iter().map(|(k, _)| number(k)).collect::<Option<Vec<_>>>() {
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by_key(|n| numbers[*n]);
        let sorted: Vec<_> = order.into_iter().map(|n| entries[n]).collect();
        entries.copy_from_slice(&sorted);
    }
}

fn number(key: &Key) -> Option<i128> {
    match key {
        Key::Int(i) => Some(*i),
        Key::Bool(b) => Some(i128::from(*b)),
        _ => None,
    }
}

fn flow<'a>(mut members: impl Iterator<Item = &'a Node>, options: &EmitOptions) -> bool {
    let styled = options.default_style.is_some();
    options.default_flow_style.unwrap_or_else(|| !styled && members.all(|n| matches!(n, Node::Scalar { .. })))
}

/// A float as PyYAML writes it: with a point, so that it is read as a float again.
fn float(f: f64) -> String {
    if f.is_nan() {
        return ".nan".into();
    }
    if f.is_infinite() {
        return if f > 0.0 { ".inf".into() } else { "-.inf".into() };
    }
    let text = Value::Float(f).to_string();
    if !text.contains('.') && text.contains('e') { text.replacen('e', ".0e", 1) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(json: &str, options: &EmitOptions) -> String {
        emit(&Value::from_json(json).unwrap(), options)
    }

    #[test]
    fn the_canonical_form_is_libyamls() {
        let options = EmitOptions { canonical: true, ..EmitOptions::default() };
        assert_eq!(written(r#""thing""#, &options), "---\n!!str \"thing\"\n");
        assert_eq!(written("[]", &options), "---\n!!seq []\n");
        assert_eq!(
            written(r#"[1, [null, {"a": []}], 1.5, true]"#, &options),
            "---\n!!seq [\n  !!int \"1\",\n  !!seq [\n    !!null \"null\",\n    !!map {\n      ? !!str \"a\"\n      : !!seq [],\n    },\n  ],\n  \
             !!float \"1.5\",\n  !!bool \"true\",\n]\n"
        );
    }

    #[test]
    fn lines_end_and_documents_begin_as_asked() {
        let options = EmitOptions {
            line_break: LineBreak::CrLf,
            version: Some((1, 1)),
            default_flow_style: None,
            ..EmitOptions::default()
        };
        assert_eq!(
            written(r#"{"a": [1, 2], "b": "x\ny\n"}"#, &options),
            "%YAML 1.1\r\n---\r\na: [1, 2]\r\nb: 'x\r\n\r\n  y\r\n\r\n  '\r\n"
        );
    }

    #[test]
    fn vaults_are_blocks() {
        let options = EmitOptions { vaults: true, ..EmitOptions::default() };
        assert_eq!(
            written(r#"{"a": {"b": "$ANSIBLE_VAULT;1.1;AES256\n3037\n"}}"#, &options),
            "a:\n  b: !vault |\n    $ANSIBLE_VAULT;1.1;AES256\n    3037\n"
        );
    }

    #[test]
    fn texts_of_several_lines_can_be_blocks() {
        let options = EmitOptions { blocks: true, ..EmitOptions::default() };
        assert_eq!(
            written(r#"{"a": "x\ny", "b": "x\n", "c": "x\n\n", "d": "x", "e": "x\ty\nz"}"#, &options),
            "a: |-\n  x\n  y\nb: |\n  x\nc: |+\n  x\n\nd: x\ne: \"x\\ty\\nz\"\n"
        );
    }
}
