//! `regex_replace`, `regex_search`, `regex_findall`, `regex_escape`: Python's regular expressions.

use super::Filter;
use crate::template::engine::{Args, Bound, Eval, Fault, Session, Val};
use hostler_builtin::regex::{Flags, Match, Pattern, Replacement};
use std::rc::Rc;
use std::sync::Arc;

pub(super) const FILTERS: &[Filter] = &[
    Filter::new("regex_replace", replace),
    Filter::new("regex_search", search),
    Filter::new("regex_findall", find_all),
    Filter::new("regex_escape", escape),
];

fn compile(session: &Session, pattern: &str, ignore_case: bool, multi_line: bool) -> Eval<Arc<Pattern>> {
    session.shared.pattern(pattern, Flags { ignore_case, multi_line, dot_all: false })
}

fn replace(session: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [pattern, with, ignore, multi, count, wanted] =
        args.bind("regex_replace", ["pattern", "replacement", "ignorecase", "multiline", "count", "mandatory_count"])?;
    let text = input.to_text()?;
    let source = pattern.string()?.unwrap_or_default();
    let pattern = compile(session, &source, ignore.flag(false)?, multi.flag(false)?)?;
    let with = Replacement::new(&with.string()?.unwrap_or_default(), &pattern)?;
    let limit = usize::try_from(count.int(0)?).ok().filter(|n| *n > 0);
    let (bytes, made) = pattern.replace_up_to(text.as_bytes(), &with, limit)?;
    let wanted = wanted.int(0)?;
    if wanted > 0 && wanted != made as i128 {
        return Err(Fault::new(format!(
            "'{source}' should match {wanted} times, but matches {made} times in '{text}'"
        )));
    }
    Ok(Val::from(String::from_utf8_lossy(&bytes).into_owned()))
}

fn group(found: &Match, text: &str, n: usize) -> Val {
    match found.group(n).and_then(|r| text.get(r)) {
        Some(part) => Val::text(part),
        None => Val::NULL,
    }
}

fn search(session: &Rc<Session>, input: Val, mut args: Args) -> Eval<Val> {
    let (ignore, multi) = (args.take("ignorecase").flag(false)?, args.take("multiline").flag(false)?);
    let pattern = match args.take("regex") {
        Some(p) => p,
        None if args.pos.is_empty() => return Err(Fault::new("regex_search is missing the argument 'regex'")),
        None => args.pos.remove(0),
    };
    if let Some((name, _)) = args.named.first() {
        return Err(Fault::new(format!("regex_search got an unexpected keyword argument '{name}'")));
    }
    let pattern = compile(session, &pattern.to_text()?, ignore, multi)?;
    let mut groups = Vec::new();
    for arg in &args.pos {
        let reference = arg.to_text()?;
        let name = reference.strip_prefix("\\g<").and_then(|r| r.strip_suffix('>'));
        let number = match name.or_else(|| reference.strip_prefix('\\')) {
            Some(name) => name.parse().ok().or_else(|| pattern.group_number(name)),
            None => return Err(Fault::new("Unknown argument")),
        };
        match number.filter(|n| *n <= pattern.group_count()) {
            Some(n) => groups.push(n),
            None => return Err(Fault::new("no such group")),
        }
    }
    let text = input.to_text()?;
    let Some(found) = pattern.search(text.as_bytes(), 0)? else { return Ok(Val::NULL) };
    if groups.is_empty() {
        return Ok(group(&found, &text, 0));
    }
    Ok(Val::list(groups.into_iter().map(|n| group(&found, &text, n)).collect()))
}

fn find_all(session: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [pattern, multi, ignore] = args.bind("regex_findall", ["regex", "multiline", "ignorecase"])?;
    let source = pattern.required("regex_findall", "regex")?.to_text()?;
    let pattern = compile(session, &source, ignore.flag(false)?, multi.flag(false)?)?;
    let text = input.to_text()?;
    let part = |found: &Match, n: usize| match group(found, &text, n) {
        v if v.is_null() => Val::text(""),
        v => v,
    };
    let mut all = Vec::new();
    let mut from = 0;
    while from <= text.len() {
        let Some(found) = pattern.search(text.as_bytes(), from)? else { break };
        let range = found.range();
        all.push(match pattern.group_count() {
            0 => part(&found, 0),
            1 => part(&found, 1),
            count => Val::tuple((1..=count).map(|n| part(&found, n)).collect()),
        });
        // An empty match moves on by one character.
        from = if range.is_empty() {
            range.end + text[range.end..].chars().next().map_or(1, char::len_utf8)
        } else {
            range.end
        };
    }
    Ok(Val::list(all))
}

fn escape(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [kind] = args.bind("regex_escape", ["re_type"])?;
    let text = input.to_text()?;
    let special = match kind.string()?.as_deref() {
        None | Some("python") => "()[]{}?*+-|^$\\.&~# \t\n\r\x0b\x0c",
        Some("posix_basic") => "].[^$*\\",
        Some("posix_extended") => return Err(Fault::new("Regex type (posix_extended) not yet implemented")),
        Some(other) => return Err(Fault::new(format!("Invalid regex type ({other})"))),
    };
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if special.contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    Ok(Val::from(out))
}
