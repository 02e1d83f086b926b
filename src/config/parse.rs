//! Settings from text, by Ansible's types.

use super::Surroundings;
use std::path::{Path, PathBuf};

/// A text to be read, with what paths in it are relative to.
pub(super) struct Written<'a> {
    /// The text; quotes around the whole value in a file are gone already.
    pub text: &'a str,
    /// The directory for relative paths: the file's, otherwise the working directory.
    pub base: &'a Path,
    /// For `~` and `$VAR`.
    pub around: &'a Surroundings,
}

type Parsed<T> = Result<T, String>;

/// Text as it is.
pub(super) fn text(w: &Written) -> Parsed<String> {
    Ok(w.text.to_owned())
}

/// Text that may be missing; empty text is missing.
pub(super) fn text_opt(w: &Written) -> Parsed<Option<String>> {
    Ok(Some(w.text.to_owned()).filter(|t| !t.is_empty()))
}

/// Ansible's booleans; whatever is not one of the words for true is false.
pub(super) fn boolean(w: &Written) -> Parsed<bool> {
    Ok(matches!(w.text.trim().to_lowercase().as_str(), "y" | "yes" | "on" | "1" | "true" | "t" | "1.0"))
}

/// A boolean that may be missing.
pub(super) fn boolean_opt(w: &Written) -> Parsed<Option<bool>> {
    boolean(w).map(Some)
}

/// A whole number; `10.0` is one too.
pub(super) fn int<T: TryFrom<i64>>(w: &Written) -> Parsed<T> {
    let text = w.text.trim();
    let number =
        text.parse::<i64>().ok().or_else(|| text.parse::<f64>().ok().filter(|x| x.fract() == 0.0).map(|x| x as i64));
    number.and_then(|n| T::try_from(n).ok()).ok_or_else(|| "it must be a whole number in range".to_owned())
}

/// A whole number that may be missing.
pub(super) fn int_opt<T: TryFrom<i64>>(w: &Written) -> Parsed<Option<T>> {
    int(w).map(Some)
}

/// A number.
pub(super) fn float(w: &Written) -> Parsed<f64> {
    w.text.trim().parse().map_err(|_| "it must be a number".to_owned())
}

/// Comma separated text.
pub(super) fn list(w: &Written) -> Parsed<Vec<String>> {
    Ok(w.text.split(',').map(|item| unquote(item.trim()).to_owned()).filter(|item| !item.is_empty()).collect())
}

/// A path.
pub(super) fn path(w: &Written) -> Parsed<PathBuf> {
    Ok(super::absolute(w.text, w.base, w.around))
}

/// A path that may be missing.
pub(super) fn path_opt(w: &Written) -> Parsed<Option<PathBuf>> {
    if w.text.is_empty() { Ok(None) } else { path(w).map(Some) }
}

/// Paths separated by colons.
pub(super) fn pathspec(w: &Written) -> Parsed<Vec<PathBuf>> {
    Ok(w.text.split(':').filter(|p| !p.is_empty()).map(|p| super::absolute(p, w.base, w.around)).collect())
}

/// Inventory sources separated by commas, as absolute paths.
pub(super) fn sources(w: &Written) -> Parsed<Vec<String>> {
    let parts = w.text.split(',').map(str::trim).filter(|p| !p.is_empty());
    Ok(parts.map(|p| super::absolute(p, w.base, w.around).to_string_lossy().into_owned()).collect())
}

/// Takes matching quotes away.
pub(super) fn unquote(text: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) =
            text.strip_prefix(quote).and_then(|t| t.strip_suffix(quote)).filter(|inner| !inner.ends_with('\\'))
        {
            return inner;
        }
    }
    text
}
