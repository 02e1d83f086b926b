//! Mistakes that Ansible finds only when a task runs: a module it does not have, arguments that are wrong, templates that cannot be
//! read. Told before any connection all of them are, but a playbook that awaits a failure (`ignore_errors`, `failed_when`, a
//! `rescue`) is run as it is, and so is one whose task may never run (`when`, a loop that may be empty, the tag
//! `never`).

use super::reading::Reading;
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::playbook::Site;
use crate::template::{Template, TemplateKind, Templated};
use crate::yaml::Node;
use hostler_sdk::{FromValue, Value};
use std::sync::Arc;

/// How such mistakes are taken in what is being read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mistakes {
    /// They end the reading.
    #[default]
    Refused,
    /// The task may never run: they are warnings, but in the first condition, which is always asked.
    Conditional,
    /// Nothing says that it is ever looked at, or the playbook deals with the failure: they are warnings.
    Told,
}

impl Mistakes {
    /// How they are taken in an entry of a list of tasks.
    pub fn of(entries: &[(Node, Node)], site: &Site) -> Mistakes {
        let given = |name: &str| entries.iter().find(|(key, v)| key.as_str() == Some(name) && !v.is_null());
        let yes = |value: Option<&Value>| value.is_some_and(|v| bool::from_value(v) == Ok(true));
        let ignored = match given("ignore_errors") {
            Some((_, node)) => yes(node.value()) || node.as_str().is_some_and(|text| text.contains("{{")),
            None => site
                .keywords
                .ignore_errors
                .as_ref()
                .is_some_and(|own| matches!(own, Templated::Template(_)) || yes(own.as_value())),
        };
        let never = |value: &Templated| value.as_value().is_some_and(|tag| tag.as_str() == Some("never"));
        let unasked = site.keywords.tags.iter().any(never) || given("tags").is_some_and(|(_, tags)| names_never(tags));
        let awaited = ignored || site.rescued || given("failed_when").is_some();
        let looped = entries.iter().any(|(key, _)| key.as_str().is_some_and(|k| k == "loop" || k.starts_with("with_")));
        if awaited || unasked || looped || !site.keywords.when.is_empty() {
            Mistakes::Told
        } else if given("when").is_some() {
            Mistakes::Conditional
        } else {
            Mistakes::Refused
        }
    }
}

/// Whether tags as written have `never` among them: such a task runs only for those who ask for it.
fn names_never(tags: &Node) -> bool {
    let is = |tag: &Node| tag.as_str().is_some_and(|text| text.split(',').any(|word| word.trim() == "never"));
    tags.as_list().map_or_else(|| is(tags), |list| list.iter().any(is))
}

impl Reading<'_> {
    /// Reads with mistakes taken as `how` says.
    pub fn taking<T>(&mut self, how: Mistakes, read: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.mistakes, how);
        let result = read(self);
        self.mistakes = outer;
        result
    }

    /// Tells a mistake that Ansible would find when the task runs; whether the task is kept with it.
    pub fn late(&mut self, mistake: Diagnostic) -> bool {
        let kept = self.mistakes != Mistakes::Refused;
        if kept {
            self.warned += 1;
            self.loader.warn([Diagnostic { severity: Severity::Warning, ..mistake }]);
        } else {
            self.errors.push(mistake);
        }
        kept
    }

    /// Text with its templates compiled.
    pub fn text(&mut self, source: &str, place: Place) -> Option<Templated> {
        match self.loader.templates.text(source, place.clone()) {
            Ok(text) => Some(text),
            Err(mistake) => self.broken(source, TemplateKind::Text, place, *mistake).map(Templated::Template),
        }
    }

    /// A bare expression, compiled.
    pub fn expression(&mut self, source: &str, place: Place) -> Option<Arc<Template>> {
        match self.loader.templates.expression(source, place.clone()) {
            Ok(template) => Some(template),
            Err(mistake) => self.broken(source, TemplateKind::Expression, place, *mistake),
        }
    }

    /// What stands for a source with a mistake, when the task is kept.
    pub fn broken(
        &mut self,
        source: &str,
        kind: TemplateKind,
        place: Place,
        mistake: Diagnostic,
    ) -> Option<Arc<Template>> {
        let broken = Template::broken(source, kind, place, &mistake);
        self.late(mistake).then_some(broken)
    }
}
