//! What a task writes for a package: `name`, `name:arch`, `name=1.2*`, `name>=1.2`, `lib*-dev`.

use crate::commands::matches;

/// Condition on a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Any version.
    Any,
    /// This version; a shell pattern.
    Is(String),
    /// This version or a newer one.
    AtLeast(String),
}

/// A package as a task names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spec {
    /// Name, with `:arch` when one was written.
    pub name: String,
    pub version: Wanted,
}

impl Spec {
    /// Reads one; the error is Ansible's sentence.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.matches('=').count() > 1 {
            return Err(format!("invalid package spec: {text}"));
        }
        let (name, version) = match text.split_once('=') {
            None => (text, Wanted::Any),
            Some((name, version)) => match name.strip_suffix('>') {
                Some(name) => (name, Wanted::AtLeast(version.to_owned())),
                None => (name, Wanted::Is(version.to_owned())),
            },
        };
        // A leading dash would be an option of apt-get.
        if name.is_empty() || name.starts_with('-') || name.contains(char::is_whitespace) {
            return Err(format!("invalid package spec: {text}"));
        }
        Ok(Spec { name: name.to_owned(), version })
    }

    /// Whether the name is a shell pattern.
    pub(super) fn is_pattern(&self) -> bool {
        self.name.contains(['*', '?', '[', ']', '!'])
    }

    /// The same for a package that the pattern matches.
    pub(super) fn named(&self, name: &str) -> Self {
        Spec { name: name.to_owned(), version: Wanted::Any }
    }
}

impl Wanted {
    /// Whether a version is good.
    pub(super) fn accepts(&self, version: &str) -> bool {
        match self {
            Wanted::Any => true,
            Wanted::Is(pattern) => matches(pattern, version),
            Wanted::AtLeast(least) => super::version::compare(version, least).is_ge(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifications_are_read() {
        let spec = |text| Spec::parse(text).expect("good");
        assert_eq!(spec(" vim "), Spec { name: "vim".into(), version: Wanted::Any });
        assert_eq!(spec("vim:i386=2:9.*").version, Wanted::Is("2:9.*".into()));
        assert_eq!(spec("vim>=2.1").version, Wanted::AtLeast("2.1".into()));
        assert!(spec("lib*-dev").is_pattern());
        for bad in ["a=b=c", "-y", "", "a b"] {
            assert_eq!(Spec::parse(bad).expect_err("bad"), format!("invalid package spec: {bad}"));
        }
        assert!(Wanted::Is("1.0*".into()).accepts("1.0.3-1"));
        assert!(Wanted::AtLeast("1.9".into()).accepts("1.10"));
    }
}
