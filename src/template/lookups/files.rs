//! Lookups of the controller's files: `file`, `template`, `fileglob`, `first_found`, `ini`, `csvfile`, `unvault`.

use super::Lookup;
use crate::diagnostic::Place;
use crate::template::engine::{Args, Bound, Eval, Fault, Session, Val, access};
use crate::template::{FileSyntax, Said, VaultText, Wanted, about, filters};
use std::path::{Path, PathBuf};
use std::rc::Rc;

pub(super) const LOOKUPS: &[Lookup] = &[
    Lookup::new("file", read_all),
    Lookup::new("unvault", |s, terms, o| {
        let texts = terms.iter().enumerate().map(|(n, t)| read(s, &located(s, "files", t, o.said(n))?));
        texts.map(|text| text.map(Val::from)).collect()
    }),
    Lookup::new("template", template),
    Lookup::new("fileglob", file_glob),
    Lookup::lenient("first_found", |s, terms, o| {
        let terms = terms.into_iter().map(Val::strict).collect::<Eval<_>>()?;
        first_found(s, terms, o, &[""])
    }),
    Lookup::new("ini", super::tables::ini),
    Lookup::new("csvfile", super::tables::csv),
    Lookup::acting("password", super::password::password),
];

/// Lookups that seek more widely when a loop asks them (`with_first_found`).
pub(super) const WITH: &[Lookup] =
    &[Lookup::lenient("first_found", |s, terms, o| first_found(s, terms, o, &["files", "templates", "vars"]))];

/// A file as Ansible seeks it: in `folder` (`files`, `templates`, ...) below each directory of the search path, then
/// directly in each.
pub(super) fn find(session: &Session, folder: &str, name: &str) -> Option<PathBuf> {
    let expanded = filters::expand_user(name);
    let path = Path::new(&expanded);
    if path.is_absolute() {
        return path.exists().then(|| path.to_owned());
    }
    for base in session.scope.search_path() {
        for candidate in [base.join(folder).join(path), base.join(path)] {
            if candidate.exists() {
                return Some(candidate);
            }
        }
    }
    None
}

/// The text of a file; vaulted ones are opened. What is no text is kept as it is (`hostler_sdk::bytes`).
pub(super) fn read(session: &Session, path: &Path) -> Eval<String> {
    let bytes = std::fs::read(path).map_err(|e| Fault::new(format!("could not read `{}`: {e}", path.display())))?;
    let text = hostler_sdk::bytes::to_text(bytes);
    if !text.starts_with("$ANSIBLE_VAULT;") {
        return Ok(text);
    }
    let place = Place::named(&path.display().to_string(), "");
    Ok(session.shared.open(&VaultText { armour: text.into(), place })?.to_string())
}

/// The file a term names; one that a host would choose is refused.
fn located(session: &Session, folder: &str, term: &Val, said: Said) -> Eval<PathBuf> {
    let name = term.to_text()?;
    let path = find(session, folder, &name).ok_or_else(|| {
        let tried: Vec<String> = session.scope.search_path().iter().map(|p| p.display().to_string()).collect();
        Fault::new(format!(
            "could not find the file `{name}` (searched {} and their `{folder}` directories)",
            tried.join(", ")
        ))
    })?;
    session.allow(&name, said, &path, Wanted::Read)?;
    Ok(path)
}

fn read_all(session: &Rc<Session>, terms: Vec<Val>, options: &mut Args) -> Eval<Vec<Val>> {
    let (left, right) = (options.take("lstrip").flag(false)?, options.take("rstrip").flag(true)?);
    let mut out = Vec::new();
    for (n, term) in terms.into_iter().enumerate() {
        let text = read(session, &located(session, "files", &term, options.said(n))?)?;
        let mut text = text.as_str();
        if left {
            text = text.trim_start();
        }
        if right {
            text = text.trim_end();
        }
        out.push(Val::text(text));
    }
    Ok(out)
}

