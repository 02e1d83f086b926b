//! `filter`: which of the gathered facts come back, by shell patterns on their names.

use crate::commands::matches;
use hostler_sdk::Map;

/// Keeps the facts (names with their `ansible_` prefix) that some pattern matches. A pattern may leave the prefix out;
/// no pattern, or `*`, keeps all.
pub(super) fn keep(facts: Map, patterns: &[String]) -> Map {
    if patterns.is_empty() || patterns.iter().any(|p| p.is_empty() || p == "*") {
        return facts;
    }
    let wanted = |name: &str| {
        patterns.iter().any(|pattern| {
            let short = !["ansible_", "facter", "ohai"].iter().any(|prefix| pattern.starts_with(prefix));
            matches(pattern, name) || short && matches(&format!("ansible_{pattern}"), name)
        })
    };
    facts.into_iter().filter(|(name, _)| name.as_str().is_some_and(wanted)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_may_leave_the_prefix_out() {
        let facts: Map = [("ansible_eth0", 1), ("ansible_eth1", 2), ("ansible_distribution", 3)].into_iter().collect();
        let names = |patterns: &[&str]| {
            let patterns: Vec<String> = patterns.iter().map(|p| (*p).to_owned()).collect();
            keep(facts.clone(), &patterns).keys().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(names(&["ansible_eth[0-2]"]), ["ansible_eth0", "ansible_eth1"]);
        assert_eq!(names(&["eth*", "distribution"]).len(), 3);
        assert_eq!(names(&["*"]).len(), 3);
        assert!(names(&["ansible_x"]).is_empty());
    }
}
