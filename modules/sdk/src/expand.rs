//! Paths as users write them: `~`, `~user` and `$VARIABLES` are what they are on the host, for the user the module runs as.

use crate::args::HostPath;
use crate::host::Look;

impl Look<'_> {
    /// The path that is meant. As in Ansible, an unknown user or variable is left as it is written.
    pub fn expand(&self, path: &HostPath) -> String {
        self.expand_text(&path.0)
    }

    /// The same for text that is not an argument of its own.
    pub fn expand_text(&self, path: &str) -> String {
        let path = variables(path, |name| self.env(name));
        let Some(rest) = path.strip_prefix('~') else { return path };
        let (user, below) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        match self.home_of(user) {
            Some(home) => format!("{}{below}", home.trim_end_matches('/')),
            None => path,
        }
    }

    /// The path that is meant, absolute: a relative one starts where commands do, which is the user's home directory after a login
    /// and the playbook's on this machine.
    pub fn absolute(&self, path: &HostPath) -> String {
        let path = self.expand(path);
        if path.is_empty() || path.starts_with('/') {
            return path;
        }
        let start = self.directory().or_else(|| self.home_of("")).unwrap_or_else(|| "/".to_owned());
        format!("{}/{}", start.trim_end_matches('/'), path.strip_prefix("./").unwrap_or(&path))
    }

    /// A user's home directory, the own one for an empty name; accounts that cannot be read have none.
    fn home_of(&self, user: &str) -> Option<String> {
        if !user.is_empty() {
            return self.user_named(user).ok().flatten().map(|u| u.home);
        }
        match self.env("HOME") {
            Some(home) if home.starts_with('/') => Some(home),
            _ => self.user_numbered(self.euid()).ok().flatten().map(|u| u.home),
        }
    }
}

/// `$NAME` and `${NAME}` replaced where `value` knows them, once.
fn variables(path: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (name, length) = match rest[1..].strip_prefix('{') {
            Some(braced) => braced.find('}').map_or(("", 1), |end| (&braced[..end], end + 3)),
            None => {
                let end = rest[1..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len() - 1);
                (&rest[1..=end], end + 1)
            }
        };
        match value(name).filter(|_| !name.is_empty()) {
            Some(value) => out.push_str(&value),
            None => out.push_str(&rest[..length]),
        }
        rest = &rest[length..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_as_python_expands_them() {
        let value = |name: &str| match name {
            "A" => Some("1".to_owned()),
            "B_2" => Some("$A".to_owned()),
            _ => None,
        };
        for (path, want) in [
            ("/x/$A/y", "/x/1/y"),
            ("/${A}b", "/1b"),
            ("$B_2", "$A"),
            ("/$NONE/${NONE}", "/$NONE/${NONE}"),
            ("a$", "a$"),
            ("${A", "${A"),
            ("$$A", "$1"),
            ("$-A", "$-A"),
        ] {
            assert_eq!(variables(path, value), want, "{path}");
        }
    }
}
