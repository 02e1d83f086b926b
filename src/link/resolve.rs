//! From variables, keywords and settings to a [`Target`]: the `ansible_*` connection variables of a host, with Ansible's
//! precedence. What Ansible hands to ssh as options goes through the same list of options here, so that
//! `ansible_ssh_common_args` and `~/.ssh/config` rank as they do there.

use super::openssh;
use super::ssh::login_name;
use super::ssh::options::SshOptions;
use super::{Connection, HostKeyPolicy, LinkOptions, Password, Target};
use crate::diagnostic::{Diagnostic, Result};
use hostler_sdk::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Reads a variable of a host, rendered; `None` when it is not defined.
pub type Lookup<'a> = dyn FnMut(&str) -> Result<Option<Value>> + 'a;

/// Keywords of a task that say how its host is reached, rendered.
#[derive(Clone, Debug, Default)]
pub struct ConnectionKeywords {
    /// `connection:`
    pub connection: Option<String>,
    /// `port:`
    pub port: Option<u16>,
    /// `remote_user:`
    pub remote_user: Option<String>,
}

impl Target {
    /// How host `name` is reached. Variables win over keywords, keywords over `options`.
    pub fn resolve(
        name: &str,
        vars: &mut Lookup<'_>,
        keywords: &ConnectionKeywords,
        options: &LinkOptions,
    ) -> Result<Target> {
        let connection = match text(vars, &["ansible_connection"])? {
            Some(kind) => kind,
            None => keywords.connection.clone().unwrap_or_else(|| options.connection.clone()),
        };
        let address = text(vars, &["ansible_host", "ansible_ssh_host"])?.unwrap_or_else(|| name.to_owned());
        let mut target = Target::ssh(name, &address, "");
        target.connection = kind(name, &connection)?;
        target.backend = options.backend;
        target.cache_dir = options.cache_dir.clone();
        target.no_cache = options.no_cache;
        target.timeout = options.timeout;
        if let Some(seconds) = number(vars, &["ansible_timeout", "ansible_ssh_timeout"])? {
            target.timeout = Duration::from_secs(seconds);
        }
        target.retries = match number(vars, &["ansible_ssh_retries"])? {
            Some(retries) => u32::try_from(retries).unwrap_or(u32::MAX),
            None => options.retries,
        };
        if target.connection == Connection::Local {
            return Ok(target);
        }
        check_name(name, "address", &address)?;
        if target.connection == Connection::OpenSsh {
            return openssh::resolve(target, vars, keywords, options);
        }
        let given = Given::read(vars, keywords, options, &target)?;
        given.apply(&mut target, vars, options)?;
        Ok(target)
    }
}

/// What becomes options of ssh, in the order Ansible puts them on its command line: the first value of an option wins.
struct Given(SshOptions);

impl Given {
    fn read(
        vars: &mut Lookup<'_>,
        keywords: &ConnectionKeywords,
        settings: &LinkOptions,
        target: &Target,
    ) -> Result<Self> {
        let mut list = SshOptions::default();
        let [ssh_args, rest @ ..] = &settings.ssh_args;
        list.extend_args(&text(vars, &["ansible_ssh_args"])?.unwrap_or_else(|| ssh_args.clone()))?;
        let checking = truth(vars, &["ansible_host_key_checking", "ansible_ssh_host_key_checking"])?;
        match (checking, settings.host_keys) {
            (Some(false), _) | (None, HostKeyPolicy::Off) => list.set("StrictHostKeyChecking", "no"),
            (_, HostKeyPolicy::AcceptNew) => list.set("StrictHostKeyChecking", "accept-new"),
            _ => {}
        }
        let port = number(vars, &["ansible_port", "ansible_ssh_port"])?;
        if let Some(port) = port.or(keywords.port.map(u64::from)).or(settings.port.map(u64::from)) {
            list.set("Port", &port.to_string());
        }
        let key = text(vars, &["ansible_private_key_file", "ansible_ssh_private_key_file"])?.map(PathBuf::from);
        if let Some(file) = key.as_ref().or(settings.key_file.as_ref()) {
            list.set("IdentityFile", &file.to_string_lossy());
        }
        let user = text(vars, &["ansible_user", "ansible_ssh_user"])?;
        if let Some(user) = user.or_else(|| keywords.remote_user.clone()).or_else(|| settings.user.clone()) {
            list.set("User", &user);
        }
        list.set("ConnectTimeout", &target.timeout.as_secs().max(1).to_string());
        for (variable, default) in ["ansible_ssh_common_args", "ansible_ssh_extra_args"].into_iter().zip(rest) {
            list.extend_args(&text(vars, &[variable])?.unwrap_or_else(|| default.clone()))?;
        }
        match list.config_file() {
            Some(file) => list.extend_config(&super::ssh::config::SshConfig::load(Path::new(&file))?, target),
            None => list.extend_config(&settings.ssh_config, target),
        }
        Ok(Given(list))
    }

