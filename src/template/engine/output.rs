//! What a template writes. One piece alone is the native value; several are joined as text, `none` leaving no trace.

use super::fault::Eval;
use super::val::Val;

/// Output so far.
#[derive(Default)]
pub(crate) struct Output {
    only: Option<Val>,
    text: String,
    joined: bool,
    /// Where output is thrown away: after `{% extends %}`.
    pub muted: bool,
}

impl Output {
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

    /// The value of the whole; `none` when nothing was written.
    pub fn finish(self) -> Val {
        if self.joined {
            return Val::from(self.text);
        }
        self.only.unwrap_or(Val::NULL)
    }
}
