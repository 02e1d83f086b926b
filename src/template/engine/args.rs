//! Arguments of a filter, test, function or method, bound to parameter names as Python binds them.

use super::fault::{Eval, Fault};
use super::val::Val;
use crate::template::Said;
use crate::template::syntax::Name;

/// Arguments as given.
#[derive(Clone, Default)]
pub(crate) struct Args {
    pub pos: Vec<Val>,
    pub named: Vec<(Name, Val)>,
    /// Whether a host had a say in positional ones; those beyond the end are the operator's.
    said: Vec<Said>,
    /// The same of those with names.
    said_named: Vec<(Name, Said)>,
}

impl Args {
    /// Positional arguments only.
    pub fn of(pos: Vec<Val>) -> Args {
        Args { pos, ..Args::default() }
    }

    /// Arguments of which only the values count.
    pub fn both(pos: Vec<Val>, named: Vec<(Name, Val)>) -> Args {
        Args { pos, named, ..Args::default() }
    }

    /// Takes the positional arguments out; what is known of them stays.
    pub fn take_pos(&mut self) -> Vec<Val> {
        std::mem::take(&mut self.pos)
    }

    /// Adds an argument with a name.
    pub fn push_named(&mut self, name: Name, value: Val, said: Said) {
        if said.is_any() {
            self.said_named.push((name.clone(), said));
        }
        self.named.push((name, value));
    }

    /// Whether a host had a say in the argument called `name`.
    pub fn said_of(&self, name: &str) -> Said {
        self.said_named.iter().find(|(n, _)| n.as_ref() == name).map(|(_, said)| *said).unwrap_or_default()
    }

    /// Adds a positional argument.
    pub fn push(&mut self, value: Val, said: Said) {
        if said.is_any() {
            self.said.resize(self.pos.len(), Said::Nothing);
            self.said.push(said);
        }
        self.pos.push(value);
    }

    /// Whether a host had a say in the positional argument at `n`.
    pub fn said(&self, n: usize) -> Said {
        self.said.get(n).copied().unwrap_or_default()
    }

    /// Takes the first positional argument out.
    pub fn shift(&mut self) -> Option<Val> {
        if !self.said.is_empty() {
            self.said.remove(0);
        }
        (!self.pos.is_empty()).then(|| self.pos.remove(0))
    }

    /// Binds to `names` in order; too many, unknown or doubled ones are faults that name `who`.
    pub fn bind<const N: usize>(self, who: &str, names: [&str; N]) -> Eval<[Option<Val>; N]> {
        let mut out = [const { None }; N];
        if self.pos.len() > N {
            return Err(Fault::new(format!("{who} takes at most {N} arguments ({} given)", self.pos.len())));
        }
        for (slot, value) in out.iter_mut().zip(self.pos) {
            *slot = Some(value);
        }
        for (name, value) in self.named {
            let Some(n) = names.iter().position(|known| *known == name.as_ref()) else {
                return Err(Fault::new(format!("{who} got an unexpected keyword argument '{name}'")));
            };
            if out[n].is_some() {
                return Err(Fault::new(format!("{who} got multiple values for argument '{name}'")));
            }
            out[n] = Some(value);
        }
        Ok(out)
    }

    /// Takes a keyword argument out.
    pub fn take(&mut self, name: &str) -> Option<Val> {
        let n = self.named.iter().position(|(k, _)| k.as_ref() == name)?;
        Some(self.named.remove(n).1)
    }

    /// The first argument that is not there.
    pub fn first_missing(&self) -> Option<&Val> {
        self.pos.iter().chain(self.named.iter().map(|(_, v)| v)).find(|v| matches!(v, Val::Missing(_)))
    }

    /// No arguments expected.
    pub fn none(self, who: &str) -> Eval<()> {
        self.bind::<0>(who, []).map(|_| ())
    }
}

/// Reading one bound argument.
pub(crate) trait Bound {
    /// The value, or a fault that names the parameter.
    fn required(self, who: &str, name: &str) -> Eval<Val>;
    /// Truth; `default` when it was not given.
    fn flag(self, default: bool) -> Eval<bool>;
    /// A whole number; `default` when it was not given.
    fn int(self, default: i128) -> Eval<i128>;
    /// Text, `None` when it was not given or is `none`.
    fn string(self) -> Eval<Option<String>>;
}

impl Bound for Option<Val> {
    fn required(self, who: &str, name: &str) -> Eval<Val> {
        self.ok_or_else(|| Fault::new(format!("{who} is missing the argument '{name}'")))
    }
    fn flag(self, default: bool) -> Eval<bool> {
        self.map_or(Ok(default), |v| v.truth())
    }
    fn int(self, default: i128) -> Eval<i128> {
        match self {
            None => Ok(default),
            Some(v) if v.is_null() => Ok(default),
            Some(v) => super::convert::int(&v)
                .ok_or_else(|| Fault::new(format!("expected a whole number, found {}", v.repr().unwrap_or_default()))),
        }
    }
    fn string(self) -> Eval<Option<String>> {
        match self {
            None => Ok(None),
            Some(v) if v.is_null() => Ok(None),
            Some(v) => Ok(Some(v.strict()?.to_text()?.to_string())),
        }
    }
}
