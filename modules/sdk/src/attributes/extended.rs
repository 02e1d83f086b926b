//! SELinux contexts and `chattr` flags. Both go through the host's own programs, and only where an argument asks for them:
//! without SELinux the `se*` arguments mean nothing, as in Ansible.

use super::FileAttributes;
use crate::backend::Command;
use crate::host::{Change, Look};
use crate::module::{Failure, Result};
use crate::value::Value;

/// An SELinux context in its parts: user, role, type, level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Context(Vec<String>);

/// The flags of a file, sorted; `-` where `lsattr` shows none is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flags(String);

impl Context {
    fn parse(text: &str) -> Option<Self> {
        let parts: Vec<String> = text.trim().splitn(4, ':').map(str::to_owned).collect();
        (parts.len() >= 3).then_some(Context(parts))
    }

    /// The parts, as diffs show them.
    pub(super) fn list(&self) -> Value {
        Value::from(self.0.clone())
    }

    /// Gives it to a path, which is not followed.
    pub(super) fn set(&self, change: &Change, path: &str) -> Result<()> {
        let context = self.0.join(":");
        let output = change.run(&Command::new(["chcon", "-h", "--", &context, path]).env("LC_ALL", "C"))?;
        match output.ok() {
            true => Ok(()),
            false => Err(Failure::new("set selinux context failed").with("path", path).with("details", output.err())),
        }
    }
}

impl Flags {
    /// The letters, as diffs show them.
    pub(super) fn text(&self) -> String {
        self.0.clone()
    }

    /// Gives exactly these to a path.
    pub(super) fn set(&self, change: &Change, path: &str) -> Result<()> {
        let flags = format!("={}", self.0);
        let output = change.run(&Command::new(["chattr", &flags, path]).env("LC_ALL", "C"))?;
        match output.ok() {
            true => Ok(()),
            false => Err(Failure::new("chattr failed").with("path", path).with("details", output.err())),
        }
    }
}

impl FileAttributes {
    fn parts(&self) -> [&Option<String>; 4] {
        [&self.seuser, &self.serole, &self.setype, &self.selevel]
    }

    pub(super) fn context_of(&self, look: &Look, path: &str) -> Result<Option<Context>> {
        if self.parts().iter().all(|p| p.is_none()) || look.stat("/sys/fs/selinux/enforce")?.is_none() {
            return Ok(None);
        }
        let output = look.query(&Command::new(["stat", "-c", "%C", "--", path]).env("LC_ALL", "C"))?;
        Ok(Context::parse(&output.out()))
    }

    /// `current` with the given parts; a path that is not there yet begins with the policy's context.
    pub(super) fn wanted_context(&self, look: &Look, path: &str, current: Option<&Context>) -> Result<Option<Context>> {
        if self.parts().iter().all(|p| p.is_none()) || look.stat("/sys/fs/selinux/enforce")?.is_none() {
            return Ok(None);
        }
        let default = if current.is_none() || self.parts().iter().any(|p| p.as_deref() == Some("_default")) {
            let output = look.query(&Command::new(["matchpathcon", "-n", path]).env("LC_ALL", "C"))?;
            Context::parse(&output.out())
        } else {
            None
        };
        let Some(mut want) = current.cloned().or_else(|| default.clone()) else { return Ok(None) };
        for (number, part) in self.parts().into_iter().enumerate() {
            let part = match part.as_deref() {
                Some("_default") => default.as_ref().and_then(|d| d.0.get(number).cloned()),
                part => part.map(str::to_owned),
            };
            // The level is only there where the policy has levels.
            if let (Some(part), Some(place)) = (part, want.0.get_mut(number)) {
                *place = part;
            }
        }
        Ok(Some(want))
    }

    pub(super) fn flags_of(&self, look: &Look, path: &str) -> Result<Option<Flags>> {
        if self.attributes.is_none() {
            return Ok(None);
        }
        let output = look.query(&Command::new(["lsattr", "-d", path]).env("LC_ALL", "C"))?;
        if !output.ok() {
            return Err(Failure::new("lsattr failed").with("path", path).with("details", output.err()));
        }
        Ok(Some(Flags(sorted(output.out().split_whitespace().next().unwrap_or_default()))))
    }

    pub(super) fn wanted_flags(&self, current: Option<&Flags>) -> Option<Flags> {
        let text = self.attributes.as_deref()?;
        let now = current.map_or("", |f| f.0.as_str());
        let (operator, letters) = match text.chars().next() {
            Some(operator @ ('+' | '-' | '=')) => (operator, &text[1..]),
            _ => ('=', text),
        };
        Some(Flags(match operator {
            '+' => sorted(&format!("{now}{letters}")),
            '-' => now.chars().filter(|c| !letters.contains(*c)).collect(),
            // What the file system itself sets (`e` for extents) cannot be taken away.
            _ => sorted(&format!("{letters}{}", now.chars().filter(|c| "eI".contains(*c)).collect::<String>())),
        }))
    }
}

fn sorted(letters: &str) -> String {
    let mut letters: Vec<char> = letters.chars().filter(|c| c.is_ascii_alphabetic()).collect();
    letters.sort_unstable();
    letters.dedup();
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_added_taken_or_set() {
        for (now, given, want) in
            [("e", "+i", "ei"), ("aei", "-i", "ae"), ("aei", "=A", "Ae"), ("e", "i", "ei"), ("ei", "+i", "ei")]
        {
            let arguments = FileAttributes { attributes: Some(given.into()), ..FileAttributes::default() };
            assert_eq!(arguments.wanted_flags(Some(&Flags(now.into()))), Some(Flags(want.into())), "{now} {given}");
        }
    }
}
