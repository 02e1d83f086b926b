//! Host patterns: names, groups, shell patterns, `~regex`, unions by `:` and `,`, `:&` and `:!`, `[0]`, `[0:3]`, `[-1]`.

use super::{Glob, HostName, Inventory, LOCALHOST, Limit, address};
use crate::config::OnProblem;
use crate::diagnostic::{Diagnostic, Result};
use fancy_regex::Regex;
use indexmap::IndexSet;
use std::collections::HashSet;

/// The hosts a pattern stands for.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// The hosts, each once, in the order of the pattern and the inventory.
    pub hosts: Vec<HostName>,
    /// What to tell the operator: parts that match nothing, unless the settings say to ignore it.
    pub warnings: Vec<Diagnostic>,
}

/// A pattern's parts: split at commas, otherwise at colons that are no part of an address or a range.
pub(super) fn split(pattern: &str) -> Vec<String> {
    let parts: Vec<String> = if pattern.contains(',') {
        pattern.split(',').map(str::to_owned).collect()
    } else if address::parse(pattern).is_some() {
        vec![pattern.to_owned()]
    } else {
        split_at_colons(pattern)
    };
    parts.into_iter().map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect()
}

fn split_at_colons(pattern: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let bracketed = if c == '[' { rest.find(']') } else { None };
        let len = match (c, bracketed) {
            (_, Some(end)) => end + 1,
            (':' | '[' | ']', _) => 0,
            (c, _) if c.is_whitespace() => 0,
            (c, _) => c.len_utf8(),
        };
        if len == 0 {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push_str(&rest[..len]);
        }
        rest = &rest[len.max(c.len_utf8())..];
    }
    parts
}

/// `[...]` behind a pattern.
enum Subscript {
    One(i64),
    Range(usize, Option<usize>),
}

fn subscript(pattern: &str) -> (&str, Option<Subscript>) {
    let whole = (pattern, None);
    let Some((before, inside)) = pattern.strip_suffix(']').and_then(|p| p.rsplit_once('[')) else { return whole };
    if pattern.starts_with('~') || before.is_empty() {
        return whole;
    }
    if let (Ok(one), true) = (inside.parse::<i64>(), !inside.starts_with('+')) {
        return (before, Some(Subscript::One(one)));
    }
    let Some((from, to)) = inside.split_once([':', '-']) else { return whole };
    match (from.parse(), to.parse(), to.is_empty()) {
        (Ok(from), Ok(to), _) => (before, Some(Subscript::Range(from, Some(to)))),
        (Ok(from), _, true) => (before, Some(Subscript::Range(from, None))),
        _ => whole,
    }
}

enum Matcher {
    Name(String),
    Glob(Glob),
    Regex(Box<Regex>),
}

impl Matcher {
    fn new(pattern: &str) -> Result<Self> {
        Ok(match pattern.strip_prefix('~') {
            Some(regex) => {
                // Matched from the beginning, as `re.match` does.
                let compiled = Regex::new(&format!("^(?:{regex})"));
                let wrong = |e: fancy_regex::Error| {
                    Diagnostic::error(format!("invalid host pattern `{pattern}`")).cause(e.to_string()).boxed()
                };
                Matcher::Regex(Box::new(compiled.map_err(wrong)?))
            }
            None if pattern.contains(['*', '?', '[']) => Matcher::Glob(Glob::new(pattern)),
            None => Matcher::Name(pattern.to_owned()),
        })
    }

    fn matches(&self, name: &str) -> bool {
        match self {
            Matcher::Name(own) => own == name,
            Matcher::Glob(glob) => glob.matches(name),
            Matcher::Regex(regex) => regex.is_match(name).unwrap_or(false),
        }
    }
}

impl Inventory {
    /// The hosts that patterns stand for: a play's `hosts:` as one text or several, within a limit.
    ///
    /// # Errors
    /// A broken regular expression, a subscript beyond the hosts; with `host_pattern_mismatch = error` also a part that
    /// matches nothing.
    pub fn select<P: AsRef<str>>(
        &self,
        patterns: impl IntoIterator<Item = P>,
        limit: Option<&Limit>,
    ) -> Result<Selection> {
        let mut warnings = Vec::new();
        let mut blank = true;
        let parts: Vec<String> = patterns
            .into_iter()
            .flat_map(|p| {
                blank &= p.as_ref().trim().is_empty();
                split(p.as_ref())
            })
            .collect();
        // `,` is all hosts, as in Ansible; nothing at all is more likely a variable that is empty.
        let mut hosts = if blank { IndexSet::new() } else { self.evaluate(&parts, &mut warnings)? };
        if let Some(limit) = limit {
            let within = self.evaluate(&limit.patterns, &mut warnings)?;
            hosts.retain(|host| within.contains(host));
        }
        Ok(Selection { hosts: hosts.into_iter().collect(), warnings })
    }