fn template(session: &Rc<Session>, terms: Vec<Val>, options: &mut Args) -> Eval<Vec<Val>> {
    let mut syntax = FileSyntax::default();
    for (option, target) in [
        ("variable_start_string", &mut syntax.variable_start),
        ("variable_end_string", &mut syntax.variable_end),
        ("block_start_string", &mut syntax.block_start),
        ("block_end_string", &mut syntax.block_end),
        ("comment_start_string", &mut syntax.comment_start),
        ("comment_end_string", &mut syntax.comment_end),
    ] {
        if let Some(text) = options.take(option).string()? {
            *target = text;
        }
    }
    syntax.trim_blocks = options.take("trim_blocks").flag(syntax.trim_blocks)?;
    syntax.lstrip_blocks = options.take("lstrip_blocks").flag(syntax.lstrip_blocks)?;
    // The result is native in any case; this option has said so since 2.19.
    options.take("jinja2_native");
    let convert = options.take("convert_data").flag(true)?;
    let extra = options.take("template_vars");
    let mut out = Vec::new();
    for (n, term) in terms.into_iter().enumerate() {
        let path = located(session, "templates", &term, options.said(n))?;
        let compiled = session.shared.file(&path, &syntax).map_err(|d| Fault::new(d.to_string()))?;
        let session = session.with(about(&path, None).map_err(|e| Fault::new(format!("{}: {e}", path.display())))?);
        let value = match &extra {
            Some(vars) => session.run_with(&compiled, vars)?,
            None => session.run(&compiled)?,
        };
        let value = value.strict()?;
        // Text stays text; `convert_data` only ever made a difference to what is not.
        out.push(if convert || value.as_str().is_some() { value } else { Val::from(value.to_text()?.to_string()) });
    }
    Ok(out)
}

fn file_glob(session: &Rc<Session>, terms: Vec<Val>, options: &mut Args) -> Eval<Vec<Val>> {
    let mut out = Vec::new();
    for (n, term) in terms.into_iter().enumerate() {
        let text = term.to_text()?;
        let pattern = PathBuf::from(filters::expand_user(&text));
        let name = pattern.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let parent = pattern.parent().unwrap_or(Path::new(""));
        let folders: Vec<PathBuf> = if parent.is_absolute() {
            vec![parent.to_owned()]
        } else {
            let bases = session.scope.search_path();
            bases.iter().flat_map(|b| [b.join("files").join(parent), b.join(parent)]).collect()
        };
        let glob = Glob::new(&name);
        for folder in folders.iter().filter(|f| f.is_dir()) {
            let entries = std::fs::read_dir(folder).map_err(|e| Fault::new(format!("{}: {e}", folder.display())))?;
            let mut found: Vec<PathBuf> = entries
                .filter_map(|e| e.ok().map(|e| e.path()))
                .filter(|p| p.is_file())
                .filter(|p| {
                    let name = p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
                    glob.matches(&name) && (!name.starts_with('.') || glob.0.starts_with('.'))
                })
                .collect();
            // Ansible leaves the order of the directory; a fixed one makes runs alike.
            found.sort();
            if !found.is_empty() {
                session.allow(&text, options.said(n), folder, Wanted::Read)?;
                out.extend(found.into_iter().map(|p| Val::from(p.to_string_lossy().into_owned())));
                break;
            }
        }
    }
    // These are files that were looked at already.
    session.unhear();
    Ok(out)
}

