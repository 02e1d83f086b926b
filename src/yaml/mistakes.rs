//! What the operator probably meant when a text is no YAML: unquoted templates above all, tabs, colons, quotes.

use super::node::Node;
use crate::diagnostic::{Diagnostic, Place, Source};
use fancy_regex::Regex;
use granit_parser::{ErrorKind, ScanError};
use std::sync::Arc;

const WHAT: &str = "could not read the YAML";
const QUOTE_TEMPLATE: &str =
    "a value that starts with a template needs quotes: `key: \"{{ variable }}\"` instead of `key: {{ variable }}`";

/// The error for a key that is a list or a mapping: in a playbook nearly always `{{ x }}` without quotes.
pub fn unhashable(key: &Node) -> Box<Diagnostic> {
    let text = key.place.source.text.get(..key.place.start).unwrap_or_default();
    let error = Diagnostic::error(WHAT);
    // The inner mapping of `{{ x }}` is the key of the outer one: step back over its brace.
    if key.as_map().is_some() && text.ends_with('{') {
        let rest = key.place.source.text.get(key.place.start..).unwrap_or_default();
        let end = rest.find("}}").map_or(1, |n| n + 2);
        let place = Place::new(&key.place.source, key.place.start - 1, key.place.start + end);
        return error.cause("a template without quotes").at(&place, "").hint(QUOTE_TEMPLATE).boxed();
    }
    error.cause(format!("{} cannot be a key", key.kind())).at(&key.place, "").boxed()
}

/// The parser's error with the place and, when the line shows one of the usual mistakes, with what to do.
pub fn explain(source: &Arc<Source>, shown: &Arc<Source>, error: &ScanError) -> Box<Diagnostic> {
    let at = error.marker().byte_offset().unwrap_or(source.text.len()).min(source.text.len());
    let start = source.text[..at].rfind('\n').map_or(0, |n| n + 1);
    let line = source.text[start..].lines().next().unwrap_or_default();
    let width = source.text[at..].chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8);
    let plain = || Diagnostic::error(WHAT).cause(error.kind().to_string()).at(&Place::new(shown, at, at + width), "");
    let found = |pattern: &str| {
        let captures = Regex::new(pattern).ok()?.captures(line).ok()??;
        captures.name("value").map(|m| (m.start(), m.end()))
    };
    let marked = |(from, to): (usize, usize)| Place::new(shown, start + from, start + to);
    if let ErrorKind::UnknownAnchor = error.kind() {
        return plain().hint("text that starts with `*` needs quotes; an anchor is set with `&name`").boxed();
    }
    if let Some(tab) = line.find('\t').filter(|tab| line[..*tab].trim().is_empty()) {
        return plain()
            .replace_place(marked((tab, tab + 1)))
            .note("a tab cannot indent in YAML")
            .hint("indent with spaces")
            .boxed();
    }
    if let Some(value) = found(r"^\s*(?:-\s+)*(?:[\w\s.]+:\s+)?(?P<value>\{\{.*?\}\})") {
        return plain().replace_place(marked(value)).hint(QUOTE_TEMPLATE).boxed();
    }
    if let Some((from, to)) = found(r#"^\s*(?:-\s+)*(?:[\w\s.]+:\s+)?(?P<value>["'].*?)\s*$"#) {
        let value = &line[from..to];
        let (first, last) = (&value[..1], value.chars().last());
        let hint = if !value.ends_with(first) || last.is_none() {
            Some("a value that starts with a quote must end with it: put the whole of it in the other kind of quotes")
        } else if value.matches(first).count() > 2 {
            Some(
                "the quote that starts a value ends it where it comes again: put the whole in the other kind of quotes",
            )
        } else {
            None
        };
        if let Some(hint) = hint {
            return plain().note(format!("the value on this line starts with {first}")).hint(hint).boxed();
        }
    }
    if found(r#"^\s*(?>(?:-\s+)*(?:[\w\s.]+:\s+)?)(?P<value>[^"'{\[|>#].*:(?:$|\s).*)$"#).is_some() {
        return plain().hint("text with a colon and a space in it needs quotes around the whole of it").boxed();
    }
    plain().boxed()
}

impl Diagnostic {
    fn replace_place(mut self, place: Place) -> Self {
        self.places.clear();
        self.at(&place, "")
    }
}
