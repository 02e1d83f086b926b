//! URLs: `urlencode`, `urldecode`, `urlsplit`.

use super::Filter;
use crate::template::engine::{Args, Bound, Eval, Fault, Session, Val};
use hostler_sdk::{Map, Value};
use std::fmt::Write;
use std::rc::Rc;

pub(super) const FILTERS: &[Filter] = &[
    Filter::new("urlencode", encode),
    Filter::new("urldecode", |_, v, a| {
        a.none("urldecode")?;
        Ok(Val::from(decode(&v.to_text()?)))
    }),
    Filter::new("urlsplit", split),
];

/// Percent-encodes all but letters, digits and `safe`; in queries a blank is a plus.
fn quote(text: &str, safe: &str, query: bool) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        let c = byte as char;
        if c.is_ascii_alphanumeric() || "_.-~".contains(c) || byte.is_ascii() && safe.contains(c) {
            out.push(c);
        } else if query && byte == b' ' {
            out.push('+');
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn encode(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    args.none("urlencode")?;
    let pairs: Vec<(String, Val)> = match input.entries() {
        Some(entries) => entries?.into_iter().map(|(k, v)| (k.to_string(), v)).collect(),
        None if input.as_str().is_some() || !input.is_list() => {
            return Ok(Val::from(quote(&input.to_text()?, "/", false)));
        }
        None => {
            let pair = |item: &Val| -> Eval<(String, Val)> {
                let [key, value] =
                    <[Val; 2]>::try_from(item.iterate()?).map_err(|_| Fault::new("urlencode needs pairs"))?;
                Ok((key.to_text()?.to_string(), value))
            };
            input.iterate()?.iter().map(pair).collect::<Eval<_>>()?
        }
    };
    let encoded = pairs.iter().map(|(k, v)| Ok(format!("{}={}", quote(k, "", true), quote(&v.to_text()?, "", true))));
    Ok(Val::from(encoded.collect::<Eval<Vec<_>>>()?.join("&")))
}

fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut n = 0;
    while n < bytes.len() {
        let code = text.get(n + 1..n + 3).and_then(|h| u8::from_str_radix(h, 16).ok());
        match (bytes[n], code) {
            (b'%', Some(code)) => {
                out.push(code);
                n += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        n += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn split(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [wanted] = args.bind("urlsplit", ["query"])?;
    let text = input.to_text()?;
    let mut rest: &str = text.trim();
    let mut map = Map::new();
    let valid = |s: &str| {
        s.starts_with(|c: char| c.is_ascii_alphabetic())
            && s.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    let scheme = rest.split_once(':').filter(|(s, _)| valid(s)).map(|(s, after)| (s.to_lowercase(), after));
    let scheme = match scheme {
        Some((scheme, after)) => {
            rest = after;
            scheme
        }
        None => String::new(),
    };
    let mut netloc = "";
    if let Some(after) = rest.strip_prefix("//") {
        let end = after.find(['/', '?', '#']).unwrap_or(after.len());
        (netloc, rest) = after.split_at(end);
    }
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (user, host) = netloc.rsplit_once('@').map_or((None, netloc), |(u, h)| (Some(u), h));
    let (user, password) = match user {
        Some(user) => user.split_once(':').map_or((Some(user), None), |(u, p)| (Some(u), Some(p))),
        None => (None, None),
    };
    let (host, port) = match host.strip_prefix('[').and_then(|h| h.split_once(']')) {
        Some((host, after)) => (host, after.strip_prefix(':')),
        None => host.split_once(':').map_or((host, None), |(h, p)| (h, Some(p))),
    };
    let port = match port.filter(|p| !p.is_empty()) {
        Some(p) => Value::from(
            p.parse::<u16>().map_err(|_| Fault::new(format!("Port could not be cast to integer value as '{p}'")))?,
        ),
        None => Value::Null,
    };
    let some = |part: Option<&str>| part.map_or(Value::Null, Value::from);
    map.set("fragment", fragment);
    map.set("hostname", if host.is_empty() { Value::Null } else { Value::from(host.to_lowercase()) });
    map.set("netloc", netloc);
    map.set("password", some(password));
    map.set("path", path);
    map.set("port", port);
    map.set("query", query);
    map.set("scheme", scheme);
    map.set("username", some(user));
    match wanted.string()?.filter(|w| !w.is_empty()) {
        None => Ok(Val::Plain(map.into())),
        Some(name) => match map.get(name.as_str()) {
            Some(value) => Ok(Val::Plain(value.clone())),
            None => Err(Fault::new(format!("urlsplit: unknown URL component: {name}"))),
        },
    }
}