fn first_found(session: &Rc<Session>, terms: Vec<Val>, options: &mut Args, folders: &[&str]) -> Eval<Vec<Val>> {
    let mut skip = options.take("skip").flag(false)?;
    let said = (options.said_of("files"), options.said_of("paths"));
    let given = (strict(options.take("files"))?, strict(options.take("paths"))?);
    let mut names: Vec<Named> = Vec::new();
    if let Some(files) = given.0 {
        let paths = given.1.map(|paths| (paths, said.1));
        join_paths(session, &list(session, &files, said.0, &[',', ';'])?, paths, &mut names)?;
    }
    let mut queue: Vec<(Val, Said)> = Vec::new();
    for (n, term) in terms.into_iter().enumerate() {
        let said = options.said(n);
        if term.is_list() {
            let (items, more) = session.listen(|| term.iterate());
            let said = if said.is_any() { Said::ALL } else { more };
            queue.extend(items?.into_iter().map(|item| (item, said)));
        } else {
            queue.push((term, said));
        }
    }
    for (term, said) in queue {
        match &term {
            // A name that depends on something undefined is no candidate.
            Val::Missing(_) => {}
            map if map.is_mapping() => {
                let part = |name: &str| -> Eval<Option<(Val, Said)>> {
                    let (value, more) = session.listen(|| access::attribute(map, name));
                    Ok(match value? {
                        Val::Missing(_) => None,
                        value => Some((value, if said.is_any() { Said::ALL } else { more })),
                    })
                };
                if let Some((flag, _)) = part("skip")? {
                    skip = filters::to_bool(&flag).unwrap_or(false);
                }
                if let Some((files, said)) = part("files")? {
                    join_paths(session, &list(session, &files, said, &[',', ';'])?, part("paths")?, &mut names)?;
                }
            }
            other if other.as_str().is_some() || other.is_list() => {
                names.extend(list(session, other, said, &[',', ';'])?)
            }
            other => {
                let kind = other.type_name();
                let what = format!("Invalid term supplied. A string, dict or list is required, not '{kind}'.");
                return Err(Fault::new(what));
            }
        }
    }
    for (name, said) in &names {
        for folder in folders {
            if let Some(path) = find(session, folder, name) {
                session.allow(name, *said, &path, Wanted::Read)?;
                // It was looked at already.
                session.unhear();
                return Ok(vec![Val::from(path.to_string_lossy().into_owned())]);
            }
        }
    }
    let names: Vec<String> = names.into_iter().map(|(name, _)| name).collect();
    if skip {
        return Ok(Vec::new());
    }
    Err(Fault::new(format!("No file was found when using first_found (tried {})", names.join(", "))))
}

fn strict(option: Option<Val>) -> Eval<Option<Val>> {
    option.map(Val::strict).transpose()
}

/// Paths of the controller that match a glob, in order; names that start with a dot only when the glob does.
pub(crate) fn glob_paths(pattern: &str) -> Vec<String> {
    let expanded = filters::expand_user(pattern);
    let mut found = vec![if expanded.starts_with('/') { "/".to_owned() } else { String::new() }];
    for part in expanded.split('/').filter(|p| !p.is_empty()) {
        let glob = Glob::new(part);
        let plain = !part.contains(['*', '?', '[']);
        let mut next = Vec::new();
        for folder in &found {
            let join = |name: &str| {
                if folder.is_empty() || folder.ends_with('/') {
                    format!("{folder}{name}")
                } else {
                    format!("{folder}/{name}")
                }
            };
            if plain {
                next.extend(Some(join(part)).filter(|p| Path::new(p).symlink_metadata().is_ok()));
                continue;
            }
            let here = if folder.is_empty() { "." } else { folder };
            let Ok(entries) = std::fs::read_dir(here) else { continue };
            let names = entries.filter_map(|e| e.ok()).map(|e| e.file_name().to_string_lossy().into_owned());
            let mut names: Vec<String> =
                names.filter(|n| glob.matches(n) && (!n.starts_with('.') || part.starts_with('.'))).collect();
            names.sort();
            next.extend(names.iter().map(|n| join(n)));
        }
        found = next;
    }
    found
}

/// A name, and whether a host had a say in it.
type Named = (String, Said);

