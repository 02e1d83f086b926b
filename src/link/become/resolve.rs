//! From variables, keywords and settings to a [`Become`], with Ansible's precedence and names.

use super::{Become, BecomeMethod};
use crate::diagnostic::{Diagnostic, Result};
use crate::link::resolve::{secret, text, truth};
use crate::link::{LinkOptions, Lookup};

/// Keywords of a task that say whom it becomes, rendered.
#[derive(Clone, Debug, Default)]
pub struct BecomeKeywords {
    /// `become:`
    pub r#become: Option<bool>,
    /// `become_method:`
    pub method: Option<String>,
    /// `become_user:`
    pub user: Option<String>,
    /// `become_flags:`
    pub flags: Option<String>,
    /// `become_exe:`
    pub exe: Option<String>,
}

impl Become {
    /// Whom a task becomes; `None` when it does not. Variables win over keywords, keywords over `options`.
    pub fn resolve(vars: &mut Lookup<'_>, keywords: &BecomeKeywords, options: &LinkOptions) -> Result<Option<Become>> {
        let on = truth(vars, &["ansible_become"])?.or(keywords.r#become).unwrap_or(options.r#become);
        if !on {
            return Ok(None);
        }
        let name = text(vars, &["ansible_become_method"])?
            .or_else(|| keywords.method.clone())
            .unwrap_or_else(|| options.become_method.clone());
        let method = match name.rsplit('.').next().unwrap_or_default() {
            "sudo" => BecomeMethod::Sudo,
            "su" => BecomeMethod::Su,
            "doas" => BecomeMethod::Doas,
            "dzdo" => BecomeMethod::Dzdo,
            "pfexec" => BecomeMethod::Pfexec,
            "run0" => BecomeMethod::Run0,
            "machinectl" => BecomeMethod::Machinectl,
            other => {
                let why = match other {
                    "runas" => "it changes users on Windows, which is not supported",
                    _ => "there is no such method here",
                };
                return Err(Diagnostic::error(format!("the become method `{name}` is not supported"))
                    .cause(why)
                    .hint("use `sudo`, `su`, `doas`, `dzdo`, `pfexec`, `run0` or `machinectl`")
                    .boxed());
            }
        };
        let short = method.name();
        let mut find =
            |what: &str| text(vars, &[&format!("ansible_become_{what}"), &format!("ansible_{short}_{what}")]);
        let user = find("user")?
            .or_else(|| keywords.user.clone())
            .or_else(|| options.become_user.clone())
            .unwrap_or_else(|| "root".into());
        let flags = find("flags")?.or_else(|| keywords.flags.clone()).or_else(|| options.become_flags.clone());
        let exe = find("exe")?.or_else(|| keywords.exe.clone()).or_else(|| options.become_exe.clone());
        let password =
            secret(vars, &["ansible_become_password", "ansible_become_pass", &format!("ansible_{short}_pass")])?
                .or_else(|| options.become_password.clone());
        let chdir = match method {
            BecomeMethod::Sudo => text(vars, &["ansible_sudo_chdir"])?.filter(|directory| !directory.is_empty()),
            _ => None,
        };
        if user.starts_with('-') || user.chars().any(char::is_control) {
            return Err(Diagnostic::error(format!("`{}` is no user to become", user.escape_debug())).boxed());
        }
        Ok(Some(Become { method, user, password, flags, exe, chdir }))
    }
}
