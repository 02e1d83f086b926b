//! The command line that starts a script as another user, and the words its program uses when it refuses.

use super::{Become, BecomeMethod};
use crate::link::BecomeFault;
use crate::link::quote::{in_numbers, login_line, word as quote};

/// Variables that would let the login user's environment reach into the other user's programs.
const UNSAFE: &str = "LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT BASH_ENV ENV SHELLOPTS PS4 CDPATH GLOBIGNORE PERL5LIB PERL5OPT \
                      PYTHONPATH PYTHONSTARTUP RUBYLIB RUBYOPT";

/// Has a terminal pass every byte on as it is, and give none back.
const RAW: &str = "stty raw -echo 2>/dev/null; ";

/// What programs say when the user may not do this.
const REFUSALS: &[&str] = &[
    "not in the sudoers",
    "not allowed to",
    "may not run sudo",
    "unknown user",
    "does not exist",
    "no new privileges",
    "must be owned by uid 0",
    "permission denied",
    "operation not permitted",
];

impl Become {
    /// `script` for `sh`, to be run as the user; `prompt` is what a request for the password will look like. At a terminal, nothing on
    /// the way to the script may change a byte.
    pub fn command(&self, script: &str, prompt: &str, terminal: bool) -> Result<String, BecomeFault> {
        let plain;
        // Programs that give a terminal of their own give it with the usual settings.
        let script = match terminal {
            true => {
                plain = format!("{RAW}{script}");
                &plain
            }
            false => script,
        };
        let inner = match self.method {
            BecomeMethod::Sudo | BecomeMethod::Dzdo => self.sudo(script, prompt)?,
            BecomeMethod::Su => self.su(script)?,
            BecomeMethod::Doas => self.doas(script, terminal)?,
            BecomeMethod::Pfexec => self.pfexec(script)?,
            BecomeMethod::Run0 => self.run0(script)?,
            BecomeMethod::Machinectl => self.machinectl(script)?,
        };
        let before = if terminal { RAW } else { "" };
        Ok(login_line(&format!("{before}{inner}")))
    }

    fn flags(&self, default: &str) -> Result<Vec<String>, BecomeFault> {
        let flags = self.flags.as_deref().unwrap_or(default);
        shell_words::split(flags).map_err(|e| BecomeFault::Other {
            method: self.method.name(),
            why: format!("its flags `{flags}` cannot be read: {e}"),
        })
    }

