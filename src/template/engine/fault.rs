//! What can go wrong while a template is evaluated, and values that are not there. An undefined value travels on as a
//! value until it is used for anything but asking whether it is there; then it becomes a fault.

use super::val::Val;
use crate::diagnostic::{Diagnostic, Place};
use crate::template::syntax::{Name, Span};
use crate::template::{Template, TemplateKind};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

/// A stretch of a template.
#[derive(Clone)]
pub(crate) struct At {
    pub template: Arc<Template>,
    pub span: Span,
}

/// A value that is not there, and why.
#[derive(Clone)]
pub(crate) struct Missing {
    pub cause: Cause,
    pub at: Option<At>,
    /// Variables whose templates led here, innermost first, each with its origin.
    pub via: Vec<(Name, Option<String>)>,
    pub hint: Option<String>,
}

/// Why a value is not there.
#[derive(Clone)]
pub(crate) enum Cause {
    /// No variable of this name.
    Name(Name),
    /// The object has no such attribute or item: the object and the name's `repr`.
    Member(Val, String),
    /// What `x if false` gives: nothing. Text is not changed by it, but it is no value.
    Nothing,
    /// `undef(hint=...)` and other sentences.
    Told(String),
    /// A filter, test, lookup or a variable's template failed: its fault, kept until the value is used.
    Failed(Box<Trouble>),
}

/// A fault that is not about an undefined value.
#[derive(Clone)]
pub(crate) struct Trouble {
    pub message: String,
    pub at: Option<At>,
    pub via: Vec<(Name, Option<String>)>,
    pub hint: Option<String>,
    pub notes: Vec<String>,
}

/// Why evaluation stopped.
#[derive(Clone)]
pub(crate) enum Fault {
    Missing(Rc<Missing>),
    Trouble(Box<Trouble>),
}

/// Results of evaluation.
pub(crate) type Eval<T> = Result<T, Fault>;

impl Fault {
    /// A fault with a sentence.
    pub fn new(message: impl Into<String>) -> Fault {
        Fault::of(message.into(), None, Vec::new())
    }

    /// A fault with more to say.
    pub fn of(message: String, hint: Option<String>, notes: Vec<String>) -> Fault {
        Fault::Trouble(Box::new(Trouble { message, at: None, via: Vec::new(), hint, notes }))
    }

    /// A fault that says the same after other words, with the same hint.
    pub fn after(self, words: &str) -> Fault {
        let message = format!("{words}{}", self.message());
        match self {
            Fault::Trouble(trouble) => Fault::of(message, trouble.hint, trouble.notes),
            Fault::Missing(_) => Fault::new(message),
        }
    }

    /// With the place, when it has none yet.
    pub fn at(mut self, template: &Arc<Template>, span: Span) -> Fault {
        match &mut self {
            Fault::Trouble(t) if t.at.is_none() => t.at = Some(At { template: template.clone(), span }),
            Fault::Missing(m) if m.at.is_none() => {
                Rc::make_mut(m).at = Some(At { template: template.clone(), span });
            }
            _ => {}
        }
        self
    }

    /// With the variable whose template was being rendered.
    pub fn via(mut self, name: &Name, origin: Option<String>) -> Fault {
        match &mut self {
            Fault::Trouble(t) => t.via.push((name.clone(), origin)),
            Fault::Missing(m) => Rc::make_mut(m).via.push((name.clone(), origin)),
        }
        self
    }

    /// The fault as a value that is not there.
    pub fn into_missing(self) -> Rc<Missing> {
        match self {
            Fault::Missing(m) => m,
            Fault::Trouble(t) => {
                Rc::new(Missing { at: t.at.clone(), via: Vec::new(), hint: None, cause: Cause::Failed(t) })
            }
        }
    }

    /// The sentence.
    pub fn message(&self) -> String {
        match self {
            Fault::Missing(m) => m.to_string(),
            Fault::Trouble(t) => t.message.clone(),
        }
    }

    /// What could be done about it.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Fault::Trouble(t) => t.hint.as_deref(),
            Fault::Missing(m) => m.hint.as_deref(),
        }
    }

    /// As the operator sees it.
    pub fn diagnostic(&self, kind: TemplateKind, outer: &Place) -> Diagnostic {
        let what = match kind {
            TemplateKind::Expression => "could not evaluate the expression",
            _ => "could not render the template",
        };
        let mut diagnostic = Diagnostic::error(what).cause(self.message());
        let empty = Vec::new();
        let (at, via, hint, notes) = match self {
            Fault::Trouble(t) => (&t.at, t.via.clone(), &t.hint, &t.notes),
            Fault::Missing(m) => match &m.cause {
                Cause::Failed(t) => (&t.at, t.via.iter().chain(&m.via).cloned().collect(), &t.hint, &t.notes),
                _ => (&m.at, m.via.clone(), &m.hint, &empty),
            },
        };
        match at {
            Some(at) => diagnostic = diagnostic.at(&at.template.place_of(at.span), ""),
            None => diagnostic = diagnostic.at(outer, ""),
        }
        for (name, origin) in via {
            diagnostic = match origin {
                Some(origin) => diagnostic.note(format!("needed by the variable `{name}`, which comes from {origin}")),
                None => diagnostic.note(format!("needed by the variable `{name}`")),
            };
        }
        for note in notes {
            diagnostic = diagnostic.note(note.clone());
        }
        if let Some(hint) = hint {
            diagnostic = diagnostic.hint(hint.clone());
        }
        diagnostic
    }
}

impl From<String> for Fault {
    fn from(message: String) -> Fault {
        Fault::new(message)
    }
}

impl From<&str> for Fault {
    fn from(message: &str) -> Fault {
        Fault::new(message)
    }
}

impl Missing {
    /// Not there, for this cause.
    pub fn new(cause: Cause) -> Missing {
        Missing { cause, at: None, via: Vec::new(), hint: None }
    }
}

/// Ansible's sentences, which playbooks and people search for.
impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Name(name) => write!(f, "'{name}' is undefined"),
            Cause::Member(owner, name) => {
                write!(f, "object of type '{}' has no {} {name}", owner.type_name(), kind_of(name))
            }
            Cause::Told(text) => f.write_str(text),
            Cause::Nothing => {
                f.write_str("the inline if-expression evaluated to false and no else section was defined")
            }
            Cause::Failed(t) => f.write_str(&t.message),
        }
    }
}

/// Jinja says "attribute" for names and "element" for everything else.
fn kind_of(name: &str) -> &'static str {
    if name.starts_with(['\'', '"']) { "attribute" } else { "element" }
}