    fn apply(&self, target: &mut Target, vars: &mut Lookup<'_>, settings: &LinkOptions) -> Result<()> {
        self.0.apply(target)?;
        if target.user.is_empty() {
            target.user = login_name();
        }
        check_name(&target.name, "user", &target.user)?;
        target.password = secret(vars, &["ansible_password", "ansible_ssh_pass", "ansible_ssh_password"])?
            .or_else(|| settings.password.clone());
        target.key_text = secret(vars, &["ansible_private_key", "ansible_ssh_private_key"])?;
        target.passphrase = secret(vars, &["ansible_private_key_passphrase", "ansible_ssh_private_key_passphrase"])?;
        Ok(())
    }
}

fn kind(host: &str, connection: &str) -> Result<Connection> {
    match connection.rsplit('.').next().unwrap_or(connection) {
        "ssh" | "smart" | "paramiko" | "paramiko_ssh" => Ok(Connection::Ssh),
        "openssh" => Ok(Connection::OpenSsh),
        "local" => Ok(Connection::Local),
        _ => Err(Diagnostic::error(format!("the connection plugin `{connection}` of host `{host}` is not supported"))
            .hint("hosts are reached by `ssh`, `openssh` or `local`")
            .boxed()),
    }
}

/// Names that go into commands or tokens hold nothing a shell or a terminal could take for more than a name.
pub(super) fn check_name(host: &str, what: &str, name: &str) -> Result<()> {
    let bad = name.is_empty()
        || name.starts_with('-')
        || name.chars().any(|c| c.is_control() || c.is_whitespace() || "'`\"\\$;&<>|(){}*?!#".contains(c));
    if !bad {
        return Ok(());
    }
    Err(Diagnostic::error(format!("`{}` is no {what} to connect to", name.escape_debug()))
        .note(format!("host `{host}`"))
        .boxed())
}

/// The last of `names` that is defined, as Ansible ranks several names of one option.
fn last(vars: &mut Lookup<'_>, names: &[&str]) -> Result<Option<(String, Value)>> {
    for name in names.iter().rev() {
        match vars(name)? {
            None | Some(Value::Null) => {}
            Some(value) => return Ok(Some(((*name).to_owned(), value))),
        }
    }
    Ok(None)
}

pub(super) fn text(vars: &mut Lookup<'_>, names: &[&str]) -> Result<Option<String>> {
    Ok(last(vars, names)?.map(|(_, value)| value.to_string()).filter(|text| !text.is_empty()))
}

pub(super) fn secret(vars: &mut Lookup<'_>, names: &[&str]) -> Result<Option<Password>> {
    Ok(text(vars, names)?.map(Password::new))
}

pub(super) fn truth(vars: &mut Lookup<'_>, names: &[&str]) -> Result<Option<bool>> {
    let Some((name, value)) = last(vars, names)? else { return Ok(None) };
    match &value {
        Value::Bool(truth) => Ok(Some(*truth)),
        other => match other.to_string().trim().to_lowercase().as_str() {
            "yes" | "true" | "on" | "1" | "y" | "t" | "1.0" => Ok(Some(true)),
            "no" | "false" | "off" | "0" | "n" | "f" | "0.0" | "" => Ok(Some(false)),
            _ => Err(Diagnostic::error(format!("`{name}` should be true or false, and is `{other}`")).boxed()),
        },
    }
}

pub(super) fn number(vars: &mut Lookup<'_>, names: &[&str]) -> Result<Option<u64>> {
    let Some((name, value)) = last(vars, names)? else { return Ok(None) };
    match value.to_string().trim().parse() {
        Ok(number) => Ok(Some(number)),
        Err(_) => Err(Diagnostic::error(format!("`{name}` should be a number, and is `{value}`")).boxed()),
    }
}
