//! Options of ssh, from lines like `ansible_ssh_common_args` and from `~/.ssh/config`: those with a meaning here, those
//! that are accepted because there is nothing for them to do, and for all others a clear refusal.

use super::agent;
use super::algorithms::Algorithms;
use super::config::{Pair, SshConfig};
use super::tokens::{Tokens, login_name};
use crate::diagnostic::{Diagnostic, Result};
use crate::link::{HostKeyPolicy, Jump, Proxy, Target};
use std::path::PathBuf;
use std::time::Duration;

/// Options that are honoured, in lower case.
const HONOURED: &[&str] = &[
    "hostname",
    "port",
    "user",
    "identityfile",
    "certificatefile",
    "identitiesonly",
    "identityagent",
    "stricthostkeychecking",
    "userknownhostsfile",
    "globalknownhostsfile",
    "hostkeyalias",
    "connecttimeout",
    "serveraliveinterval",
    "serveralivecountmax",
    "proxyjump",
    "proxycommand",
    "preferredauthentications",
    "passwordauthentication",
    "kbdinteractiveauthentication",
    "challengeresponseauthentication",
    "pubkeyauthentication",
    "batchmode",
    "forwardagent",
    "hashknownhosts",
    "kexalgorithms",
    "ciphers",
    "macs",
];

/// Options that change nothing here, whatever their value: there is one connection per host inside this process, no
/// terminal of the operator's, no forwarding of ports, and what is sent is compressed already.
const IDLE: &[&str] = &[
    "controlmaster",
    "controlpath",
    "controlpersist",
    "compression",
    "loglevel",
    "requesttty",
    "tcpkeepalive",
    "checkhostip",
    "visualhostkey",
    "escapechar",
    "connectionattempts",
    "numberofpasswordprompts",
    "exitonforwardfailure",
    "clearallforwardings",
    "permitlocalcommand",
    "ipqos",
];

/// Options that are off here: accepted when they say so.
const OFF: &[&str] = &[
    "forwardx11",
    "forwardx11trusted",
    "gssapiauthentication",
    "gssapidelegatecredentials",
    "hostbasedauthentication",
    "verifyhostkeydns",
    "updatehostkeys",
    "addkeystoagent",
];

/// Options in the order they were given; the first value of each counts.
#[derive(Clone, Debug, Default)]
pub struct SshOptions {
    pairs: Vec<Pair>,
    config_file: Option<String>,
}

impl SshOptions {
    /// Adds one.
    pub fn set(&mut self, name: &str, value: &str) {
        self.pairs.push((name.to_lowercase(), value.to_owned()));
    }