    /// The program: a path or name, perhaps with words of its own (`sudo -E`).
    fn exe(&self) -> Result<String, BecomeFault> {
        let exe = self.exe.as_deref().unwrap_or(self.method.name());
        let words = shell_words::split(exe).map_err(|e| BecomeFault::Other {
            method: self.method.name(),
            why: format!("`{exe}` cannot be read as a program: {e}"),
        })?;
        Ok(words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" "))
    }

    fn sudo(&self, script: &str, prompt: &str) -> Result<String, BecomeFault> {
        let mut flags = self.flags("-H -S -n")?;
        if self.password.is_some() {
            flags = flags.iter().filter_map(|flag| without_n(flag)).collect();
            if !flags.iter().any(|flag| flag == "--stdin" || short(flag).contains('S')) {
                flags.push("-S".into());
            }
            flags.push("-p".into());
            flags.push(prompt.to_owned());
        } else if !flags.iter().any(|flag| flag == "--non-interactive" || short(flag).contains('n')) {
            // Without a password to give, a question could only hang.
            flags.push("-n".into());
        }
        let flags: Vec<String> = flags.iter().map(|flag| quote(flag)).collect();
        let there = self.chdir.as_ref().map(|directory| format!("cd {} && ", quote(directory))).unwrap_or_default();
        Ok(format!(
            "unset {UNSAFE}; {there}exec {} {} -u {} -- /bin/sh -c {}",
            self.exe()?,
            flags.join(" "),
            quote(&self.user),
            quote(script)
        ))
    }

    /// su keeps the environment, so it is given a fresh one, in which its words are English too.
    fn su(&self, script: &str) -> Result<String, BecomeFault> {
        let flags: Vec<String> = self.flags("")?.iter().map(|flag| quote(flag)).collect();
        let clean = "env -i LC_ALL=C TERM=dumb PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        // -s: the user's own shell may be nologin, or none that can read the script.
        Ok(format!(
            "exec {clean} {} {} -s /bin/sh {} -c {}",
            self.exe()?,
            flags.join(" "),
            quote(&self.user),
            quote(script)
        ))
    }

    /// doas asks for passwords at a terminal only, so without one it must not ask.
    fn doas(&self, script: &str, terminal: bool) -> Result<String, BecomeFault> {
        let mut flags = self.flags("")?;
        if terminal && self.password.is_some() {
            flags = flags.iter().filter_map(|flag| without_n(flag)).collect();
        } else if !flags.iter().any(|flag| short(flag).contains('n')) {
            flags.push("-n".into());
        }
        let flags: Vec<String> = flags.iter().map(|flag| quote(flag)).collect();
        let (exe, user) = (self.exe()?, quote(&self.user));
        Ok(format!("unset {UNSAFE}; exec {exe} {} -u {user} -- /bin/sh -c {}", flags.join(" "), quote(script)))
    }

    /// The user stays the same, as in Ansible's plugin: a profile gives the rights.
    fn pfexec(&self, script: &str) -> Result<String, BecomeFault> {
        let flags: Vec<String> = self.flags("")?.iter().map(|flag| quote(flag)).collect();
        Ok(format!("unset {UNSAFE}; exec {} {} /bin/sh -c {}", self.exe()?, flags.join(" "), quote(script)))
    }

    /// The flags of a program that leaves it to polkit whether the user may be changed, which has nobody to ask here.
    fn unasked(&self) -> Result<String, BecomeFault> {
        let mut flags = self.flags("")?;
        if !flags.iter().any(|flag| flag == "--no-ask-password") {
            flags.push("--no-ask-password".into());
        }
        Ok(flags.iter().map(|flag| quote(flag)).collect::<Vec<_>>().join(" "))
    }

    /// A unit of the user's, whose streams are ours.
    fn run0(&self, script: &str) -> Result<String, BecomeFault> {
        let (flags, exe, user) = (self.unasked()?, self.exe()?, quote(&self.user));
        Ok(format!("unset {UNSAFE}; exec {exe} {flags} --user={user} -- /bin/sh -c {}", quote(script)))
    }

    /// A session on the host itself. What is said goes through the program, which is told to leave it as it is, and the script through
    /// the command line of a unit, which expands `${...}` and `$$`.
    fn machinectl(&self, script: &str) -> Result<String, BecomeFault> {
        let (flags, exe, user) = (self.unasked()?, self.exe()?, quote(&self.user));
        let plain = "export TERM=dumb SYSTEMD_TINT_BACKGROUND=0 SYSTEMD_ADJUST_TERMINAL_TITLE=0";
        Ok(format!(
            "unset {UNSAFE}; {plain}; exec {exe} -q shell {flags} --uid={user} .host /bin/sh -c {}",
            quote(&in_numbers(script))
        ))
    }

    /// Whether what the program said on standard error is its question for the password.
    pub fn asks(&self, said: &str, prompt: &str) -> bool {
        match self.method {
            BecomeMethod::Sudo | BecomeMethod::Dzdo => said.contains(prompt),
            BecomeMethod::Pfexec | BecomeMethod::Run0 | BecomeMethod::Machinectl => false,
            BecomeMethod::Doas => {
                let line = said.rsplit('\n').next().unwrap_or_default().trim();
                line.starts_with("doas (") && line.ends_with(") password:")
            }
            // su has no prompt of one's own; in the clean environment it is this one.
            BecomeMethod::Su => said.trim_start().starts_with("Password:"),
        }
    }

    /// Why the program ended without starting the script.
    pub fn fault(&self, said: &str, status: Option<i32>) -> BecomeFault {
        let method = self.method.name();
        // What the system's ssh adds when a terminal is closed is no word of the program's.
        let said: String = said.split_inclusive('\n').filter(|line| !farewell(line.trim())).collect();
        let low = said.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| low.contains(word));
        // The line that tells most: sudo may add others after it. Escaped: it comes from the host and goes to the terminal.
        let lines = || said.lines().rev().filter(|line| !line.trim().is_empty());
        let telling = lines().find(|line| REFUSALS.iter().any(|words| line.to_lowercase().contains(words)));
        let why = match telling.or_else(|| lines().next()).map(str::trim) {
            None => format!("it ended with status {}", status.map_or_else(|| "unknown".into(), |s| s.to_string())),
            Some(words) => words.chars().filter(|c| !c.is_control()).take(300).collect(),
        };
        if matches!(self.method, BecomeMethod::Run0 | BecomeMethod::Machinectl) {
            // Nobody is there whom polkit could ask.
            if has(&["interactive authentication required", "access denied"]) {
                return BecomeFault::Refused { method, why };
            }
            // 217 is systemd's EXIT_USER.
            if matches!(status, Some(0 | 217)) && said.trim().is_empty() {
                let why =
                    format!("no session began; is there a user `{}` on the host? Its journal tells why", self.user);
                return BecomeFault::Other { method, why };
            }
        }
        if method == "doas" && has(&["authentication required", "authorization required"]) {
            return match self.password {
                Some(_) => BecomeFault::NeedsTerminal { method, why: "it reads passwords at a terminal only".into() },
                None => BecomeFault::MissingPassword { method },
            };
        }
        if has(&[
            "no password was provided",
            "incorrect password attempt",
            "sorry, try again",
            "authentication failure",
            "doas: authentication failed",
        ]) {
            return match self.password {
                Some(_) => BecomeFault::WrongPassword { method },
                None => BecomeFault::MissingPassword { method },
            };
        }
        if has(&[
            "must have a tty",
            "no tty present and no askpass",
            "must be run from a terminal",
            "terminal is required",
        ]) {
            return match self.password {
                // Without one, sudo complains about the terminal it would ask at.
                None if has(&["terminal is required", "askpass"]) => BecomeFault::MissingPassword { method },
                _ => BecomeFault::NeedsTerminal { method, why },
            };
        }
        if has(&["password is required", "interactive authentication is required"]) {
            return BecomeFault::MissingPassword { method };
        }
        if has(REFUSALS) {
            return BecomeFault::Refused { method, why };
        }
        match status {
            Some(127) => BecomeFault::NotThere { method, why },
            _ if has(&["not found", "no such file"]) => BecomeFault::NotThere { method, why },
            _ => BecomeFault::Other { method, why },
        }
    }
}

