//! A diagnostic as it is printed: rustc's look, with source excerpts, notes and the hint.

use super::{Diagnostic, Severity};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// The whole picture, without a final newline.
pub fn render(diagnostic: &Diagnostic, colour: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = match &diagnostic.cause {
        Some(cause) => format!("{}: {cause}", diagnostic.what),
        None => diagnostic.what.clone(),
    };
    let paths: Vec<String> = diagnostic.places.iter().map(|p| p.place.shown_path().to_string()).collect();
    let mut group = Group::with_title(level.primary_title(title.as_str()));
    for (number, (labelled, path)) in diagnostic.places.iter().zip(&paths).enumerate() {
        let place = &labelled.place;
        let kind = if number == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let end = place.end.min(place.source.text.len());
        let mut annotation = kind.span(place.start.min(end)..end);
        if !labelled.label.is_empty() {
            annotation = annotation.label(labelled.label.as_str());
        }
        group = group.element(Snippet::source(place.source.text.as_str()).path(path.as_str()).annotation(annotation));
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    if let Some(hint) = &diagnostic.hint {
        group = group.element(Level::HELP.message(hint.as_str()));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let text = renderer.render(&[group]).to_string();
    if !diagnostic.places.is_empty() {
        return text;
    }
    // Without an excerpt there is nothing the gutter's empty line could set apart.
    let kept = text.lines().filter(|line| console::strip_ansi_codes(line).trim() != "|");
    kept.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Place;

    #[test]
    fn without_a_place_there_is_no_gutter() {
        let told = Diagnostic::error("no hosts").note("the limit is `x`").hint("leave it out");
        assert_eq!(render(&told, false), "error: no hosts\n = note: the limit is `x`\n = help: leave it out");
        let placed = told.at(&Place::named("x", "a: b"), "here");
        assert!(render(&placed, false).contains("\n  |\n"));
    }
}
