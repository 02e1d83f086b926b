//! `connection: openssh`: the system's own `ssh`, for what only it can (Kerberos, PKCS#11). Each program on the host has a process of
//! `ssh` here, whose standard streams are the program's: with the runner that is one for each user of the host.

use super::process::Process;
use super::resolve::{check_name, number, secret, text, truth};
use super::ssh::named;
use super::{ConnectionKeywords, HostKeyPolicy, LinkError, LinkOptions, Lookup, Target};
use crate::diagnostic::{Diagnostic, Result};

/// The status `ssh` ends with when it is its own affair.
const OWN: i32 = 255;

/// A host as the system's `ssh` reaches it.
pub struct OpenSsh {
    command: Vec<String>,
    to: String,
}

impl OpenSsh {
    /// For a target; nothing is connected before a program is started.
    pub fn new(target: &Target) -> Self {
        OpenSsh { command: target.ssh_command.clone(), to: named(target) }
    }

    /// Starts a program through the login shell.
    pub fn exec(&self, line: &str, terminal: bool) -> std::result::Result<Process, LinkError> {
        let mut argv: Vec<&str> = self.command.iter().map(String::as_str).collect();
        // Twice: ours is no terminal that another could be modelled on. Without an escape character: `~.` after a line end, which any
        // file may hold, would end the connection.
        let at = argv.len().saturating_sub(1);
        argv.splice(at..at, if terminal { ["-t", "-t", "-e", "none"].as_slice() } else { &["-T"] }.iter().copied());
        argv.push(line);
        Process::leading(&argv)
    }

    /// What its words say when it ended with this status; `None` when the status is the program's.
    pub fn fault(&self, status: i32, said: &str) -> Option<LinkError> {
        if status != OWN {
            return None;
        }
        let to = self.to.clone();
        let lines: Vec<String> = said
            .lines()
            .map(|line| line.trim().chars().filter(|c| !c.is_control()).collect::<String>())
            .filter(|line| !line.is_empty() && !line.starts_with(['@', '*']))
            .collect();
        // The last lines tell why; those before are banners and warnings.
        let why = match lines.is_empty() {
            true => "ssh ended without a word".to_owned(),
            false => lines[lines.len().saturating_sub(3)..].join("; "),
        };
        if why.contains("PTY allocation request failed") {
            let why =
                "its server gives no terminal (`PermitTTY` in its sshd_config), which becoming the user needs".into();
            return Some(LinkError::NoBackend { to, why });
        }
        Some(if why.contains("Host key verification failed") {
            let hint =
                "compare the fingerprint with the host's own, then record the key by logging in with `ssh` once".into();
            LinkError::HostKey { to, why, hint }
        } else if why.contains("Permission denied") {
            let hint = "see with `ssh -v` what is tried; `connection: openssh` gives no password".into();
            LinkError::Auth { to, tried: why, hint }
        } else {
            LinkError::Unreachable { to, why }
        })
    }
}

/// The command for a host: what Ansible's plugin of the name `ssh` puts on its command line, in the same order, so that the same
/// value of an option wins. `~/.ssh/config` is read by `ssh` itself.
pub fn resolve(
    mut target: Target,
    vars: &mut Lookup<'_>,
    keywords: &ConnectionKeywords,
    settings: &LinkOptions,
) -> Result<Target> {
    let given = secret(vars, &["ansible_password", "ansible_ssh_pass", "ansible_ssh_password"])?;
    let refused = match given.or_else(|| settings.password.clone()) {
        Some(_) => Some("a password"),
        None => secret(vars, &["ansible_private_key", "ansible_ssh_private_key"])?.map(|_| "a private key as text"),
    };
    if let Some(what) = refused {
        return Err(Diagnostic::error(format!("`connection: openssh` cannot be given {what}"))
            .note(format!("host `{}`", target.name))
            .hint("use `connection: ssh`, which can; `openssh` is for keys and tickets that only the system's `ssh` can use")
            .boxed());
    }
    let [ssh_args, common, extra] = &settings.ssh_args;
    let program = text(vars, &["ansible_ssh_executable"])?.unwrap_or_else(|| settings.ssh_executable.clone());
    let mut command = vec![program];
    extend(&mut command, &text(vars, &["ansible_ssh_args"])?.unwrap_or_else(|| ssh_args.clone()))?;
    let mut option = |text: String| command.extend(["-o".to_owned(), text]);
    let checking = truth(vars, &["ansible_host_key_checking", "ansible_ssh_host_key_checking"])?;
    match (checking, settings.host_keys) {
        (Some(false), _) | (None, HostKeyPolicy::Off) => option("StrictHostKeyChecking=no".into()),
        (_, HostKeyPolicy::AcceptNew) => option("StrictHostKeyChecking=accept-new".into()),
        _ => {}
    }
    let port = number(vars, &["ansible_port", "ansible_ssh_port"])?;
    if let Some(port) = port.or(keywords.port.map(u64::from)).or(settings.port.map(u64::from)) {
        target.port = u16::try_from(port).map_err(|_| {
            Diagnostic::error(format!("`{port}` is no port")).note(format!("host `{}`", target.name)).boxed()
        })?;
        option(format!("Port={port}"));
    }
    let key = text(vars, &["ansible_private_key_file", "ansible_ssh_private_key_file"])?;
    if let Some(file) = key.or_else(|| settings.key_file.as_ref().map(|file| file.display().to_string())) {
        option(format!("IdentityFile=\"{file}\""));
    }
    // Passwords would be asked for at the terminal, by all hosts at once.
    option("KbdInteractiveAuthentication=no".into());
    option("PreferredAuthentications=gssapi-with-mic,gssapi-keyex,hostbased,publickey".into());
    option("PasswordAuthentication=no".into());
    let user = text(vars, &["ansible_user", "ansible_ssh_user"])?;
    if let Some(user) = user.or_else(|| keywords.remote_user.clone()).or_else(|| settings.user.clone()) {
        check_name(&target.name, "user", &user)?;
        option(format!("User=\"{user}\""));
        target.user = user;
    }
    option(format!("ConnectTimeout={}", target.timeout.as_secs().max(1)));
    for (variable, default) in [("ansible_ssh_common_args", common), ("ansible_ssh_extra_args", extra)] {
        extend(&mut command, &text(vars, &[variable])?.unwrap_or_else(|| default.clone()))?;
    }
    command.push(target.address.clone());
    target.ssh_command = command;
    Ok(target)
}

/// Adds the words of a line.
fn extend(command: &mut Vec<String>, line: &str) -> Result<()> {
    let words = shell_words::split(line).map_err(|e| {
        Diagnostic::error(format!("could not use the ssh arguments `{line}`")).cause(e.to_string()).boxed()
    })?;
    command.extend(words);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_status_is_a_fault_of_the_connection() {
        let ssh = OpenSsh::new(&Target::ssh("web", "web", "me"));
        assert_eq!(ssh.fault(1, "Permission denied"), None);
        let fault = |said| ssh.fault(OWN, said).unwrap();
        assert!(matches!(fault("me@web: Permission denied (publickey).\r\n"), LinkError::Auth { .. }));
        assert!(matches!(fault("@@@\nHost key verification failed.\n"), LinkError::HostKey { .. }));
        let gone = LinkError::Unreachable { to: "me@web".into(), why: "ssh: no route".into() };
        assert_eq!(fault("\x1b\nssh: no route\n"), gone);
    }
}
