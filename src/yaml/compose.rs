//! From the parser's events to nodes: anchors, tags, and the budgets that keep a small file from becoming a huge one.

use super::mapping;
use super::mistakes;
use super::node::{Data, Node};
use super::scalar::{self, Plain};
use crate::diagnostic::{Diagnostic, Place, Result, Source};
use granit_parser::{Event, Parser, ScalarStyle, Span};
use hostler_sdk::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// Nodes that aliases may add to a document when all are counted out; more is taken for an attack.
const ALIASED: u64 = 2_000_000;

/// Reads all documents of a text. An empty text has none; an empty document is a null node.
///
/// Duplicate keys are warnings; everything PyYAML refuses is an error with its place.
pub fn parse(source: &Arc<Source>, warnings: &mut Vec<Diagnostic>) -> Result<Vec<Node>> {
    Composer::new(source, source).run(warnings)
}

/// The same for a text that is a secret as a whole (a decrypted vault file): places keep line and column, but the text they
/// show is veiled, so that no error can print it.
pub fn parse_veiled(source: &Arc<Source>, warnings: &mut Vec<Diagnostic>) -> Result<Vec<Node>> {
    let veil = |c: char| if c.is_whitespace() { c.to_string() } else { "*".repeat(c.len_utf8()) };
    let shown = Arc::new(Source { path: source.path.clone(), text: source.text.chars().map(veil).collect() });
    Composer::new(source, &shown).run(warnings)
}

/// A tag that means something here.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Tag {
    None,
    /// `!`: as if it were plain.
    Unspecific,
    /// `!!str`: text whatever it looks like.
    Str,
    /// `!!int` and so on: as a plain scalar, which must come out as this type.
    Typed(&'static str),
    Binary,
    Set,
    Pairs,
    Unsafe,
    Vault,
}

/// A collection that is not closed yet.
struct Open {
    anchor: usize,
    tag: Tag,
    start: usize,
    end: usize,
    kind: Collection,
    /// Nodes inside, aliases counted out.
    size: u64,
}

enum Collection {
    List(Vec<Node>),
    Map(Vec<(Node, Node)>, Option<Node>),
}

struct Composer<'a> {
    source: &'a Arc<Source>,
    shown: &'a Arc<Source>,
    anchors: HashMap<usize, (Node, u64)>,
    open: Vec<Open>,
    documents: Vec<Node>,
    aliased: u64,
}

impl<'a> Composer<'a> {
    fn new(source: &'a Arc<Source>, shown: &'a Arc<Source>) -> Self {
        Composer { source, shown, anchors: HashMap::new(), open: Vec::new(), documents: Vec::new(), aliased: 0 }
    }

    fn run(mut self, warnings: &mut Vec<Diagnostic>) -> Result<Vec<Node>> {
        let options = granit_parser::options! {
            emit_comments: false,
            bom_inside_document_as_content: true,
            block_scalar_eof_without_line_feed: true,
        };
        for next in Parser::new_from_str_with_options(&self.source.text, options) {
            let (event, span) = next.map_err(|e| mistakes::explain(self.source, self.shown, &e))?;
            self.event(event, span, warnings)?;
        }
        Ok(self.documents)
    }

    fn place(&self, start: usize, end: usize) -> Place {
        Place::new(self.shown, start, end)
    }

    /// A scalar's stretch without the blank lines the parser counts to a block scalar.
    fn scalar_place(&self, span: &Span) -> Place {
        let (start, end) = bytes(span);
        let text = self.source.text.get(start..end).unwrap_or_default();
        self.place(start, start + text.trim_end().len())
    }

    /// From the first byte to the end of that line.
    fn line_place(&self, start: usize, end: usize) -> Place {
        let text = self.source.text.get(start..end.max(start)).unwrap_or_default();
        let line = text.lines().next().unwrap_or_default().trim_end();
        self.place(start, start + line.len())
    }

    fn error(&self, cause: impl Into<String>, place: &Place, label: &str) -> Box<Diagnostic> {
        Diagnostic::error("could not read the YAML").cause(cause).at(place, label).boxed()
    }

