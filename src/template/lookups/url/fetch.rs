//! A URL's content: credentials, the request, its redirects and challenges as Python's `urllib` with Ansible's options goes
//! through them.

use super::cookies::Cookies;
use super::options::Options;
use super::proxy::{self, Proxy};
use super::way::{Answer, Way};
use super::{digest, local, netrc, tls};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_ENCODING, COOKIE, LOCATION, SET_COOKIE, USER_AGENT,
    WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use std::collections::HashMap;
use std::io::Read;
use url::Url;

/// The largest content, in bytes, also after it was decompressed.
pub(super) const LIMIT: u64 = 128 * 1024 * 1024;

/// Why there is no content.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server said so: status and reason.
    Http(String),
    /// The server was not reached.
    Unreached(String),
    /// Anything else, a sentence.
    Other(String),
}

/// The content of a URL, which must be UTF-8 text.
pub(super) fn text(url: &str, options: &Options) -> Result<String, Failure> {
    let bytes = bytes(url, options)?;
    if bytes.len() as u64 > LIMIT {
        return Err(Failure::Other(format!("the content is larger than {LIMIT} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| Failure::Other("the content is not UTF-8 text".to_owned()))
}

fn bytes(url: &str, options: &Options) -> Result<Vec<u8>, Failure> {
    let Some((scheme, rest)) = url.split_once(':') else {
        return Err(Failure::Other(format!("unknown url type: '{url}'")));
    };
    match scheme.to_lowercase().as_str() {
        "http" | "https" => {}
        "file" => return local::file(rest),
        "data" => return local::data(rest),
        "ftp" => return Err(Failure::Unreached("FTP is not supported; use `http`, `https`, `file` or `data`".into())),
        other => return Err(Failure::Unreached(format!("unknown url type: {other}"))),
    }
    if let Some(odd) = url.chars().find(|c| *c <= ' ' || *c == '\x7f') {
        let why = format!(
            "URL can't contain control characters. (found at least {})",
            hostler_sdk::Value::from(odd.to_string()).repr()
        );
        return Err(Failure::Other(why));
    }
    let url = Url::parse(url).map_err(|e| Failure::Other(format!("the URL cannot be read: {e}")))?;
    // A thread of its own, because the one that renders may be a thread of another runtime.
    let fetched = std::thread::scope(|scope| {
        let fetching = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|e| Failure::Other(format!("could not start: {e}")))?;
            let fetched = runtime.block_on(Chain::new(url, options)?.follow());
            // A name that is still being resolved is not waited for.
            runtime.shutdown_background();
            fetched
        });
        fetching.join()
    });
    fetched.unwrap_or_else(|_| Err(Failure::Other("the request ended in a fault of the program".to_owned())))
}

/// `Basic` and the credentials.
pub(super) fn basic(user: &str, password: &str) -> Result<HeaderValue, Failure> {
    let said = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
    let mut value = HeaderValue::from_str(&said).map_err(|e| Failure::Other(e.to_string()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// A request and those its redirects lead to.
struct Chain<'a> {
    options: &'a Options,
    url: Url,
    /// Headers of each request.
    headers: HeaderMap,
    /// Headers of this request only.
    once: HeaderMap,
    /// Credentials for when the server asks, and where they belong.
    credentials: Option<(String, String, String)>,
    cookies: Cookies,
    seen: HashMap<String, u32>,
}

impl<'a> Chain<'a> {
    fn new(mut url: Url, options: &'a Options) -> Result<Self, Failure> {
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let own = match (&options.username, url.username(), url.password()) {
            (Some(user), _, _) if !user.is_empty() => {
                Some((user.clone(), options.password.clone().unwrap_or_default()))
            }
            (_, "", None) => None,
            (_, user, password) => Some((decoded(user), decoded(password.unwrap_or_default()))),
        };
        // Neither can fail: the URL has a host.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let mut chain = Chain {
            options,
            headers: HeaderMap::new(),
            once: HeaderMap::new(),
            credentials: None,
            cookies: Cookies::default(),
            seen: HashMap::new(),
            url,
        };
        chain.headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        chain.say("User-Agent", &options.http_agent)?;
        if options.force {
            chain.say("Cache-Control", "no-cache")?;
        }
        for (name, value) in &options.headers {
            chain.say(name, value)?;
        }
        chain.headers.insert(CONNECTION, HeaderValue::from_static("close"));
        match own {
            Some((user, password)) if options.force_basic_auth => chain.authorize(&user, &password)?,
            Some((user, password)) => chain.credentials = Some((user, password, authority(&chain.url))),
            None if options.use_netrc => {
                let login = netrc::find(chain.url.host_str().unwrap_or_default()).map_err(Failure::Other)?;
                if let Some((user, password)) = login {
                    chain.authorize(&user, &password)?;
                }
            }
            None => {}
        }
        Ok(chain)
    }

    fn authorize(&mut self, user: &str, password: &str) -> Result<(), Failure> {
        let whom = if self.options.unredirected_headers.iter().any(|name| name == "authorization") {
            &mut self.once
        } else {
            &mut self.headers
        };
        whom.insert(AUTHORIZATION, basic(user, password)?);
        Ok(())
    }

    fn say(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        let wrong = |what: &str| Failure::Other(format!("the {what} of the header `{name}` cannot be sent"));
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong("name"))?;
        if value.is_empty() && key == USER_AGENT {
            return Ok(());
        }
        let value = HeaderValue::from_str(value).map_err(|_| wrong("value"))?;
        let once = self.options.unredirected_headers.iter().any(|held| held == key.as_str());
        if once { &mut self.once } else { &mut self.headers }.insert(key, value);
        Ok(())
    }

    async fn follow(mut self) -> Result<Vec<u8>, Failure> {
        let tls = match self.url.scheme() {
            "https" => Some(tls::config(self.options)?),
            _ => None,
        };
        let mut tls = tls;
        let mut answered = false;
        loop {
            if self.url.scheme() == "https" && tls.is_none() {
                tls = Some(tls::config(self.options)?);
            }
            let way = Way {
                timeout: self.options.timeout,
                unix_socket: self.options.unix_socket.as_deref(),
                proxy: self.proxy()?,
                tls: tls.clone().filter(|_| self.url.scheme() == "https"),
            };
            let answer = way.get(&self.url, self.request()?).await?;
            for set in answer.headers.get_all(SET_COOKIE).iter().filter_map(|set| set.to_str().ok()) {
                self.cookies.store(&self.url, set);
            }
            match answer.status {
                200..=299 => {
                    let packed = answer
                        .headers
                        .get(CONTENT_ENCODING)
                        .is_some_and(|e| e.as_bytes().eq_ignore_ascii_case(b"gzip"));
                    let body = way.body(answer).await?;
                    return if packed { unpacked(&body) } else { Ok(body) };
                }
                401 if !answered => match self.answer_to(&answer)? {
                    Some(said) => {
                        self.once.insert(AUTHORIZATION, said);
                        answered = true;
                    }
                    None => return Err(refused(&answer, "")),
                },
                301 | 302 | 303 | 307 | 308 if self.options.follow_redirects => {
                    self.redirect(&answer)?;
                    answered = false;
                }
                _ => return Err(refused(&answer, "")),
            }
        }
    }

    fn proxy(&self) -> Result<Option<Proxy>, Failure> {
        if !self.options.use_proxy {
            return Ok(None);
        }
        proxy::find(&self.url, |name| std::env::var(name).ok())
    }

    /// The headers of the next request.
    fn request(&self) -> Result<HeaderMap, Failure> {
        let mut headers = self.headers.clone();
        headers.extend(self.once.clone());
        if let Some(cookies) = self.cookies.header(&self.url)
            && !headers.contains_key(COOKIE)
        {
            let said = HeaderValue::from_str(&cookies);
            headers.insert(COOKIE, said.map_err(|_| Failure::Other("a cookie cannot be sent".to_owned()))?);
        }
        Ok(headers)
    }

    /// What `Authorization` says to a server that asked; `None` when there is nothing to say to it.
    fn answer_to(&self, answer: &Answer) -> Result<Option<HeaderValue>, Failure> {
        let Some((user, password, place)) = &self.credentials else { return Ok(None) };
        if *place != authority(&self.url) {
            return Ok(None);
        }
        let asked: Vec<&str> =
            answer.headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|v| v.to_str().ok()).collect();
        let of = |kind: &str| {
            asked.iter().find(|said| said.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case(kind)))
        };
        if let Some(challenge) = of("digest") {
            let mut nonce = [0; 8];
            getrandom::fill(&mut nonce).map_err(|e| Failure::Other(e.to_string()))?;
            let path = format!("{}{}", self.url.path(), self.url.query().map(|q| format!("?{q}")).unwrap_or_default());
            if let Some(said) = digest::answer(challenge, [user, password], &path, &hex::encode(nonce)) {
                return HeaderValue::from_str(&said).map(Some).map_err(|e| Failure::Other(e.to_string()));
            }
        }
        of("basic").map(|_| basic(user, password)).transpose()
    }

    /// Goes where an answer sends us.
    fn redirect(&mut self, answer: &Answer) -> Result<(), Failure> {
        let Some(place) = answer.headers.get(LOCATION).and_then(|place| place.to_str().ok()) else {
            return Err(refused(answer, ""));
        };
        let place = place.replace(' ', "%20");
        let next = self.url.join(&place).map_err(|e| refused(answer, &format!(" - {e}")))?;
        if !["http", "https"].contains(&next.scheme()) {
            return Err(refused(answer, &format!(" - Redirection to url '{place}' is not allowed")));
        }
        // urllib's limits: the same place four times, ten places.
        let repeated = self.seen.get(next.as_str()).copied().unwrap_or(0);
        if repeated >= 4 || self.seen.len() >= 10 {
            let Answer { status, reason, .. } = answer;
            return Err(Failure::Http(format!(
                "{status}: The HTTP server returned a redirect error that would lead to an infinite loop.\nThe last 30x error message was:\n{reason}"
            )));
        }
        self.seen.insert(next.to_string(), repeated + 1);
        self.once.clear();
        // Credentials belong to the server they were meant for. (urllib hands them on.)
        if !same_server(&self.url, &next) {
            self.headers.remove(AUTHORIZATION);
            self.headers.remove(COOKIE);
        }
        self.url = next;
        Ok(())
    }
}

fn refused(answer: &Answer, more: &str) -> Failure {
    Failure::Http(format!("{}: {}{more}", answer.status, answer.reason))
}

fn authority(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(0))
}

/// Whether `next` is the same server; the usual change to https on the same host is.
fn same_server(url: &Url, next: &Url) -> bool {
    let secured = (url.scheme(), next.scheme(), url.port(), next.port()) == ("http", "https", None, None);
    url.origin() == next.origin() || (secured && url.host_str() == next.host_str())
}

fn unpacked(body: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let reader = flate2::read::MultiGzDecoder::new(body);
    let read = reader.take(LIMIT + 1).read_to_end(&mut bytes);
    read.map_err(|e| Failure::Other(format!("the answer is said to be gzip, but cannot be unpacked: {e}")))?;
    Ok(bytes)
}
