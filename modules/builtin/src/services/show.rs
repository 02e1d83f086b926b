//! `systemctl show`: the properties of a unit.

use hostler_sdk::Map;

/// Reads `Key=value` lines. Values of `Exec...` keys that open a brace go on until a line that closes it.
pub(super) fn parse(text: &str) -> Map {
    let mut out = Map::new();
    let mut open: Option<(String, Vec<&str>)> = None;
    for line in text.lines() {
        if let Some((key, mut lines)) = open.take() {
            lines.push(line);
            if line.trim_end().ends_with('}') {
                out.set(key, lines.join("\n").trim());
            } else {
                open = Some((key, lines));
            }
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        if key.starts_with("Exec") && value.trim_start().starts_with('{') && !value.trim_end().ends_with('}') {
            open = Some((key.to_owned(), vec![value]));
        } else {
            out.set(key, value.trim());
        }
    }
    out
}

/// Whether systemctl said that it does nothing here (in a chroot).
pub(super) fn ignored(text: &str) -> bool {
    !text.contains('=') && (text.contains("ignoring request") || text.contains("ignoring command"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_span_lines() {
        let text = "Type=simple\nExecStart={ path=/bin/sh ; argv[]=/bin/sh -c a\nb ; pid=0 }\nDescription={ odd\nActiveState=active\nnoise\n";
        let map = parse(text);
        assert_eq!(map.str("Type"), Some("simple"));
        assert_eq!(map.str("ExecStart"), Some("{ path=/bin/sh ; argv[]=/bin/sh -c a\nb ; pid=0 }"));
        assert_eq!(map.str("Description"), Some("{ odd"));
        assert_eq!(map.str("ActiveState"), Some("active"));
        assert_eq!(map.len(), 4);
    }

    #[test]
    fn a_chroot_is_noticed() {
        assert!(ignored("Running in chroot, ignoring request: show\n"));
        assert!(!ignored("A=b ignoring request"));
    }
}
