//! `urlize`: addresses in a text become links, as Jinja2 makes them. The text is escaped for HTML first.

use super::text::escape;
use crate::template::engine::{Args, Bound, Eval, Fault, Session, Val};
use fancy_regex::Regex;
use std::rc::Rc;
use std::sync::LazyLock;

/// Brackets that enclose addresses and are no part of them.
const BRACKETS: [(&str, &str); 3] = [("(", ")"), ("<", ">"), ("&lt;", "&gt;")];

fn regex(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let named = r"(https?://|www\.)(([\w%-]+\.)+)?([a-z]{2,63}|xn--[\w%]{2,59})";
    let bare = r"([\w%-]{2,63}\.)+(com|net|int|edu|gov|org|info|mil)";
    let number = r"(https?://)((\d{1,3}(\.\d{1,3}){3})|(\[([\da-f]{0,4}:){2}([\da-f]{0,4}:?){1,6}]))";
    regex(&format!(r"(?i)^({named}|{bare}|{number})(?::\d{{1,5}})?(?:[/?#]\S*)?$"))
});
static MAIL: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"^\S+@\w[\w.-]*\.\w+$"));
static SCHEME: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"^([\w.+-]{2,}:/{0,2})$"));

fn is(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text).unwrap_or(false))
}

struct Links {
    limit: Option<usize>,
    attributes: String,
    schemes: Vec<String>,
}

pub(super) fn urlize(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let who = "urlize";
    let [limit, nofollow, target, rel, schemes] =
        args.bind(who, ["trim_url_limit", "nofollow", "target", "rel", "extra_schemes"])?;
    let limit = match limit.filter(|limit| !limit.is_null()) {
        Some(limit) => Some(usize::try_from(Some(limit).int(0)?).unwrap_or(0)),
        None => None,
    };
    let rel = rel.string()?.unwrap_or_default();
    let mut words: Vec<&str> = rel.split_whitespace().chain(["noopener"]).collect();
    if nofollow.flag(false)? {
        words.push("nofollow");
    }
    words.sort_unstable();
    words.dedup();
    let mut attributes = format!(" rel=\"{}\"", escape(&words.join(" ")));
    if let Some(target) = target.string()?.filter(|target| !target.is_empty()) {
        attributes.push_str(&format!(" target=\"{}\"", escape(&target)));
    }
    let schemes: Vec<String> = match schemes.filter(|schemes| !schemes.is_null()) {
        Some(schemes) => schemes.iterate()?.into_iter().map(|s| Ok(s.to_text()?.to_string())).collect::<Eval<_>>()?,
        None => Vec::new(),
    };
    if let Some(wrong) = schemes.iter().find(|scheme| !is(&SCHEME, scheme)) {
        return Err(Fault::new(format!("'{wrong}' is not a valid URI scheme prefix.")));
    }
    let links = Links { limit, attributes, schemes };
    let text = escape(&input.to_text()?);
    let mut out = String::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (word, more) = rest.split_at(end);
        out.push_str(&links.word(word));
        let spaces = more.len() - more.trim_start().len();
        out.push_str(&more[..spaces]);
        rest = &more[spaces..];
    }
    Ok(Val::from(out))
}

impl Links {
    fn word(&self, word: &str) -> String {
        let start = word.len() - trim_opening(word).len();
        let (head, middle) = word.split_at(start);
        let end = trim_closing(middle).len();
        let (mut middle, mut tail) = (middle[..end].to_owned(), &middle[end..]);
        // What opens within an address closes in it, too.
        for (open, close) in BRACKETS {
            let opened = middle.matches(open).count();
            if opened <= middle.matches(close).count() {
                continue;
            }
            for _ in 0..opened.min(tail.matches(close).count()) {
                let Some(at) = tail.find(close) else { break };
                middle.push_str(&tail[..at + close.len()]);
                tail = &tail[at + close.len()..];
            }
        }
        format!("{head}{}{tail}", self.link(&middle).unwrap_or(middle))
    }

    fn link(&self, text: &str) -> Option<String> {
        let attributes = &self.attributes;
        if is(&ADDRESS, text) {
            let scheme = if text.starts_with("https://") || text.starts_with("http://") { "" } else { "https://" };
            return Some(format!("<a href=\"{scheme}{text}\"{attributes}>{}</a>", self.trimmed(text)));
        }
        if let Some(mail) = text.strip_prefix("mailto:").filter(|mail| is(&MAIL, mail)) {
            return Some(format!("<a href=\"{text}\">{mail}</a>"));
        }
        let may_be_mail =
            text.contains('@') && !text.starts_with("www.") && !text.starts_with('@') && !text.contains(':');
        if may_be_mail && is(&MAIL, text) {
            return Some(format!("<a href=\"mailto:{text}\">{text}</a>"));
        }
        let known = self.schemes.iter().any(|scheme| text != scheme && text.starts_with(scheme.as_str()));
        known.then(|| format!("<a href=\"{text}\"{attributes}>{text}</a>"))
    }

    fn trimmed(&self, text: &str) -> String {
        match self.limit {
            Some(limit) if text.chars().count() > limit => {
                format!("{}...", text.chars().take(limit).collect::<String>())
            }
            _ => text.to_owned(),
        }
    }
}

fn trim_opening(mut text: &str) -> &str {
    while let Some(rest) = text.strip_prefix(['(', '<']).or_else(|| text.strip_prefix("&lt;")) {
        text = rest;
    }
    text
}

fn trim_closing(mut text: &str) -> &str {
    while let Some(rest) = text.strip_suffix([')', '>', '.', ',', '\n']).or_else(|| text.strip_suffix("&gt;")) {
        text = rest;
    }
    text
}