    /// Adds the options of a line as for ssh (`-o ProxyJump=gate -i ~/.ssh/deploy`).
    pub fn extend_args(&mut self, line: &str) -> Result<()> {
        let refuse = |why: String| Diagnostic::error(format!("could not use the ssh arguments `{line}`")).cause(why);
        let words = shell_words::split(line).map_err(|e| refuse(e.to_string()).boxed())?;
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let Some(flag) = word.strip_prefix('-').and_then(|rest| rest.chars().next()) else {
                return Err(refuse(format!("`{word}` is not an option")).boxed());
            };
            let attached = word.get(2..).unwrap_or_default();
            if !"oipPlJFSbcmeELDRWwBQI".contains(flag) {
                // Flags without a value may stand together: `-qC`.
                for flag in word.chars().skip(1) {
                    match flag {
                        'A' => self.set("ForwardAgent", "yes"),
                        'a' => self.set("ForwardAgent", "no"),
                        'C' | 'q' | 'v' | 'x' | 'T' | 'n' | 'k' | 'N' | '4' | '6' => {}
                        other => return Err(refuse(format!("`-{other}` has no meaning here")).boxed()),
                    }
                }
                continue;
            }
            let value = match attached {
                "" => words.next().ok_or_else(|| refuse(format!("`{word}` needs a value")).boxed())?,
                attached => attached.to_owned(),
            };
            match flag {
                'o' => {
                    let (name, value) = split_option(&value);
                    check(&name, &value).map_err(|why| refuse(why).boxed())?;
                    self.set(&name, &value);
                }
                'i' => self.set("IdentityFile", &value),
                'p' => self.set("Port", &value),
                'l' => self.set("User", &value),
                'J' => self.set("ProxyJump", &value),
                'c' => self.set("Ciphers", &value),
                'm' => self.set("MACs", &value),
                'F' => self.config_file = Some(value),
                // A control socket: see `IDLE`.
                'S' => {}
                other => return Err(refuse(format!("`-{other}` has no meaning here")).boxed()),
            }
        }
        Ok(())
    }

    /// `-F`: the configuration file to read instead of the usual ones.
    pub fn config_file(&self) -> Option<String> {
        self.config_file.clone()
    }

    /// Adds what a configuration says about the target, after all that was given.
    pub fn extend_config(&mut self, config: &SshConfig, target: &Target) {
        // An alias of the inventory may be an alias of the configuration; `ansible_host` decides when it is set.
        let more = config.of(&target.address, &self.pairs);
        self.pairs.extend(more);
    }

    fn first(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>> {
        let Some(value) = self.first(name) else { return Ok(None) };
        match value.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(Diagnostic::error(format!("ssh's `{name}` should be a number, and is `{value}`")).boxed()),
        }
    }

    fn off(&self, name: &str) -> bool {
        self.first(name).is_some_and(|value| value.eq_ignore_ascii_case("no"))
    }

    /// Puts the options into a target.
    pub fn apply(&self, target: &mut Target) -> Result<()> {
        let alias = target.address.clone();
        if let Some(name) = self.first("hostname") {
            target.address = name.replace("%h", &alias).replace("%%", "%");
        }
        if let Some(port) = self.number("port")? {
            target.port = port;
        }
        if let Some(user) = self.first("user") {
            target.user = user.to_owned();
        }
        target.key_alias = self.first("hostkeyalias").map(str::to_owned);
        target.algorithms = Algorithms::read(self.first("kexalgorithms"), self.first("ciphers"), self.first("macs"))
            .map_err(|why| {
                Diagnostic::error("could not use an option of ssh")
                    .cause(why)
                    .note(format!("host `{}`", target.name))
                    .boxed()
            })?;
        let tokens = Tokens {
            alias: alias.clone(),
            address: target.address.clone(),
            port: target.port,
            user: if target.user.is_empty() { login_name() } else { target.user.clone() },
            jump: self.first("proxyjump").unwrap_or_default().to_owned(),
            key_alias: target.key_alias.clone(),
        };
        let files = self.all("identityfile").filter(|file| !file.eq_ignore_ascii_case("none"));
        target.key_files = files.map(|file| PathBuf::from(tokens.path(file))).collect();
        target.certificate_files = self.all("certificatefile").map(|file| PathBuf::from(tokens.path(file))).collect();
        let lists = |name| {
            self.first(name).map(|list| {
                let files = list.split_whitespace().filter(|file| !file.eq_ignore_ascii_case("none"));
                files.map(|file| PathBuf::from(tokens.path(file))).collect()
            })
        };
        target.known_hosts = lists("userknownhostsfile");
        target.global_known_hosts = lists("globalknownhostsfile");
        target.agent = match self.first("identityagent") {
            None | Some("SSH_AUTH_SOCK") => None,
            Some(none) if none.eq_ignore_ascii_case("none") => Some(PathBuf::new()),
            // `$NAME`: the socket a variable of the environment names.
            Some(variable) if variable.starts_with('$') && !variable.starts_with("${") => {
                Some(std::env::var_os(&variable[1..]).map(PathBuf::from).unwrap_or_default())
            }
            Some(path) => Some(PathBuf::from(tokens.path(path))),
        };
        target.forward_agent = match self.first("forwardagent") {
            None => None,
            Some(no) if no.eq_ignore_ascii_case("no") => None,
            Some(yes) if yes.eq_ignore_ascii_case("yes") => agent::socket(target),
            Some(variable) if variable.starts_with('$') && !variable.starts_with("${") => {
                std::env::var_os(&variable[1..]).map(PathBuf::from)
            }
            Some(path) => Some(PathBuf::from(tokens.path(path))),
        };
        target.proxy = self.proxy(&tokens)?;
        target.identities_only = self.first("identitiesonly").is_some_and(|v| v.eq_ignore_ascii_case("yes"));
        target.hash_known_hosts = self.first("hashknownhosts").is_some_and(|v| v.eq_ignore_ascii_case("yes"));
        target.batch = self.first("batchmode").is_some_and(|v| v.eq_ignore_ascii_case("yes"));
        target.host_keys = match self.first("stricthostkeychecking").map(str::to_lowercase).as_deref() {
            Some("no" | "off") => HostKeyPolicy::Off,
            Some("accept-new") => HostKeyPolicy::AcceptNew,
            _ => HostKeyPolicy::Strict,
        };
        let preferred = self.first("preferredauthentications");
        let allowed = |name: &str| preferred.is_none_or(|list| list.split(',').any(|method| method.trim() == name));
        target.methods.public_key = allowed("publickey") && !self.off("pubkeyauthentication");
        target.methods.password = allowed("password") && !self.off("passwordauthentication");
        target.methods.keyboard_interactive = allowed("keyboard-interactive")
            && !self.off("kbdinteractiveauthentication")
            && !self.off("challengeresponseauthentication");
        if let Some(seconds) = self.number("connecttimeout")? {
            target.timeout = Duration::from_secs(seconds);
        }
        if let Some(seconds) = self.number("serveraliveinterval")? {
            target.keepalive = Duration::from_secs(seconds);
        }
        if let Some(times) = self.number("serveralivecountmax")? {
            target.keepalive_max = times;
        }
        Ok(())
    }

    /// The first of `ProxyJump` and `ProxyCommand`, as ssh decides.
    fn proxy(&self, tokens: &Tokens) -> Result<Proxy> {
        let first = self.pairs.iter().find(|(key, _)| key == "proxyjump" || key == "proxycommand");
        match first {
            None => Ok(Proxy::Direct),
            Some((_, value)) if value.eq_ignore_ascii_case("none") => Ok(Proxy::Direct),
            Some((key, line)) if key == "proxycommand" => Ok(Proxy::Command(tokens.expand(line))),
            Some((_, list)) => list.split(',').map(|hop| jump(hop.trim())).collect::<Result<_>>().map(Proxy::Jump),
        }
    }
}

