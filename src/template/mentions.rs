//! Which facts a text may read, found without reading it as a template: by the names that are in it. It is taken for more than it is
//! where names could be put together, or facts looked through as a whole.

use std::collections::BTreeSet;

/// Facts that were found in texts, by their names in `ansible_facts`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    names: BTreeSet<String>,
    all: bool,
}

/// Methods that look through a mapping.
const WHOLE: [&str; 6] = ["items", "keys", "values", "get", "copy", "pop"];

/// Words that may follow a variable in a template.
const OPERATORS: [&str; 8] = ["is", "in", "not", "and", "or", "if", "else", "recursive"];

impl Mentions {
    /// Whether it is worth reading a text: in most nothing is named that has to do with facts.
    pub fn any_in(text: &str) -> bool {
        ["ansible_", "vars", "varnames"].iter().any(|word| text.contains(word))
    }

    /// The names; `None` when any fact may be read.
    pub fn names(&self) -> Option<&BTreeSet<String>> {
        (!self.all).then_some(&self.names)
    }

    /// From now on, any fact may be read.
    pub fn any(&mut self) {
        self.all = true;
    }

    /// Those of both.
    pub fn add(&mut self, other: &Mentions) {
        self.all |= other.all;
        self.names.extend(other.names.iter().cloned());
    }

    /// Adds what a text may read: a template, an expression, or a file with either in it.
    pub fn read(&mut self, text: &str) {
        if self.all {
            return;
        }
        for (at, start) in text.match_indices("ansible_") {
            if !begins_word(text, at) {
                continue;
            }
            let (name, after) = word(&text[at + start.len()..]);
            match name {
                "facts" => self.member(after),
                // The start of a name that is put together.
                name if name.is_empty()
                    || name.ends_with('_')
                    || after.starts_with("{{")
                    || after.starts_with("{%") =>
                {
                    self.all = true;
                }
                name => drop(self.names.insert(name.to_owned())),
            }
        }
        // A lookup of names by a pattern.
        self.all |= text.contains("varnames");
        for (at, found) in text.match_indices("vars") {
            let after = &text[at + found.len()..];
            if begins_word(text, at) {
                self.all |= reads_variables(&text[..at], after);
            } else if text[..at].ends_with("host") && begins_word(text, at - "host".len()) {
                self.all |= ends_word(after) && !is_prose(after) && !is_one_variable(after);
            } else if text[..at].ends_with("with_") {
                self.all |= after.starts_with(':');
            }
        }
    }

    /// Adds what a YAML file may read that is not loaded yet. Comments and names are read by nobody, unless there is a template in them.
    pub fn read_yaml(&mut self, text: &str) {
        let prose = |line: &&str| {
            let line = line.trim_start();
            let start = line.strip_prefix("- ").unwrap_or(line);
            (start.starts_with('#') || start.starts_with("name:")) && !line.contains('{')
        };
        let kept: Vec<&str> = text.lines().filter(|line| !prose(line)).collect();
        self.read(&kept.join("\n"));
    }

    /// Reads what stands behind `ansible_facts`.
    fn member(&mut self, after: &str) {
        if is_prose(after) {
            return;
        }
        // As in `hostvars[host]['ansible_facts']['x']`.
        let rest = after.trim_start();
        let rest =
            rest.strip_prefix(['\'', '"']).map_or(rest, |rest| rest.trim_start().strip_prefix(']').unwrap_or(rest));
        let rest = rest.trim_start();
        // As in `map('extract', hostvars, ['ansible_facts', 'x'])`.
        let listed = rest.strip_prefix(',').and_then(|rest| literal(rest, &[']', ',', ')']));
        let name = listed.or_else(|| literal(rest.strip_prefix('[')?, &[']']));
        let name = name.or_else(|| literal(rest.strip_prefix(".get")?.trim_start().strip_prefix('(')?, &[')', ',']));
        let name = name.or_else(|| Some(word(rest.strip_prefix('.')?).0).filter(|name| !WHOLE.contains(name)));
        match name {
            Some(name) if !name.is_empty() => drop(self.names.insert(name.to_owned())),
            // A key of a mapping.
            _ if rest.starts_with(':') => {}
            _ => self.all = true,
        }
    }
}

/// Whether `vars`, between these texts, may be variables that are looked through, or asked for by a name that is not written there.
fn reads_variables(before: &str, after: &str) -> bool {
    let rest = after.trim_start();
    if !ends_word(after) {
        return false;
    }
    // The lookup, by names that are written there or not.
    if before.ends_with(['\'', '"']) || before.ends_with("builtin.") {
        let terms = rest.strip_prefix(['\'', '"']).and_then(|rest| rest.trim_start().strip_prefix(','));
        return terms.is_some_and(|terms| literal(terms, &[')', ',']).is_none());
    }
    rest.starts_with(['[', '|', '}', ')']) || after.strip_prefix('.').is_some_and(is_whole)
}

