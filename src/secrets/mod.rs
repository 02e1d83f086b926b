//! What must not be shown, known by value: vaulted values, passwords of connections, private answers. Whoever comes to know a
//! secret adds it; the report masks every event before a reporter sees it, also where a secret is encoded or within a text.

mod forms;

use aho_corasick::{AhoCorasick, MatchKind};
use hostler_sdk::{Key, Map, Value};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What stands where a secret was.
pub const MASK: &str = "********";

/// Secrets with fewer characters are masked only where they are the whole of a value: within texts they would be found by
/// chance too often.
pub const SHORT: usize = 6;

/// The secrets of a run.
#[derive(Default)]
pub struct Secrets {
    /// Whether there are any; asked for each event.
    any: AtomicBool,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// Every secret as it is.
    whole: HashSet<String>,
    /// Those of them that are masked only as a whole.
    short: Arc<HashSet<String>>,
    /// Forms that are looked for within texts, in the order in which they became known.
    forms: Vec<String>,
    /// Searches for the first so many forms, and for those after them up to a second mark.
    old: Option<Search>,
    new: Option<Search>,
}

/// A search for the forms up to `until`.
#[derive(Clone)]
struct Search {
    until: usize,
    automaton: Arc<AhoCorasick>,
}

impl Secrets {
    /// Takes a secret in. Line ends around it do not belong to it; of a text of several lines each line counts, too.
    pub fn add(&self, secret: &str) {
        let secret = secret.trim_matches(['\r', '\n']);
        if secret.trim().is_empty() {
            return;
        }
        let mut known = self.known();
        if known.whole.contains(secret) {
            return;
        }
        known.whole.insert(secret.to_owned());
        if !is_long(secret) {
            Arc::make_mut(&mut known.short).insert(secret.to_owned());
        }
        let lines = secret.lines().map(str::trim).filter(|line| secret.contains('\n') && is_long(line));
        let long = std::iter::once(secret).filter(|secret| is_long(secret));
        for text in long.chain(lines) {
            known.forms.extend(forms::of(text));
        }
        self.any.store(true, Ordering::Release);
    }

    /// Takes in every text of a file that is a secret as a whole, and numbers as long as one.
    pub fn add_all(&self, value: &Value) {
        match value {
            Value::Str(text) if is_long(text) => self.add(text),
            Value::Int(number) if number.to_string().len() >= SHORT => self.add(&number.to_string()),
            Value::List(items) => items.iter().for_each(|item| self.add_all(item)),
            Value::Map(map) => map.values().for_each(|value| self.add_all(value)),
            _ => {}
        }
    }

    /// Whether nothing is to be masked.
    pub fn is_empty(&self) -> bool {
        !self.any.load(Ordering::Acquire)
    }

    /// A text without secrets.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.is_empty() { Cow::Borrowed(text) } else { self.mask().text(text) }
    }

    /// Masks values; what becomes known meanwhile is not seen by it.
    pub fn mask(&self) -> Mask {
        let mut known = self.known();
        known.prepare();
        Mask {
            whole: MASK,
            short: known.short.clone(),
            searches: known.old.iter().chain(&known.new).map(|search| search.automaton.clone()).collect(),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(<secret>)")
    }
}

impl Known {
    /// Builds the searches for what came since the last time. Two of them, so that secrets that become known one by one cost no
    /// search for all of them each time.
    fn prepare(&mut self) {
        let built = |forms: &[String], until: usize| {
            let builder = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(forms);
            builder.ok().map(|automaton| Search { until, automaton: Arc::new(automaton) })
        };
        let all = self.forms.len();
        let old = self.old.as_ref().map_or(0, |search| search.until);
        let reached = self.new.as_ref().map_or(old, |search| search.until);
        if reached == all {
            return;
        }
        if all > old + old / 2 + 64 || old == 0 {
            self.old = built(&self.forms, all);
            self.new = None;
        } else {
            self.new = built(&self.forms[old..], all);
        }
    }
}

/// The secrets as they were known at one moment.
pub struct Mask {
    /// What stands for a text that is a secret as a whole.
    whole: &'static str,
    short: Arc<HashSet<String>>,
    searches: Vec<Arc<AhoCorasick>>,
}

impl Mask {
    /// The same with other words for a text that is a secret as a whole.
    pub fn calling_whole(self, whole: &'static str) -> Mask {
        Mask { whole, ..self }
    }

