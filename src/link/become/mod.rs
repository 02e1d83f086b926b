//! Becoming another user on a host (`become`): which program with which flags, how its prompt is answered and its
//! refusals are told apart.

mod command;
mod resolve;

pub use resolve::BecomeKeywords;

use super::Password;

/// The program that changes the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BecomeMethod {
    /// sudo, sudo-rs.
    Sudo,
    /// su.
    Su,
    /// doas.
    Doas,
    /// Delinea's dzdo, which is sudo by another name.
    Dzdo,
    /// pfexec of Solaris and its heirs: the same user with the rights of a profile.
    Pfexec,
    /// systemd's run0, through a unit of its own.
    Run0,
    /// `machinectl shell`: a session of its own, at a terminal of systemd's.
    Machinectl,
}

impl BecomeMethod {
    /// Its name in `become_method` and in messages.
    pub fn name(self) -> &'static str {
        match self {
            BecomeMethod::Sudo => "sudo",
            BecomeMethod::Su => "su",
            BecomeMethod::Doas => "doas",
            BecomeMethod::Dzdo => "dzdo",
            BecomeMethod::Pfexec => "pfexec",
            BecomeMethod::Run0 => "run0",
            BecomeMethod::Machinectl => "machinectl",
        }
    }

    /// Whether the script is at a terminal, whatever the program itself is at.
    pub fn has_terminal(self) -> bool {
        self == BecomeMethod::Machinectl
    }

    /// Whether the program ends with a status that is not the script's.
    pub fn hides_status(self) -> bool {
        self == BecomeMethod::Machinectl
    }
}

/// Whom to become, and how. Equal values share a runner.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Become {
    /// The program.
    pub method: BecomeMethod,
    /// The user.
    pub user: String,
    /// The password of the login user (sudo) or of the user (su).
    pub password: Option<Password>,
    /// Flags in place of the method's own.
    pub flags: Option<String>,
    /// Another program of the same kind, or its path.
    pub exe: Option<String>,
    /// Directory that sudo is started in.
    pub chdir: Option<String>,
}