fn farewell(line: &str) -> bool {
    line.starts_with("Connection to ") && line.ends_with(" closed.")
}

/// Letters of a group of short flags.
fn short(flag: &str) -> &str {
    match flag.strip_prefix('-') {
        Some(letters) if !letters.starts_with('-') => letters,
        _ => "",
    }
}

/// A flag without `-n`, which would keep sudo from asking.
fn without_n(flag: &str) -> Option<String> {
    if flag == "--non-interactive" {
        return None;
    }
    let letters = short(flag);
    if letters.is_empty() {
        return Some(flag.to_owned());
    }
    let rest = letters.replacen('n', "", 1);
    (!rest.is_empty()).then(|| format!("-{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::Password;

    fn sudo(password: bool, flags: Option<&str>) -> Become {
        Become {
            method: BecomeMethod::Sudo,
            user: "app user".into(),
            password: password.then(|| Password::new("s3cret")),
            flags: flags.map(Into::into),
            exe: None,
            chdir: None,
        }
    }

    fn words(line: &str) -> Vec<String> {
        let outer = shell_words::split(line).unwrap();
        assert_eq!(outer[..3], ["exec", "/bin/sh", "-c"]);
        shell_words::split(outer[3].split_once("exec ").unwrap().1).unwrap()
    }

    #[test]
    fn sudo_lines() {
        let line = sudo(false, None).command("echo x", "P", false).unwrap();
        let wanted = ["sudo", "-H", "-S", "-n", "-u", "app user", "--", "/bin/sh", "-c", "echo x"];
        assert_eq!(words(&line), wanted);
        let line = sudo(true, None).command("true", "[p] ", false).unwrap();
        assert_eq!(words(&line), ["sudo", "-H", "-S", "-p", "[p] ", "-u", "app user", "--", "/bin/sh", "-c", "true"]);
        assert!(!line.contains("s3cret"));
        let line = sudo(true, Some("-HnE --non-interactive")).command("true", "p", false).unwrap();
        assert_eq!(words(&line)[..5], ["sudo", "-HE", "-S", "-p", "p"]);
        let line = sudo(false, Some("-H")).command("true", "p", false).unwrap();
        assert_eq!(words(&line)[..3], ["sudo", "-H", "-n"]);
        let there = Become { chdir: Some("/srv/a b".into()), ..sudo(false, None) }.command("true", "p", false).unwrap();
        assert!(shell_words::split(&there).unwrap()[3].contains("; cd '/srv/a b' && exec "), "{there}");
    }

    #[test]
    fn run0_never_asks() {
        let run0 = Become { method: BecomeMethod::Run0, ..sudo(true, Some("--nice=5")) };
        let line = run0.command("true", "p", false).unwrap();
        let wanted = ["run0", "--nice=5", "--no-ask-password", "--user=app user", "--", "/bin/sh", "-c", "true"];
        assert_eq!(words(&line), wanted);
    }

    #[test]
    fn machinectl_lines() {
        let machinectl = Become { method: BecomeMethod::Machinectl, ..sudo(true, Some("--setenv=A=b")) };
        let line = machinectl.command("echo ${x} $$", "p", true).unwrap();
        assert!(!line.contains("s3cret"));
        let outer = shell_words::split(&line).unwrap();
        // A command line full of special characters is written in numbers as a whole.
        let script =
            std::process::Command::new("/bin/sh").args(["-c", &outer[3].replacen("eval", "printf %s", 1)]).output();
        let script = String::from_utf8(script.unwrap().stdout).unwrap();
        let words = shell_words::split(script.split_once("exec ").unwrap().1).unwrap();
        let wanted = ["machinectl", "-q", "shell", "--setenv=A=b", "--no-ask-password", "--uid=app user", ".host"];
        assert_eq!(words[..7], wanted);
        assert_eq!(words[7..9], ["/bin/sh", "-c"]);
        // What systemd would expand.
        assert!(!words[9].contains("${") && !words[9].contains("$$"), "{}", words[9]);
    }

    #[test]
    fn what_polkit_refuses_is_no_password_that_is_missing() {
        for (method, said) in [
            (BecomeMethod::Machinectl, "Failed to get shell PTY: Interactive authentication required.\r\n"),
            (BecomeMethod::Run0, "Failed to start transient service unit: Interactive authentication required.\n"),
            (BecomeMethod::Run0, "Failed to start transient service unit: Access denied\n"),
        ] {
            let fault = Become { method, ..sudo(false, None) }.fault(said, Some(1));
            assert!(matches!(&fault, BecomeFault::Refused { .. }), "{fault}");
        }
        let silent = Become { method: BecomeMethod::Machinectl, ..sudo(false, None) }.fault("\r\n", Some(0));
        assert!(silent.to_string().contains("is there a user `app user`"), "{silent}");
        let unit = Become { method: BecomeMethod::Run0, ..sudo(false, None) };
        assert!(matches!(&unit.fault("", Some(217)), BecomeFault::Other { why, .. } if why.contains("`app user`")));
        let far = Become { method: BecomeMethod::Machinectl, ..sudo(false, None) };
        assert_eq!(far.fault("Connection to web closed.\r\n", Some(0)), silent);
    }

    #[test]
    fn refusals_are_told_apart() {
        let missing = BecomeFault::MissingPassword { method: "sudo" };
        let wrong = BecomeFault::WrongPassword { method: "sudo" };
        for (password, said, wanted) in [
            (false, "sudo: a password is required\n", missing.clone()),
            (false, "sudo: interactive authentication is required\n", missing.clone()),
            (false, "sudo: a terminal is required to read the password; either use -S\n", missing),
            (true, "Sorry, try again.\nsudo: no password was provided\n", wrong.clone()),
            (true, "[hl]\nSorry, try again.\nsudo: 1 incorrect password attempt\n", wrong),
        ] {
            assert_eq!(sudo(password, None).fault(said, Some(1)), wanted, "{said}");
        }
        let refused = sudo(true, None).fault("bob is not in the sudoers file.\n", Some(1));
        assert_eq!(refused.to_string(), "sudo refused: bob is not in the sudoers file.");
        let tty = sudo(true, None).fault("sudo: sorry, you must have a tty to run sudo\n", Some(1));
        assert!(matches!(tty, BecomeFault::NeedsTerminal { .. }));
        let gone = sudo(true, None).fault("sh: 1: exec: sudo: not found\n", Some(127));
        assert!(matches!(gone, BecomeFault::NotThere { .. }));
    }
}
