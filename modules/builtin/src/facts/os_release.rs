//! `/etc/os-release` and files of its shape: `KEY="value"` lines.

/// The value of `key`, unquoted; `None` when it is missing.
pub(super) fn value(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (name, value) = line.trim().split_once('=')?;
        (name == key).then(|| unquote(value.trim()))
    })
}

fn unquote(value: &str) -> String {
    // The format is that of shell assignments.
    shell_words::split(value).map_or_else(|_| value.trim_matches('"').to_owned(), |words| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn values_are_unquoted() {
        let text = "NAME=\"Rocky Linux\"\nID=rocky\n# VERSION=x\nVERSION_ID='9.3'\nEMPTY=\n";
        assert_eq!(value(text, "NAME").as_deref(), Some("Rocky Linux"));
        assert_eq!(value(text, "ID").as_deref(), Some("rocky"));
        assert_eq!(value(text, "VERSION_ID").as_deref(), Some("9.3"));
        assert_eq!(value(text, "EMPTY").as_deref(), Some(""));
        assert_eq!(value(text, "VERSION"), None);
    }
}
