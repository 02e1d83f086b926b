//! Paths as text: `basename`, `dirname`, `splitext`, `realpath`, ... and those of Windows.

use super::Filter;
use crate::template::engine::{Args, Bound, Eval, Fault, Session, Val};
use std::path::{Path, PathBuf};
use std::rc::Rc;

pub(super) const FILTERS: &[Filter] = &[
    Filter::new("basename", |_, v, a| text(&v, a, |p| p.rsplit('/').next().unwrap_or_default().to_owned())),
    Filter::new("dirname", |_, v, a| text(&v, a, dirname)),
    Filter::new("splitext", |_, v, a| {
        a.none("splitext")?;
        let path = v.to_text()?;
        let (root, extension) = split_extension(&path);
        Ok(Val::tuple(vec![Val::text(root), Val::text(extension)]))
    }),
    Filter::new("expanduser", |_, v, a| text(&v, a, expand_user)),
    Filter::new("expandvars", |_, v, a| text(&v, a, expand_vars)),
    Filter::new("realpath", |_, v, a| text(&v, a, real_path)),
    Filter::new("relpath", |_, v, a| {
        let [start] = a.bind("relpath", ["start"])?;
        Ok(Val::from(relative(&v.to_text()?, &start.string()?.unwrap_or_else(|| ".".into()))?))
    }),
    Filter::new("normpath", |_, v, a| text(&v, a, normal)),
    Filter::new("path_join", |_, v, a| {
        a.none("path_join")?;
        if v.as_str().is_some() {
            return Ok(v);
        }
        if !v.is_list() {
            return Err(Fault::new(format!("|path_join expects string or sequence, got {} instead.", v.type_name())));
        }
        let parts = v.iterate()?.iter().map(Val::to_text).collect::<Eval<Vec<_>>>()?;
        Ok(Val::from(join(parts.iter().map(|p| &**p))))
    }),
    Filter::new("win_basename", |_, v, a| text(&v, a, |p| windows_split(p).1.to_owned())),
    Filter::new("win_dirname", |_, v, a| text(&v, a, |p| windows_split(p).0)),
    Filter::new("win_splitdrive", |_, v, a| {
        a.none("win_splitdrive")?;
        let path = v.to_text()?;
        let (drive, rest) = path.split_at(drive_length(&path));
        Ok(Val::tuple(vec![Val::text(drive), Val::text(rest)]))
    }),
    Filter::new("fileglob", |_, v, a| {
        a.none("fileglob")?;
        let mut found: Vec<String> = super::super::lookups::glob_paths(&v.to_text()?);
        found.retain(|p| Path::new(p).is_file());
        Ok(Val::list(found.into_iter().map(Val::from).collect()))
    }),
];

fn text(value: &Val, args: Args, f: impl FnOnce(&str) -> String) -> Eval<Val> {
    args.none("the filter")?;
    Ok(Val::from(f(&value.to_text()?)))
}

fn dirname(path: &str) -> String {
    let Some(n) = path.rfind('/') else { return String::new() };
    let head = &path[..=n];
    if head.bytes().all(|b| b == b'/') { head.to_owned() } else { head.trim_end_matches('/').to_owned() }
}

fn split_extension(path: &str) -> (&str, &str) {
    let name = path.rfind('/').map_or(0, |n| n + 1);
    let start = name + (path[name..].len() - path[name..].trim_start_matches('.').len());
    match path[start..].rfind('.') {
        Some(n) => path.split_at(start + n),
        None => (path, ""),
    }
}

/// `os.path.expanduser`: `~` and `~name`.
pub(crate) fn expand_user(path: &str) -> String {
    let Some(rest) = path.strip_prefix('~') else { return path.to_owned() };
    let (name, tail) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let home = if name.is_empty() { std::env::var("HOME").ok().or_else(|| home_of(None)) } else { home_of(Some(name)) };
    match home {
        Some(home) => format!("{}{tail}", home.trim_end_matches('/')),
        None => path.to_owned(),
    }
}

/// The home directory in `/etc/passwd` of a user, or of whoever runs this.
fn home_of(name: Option<&str>) -> Option<String> {
    let uid = rustix::process::getuid().as_raw().to_string();
    let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
    passwd.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let this = match name {
            Some(name) => fields.first() == Some(&name),
            None => fields.get(2) == Some(&uid.as_str()),
        };
        this.then(|| fields.get(5).map(|h| (*h).to_owned())).flatten()
    })
}

fn expand_vars(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (name, used) = match after.strip_prefix('{').and_then(|a| a.split_once('}')) {
            Some((name, _)) => (name, name.len() + 2),
            None => {
                let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
                (&after[..end], end)
            }
        };
        match std::env::var(name) {
            Ok(value) if !name.is_empty() => out.push_str(&value),
            _ => {
                out.push('$');
                out.push_str(&after[..used]);
            }
        }
        rest = &after[used..];
    }
    out + rest
}

fn absolute(path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    let here = std::env::current_dir().unwrap_or_default();
    here.join(path).to_string_lossy().into_owned()
}

