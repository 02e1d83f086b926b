//! The way of one request: a connection to the server, its socket file or its proxy, TLS where it is wanted, and HTTP/1.1 by
//! hyper. Every step must be done within the timeout, and an answer must not be larger than the limit.

use super::fetch::{Failure, LIMIT};
use super::proxy::Proxy;
use http::header::{HOST, PROXY_AUTHORIZATION};
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use url::Url;

/// The largest head of an answer, in bytes.
const HEAD: usize = 64 * 1024;

/// How a request travels.
pub(super) struct Way<'a> {
    pub timeout: Duration,
    pub unix_socket: Option<&'a Path>,
    pub proxy: Option<Proxy>,
    /// For `https`.
    pub tls: Option<Arc<ClientConfig>>,
}

/// An answer as far as it is looked at.
pub(super) struct Answer {
    pub status: u16,
    /// What stands behind the status.
    pub reason: String,
    pub headers: HeaderMap,
    body: Incoming,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Way<'_> {
    /// Sends a GET and waits for the head of the answer.
    pub async fn get(&self, url: &Url, mut headers: HeaderMap) -> Result<Answer, Failure> {
        let host = url.host_str().ok_or_else(|| Failure::Unreached("no host given".to_owned()))?;
        let port = url.port_or_known_default().unwrap_or(80);
        let path = format!("{}{}", url.path(), url.query().map(|q| format!("?{q}")).unwrap_or_default());
        let mut target = path;
        let stream = match (&self.unix_socket, &self.proxy) {
            (Some(path), _) => self.file(path).await?,
            (None, None) => self.connect(host, port).await?,
            (None, Some(proxy)) => {
                let stream = self.connect(&proxy.host, proxy.port).await?;
                if self.tls.is_some() {
                    self.tunnel(stream, proxy, &format!("{host}:{port}")).await?
                } else {
                    target = format!("http://{}{target}", authority(url));
                    headers.extend(proxy.authorization.clone().map(|said| (PROXY_AUTHORIZATION, said)));
                    stream
                }
            }
        };
        let stream = match &self.tls {
            Some(config) => self.secure(stream, config, host).await?,
            None => stream,
        };
        let wrong = |e: String| Failure::Other(format!("the URL cannot be requested: {e}"));
        let uri: Uri = target.parse().map_err(|e: http::uri::InvalidUri| wrong(e.to_string()))?;
        let mut request = Request::new(Empty::<Bytes>::new());
        *request.uri_mut() = uri;
        if !headers.contains_key(HOST) {
            let named = HeaderValue::from_str(&authority(url)).map_err(|e| wrong(e.to_string()))?;
            headers.insert(HOST, named);
        }
        *request.headers_mut() = headers;
        self.send(stream, request).await
    }

    async fn send(&self, stream: Box<dyn Stream>, request: Request<Empty<Bytes>>) -> Result<Answer, Failure> {
        let mut builder = http1::Builder::new();
        builder.title_case_headers(true).max_buf_size(HEAD);
        let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(|e| broken(&e))?;
        tokio::spawn(connection.with_upgrades());
        let answer = self.limited(sender.send_request(request)).await?.map_err(|e| broken(&e))?;
        let (parts, body) = answer.into_parts();
        let said = parts.extensions.get::<hyper::ext::ReasonPhrase>();
        let reason = match said {
            Some(said) => String::from_utf8_lossy(said.as_bytes()).into_owned(),
            None => parts.status.canonical_reason().unwrap_or_default().to_owned(),
        };
        Ok(Answer { status: parts.status.as_u16(), reason, headers: parts.headers, body })
    }

    /// The whole body; it must end where the server said that it would.
    pub async fn body(&self, answer: Answer) -> Result<Vec<u8>, Failure> {
        let mut body = answer.body;
        let mut bytes = Vec::new();
        while let Some(frame) = self.limited(body.frame()).await? {
            if let Ok(data) = frame.map_err(|e| broken(&e))?.into_data() {
                bytes.extend_from_slice(&data);
            }
            if bytes.len() as u64 > LIMIT {
                break;
            }
        }
        Ok(bytes)
    }

