//! The options of the lookup `url`: what the call says, otherwise a variable, otherwise the environment or `ansible.cfg`.

use super::super::config::{Choice, choice};
use crate::template::SettingName;
use crate::template::engine::{Args, Eval, Fault, Session};
use hostler_sdk::args::FromValue;
use hostler_sdk::{Map, Value};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

/// What a call of the lookup wants.
pub(super) struct Options {
    pub validate_certs: bool,
    pub split_lines: bool,
    pub use_proxy: bool,
    pub username: Option<String>,
    pub password: Option<String>,
    pub headers: Vec<(String, String)>,
    /// Whether caches on the way are to be passed by.
    pub force: bool,
    /// How long each step (connecting, the next piece of the answer) may take.
    pub timeout: Duration,
    pub http_agent: String,
    /// Whether the credentials are sent without being asked for.
    pub force_basic_auth: bool,
    pub follow_redirects: bool,
    pub use_netrc: bool,
    pub unix_socket: Option<PathBuf>,
    pub ca_path: Option<PathBuf>,
    /// Names of headers, in small letters, that stay with the first request.
    pub unredirected_headers: Vec<String>,
    pub ciphers: Vec<String>,
}

const fn of_url(option: &'static str, setting: &'static str, vars: &'static [&'static str]) -> Choice {
    choice(["lookup", "url", option], setting, None, vars)
}

/// The options that more than a call can set, for the lookup `config` as well.
#[rustfmt::skip]
pub(in super::super) const CHOICES: &[Choice] = &[
    of_url("force", "url_lookup_force", &["ansible_lookup_url_force"]),
    of_url("timeout", "url_lookup_timeout", &["ansible_lookup_url_timeout"]),
    of_url("http_agent", "url_lookup_agent", &["ansible_lookup_url_agent"]),
    of_url("force_basic_auth", "url_lookup_force_basic_auth", &["ansible_lookup_url_force_basic_auth"]),
    of_url("follow_redirects", "url_lookup_follow_redirects", &["ansible_lookup_url_follow_redirects"]),
    of_url("use_gssapi", "url_lookup_use_gssapi", &["ansible_lookup_url_use_gssapi"]),
    of_url("use_netrc", "url_lookup_use_netrc", &["ansible_lookup_url_use_netrc"]),
    of_url("unix_socket", "url_lookup_unix_socket", &["ansible_lookup_url_unix_socket"]),
    of_url("ca_path", "url_lookup_ca_path", &["ansible_lookup_url_ca_path"]),
    of_url("unredirected_headers", "url_lookup_unredirected_headers", &["ansible_lookup_url_unredir_headers"]),
    of_url("ciphers", "url_lookup_ciphers", &["ansible_lookup_url_ciphers"]),
];

impl Options {
    /// Takes the options of a call out of its arguments.
    pub fn take(session: &Rc<Session>, args: &mut Args) -> Eval<Options> {
        let mut asked = Asked { session, args };
        if asked.of("use_gssapi")?.unwrap_or(false) {
            let why = "`use_gssapi` needs the Kerberos libraries of the system, which Hostler does not use";
            return Err(Fault::new(why));
        }
        let follow_redirects = match asked.of::<String>("follow_redirects")?.as_deref() {
            None | Some("urllib2" | "all" | "yes" | "safe") => true,
            Some("none" | "no") => false,
            Some(other) => {
                return Err(Fault::new(format!(
                    "Invalid value '{other}' for config 'follow_redirects' for 'url' lookup plugin. Valid values are: all, none, safe, urllib2, no, yes"
                )));
            }
        };
        let timeout: f64 = asked.of("timeout")?.unwrap_or(10.0);
        let timeout = Duration::try_from_secs_f64(timeout).ok().filter(|limit| !limit.is_zero());
        let headers: Map = asked.of("headers")?.unwrap_or_default();
        let unredirected: Vec<String> = asked.of("unredirected_headers")?.unwrap_or_default();
        Ok(Options {
            validate_certs: asked.of("validate_certs")?.unwrap_or(true),
            split_lines: asked.of("split_lines")?.unwrap_or(true),
            use_proxy: asked.of("use_proxy")?.unwrap_or(true),
            username: asked.of("username")?,
            password: asked.of("password")?,
            headers: headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
            force: asked.of("force")?.unwrap_or(false),
            timeout: timeout.ok_or_else(|| Fault::new("`timeout` must be a number of seconds above 0"))?,
            http_agent: asked.of("http_agent")?.unwrap_or_else(|| "ansible-httpget".to_owned()),
            force_basic_auth: asked.of("force_basic_auth")?.unwrap_or(false),
            follow_redirects,
            use_netrc: asked.of("use_netrc")?.unwrap_or(true),
            unix_socket: asked.of::<String>("unix_socket")?.filter(|path| !path.is_empty()).map(PathBuf::from),
            ca_path: asked.of::<String>("ca_path")?.filter(|path| !path.is_empty()).map(PathBuf::from),
            unredirected_headers: unredirected.into_iter().map(|name| name.to_lowercase()).collect(),
            ciphers: asked.of("ciphers")?.unwrap_or_default(),
        })
    }
}

struct Asked<'a> {
    session: &'a Rc<Session>,
    args: &'a mut Args,
}

impl Asked<'_> {
    /// An option's value; `None` when nobody set it.
    fn of<T: FromValue>(&mut self, name: &str) -> Eval<Option<T>> {
        let Some(value) = self.find(name)? else { return Ok(None) };
        T::from_value(&value)
            .map(Some)
            .map_err(|why| Fault::new(format!("Config '{name}' for 'url' lookup plugin has an invalid value: {why}")))
    }

    fn find(&mut self, name: &str) -> Eval<Option<Value>> {
        if let Some(value) = self.args.take(name).filter(|value| !value.is_null()) {
            return value.strict()?.to_value().map(Some);
        }
        let Some(choice) = CHOICES.iter().find(|choice| choice.option == name) else { return Ok(None) };
        for variable in choice.vars {
            if let Some(value) = self.session.var(variable) {
                return value.strict()?.to_value().map(Some);
            }
        }
        let Some(read) = &self.session.shared.options.setting else { return Ok(None) };
        Ok(read(SettingName::Own(choice.setting)).map(|(value, _)| value).filter(|value: &Value| !value.is_null()))
    }
}