/// `Name=value`, `Name value`.
fn split_option(text: &str) -> (String, String) {
    let text = text.trim();
    let end = text.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(text.len());
    let value = text[end..].trim_start();
    let value = value.strip_prefix('=').unwrap_or(value).trim();
    let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
    (text[..end].to_owned(), value.to_owned())
}

/// Whether an option can be used here.
fn check(name: &str, value: &str) -> Result<(), String> {
    let key = name.to_lowercase();
    if HONOURED.contains(&key.as_str()) || IDLE.contains(&key.as_str()) {
        return Ok(());
    }
    if OFF.contains(&key.as_str()) {
        let off = ["no", "false", "none"].iter().any(|no| value.eq_ignore_ascii_case(no));
        return if off { Ok(()) } else { Err(format!("`{name}` is always off here")) };
    }
    Err(format!("the option `{name}` is not supported"))
}

/// `user@host:port`, `ssh://user@host:port`, `[v6]:port`.
fn jump(text: &str) -> Result<Jump> {
    let bad = || Diagnostic::error(format!("`{text}` is no host to jump through")).boxed();
    let plain = text.strip_prefix("ssh://").unwrap_or(text);
    let (user, place) = match plain.rsplit_once('@') {
        Some((user, place)) => (Some(user.to_owned()), place),
        None => (None, plain),
    };
    let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None if place.matches(':').count() == 1 => place.split_once(':').map_or((place, None), |(h, p)| (h, Some(p))),
        None => (place, None),
    };
    let port = port.map(|port| port.parse().map_err(|_| bad())).transpose()?;
    let odd = |name: &str| {
        name.is_empty() || name.starts_with('-') || name.chars().any(|c| c.is_control() || c.is_whitespace())
    };
    if odd(host) || user.as_deref().is_some_and(odd) {
        return Err(bad());
    }
    Ok(Jump { user, host: host.to_owned(), port })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(args: &str) -> Target {
        let mut options = SshOptions::default();
        options.extend_args(args).unwrap();
        let mut target = Target::ssh("web", "web", "me");
        options.apply(&mut target).unwrap();
        target
    }

    #[test]
    fn the_first_value_counts_and_key_files_add_up() {
        let t = target("-o Port=2222 -p 22 -oUser=deploy -i /a -i /b -o 'IdentityFile /c' -C -o ControlMaster=auto");
        assert_eq!((t.port, t.user.as_str()), (2222, "deploy"));
        assert_eq!(t.key_files, ["/a", "/b", "/c"].map(PathBuf::from));
    }

    #[test]
    fn jumps_and_commands() {
        let hop = |host: &str, user: Option<&str>, port| Jump { host: host.into(), user: user.map(Into::into), port };
        let t = target("-J admin@gate:2200,inner -o ProxyCommand=none");
        assert_eq!(t.proxy, Proxy::Jump(vec![hop("gate", Some("admin"), Some(2200)), hop("inner", None, None)]));
        assert_eq!(target("-o ProxyJump=ssh://[fe80::1]:22").proxy, Proxy::Jump(vec![hop("fe80::1", None, Some(22))]));
        let t = target(r#"-o ProxyCommand="nc -X %% %h %p""#);
        assert_eq!(t.proxy, Proxy::Command("nc -X % web 22".into()));
    }

    #[test]
    fn host_key_and_method_options() {
        let t =
            target("-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o PreferredAuthentications=publickey");
        assert_eq!(t.host_keys, HostKeyPolicy::Off);
        assert_eq!(t.known_hosts, Some(vec![PathBuf::from("/dev/null")]));
        assert!(t.methods.public_key && !t.methods.password && !t.methods.keyboard_interactive);
    }

    #[test]
    fn an_agent_is_lent_only_on_request() {
        for (args, lent) in [
            ("-o IdentityAgent=/a", None),
            ("-A -o IdentityAgent=/a", Some("/a")),
            ("-qA -o IdentityAgent=/a -a", Some("/a")),
            ("-a -A -o IdentityAgent=/a", None),
            ("-o ForwardAgent=/b/%h -o IdentityAgent=/a", Some("/b/web")),
            ("-A -o IdentityAgent=none", None),
            ("-o ForwardAgent=$NO_SUCH_VARIABLE", None),
        ] {
            assert_eq!(target(args).forward_agent, lent.map(PathBuf::from), "{args}");
        }
    }

    #[test]
    fn what_has_no_meaning_is_refused_by_name() {
        for (line, word) in [
            ("-qX", "`-X`"),
            ("-o ForwardX11=yes", "ForwardX11"),
            ("-o Cipherz=x", "Cipherz"),
            ("-L 1:a:2", "`-L`"),
            ("host", "`host`"),
            ("-o", "`-o`"),
        ] {
            let error = SshOptions::default().extend_args(line).unwrap_err().to_string();
            assert!(error.contains(word), "{line}: {error}");
        }
    }
}
