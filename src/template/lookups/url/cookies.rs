//! Cookies within one chain of redirects: what a server sets comes back to that very server on the way. Nothing is kept
//! afterwards, and a cookie never goes to another host, whatever domain it names.

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use url::Url;

struct Cookie {
    host: String,
    path: String,
    /// Whether it travels encrypted only.
    secure: bool,
    name: String,
    value: String,
}

/// The cookies of a chain.
#[derive(Default)]
pub(super) struct Cookies(Vec<Cookie>);

impl Cookies {
    /// Takes in one `Set-Cookie` of the answer for `url`.
    pub fn store(&mut self, url: &Url, set: &str) {
        let mut parts = set.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { return };
        let below = url.path().rfind('/').filter(|at| *at > 0).map_or("/", |at| &url.path()[..at]);
        let mut cookie = Cookie {
            host: url.host_str().unwrap_or_default().to_owned(),
            path: below.to_owned(),
            secure: false,
            name: name.trim().to_owned(),
            value: value.trim().to_owned(),
        };
        let mut gone = cookie.name.is_empty();
        for attribute in parts {
            let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            match key.trim().to_lowercase().as_str() {
                "path" if value.starts_with('/') => value.clone_into(&mut cookie.path),
                "secure" => cookie.secure = true,
                "max-age" => gone |= value.trim().parse::<i64>().is_ok_and(|seconds| seconds <= 0),
                "expires" => gone |= rfc2822::parse(value).is_ok_and(|end| end.timestamp() <= Timestamp::now()),
                _ => {}
            }
        }
        self.0.retain(|c| (&c.host, &c.path, &c.name) != (&cookie.host, &cookie.path, &cookie.name));
        if !gone {
            self.0.push(cookie);
        }
    }

    /// What `Cookie` says in a request for `url`.
    pub fn header(&self, url: &Url) -> Option<String> {
        let below = |path: &str| {
            let rest = url.path().strip_prefix(path);
            rest.is_some_and(|rest| rest.is_empty() || path.ends_with('/') || rest.starts_with('/'))
        };
        let fits = |c: &&Cookie| {
            url.host_str() == Some(c.host.as_str()) && below(&c.path) && (!c.secure || url.scheme() == "https")
        };
        let pairs: Vec<String> = self.0.iter().filter(fits).map(|c| format!("{}={}", c.name, c.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_go_back_where_they_came_from() {
        let url = |text: &str| Url::parse(text).unwrap();
        let mut jar = Cookies::default();
        for set in [
            "a=1; Path=/",
            "b=2",
            "s=3; Path=/; Secure",
            "gone=4; Path=/",
            "gone=; Path=/; Max-Age=0",
            "old=5; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "wide=6; Domain=h; Path=/x/",
            "nonsense",
        ] {
            jar.store(&url("http://a.h/x/y"), set);
        }
        let said = |text: &str| jar.header(&url(text)).unwrap_or_default();
        assert_eq!(said("http://a.h/"), "a=1");
        assert_eq!(said("http://a.h/x/z"), "a=1; b=2; wide=6");
        assert_eq!(said("http://a.h/xy"), "a=1");
        assert_eq!(said("https://a.h/"), "a=1; s=3");
        assert_eq!(said("http://b.h/x/z"), "");
    }
}
