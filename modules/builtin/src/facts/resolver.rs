//! `/etc/resolv.conf`.

use hostler_sdk::{Look, Map, Value};

pub(super) fn gather(look: &Look) -> Map {
    parse(&look.read_text("/etc/resolv.conf").unwrap_or_default())
}

fn parse(text: &str) -> Map {
    let mut out = Map::new();
    let mut nameservers: Vec<&str> = Vec::new();
    for line in text.lines().filter(|l| !l.starts_with(['#', ';'])) {
        let mut words = line.split_whitespace();
        let Some(keyword) = words.next() else { continue };
        let rest: Vec<&str> = words.collect();
        match keyword {
            "nameserver" => {
                nameservers.extend(rest);
                out.set("nameservers", nameservers.clone());
            }
            "domain" => out.set_some("domain", rest.first().copied()),
            "search" | "sortlist" => {
                out.set(keyword, rest);
            }
            "options" => {
                let options: Map = rest
                    .iter()
                    .map(|option| match option.split_once(':') {
                        Some((name, value)) if !value.is_empty() => (name, Value::from(value)),
                        Some((name, _)) => (name, Value::Bool(true)),
                        None => (*option, Value::Bool(true)),
                    })
                    .collect();
                out.set("options", options);
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn all_keywords_are_read() {
        let text = "# c\nnameserver 1.1.1.1\nnameserver 2606::1\nsearch a.org b.org\ndomain a.org\noptions ndots:2 rotate\nsortlist 10.0.0.0/8\n";
        assert_eq!(
            hostler_sdk::Value::from(parse(text)).to_json(),
            r#"{"nameservers":["1.1.1.1","2606::1"],"search":["a.org","b.org"],"domain":"a.org","options":{"ndots":"2","rotate":true},"sortlist":["10.0.0.0/8"]}"#
        );
    }
}
