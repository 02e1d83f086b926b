//! The proxy of a request, as the environment names it: `http_proxy`, `https_proxy`, `no_proxy`, as Python reads them.

use super::fetch::{Failure, basic};
use http::HeaderValue;
use url::Url;

/// A proxy that speaks HTTP.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Proxy {
    /// Host and port to connect to.
    pub host: String,
    pub port: u16,
    /// What `Proxy-Authorization` says.
    pub authorization: Option<HeaderValue>,
}

/// The proxy for `url`; `read` gives variables of the environment.
///
/// # Errors
/// The proxy's own URL is of a kind that is not supported.
pub(super) fn find(url: &Url, read: impl Fn(&str) -> Option<String>) -> Result<Option<Proxy>, Failure> {
    // Small letters count more; set to nothing, they say that there is none.
    let variable = |name: &str| {
        read(name).or_else(|| {
            // A web server puts a client's header `Proxy:` into this variable of its programs.
            let foreign = name == "http_proxy" && read("REQUEST_METHOD").is_some();
            if foreign { None } else { read(&name.to_uppercase()) }
        })
    };
    let Some(named) = variable(&format!("{}_proxy", url.scheme())).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if variable("no_proxy").is_some_and(|list| is_excepted(url, &list)) {
        return Ok(None);
    }
    let whole = if named.contains("://") { named } else { format!("http://{named}") };
    let refused = |why: &str| Failure::Other(format!("the proxy `{}` cannot be used: {why}", super::masked(&whole)));
    let proxy = Url::parse(&whole).map_err(|e| refused(&e.to_string()))?;
    if proxy.scheme() != "http" {
        return Err(refused("only proxies of the kind `http://` are supported"));
    }
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let authorization = match (proxy.username(), proxy.password()) {
        ("", None) => None,
        (user, password) => Some(basic(&decoded(user), &decoded(password.unwrap_or_default()))?),
    };
    let host = proxy.host_str().ok_or_else(|| refused("it names no host"))?.to_owned();
    Ok(Some(Proxy { host, port: proxy.port_or_known_default().unwrap_or(80), authorization }))
}

/// Whether `no_proxy` names the host, or a domain it is in.
fn is_excepted(url: &Url, list: &str) -> bool {
    let Some(host) = url.host_str().map(str::to_lowercase) else { return false };
    let with_port = url.port().map(|port| format!("{host}:{port}"));
    list == "*"
        || list.split(',').map(|name| name.trim().trim_start_matches('.').to_lowercase()).any(|name| {
            let is_in = |whole: &str| whole.strip_suffix(&name).is_some_and(|r| r.is_empty() || r.ends_with('.'));
            !name.is_empty() && (is_in(&host) || with_port.as_deref().is_some_and(is_in))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(url: &str, variables: &[(&str, &str)]) -> Option<String> {
        let read = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        let proxy = find(&Url::parse(url).unwrap(), read).unwrap_or_else(|_| panic!("{url}"))?;
        let auth = proxy.authorization.map(|a| format!(" {}", a.to_str().unwrap())).unwrap_or_default();
        Some(format!("{}:{}{auth}", proxy.host, proxy.port))
    }

    #[test]
    fn proxies_come_from_the_environment() {
        let http = ("http_proxy", "http://p:3128");
        assert_eq!(found("http://h/", &[http]).as_deref(), Some("p:3128"));
        assert_eq!(found("https://h/", &[http]), None);
        assert_eq!(found("https://h/", &[("HTTPS_PROXY", "u:p%40@q")]).as_deref(), Some("q:80 Basic dTpwQA=="));
        assert_eq!(found("http://h/", &[("http_proxy", ""), ("HTTP_PROXY", "p:1")]), None);
        assert_eq!(found("http://h/", &[("REQUEST_METHOD", "GET"), ("HTTP_PROXY", "p:1")]), None);
        for (list, through) in
            [("h", false), ("*", false), ("x, .h", false), ("b.h", true), ("ah", true), ("h:81", true), ("", true)]
        {
            assert_eq!(found("http://a.h/", &[http, ("no_proxy", list)]).is_some(), through, "{list}");
        }
        assert_eq!(found("http://h:81/", &[http, ("NO_PROXY", "h:81")]), None);
        assert!(find(&Url::parse("http://h/").unwrap(), |n| (n == "http_proxy").then(|| "socks5://p".into())).is_err());
    }
}