    /// Plain parts first, then the intersections, then the exclusions.
    fn evaluate(&self, parts: &[String], warnings: &mut Vec<Diagnostic>) -> Result<IndexSet<HostName>> {
        let with = |sign: char| parts.iter().filter(move |p| p.starts_with(sign));
        let mut plain: Vec<&str> =
            parts.iter().filter(|p| !p.is_empty() && !p.starts_with(['!', '&'])).map(String::as_str).collect();
        if plain.is_empty() {
            plain.push("all");
        }
        let mut hosts = IndexSet::new();
        for part in plain {
            match self.hosts.get_key_value(part) {
                Some((name, _)) => {
                    hosts.insert(name.clone());
                }
                None => hosts.extend(self.matching(part, warnings)?),
            }
        }
        for part in with('&') {
            let both: HashSet<HostName> = self.matching(&part[1..], warnings)?.into_iter().collect();
            hosts.retain(|host| both.contains(host));
        }
        for part in with('!') {
            let out: HashSet<HostName> = self.matching(&part[1..], warnings)?.into_iter().collect();
            hosts.retain(|host| !out.contains(host));
        }
        Ok(hosts)
    }

    /// The hosts of one part without its sign.
    fn matching(&self, part: &str, warnings: &mut Vec<Diagnostic>) -> Result<Vec<HostName>> {
        let (pattern, subscript) = subscript(part);
        let hosts = self.enumerate(pattern, warnings)?;
        if hosts.is_empty() {
            return Ok(hosts);
        }
        Ok(match subscript {
            None => hosts,
            Some(Subscript::One(index)) => {
                let at = if index < 0 { index + hosts.len() as i64 } else { index };
                let host = usize::try_from(at).ok().and_then(|at| hosts.get(at)).cloned();
                let wrong = || Diagnostic::error(format!("no hosts matched the subscripted pattern `{part}`"));
                vec![host.ok_or_else(|| wrong().note(format!("`{pattern}` has {} hosts", hosts.len())).boxed())?]
            }
            // `[2:0]` is the third host alone: Ansible takes an end of 0 for no end.
            Some(Subscript::Range(from, Some(0))) => {
                let wrong = || Diagnostic::error(format!("no hosts matched the subscripted pattern `{part}`")).boxed();
                vec![hosts.get(from).cloned().ok_or_else(wrong)?]
            }
            Some(Subscript::Range(from, to)) => {
                let end = to.map_or(hosts.len(), |to| to.saturating_add(1).min(hosts.len()));
                hosts.get(from..end).unwrap_or_default().to_vec()
            }
        })
    }

    fn enumerate(&self, pattern: &str, warnings: &mut Vec<Diagnostic>) -> Result<Vec<HostName>> {
        let matcher = Matcher::new(pattern)?;
        let mut found: IndexSet<HostName> = IndexSet::new();
        let mut any_group = false;
        if let Matcher::Name(name) = &matcher {
            any_group = self.groups.contains_key(name.as_str());
            found.extend(self.hosts_in(name).iter().cloned());
        } else {
            for group in self.groups.keys().filter(|group| matcher.matches(group)) {
                any_group = true;
                found.extend(self.hosts_in(group).iter().cloned());
            }
        }
        if let Matcher::Name(name) = &matcher {
            if !any_group || pattern.contains('.') {
                found.extend(self.hosts.get_key_value(name.as_str()).map(|(host, _)| host.clone()));
            }
        } else {
            found.extend(self.hosts.keys().filter(|host| matcher.matches(host)).cloned());
        }
        if found.is_empty() && LOCALHOST.contains(&pattern) {
            found.extend(self.host(pattern).map(|host| host.name.clone()));
        }
        if found.is_empty() && !any_group && pattern != "all" {
            let hinted = |told: Diagnostic| match self.hosts.is_empty() {
                true => told.hint("there are no hosts: name an inventory with `-i`"),
                false => told.nearest(pattern, self.groups.keys().chain(self.hosts.keys()).map(|name| &**name)),
            };
            let what = "Could not match supplied host pattern";
            match self.mismatch {
                OnProblem::Error => return Err(hinted(Diagnostic::error(format!("{what}: {pattern}"))).boxed()),
                OnProblem::Warning => {
                    let what = format!("{what}, ignoring: {pattern}");
                    if !warnings.iter().any(|w| w.what == what) {
                        warnings.push(hinted(Diagnostic::warning(what)));
                    }
                }
                OnProblem::Ignore => {}
            }
        }
        Ok(found.into_iter().collect())
    }
}