    fn event(&mut self, event: Event<'_>, span: Span, warnings: &mut Vec<Diagnostic>) -> Result<()> {
        match event {
            Event::DocumentStart(..) => {
                self.anchors.clear();
                Ok(())
            }
            Event::Scalar(text, style, anchor, _) => {
                let place = self.scalar_place(&span);
                let tag = self.tag(&span, &place)?;
                self.check_anchor(anchor, &span)?;
                let node = self.scalar(&text, style == ScalarStyle::Plain, tag, place)?;
                self.add(node, 1, anchor)
            }
            Event::SequenceStart(_, anchor, _) => self.start(span, anchor, Collection::List(Vec::new())),
            Event::MappingStart(_, anchor, _) => self.start(span, anchor, Collection::Map(Vec::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => self.close(open, bytes(&span).1, warnings),
                None => Ok(()),
            },
            Event::Alias(id) => {
                let (start, end) = bytes(&span);
                let Some((node, size)) = self.anchors.get(&id).cloned() else {
                    return Err(self.error("the alias is inside its own anchor", &self.place(start, end), ""));
                };
                self.aliased = self.aliased.saturating_add(size);
                if self.aliased > ALIASED {
                    let cause = format!("its aliases stand for more than {ALIASED} values");
                    return Err(self.error(cause, &self.place(start, end), "with this one"));
                }
                self.add(node, size, 0)
            }
            _ => Ok(()),
        }
    }

    fn start(&mut self, span: Span, anchor: usize, kind: Collection) -> Result<()> {
        let (start, end) = bytes(&span);
        let tag = match self.tag(&span, &self.place(start, end))? {
            Tag::Unspecific => Tag::None,
            tag => tag,
        };
        self.check_anchor(anchor, &span)?;
        self.open.push(Open { anchor, tag, start, end, kind, size: 1 });
        Ok(())
    }

    /// PyYAML knows only letters, digits, `-` and `_` in the names of anchors; the parser takes more.
    fn check_anchor(&self, anchor: usize, span: &Span) -> Result<()> {
        let (start, _) = bytes(span);
        let before = self.source.text.get(..start).unwrap_or_default();
        let Some(at) = before.rfind('&').filter(|_| anchor != 0) else { return Ok(()) };
        let name = &before[at + 1..];
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')).unwrap_or(name.len());
        let goes_on = name[end..].chars().next().is_some_and(|c| !c.is_whitespace() && !",]}".contains(c));
        if end == 0 || goes_on {
            let place = self.line_place(at, start);
            return Err(self.error("the name of an anchor is made of letters, digits, `-` and `_`", &place, ""));
        }
        Ok(())
    }

    fn tag(&self, span: &Span, place: &Place) -> Result<Tag> {
        let Some(tag_span) = span.tag_span() else { return Ok(Tag::None) };
        let (start, end) = bytes(&tag_span);
        let written = self.source.text.get(start..end).unwrap_or_default();
        let name = written.strip_prefix("!<").and_then(|t| t.strip_suffix('>')).unwrap_or(written);
        let name = name.strip_prefix("tag:yaml.org,2002:").or(name.strip_prefix("!!")).unwrap_or(name);
        Ok(match name {
            "!" => Tag::Unspecific,
            "str" | "python/unicode" => Tag::Str,
            "null" => Tag::Typed("null"),
            "bool" => Tag::Typed("bool"),
            "int" => Tag::Typed("int"),
            "float" => Tag::Typed("float"),
            // What these say is what the node is anyway; a scalar under them is an error further down.
            "seq" => Tag::Typed("seq"),
            "map" | "python/dict" => Tag::Typed("map"),
            "timestamp" => Tag::Typed("timestamp"),
            "binary" => Tag::Binary,
            "set" => Tag::Set,
            "omap" | "pairs" => Tag::Pairs,
            "!unsafe" => Tag::Unsafe,
            "!vault" | "!vault-encrypted" => Tag::Vault,
            _ => {
                let at = if start < end { self.place(start, end) } else { place.clone() };
                return Err(self.error(format!("unknown tag `{written}`"), &at, "").hint_tag(written));
            }
        })
    }

    fn scalar(&self, text: &str, plain: bool, tag: Tag, place: Place) -> Result<Node> {
        let written: Arc<str> = text.into();
        let words = || Value::Str(written.clone());
        let mismatch = |wanted: &str| self.error(format!("`{text}` is not {wanted}"), &place, "");
        let node = |value, plain| {
            let data = Arc::new(Data::Scalar { value, written: written.clone(), plain });
            Node { data, place: place.clone() }
        };
        // As PyYAML: what these tags mark is resolved as if it were plain.
        let resolved = |plain: bool| {
            if !plain {
                return Ok(words());
            }
            match scalar::resolve(text) {
                Plain::Value(value) => Ok(value),
                // Good as keys only; `add` looks at where they stand.
                Plain::Merge | Plain::Default => Ok(words()),
                Plain::Broken(what) => Err(mismatch(what).hint_quote()),
            }
        };
        Ok(match tag {
            Tag::None => node(resolved(plain)?, plain),
            // Quoted or not, as PyYAML reads it; but nothing at all is an empty text.
            Tag::Unspecific if text.is_empty() => node(words(), false),
            Tag::Unspecific => node(resolved(true)?, plain),
            Tag::Str => node(words(), false),
            Tag::Unsafe => {
                let inner = node(resolved(true)?, plain);
                Node { data: Arc::new(Data::Unsafe(inner)), place: place.clone() }
            }
            Tag::Vault => Node { data: Arc::new(Data::Vault(text.trim().into())), place: place.clone() },
            Tag::Typed("timestamp") if scalar::is_timestamp(text) => node(words(), false),
            Tag::Typed("null") => node(Value::Null, false),
            Tag::Typed("bool") => match scalar::boolean(&text.to_lowercase()) {
                Some(b) => node(b.into(), false),
                None => return Err(mismatch("a boolean")),
            },
            Tag::Typed("int") => match scalar::resolve(text) {
                Plain::Value(value @ Value::Int(_)) => node(value, false),
                _ => return Err(mismatch("an integer")),
            },
            Tag::Typed("float") => match scalar::resolve(text) {
                Plain::Value(Value::Float(x)) => node(x.into(), false),
                Plain::Value(Value::Int(i)) => node((i as f64).into(), false),
                _ => match text.replace('_', "").parse::<f64>() {
                    Ok(x) => node(x.into(), false),
                    Err(_) => return Err(mismatch("a float")),
                },
            },
            Tag::Typed(other) => return Err(mismatch(&format!("a value of the tag `!!{other}`"))),
            Tag::Set | Tag::Pairs => return Err(mismatch("a collection, as its tag says")),
            Tag::Binary => {
                use base64::Engine;
                let compact: String = text.split_whitespace().collect();
                match base64::engine::general_purpose::STANDARD.decode(compact).map(hostler_sdk::bytes::to_text) {
                    Ok(decoded) => {
                        let value = Value::from(decoded.as_str());
                        let data = Data::Scalar { value, written: decoded.into(), plain: false };
                        Node { data: Arc::new(data), place: place.clone() }
                    }
                    Err(_) => return Err(mismatch("base64")),
                }
            }
        })
    }

    fn close(&mut self, open: Open, end: usize, warnings: &mut Vec<Diagnostic>) -> Result<()> {
        let place = self.line_place(open.start, end.max(open.end));
        let wrong = |wanted: &str| self.error(format!("the tag wants {wanted}"), &place, "");
        let data = match (open.kind, open.tag) {
            (_, Tag::Vault) => return Err(wrong("text")),
            (Collection::List(items), Tag::None | Tag::Typed("seq") | Tag::Unsafe) => Data::List(items),
            (Collection::Map(pairs, _), Tag::None | Tag::Typed("map") | Tag::Unsafe) => {
                Data::Map(mapping::finish(pairs, warnings)?)
            }
            (Collection::Map(pairs, _), Tag::Set) => {
                Data::List(mapping::finish(pairs, warnings)?.into_iter().map(|(key, _)| key).collect())
            }
            (Collection::List(items), Tag::Pairs) => {
                Data::List(pairs(items).ok_or_else(|| wrong("a list of mappings with one entry each"))?)
            }
            (Collection::List(_), _) => return Err(wrong("something else than a list")),
            (Collection::Map(..), _) => return Err(wrong("something else than a mapping")),
        };
        let mut node = Node { data: Arc::new(data), place: place.clone() };
        if open.tag == Tag::Unsafe {
            node = Node { data: Arc::new(Data::Unsafe(node)), place };
        }
        self.add(node, open.size, open.anchor)
    }

    /// Puts a finished node where it belongs.
    fn add(&mut self, node: Node, size: u64, anchor: usize) -> Result<()> {
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let is_key = matches!(self.open.last(), Some(Open { kind: Collection::Map(_, None), .. }));
        if let (false, Data::Scalar { written, plain: true, .. }) = (is_key, &*node.data)
            && matches!(&**written, "<<" | "=")
        {
            let cause = format!("`{written}` has a meaning of its own in YAML and is no value");
            return Err(self.error(cause, &node.place, "").hint_quote());
        }
        if is_key && !matches!(node.content(), Data::Scalar { .. }) {
            return Err(mistakes::unhashable(&node));
        }
        let Some(top) = self.open.last_mut() else {
            self.documents.push(node);
            return Ok(());
        };
        top.size = top.size.saturating_add(size);
        match &mut top.kind {
            Collection::List(items) => items.push(node),
            Collection::Map(pairs, key) => match key.take() {
                Some(key) => pairs.push((key, node)),
                None => *key = Some(node),
            },
        }
        Ok(())
    }
}

/// `!!omap` and `!!pairs`: lists of `[key, value]`, as Ansible gives them.
fn pairs(items: Vec<Node>) -> Option<Vec<Node>> {
    let pair = |item: Node| match item.as_map() {
        Some([(key, value)]) => {
            let data = Data::List(vec![key.clone(), value.clone()]);
            Some(Node { data: Arc::new(data), place: item.place.clone() })
        }
        _ => None,
    };
    items.into_iter().map(pair).collect()
}

/// First and last byte of a span. The parser knows bytes for every text it reads from memory.
fn bytes(span: &Span) -> (usize, usize) {
    let start = span.start.byte_offset().unwrap_or_default();
    (start, span.end.byte_offset().unwrap_or(start))
}

trait Hints {
    fn hint_quote(self) -> Self;
    fn hint_tag(self, written: &str) -> Self;
}

impl Hints for Box<Diagnostic> {
    fn hint_quote(self) -> Self {
        self.hint("put it in quotes if it is meant as text").boxed()
    }
    fn hint_tag(self, written: &str) -> Self {
        self.nearest(written, ["!vault", "!unsafe"]).boxed()
    }
}

#[cfg(test)]
#[path = "compose_tests.rs"]
mod tests;