    async fn connect(&self, host: &str, port: u16) -> Result<Box<dyn Stream>, Failure> {
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let addresses = self.connecting(tokio::net::lookup_host((name, port))).await?;
        let mut last = Failure::Unreached("the name has no address".to_owned());
        for address in addresses {
            match self.connecting(TcpStream::connect(address)).await {
                Ok(stream) => return Ok(Box::new(stream)),
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }

    async fn file(&self, path: &Path) -> Result<Box<dyn Stream>, Failure> {
        match self.connecting(UnixStream::connect(path)).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(Failure::Unreached(why)) => {
                Err(Failure::Unreached(format!("Invalid Socket File ({}): {why}", path.display())))
            }
            Err(other) => Err(other),
        }
    }

    /// Asks a proxy for a way through to `target`.
    async fn tunnel(&self, stream: Box<dyn Stream>, proxy: &Proxy, target: &str) -> Result<Box<dyn Stream>, Failure> {
        let mut request = Request::new(Empty::<Bytes>::new());
        let wrong = |e: String| Failure::Other(format!("the proxy cannot be asked for `{target}`: {e}"));
        *request.method_mut() = Method::CONNECT;
        *request.uri_mut() = target.parse().map_err(|e: http::uri::InvalidUri| wrong(e.to_string()))?;
        let host = HeaderValue::from_str(target).map_err(|e| wrong(e.to_string()))?;
        request.headers_mut().insert(HOST, host);
        request.headers_mut().extend(proxy.authorization.clone().map(|said| (PROXY_AUTHORIZATION, said)));
        let (mut sender, connection) =
            http1::Builder::new().max_buf_size(HEAD).handshake(TokioIo::new(stream)).await.map_err(|e| broken(&e))?;
        tokio::spawn(connection.with_upgrades());
        let answer = self.limited(sender.send_request(request)).await?.map_err(|e| broken(&e))?;
        let status = answer.status();
        if !status.is_success() {
            let reason = status.canonical_reason().unwrap_or_default();
            return Err(Failure::Unreached(format!("Tunnel connection failed: {} {reason}", status.as_u16())));
        }
        let through = hyper::upgrade::on(answer).await.map_err(|e| broken(&e))?;
        Ok(Box::new(TokioIo::new(through)))
    }

    async fn secure(
        &self,
        stream: Box<dyn Stream>,
        config: &Arc<ClientConfig>,
        host: &str,
    ) -> Result<Box<dyn Stream>, Failure> {
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(name).map_err(|e| Failure::Unreached(e.to_string()))?;
        let shaking = TlsConnector::from(config.clone()).connect(name, stream);
        match tokio::time::timeout(self.timeout, shaking).await {
            Err(_) => Err(Failure::Unreached("timed out".to_owned())),
            Ok(Ok(stream)) => Ok(Box::new(stream)),
            Ok(Err(e)) => Err(Failure::Unreached(match e.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>()) {
                Some(rustls::Error::InvalidCertificate(why)) => {
                    format!("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {why}")
                }
                Some(other) => format!("[SSL] {other}"),
                None => errno(&e),
            })),
        }
    }

    /// A step of connecting within the timeout.
    async fn connecting<T>(&self, step: impl Future<Output = std::io::Result<T>>) -> Result<T, Failure> {
        match tokio::time::timeout(self.timeout, step).await {
            Ok(done) => done.map_err(|e| Failure::Unreached(errno(&e))),
            Err(_) => Err(Failure::Unreached("timed out".to_owned())),
        }
    }

    /// A step after that within the timeout.
    async fn limited<T>(&self, step: impl Future<Output = T>) -> Result<T, Failure> {
        tokio::time::timeout(self.timeout, step).await.map_err(|_| Failure::Other("timed out".to_owned()))
    }
}

/// Host and port as `Host` names them.
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn broken(error: &hyper::Error) -> Failure {
    use std::error::Error;
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    Failure::Other(format!("the server's answer could not be read: {error}{cause}"))
}

/// An error of the system as Python prints it: `[Errno 111] Connection refused`.
pub(super) fn errno(error: &std::io::Error) -> String {
    match error.raw_os_error() {
        Some(number) => {
            let text = error.to_string();
            format!("[Errno {number}] {}", text.split(" (os error").next().unwrap_or_default())
        }
        None => error.to_string(),
    }
}