/// Names of a list, or of a text with separators.
fn list(session: &Session, value: &Val, said: Said, separators: &[char]) -> Eval<Vec<Named>> {
    let mut out = Vec::new();
    let (items, more) = session.listen(|| if value.is_list() { value.iterate() } else { Ok(vec![value.clone()]) });
    let said = if more.is_any() { Said::ALL } else { said };
    for item in items? {
        if let Val::Missing(_) = item {
            continue;
        }
        let text = item.to_text()?;
        let parts = text.split(separators).map(str::trim).filter(|part| !part.is_empty());
        // Whoever has a say in a list of names has one in each.
        let of = |part: &str| if !said.is_any() || part.len() == text.len() { said } else { Said::ALL };
        out.extend(parts.map(|part| (part.to_owned(), of(part))));
    }
    Ok(out)
}

fn join_paths(session: &Session, files: &[Named], paths: Option<(Val, Said)>, names: &mut Vec<Named>) -> Eval<()> {
    let folders = match paths {
        Some((paths, said)) => list(session, &paths, said, &[',', ';', ':'])?,
        None => Vec::new(),
    };
    if folders.is_empty() {
        names.extend(files.iter().cloned());
    }
    for (folder, of_folder) in folders {
        for (file, of_file) in files {
            let path = Path::new(&folder).join(file).to_string_lossy().into_owned();
            let said = match (of_folder, *of_file) {
                (Said::Nothing, Said::After(at)) if path.ends_with(file) => Said::After(path.len() - file.len() + at),
                (Said::Nothing, Said::After(_)) => Said::ALL,
                (of_folder, _) => of_folder,
            };
            names.push((path, said));
        }
    }
    Ok(())
}

/// Python's `fnmatch`: `*`, `?`, `[abc]`, `[!abc]`.
pub(super) struct Glob(String);

impl Glob {
    pub fn new(pattern: &str) -> Glob {
        Glob(pattern.to_owned())
    }

    pub fn matches(&self, text: &str) -> bool {
        let (pattern, text): (Vec<char>, Vec<char>) = (self.0.chars().collect(), text.chars().collect());
        glob(&pattern, &text)
    }
}

fn glob(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        let step = match pattern.get(p) {
            Some('*') => {
                star = Some((p + 1, t));
                p += 1;
                continue;
            }
            Some('?') => Some(1),
            Some('[') => class(&pattern[p..], text[t]),
            Some(c) if *c == text[t] => Some(1),
            _ => None,
        };
        match (step, star) {
            (Some(n), _) => {
                p += n;
                t += 1;
            }
            (None, Some((after, from))) => {
                (p, t) = (after, from + 1);
                star = Some((after, from + 1));
            }
            (None, None) => return false,
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// Whether a class matches; how long it is in the pattern.
fn class(pattern: &[char], c: char) -> Option<usize> {
    let negated = pattern.get(1) == Some(&'!');
    let start = if negated { 2 } else { 1 };
    let Some(end) = pattern.iter().skip(start + 1).position(|c| *c == ']').map(|n| n + start + 1) else {
        return (c == '[').then_some(1);
    };
    let members = &pattern[start..end];
    let mut found = false;
    let mut n = 0;
    while n < members.len() {
        if members.get(n + 1) == Some(&'-') && n + 2 < members.len() {
            found |= (members[n]..=members[n + 2]).contains(&c);
            n += 3;
        } else {
            found |= members[n] == c;
            n += 1;
        }
    }
    (found != negated).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn globs_as_fnmatch_does() {
        for (pattern, text, want) in [
            ("*.conf", "a.conf", true),
            ("*.conf", "a.conf.bak", false),
            ("web[0-9]?", "web1x", true),
            ("web[!0-9]", "web1", false),
            ("[", "[", true),
            ("a*b*c", "aXbYc", true),
            ("", "", true),
        ] {
            assert_eq!(Glob::new(pattern).matches(text), want, "{pattern} {text}");
        }
    }
}