/// As far as the path exists its links are followed; the rest is only put in order.
fn real_path(path: &str) -> String {
    let whole = absolute(path);
    let mut existing = PathBuf::from(&whole);
    let mut tail: Vec<std::ffi::OsString> = Vec::new();
    loop {
        if let Ok(real) = existing.canonicalize() {
            let mut out = real;
            out.extend(tail.iter().rev());
            return normal(&out.to_string_lossy());
        }
        match (existing.file_name().map(ToOwned::to_owned), existing.parent().map(Path::to_owned)) {
            (Some(name), Some(parent)) => {
                tail.push(name);
                existing = parent;
            }
            _ => return normal(&whole),
        }
    }
}

/// `os.path.normpath`.
fn normal(path: &str) -> String {
    if path.is_empty() {
        return ".".to_owned();
    }
    let lead = match path {
        p if p.starts_with("//") && !p.starts_with("///") => "//",
        p if p.starts_with('/') => "/",
        _ => "",
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|p| *p != "..") => drop(parts.pop()),
            ".." if !lead.is_empty() => {}
            part => parts.push(part),
        }
    }
    let out = format!("{lead}{}", parts.join("/"));
    if out.is_empty() { ".".to_owned() } else { out }
}

fn relative(path: &str, start: &str) -> Eval<String> {
    if path.is_empty() {
        return Err(Fault::new("no path specified"));
    }
    let (path, start) = (normal(&absolute(path)), normal(&absolute(start)));
    let parts = |p: &str| p.split('/').filter(|s| !s.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (path, start) = (parts(&path), parts(&start));
    let common = path.iter().zip(&start).take_while(|(a, b)| a == b).count();
    let mut out = vec!["..".to_owned(); start.len() - common];
    out.extend_from_slice(&path[common..]);
    Ok(if out.is_empty() { ".".to_owned() } else { out.join("/") })
}

fn join<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for (n, part) in parts.enumerate() {
        if part.starts_with('/') || n == 0 {
            out = part.to_owned();
        } else {
            if !out.is_empty() && !out.ends_with('/') {
                out.push('/');
            }
            out.push_str(part);
        }
    }
    out
}

/// `os.path.commonpath`.
pub(super) fn common_path(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    args.none("commonpath")?;
    if !input.is_list() {
        return Err(Fault::new(format!("|commonpath expects sequence, got {} instead.", input.type_name())));
    }
    let paths = input.iterate()?.iter().map(Val::to_text).collect::<Eval<Vec<_>>>()?;
    if paths.is_empty() {
        return Err(Fault::new("commonpath() arg is an empty sequence"));
    }
    let absolute = paths[0].starts_with('/');
    if paths.iter().any(|p| p.starts_with('/') != absolute) {
        return Err(Fault::new("Can't mix absolute and relative paths"));
    }
    let split: Vec<Vec<&str>> =
        paths.iter().map(|p| p.split('/').filter(|s| !s.is_empty() && *s != ".").collect()).collect();
    let mut common = split[0].clone();
    for other in &split[1..] {
        let same = common.iter().zip(other).take_while(|(a, b)| a == b).count();
        common.truncate(same);
    }
    Ok(Val::from(format!("{}{}", if absolute { "/" } else { "" }, common.join("/"))))
}

fn drive_length(path: &str) -> usize {
    let bytes = path.as_bytes();
    let slash = |n: usize| matches!(bytes.get(n), Some(b'\\' | b'/'));
    if bytes.get(1) == Some(&b':') {
        return 2;
    }
    if slash(0) && slash(1) && !slash(2) {
        // \\server\share
        let after = |from: usize| path[from..].find(['\\', '/']).map(|n| n + from);
        return match after(2) {
            Some(server) => after(server + 1).unwrap_or(path.len()),
            None => path.len(),
        };
    }
    0
}

fn windows_split(path: &str) -> (String, &str) {
    let drive = drive_length(path);
    let rest = &path[drive..];
    let cut = rest.rfind(['\\', '/']).map_or(0, |n| n + 1);
    let head = &rest[..cut];
    let trimmed = head.trim_end_matches(['\\', '/']);
    (format!("{}{}", &path[..drive], if trimmed.is_empty() { head } else { trimmed }), &rest[cut..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_paths_as_python_does() {
        assert_eq!(split_extension("/a.b/c.tar.gz"), ("/a.b/c.tar", ".gz"));
        assert_eq!(split_extension("/a/.bashrc"), ("/a/.bashrc", ""));
        for (path, want) in [("/a/b/", "/a/b"), ("/a", "/"), ("a", ""), ("//", "//")] {
            assert_eq!(dirname(path), want);
        }
        for (path, want) in [("a/../b//c/.", "b/c"), ("/../a", "/a"), ("../a", "../a"), ("", "."), ("//a", "//a")] {
            assert_eq!(normal(path), want);
        }
        assert_eq!(relative("/a/b", "/a/c").map_err(|f| f.message()).unwrap(), "../b");
        assert_eq!(join(["/a", "b/", "c"].into_iter()), "/a/b/c");
        assert_eq!(windows_split("C:\\a\\b.txt"), ("C:\\a".to_owned(), "b.txt"));
        assert_eq!(drive_length("\\\\s\\share\\x"), 9);
    }
}
