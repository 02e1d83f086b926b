//! What a template writes. One piece alone is the native value; several are joined as text, `none` leaving no trace.

use super::fault::Eval;
use super::val::Val;
use crate::template::Said;

/// Output so far.
#[derive(Default)]
pub(crate) struct Output {
    only: Option<Val>,
    text: String,
    joined: bool,
    /// Whether a host had a say in what was written, and from where on.
    said: Said,
    /// Where output is thrown away: after `{% extends %}`.
    pub muted: bool,
}

impl Output {
    /// Adds a piece that a host may have had a say in.
    pub fn push_said(&mut self, value: Val, said: Said) -> Eval<()> {
        if let Said::After(at) = said {
            self.said_at(self.len() + at);
        }
        self.push(value)
    }

    /// Whether the only piece so far is a container, in which there may be something that was not read yet.
    pub fn is_unread(&self) -> bool {
        !self.joined && self.only.as_ref().is_some_and(Val::is_container)
    }

    /// Takes note that a host had a say in what stands behind so many bytes.
    pub fn said_at(&mut self, at: usize) {
        if !self.muted && !self.said.is_any() {
            self.said = Said::After(at);
        }
    }

    /// The bytes written so far; none while the only piece is no text.
    pub fn len(&self) -> usize {
        if self.joined { self.text.len() } else { self.only.as_ref().and_then(Val::as_str).map_or(0, str::len) }
    }

    /// Adds a piece.
    pub fn push(&mut self, value: Val) -> Eval<()> {
        if self.muted || value.is_null() {
            return Ok(());
        }
        if self.joined {
            return self.append(&value);
        }
        match self.only.take() {
            None => self.only = Some(value),
            Some(first) => {
                self.joined = true;
                self.append(&first)?;
                self.append(&value)?;
            }
        }
        Ok(())
    }

    /// Adds text.
    pub fn push_text(&mut self, text: &std::sync::Arc<str>) -> Eval<()> {
        if self.joined && !self.muted {
            self.text.push_str(text);
            return Ok(());
        }
        self.push(Val::Plain(hostler_sdk::Value::Str(text.clone())))
    }

    fn append(&mut self, value: &Val) -> Eval<()> {
        match value {
            Val::Plain(v) => match v.as_str() {
                Some(text) => self.text.push_str(text),
                None => self.text.push_str(&v.to_string()),
            },
            Val::Object(o) if o.entries().is_none() && !o.is_sequence() => self.text.push_str(&o.text()?),
            Val::Omit => {}
            Val::Missing(_) => self.text.push_str(&value.to_text()?),
            // Containers are finished first: tuples print as lists, members that are `omit` are gone.
            other => self.text.push_str(&other.to_value()?.repr()),
        }
        Ok(())
    }

    /// The value of the whole, `none` when nothing was written; and whether a host had a say in it.
    pub fn finish(self) -> (Val, Said) {
        let value = if self.joined { Val::from(self.text) } else { self.only.unwrap_or(Val::NULL) };
        (value, self.said)
    }
}