/// Whether what stands behind `hostvars` is one variable of a host, by a name that is written there.
fn is_one_variable(after: &str) -> bool {
    let rest = after.trim_start();
    // As in `map('extract', hostvars, 'x')`.
    if let Some(names) = rest.strip_prefix(',') {
        let names = names.trim_start();
        return literal(names.strip_prefix('[').unwrap_or(names), &[')', ',', ']']).is_some();
    }
    let rest = match rest.strip_prefix('[') {
        Some(inner) => match closing(inner) {
            Some(end) => inner[end + 1..].trim_start(),
            None => return false,
        },
        None => match rest.strip_prefix('.').map(word) {
            Some((name, rest)) if !name.is_empty() && !WHOLE.contains(&name) => rest.trim_start(),
            _ => return false,
        },
    };
    match rest.strip_prefix('[') {
        Some(key) => literal(key, &[']']).is_some(),
        None => rest.strip_prefix('.').is_some_and(|name| !word(name).0.is_empty() && !is_whole(name)),
    }
}

fn is_whole(member: &str) -> bool {
    WHOLE.contains(&word(member).0)
}

/// The text in quotes at the start, when one of `ends` comes right after it.
fn literal<'t>(text: &'t str, ends: &[char]) -> Option<&'t str> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let (inner, rest) = text[1..].split_once(quote)?;
    let plain = inner.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
    (plain && rest.trim_start().starts_with(ends)).then_some(inner)
}

/// Where the bracket is closed that was opened before this text.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') if depth == 0 => return Some(at),
            (None, ']') => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Whether a name is no variable, because of the word that follows it in the same line: after a variable come operators.
fn is_prose(after: &str) -> bool {
    let next = word(after.trim_start_matches(' ')).0;
    after.starts_with(' ') && !next.is_empty() && !OPERATORS.contains(&next)
}

fn word(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|byte| byte != b'_' && !byte.is_ascii_alphanumeric()).unwrap_or(text.len());
    text.split_at(end)
}

fn begins_word(text: &str, at: usize) -> bool {
    text[..at].bytes().next_back().is_none_or(|byte| byte != b'_' && !byte.is_ascii_alphanumeric())
}

fn ends_word(after: &str) -> bool {
    word(after).0.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<String> {
        let mut mentions = Mentions::default();
        mentions.read(text);
        mentions.names().map(|names| names.iter().map(String::as_str).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn names_are_found() {
        for (text, names) in [
            ("{{ ansible_os_family }}.yml", "os_family"),
            ("ansible_eth0.ipv4.address ~ my_ansible_x", "eth0"),
            ("ansible_facts.os_family == 'Debian' and ansible_facts['pkg_mgr'] != \"apt\"", "os_family pkg_mgr"),
            ("ansible_facts [ 'a' ] or ansible_facts.get('b', 1)", "a b"),
            ("hostvars[item].ansible_host ~ hostvars['a'].x ~ hostvars.b['ansible_fqdn']", "fqdn host"),
            ("hostvars[groups['db'][0]]['ansible_facts']['default_ipv4'].address", "default_ipv4"),
            ("hostvars[x].ansible_facts.env.HOME", "env"),
            ("groups.all | map('extract', hostvars, ['ansible_facts', 'fqdn']) | list", "fqdn"),
            ("groups.all | map('extract', hostvars, 'ansible_hostname')", "hostname"),
            ("lookup('vars', 'ansible_kernel') ~ query(\"ansible.builtin.vars\", 'a', 'b')", "kernel"),
            ("vars:\n  a: 1\n# vars file for x\n- include_vars: vars.yml\n- group_vars/all", ""),
            ("ansible_facts: {}", ""),
            ("a template without any", ""),
            ("the ansible_facts used by hostvars of it", ""),
        ] {
            assert_eq!(found(text).as_deref(), Some(names), "{text}");
        }
    }

    #[test]
    fn names_and_comments_of_files_are_not_read() {
        let text = "# ansible_facts\n- name: of hostvars\n  command: a\n  when: ansible_kernel\n- name: '{{ ansible_fips }}'\n";
        let mut mentions = Mentions::default();
        mentions.read_yaml(text);
        assert_eq!(
            mentions.names().map(|names| names.iter().cloned().collect::<Vec<_>>().join(" ")),
            Some("fips kernel".into())
        );
    }

    #[test]
    fn what_is_put_together_may_be_anything() {
        for text in [
            "vars['ansible_' ~ name]",
            "lookup('vars', 'ansible_' ~ name)",
            "lookup('vars', name)",
            "q('ansible.builtin.vars', name)",
            "lookup('varnames', '^ansible')",
            "hostvars[host]['ansible_eth' ~ n]",
            "hostvars[host][name]",
            "hostvars[host]",
            "hostvars",
            "hostvars.values()",
            "map('extract', hostvars, name)",
            "vars[name]",
            "vars | to_json",
            "{{ vars }}",
            "vars.get(name)",
            "ansible_facts",
            "ansible_facts is mapping",
            "x in hostvars if y",
            "ansible_facts[name]",
            "ansible_facts['a' ~ name]",
            "ansible_facts | dict2items",
            "ansible_facts.items()",
            "hostvars[host]['ansible_facts'][name]",
            "debug: var=ansible_{{ name }}",
            "var: ansible_eth{{ n }}",
            "with_vars: [a]",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
