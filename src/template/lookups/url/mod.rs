//! The lookup `url`: what a web server (or a `file:` or `data:` URL) has to say, as lines or as a whole. The options are
//! ansible-core's; each may be set by the call, a variable, the environment or `ansible.cfg`.

mod cookies;
mod digest;
mod fetch;
mod local;
mod netrc;
mod options;
mod proxy;
mod tls;
mod trust;
mod way;

use super::{Lookup, aside};
use crate::template::engine::{Args, Eval, Fault, Session, Val};
use fetch::Failure;
pub(super) use options::CHOICES;
use options::Options;
use std::rc::Rc;

pub(super) const LOOKUPS: &[Lookup] = &[Lookup::acting("url", url)];

fn url(session: &Rc<Session>, terms: Vec<Val>, args: &mut Args) -> Eval<Vec<Val>> {
    let options = Options::take(session, args)?;
    let mut out = Vec::new();
    for term in terms {
        let term = term.strict()?.to_text()?.to_string();
        let text = aside::wait(|| fetch::text(&term, &options)).map_err(|failure| told(&term, &failure))?;
        if options.split_lines {
            out.extend(lines(&text).into_iter().map(Val::text));
        } else {
            out.push(Val::from(text));
        }
    }
    Ok(out)
}

/// The failure in Ansible's words, without the credentials a URL may hold.
fn told(url: &str, failure: &Failure) -> Fault {
    let masked = masked(url);
    Fault::new(match failure {
        Failure::Http(why) => format!("Received HTTP error for {masked}: HTTP Error {why}"),
        Failure::Unreached(why) => format!("Failed lookup url for {masked}: <urlopen error {why}>"),
        Failure::Other(why) => why.clone(),
    })
}

/// A URL for showing: user and password are stars.
fn masked(url: &str) -> String {
    let Some(start) = url.find("//").map(|at| at + 2) else { return url.to_owned() };
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    match url[start..end].rsplit_once('@') {
        Some((credentials, host)) if !credentials.is_empty() => {
            let stars = if credentials.contains(':') { "****:****" } else { "****" };
            format!("{}{stars}@{host}{}", &url[..start], &url[end..])
        }
        _ => url.to_owned(),
    }
}

/// Lines as Python splits bytes: only line feeds and carriage returns end one.
fn lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.find(['\n', '\r']) {
        lines.push(&rest[..end]);
        let width = if rest[end..].starts_with("\r\n") { 2 } else { 1 };
        rest = &rest[end + width..];
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_where_bytes_end_them() {
        assert_eq!(lines("a\nb\r\nc\rd\u{b}e\n"), ["a", "b", "c", "d\u{b}e"]);
        assert_eq!(lines("\n\nx"), ["", "", "x"]);
        assert!(lines("").is_empty());
    }

    #[test]
    fn credentials_are_masked() {
        for (url, shown) in [
            ("http://a:b@h/x@y", "http://****:****@h/x@y"),
            ("http://a:b@c@h", "http://****:****@h"),
            ("https://token@h:1/?q", "https://****@h:1/?q"),
            ("http://h/a@b:c", "http://h/a@b:c"),
            ("nonsense", "nonsense"),
        ] {
            assert_eq!(masked(url), shown);
        }
    }
}
