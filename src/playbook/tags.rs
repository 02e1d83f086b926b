//! Which tasks `--tags` and `--skip-tags` choose.

/// A selection by tags, as given on the command line or in the settings.
#[derive(Clone, Debug, Default)]
pub struct TagFilter {
    only: Vec<String>,
    skip: Vec<String>,
}

impl TagFilter {
    /// `only` empty means `all`. Entries may hold several tags separated by commas.
    pub fn new(only: &[String], skip: &[String]) -> Self {
        let split = |tags: &[String]| {
            let words = tags.iter().flat_map(|t| t.split(','));
            words.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect::<Vec<_>>()
        };
        let mut only = split(only);
        if only.is_empty() {
            only.push("all".to_owned());
        }
        TagFilter { only, skip: split(skip) }
    }

    /// Whether a task with these tags (its own and inherited ones, rendered) is run.
    pub fn selects(&self, tags: &[String]) -> bool {
        let has = |tag: &str| tags.iter().any(|t| t == tag) || (tags.is_empty() && tag == "untagged");
        let any = |list: &[String]| list.iter().any(|tag| has(tag));
        let names = |list: &[String], tag: &str| list.iter().any(|t| t == tag);
        let chosen = has("always")
            || (names(&self.only, "all") && !has("never"))
            || any(&self.only)
            || (names(&self.only, "tagged") && !tags.is_empty() && !has("never"));
        if !chosen || self.skip.is_empty() {
            return chosen;
        }
        if names(&self.skip, "all") {
            return has("always") && !names(&self.skip, "always");
        }
        !(any(&self.skip) || (names(&self.skip, "tagged") && !tags.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::TagFilter;

    #[test]
    fn selects_as_ansible_does() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        // only, skip, and which of these tasks run: recorded from ansible-playbook --list-tasks.
        let tasks = ["", "a", "b", "a b", "always", "never", "never a", "always a"];
        for (only, skip, want) in [
            ("", "", "11111001"),
            ("a", "", "01011011"),
            ("all", "", "11111001"),
            ("tagged", "", "01111001"),
            ("untagged", "", "10001001"),
            ("never", "", "00001111"),
            ("always", "", "00001001"),
            ("", "a", "10101000"),
            ("", "always", "11110000"),
            ("", "tagged", "10000000"),
            ("", "untagged", "01111001"),
            ("", "all", "00001001"),
            ("all", "all,always", "00000000"),
            ("a,b", "b", "01001011"),
        ] {
            let filter = TagFilter::new(&words(only), &words(skip));
            let got: String = tasks.iter().map(|t| if filter.selects(&words(t)) { '1' } else { '0' }).collect();
            assert_eq!(got, want, "--tags {only} --skip-tags {skip}");
        }
    }
}
