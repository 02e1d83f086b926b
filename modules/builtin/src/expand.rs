//! Paths and words as the operator wrote them, with `~`, `~user` and `$VARIABLES` of the host expanded.

use hostler_sdk::Look;
use hostler_sdk::args::HostPath;

/// Python's `expanduser(expandvars(path))` with the host's accounts and environment.
pub(crate) trait Expand {
    /// The path expanded; what is unknown stays as it is.
    fn expand(&self, path: &HostPath) -> String;
}

impl Expand for Look<'_> {
    fn expand(&self, path: &HostPath) -> String {
        let text = variables(&path.0, &|name| self.env(name));
        let Some(rest) = text.strip_prefix('~') else { return text };
        let (user, tail) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let home = if user.is_empty() { self.env("HOME") } else { None };
        let home = home.or_else(|| {
            let passwd = self.read_text("/etc/passwd").ok()?;
            let uid = self.euid().to_string();
            passwd.lines().find_map(|line| {
                let fields: Vec<&str> = line.split(':').collect();
                let own =
                    if user.is_empty() { fields.get(2) == Some(&uid.as_str()) } else { fields.first() == Some(&user) };
                own.then(|| fields.get(5).map(|h| (*h).to_owned())).flatten()
            })
        });
        home.map_or(text.clone(), |home| format!("{}{tail}", home.trim_end_matches('/')))
    }
}

fn variables(text: &str, env: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (name, used) = match after.strip_prefix('{') {
            Some(inner) => match inner.find('}') {
                Some(end) => (&inner[..end], end + 2),
                None => ("", 0),
            },
            None => {
                let end = after.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(after.len());
                (&after[..end], end)
            }
        };
        match env(name).filter(|_| !name.is_empty()) {
            Some(value) => out.push_str(&value),
            None => out.push_str(&rest[at..at + 1 + used]),
        }
        rest = &after[used..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::variables;

    #[test]
    fn unknown_variables_stay() {
        let env = |name: &str| (name == "A").then(|| "x".to_owned());
        for (text, want) in [("$A/b", "x/b"), ("${A}b", "xb"), ("$B ${B} $ ${", "$B ${B} $ ${"), ("a$A", "ax")] {
            assert_eq!(variables(text, &env), want);
        }
    }
}
