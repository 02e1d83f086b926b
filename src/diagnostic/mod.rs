//! One look for everything that can go wrong: what was being done, the cause, the place, the values involved, a hint.
//! Any part of Hostler builds a [`Diagnostic`]; only `report` and `cli` print one.

mod place;
mod render;

pub use place::{Place, Source};
pub use render::render;

use std::fmt;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The run goes on.
    Warning,
    /// The run, or this host's part of it, stops.
    Error,
}

/// One error or warning, ready to be shown.
///
/// Sentences are lower case, without a full stop, values in backticks.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// How bad.
    pub severity: Severity,
    /// What was being done: "could not read the inventory".
    pub what: String,
    /// Why it failed.
    pub cause: Option<String>,
    /// Where in the operator's files, first the most telling.
    pub places: Vec<Labelled>,
    /// Facts that help: the host, the task, a value and where it was set.
    pub notes: Vec<String>,
    /// One thing to do.
    pub hint: Option<String>,
}

/// A place with a word on what is there.
#[derive(Clone, Debug)]
pub struct Labelled {
    /// The place.
    pub place: Place,
    /// What is said under the marked text.
    pub label: String,
}

impl Diagnostic {
    /// An error.
    pub fn error(what: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Error,
            what: what.into(),
            cause: None,
            places: Vec::new(),
            notes: Vec::new(),
            hint: None,
        }
    }
    /// A warning.
    pub fn warning(what: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(what) }
    }
    /// Adds the cause.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }
    /// Adds a place.
    #[must_use]
    pub fn at(mut self, place: &Place, label: impl Into<String>) -> Self {
        self.places.push(Labelled { place: place.clone(), label: label.into() });
        self
    }
    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
    /// Adds the hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
    /// Adds the hint "did you mean `x`?" when one of `known` is near to `word`.
    #[must_use]
    pub fn nearest<'a>(self, word: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let best = known
            .into_iter()
            .map(|k| (strsim::damerau_levenshtein(word, k), k))
            .filter(|(distance, k)| *distance <= 1 + k.len().min(word.len()) / 4)
            .min();
        match best {
            Some((_, k)) => self.hint(format!("did you mean `{k}`?")),
            None => self,
        }
    }
    /// Boxed, as results carry it.
    pub fn boxed(self) -> Box<Self> {
        Box::new(self)
    }
}

/// One line, for places where no screen is at hand; `render` gives the whole picture.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(cause) = &self.cause {
            write!(f, ": {cause}")?;
        }
        if let Some(first) = self.places.first() {
            write!(f, " ({})", first.place)?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostic {}

/// As JSON output shows it: sentences, and places as `file:line:column`.
impl serde::Serialize for Diagnostic {
    fn serialize<S: serde::Serializer>(&self, s: S) -> std::result::Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut out = s.serialize_map(None)?;
        out.serialize_entry("what", &self.what)?;
        out.serialize_entry("cause", &self.cause)?;
        let places: Vec<String> = self.places.iter().map(|p| p.place.to_string()).collect();
        out.serialize_entry("places", &places)?;
        out.serialize_entry("notes", &self.notes)?;
        out.serialize_entry("hint", &self.hint)?;
        out.end()
    }
}

/// The result of anything that can be told to the operator.
pub type Result<T, E = Box<Diagnostic>> = std::result::Result<T, E>;