    /// A text without secrets.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.short.contains(text.trim_matches(['\r', '\n'])) {
            return Cow::Borrowed(self.whole);
        }
        let mut masked = Cow::Borrowed(text);
        for search in &self.searches {
            if search.is_match(masked.as_ref()) {
                let mut without = String::with_capacity(masked.len());
                search.replace_all_with(&masked, &mut without, |_, _, out| {
                    out.push_str(MASK);
                    true
                });
                masked = Cow::Owned(without);
            }
        }
        if masked.trim_end() == MASK && text.trim_end() != MASK { Cow::Borrowed(self.whole) } else { masked }
    }

    /// Takes secrets out of a text of one's own.
    pub fn own(&self, text: &mut String) {
        let masked = self.text(text);
        if masked != text.as_str() {
            *text = masked.into_owned();
        }
    }

    /// Takes secrets out of a mapping: out of its values and its keys, through and through.
    pub fn map(&self, map: &mut Map) {
        if let Some(masked) = self.changed_map(map) {
            *map = masked;
        }
    }

    /// What a value is without secrets; `None` when there are none in it.
    fn changed(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Str(text) => self.changed_text(text),
            Value::List(items) => {
                let changed: Vec<Option<Value>> = items.iter().map(|item| self.changed(item)).collect();
                changed.iter().any(Option::is_some).then(|| {
                    let whole = items.iter().zip(changed).map(|(item, new)| new.unwrap_or_else(|| item.clone()));
                    Value::List(Arc::new(whole.collect()))
                })
            }
            Value::Map(map) => self.changed_map(map).map(|map| Value::Map(Arc::new(map))),
            _ => None,
        }
    }

    fn changed_text(&self, text: &str) -> Option<Value> {
        let masked = self.text(text);
        (masked != text).then(|| Value::from(masked.as_ref()))
    }

    fn changed_map(&self, map: &Map) -> Option<Map> {
        let changed =
            |(key, value): (&Key, &Value)| (key.as_str().and_then(|key| self.changed_text(key)), self.changed(value));
        let all: Vec<_> = map.iter().map(changed).collect();
        if all.iter().all(|(key, value)| key.is_none() && value.is_none()) {
            return None;
        }
        let whole = map.iter().zip(all).map(|((key, value), (new_key, new))| {
            let key = new_key.and_then(|key| key.as_str().map(Key::from)).unwrap_or_else(|| key.clone());
            (key, new.unwrap_or_else(|| value.clone()))
        });
        Some(whole.collect())
    }
}

fn is_long(text: &str) -> bool {
    text.chars().count() >= SHORT
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(secrets: &Secrets, text: &str) -> String {
        secrets.text(text).into_owned()
    }

    #[test]
    fn secrets_are_found_in_every_form() {
        let secrets = Secrets::default();
        assert_eq!(masked(&secrets, "s3cr\"t word/é"), "s3cr\"t word/é");
        secrets.add("s3cr\"t word/é\n");
        for text in [
            "s3cr\"t word/é",
            r#"s3cr\"t word/é"#,
            r#"s3cr\"t word/\u00e9"#,
            "s3cr%22t%20word%2F%C3%A9",
            "s3cr%22t+word%2F%C3%A9",
            "s3cr%22t%20word/%C3%A9",
        ] {
            assert_eq!(masked(&secrets, &format!("a {text} b")), "a ******** b", "{text}");
        }
        use base64::Engine;
        for before in ["", "x", "xy", "user:"] {
            let text = base64::engine::general_purpose::STANDARD.encode(format!("{before}s3cr\"t word/é and more"));
            assert!(masked(&secrets, &text).contains(MASK), "{text}");
        }
    }

    #[test]
    fn short_ones_are_masked_whole_only() {
        let secrets = Secrets::default();
        secrets.add("1234\n");
        secrets.add(" \n");
        assert_eq!(masked(&secrets, "1234"), MASK);
        assert_eq!(masked(&secrets, "1234\n"), MASK);
        assert_eq!(masked(&secrets, "at 12345"), "at 12345");
        assert_eq!(masked(&secrets, " "), " ");
    }

    #[test]
    fn lines_of_a_secret_are_secrets() {
        let secrets = Secrets::default();
        secrets.add("-----BEGIN-----\nabcdefgh\n}\n");
        assert_eq!(masked(&secrets, "+  abcdefgh"), "+  ********");
        assert_eq!(masked(&secrets, "}"), "}");
    }

    #[test]
    fn values_are_masked_through_and_through() {
        let secrets = Secrets::default();
        secrets.add_all(&Value::from_json(r#"{"a": ["hunter22", "tiny"], "b": 1234567, "c": 12}"#).unwrap());
        let shown = |json: &str| {
            let Value::Map(map) = Value::from_json(json).unwrap() else { panic!("{json}") };
            let mut map = (*map).clone();
            secrets.mask().map(&mut map);
            Value::from(map).to_json()
        };
        assert_eq!(
            shown(r#"{"x": {"the hunter22": ["1234567", 1, "tiny"]}, "hunter22": null}"#),
            r#"{"x":{"the ********":["********",1,"tiny"]},"********":null}"#
        );
        assert_eq!(shown(r#"{"x":[1]}"#), r#"{"x":[1]}"#);
    }

    #[test]
    fn any_number_of_them_is_found_however_they_came() {
        let secrets = Secrets::default();
        for n in 0..700 {
            let secret = format!("secret number {n}.");
            secrets.add(&secret);
            if n % 7 == 0 {
                assert_eq!(masked(&secrets, &secret), MASK);
            }
        }
        assert!((0..700).all(|n| masked(&secrets, &format!("secret number {n}.")) == MASK));
    }
}
