//! What is the same for every call to a host and asked once: who we are, the umask, whose tools it has, the environment.

use super::{Shell, ShellBackend};

/// One answer for all; the environment is that of `cat`, which is ours.
const ASK: &str = "id -u; umask; if stat -c %a / >/dev/null 2>&1; then echo c; else echo f; fi
cat /proc/self/environ 2>/dev/null || env";

/// Whose tools a host has, where they differ in more than their words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tools {
    /// GNU's, or busybox', which does as they do.
    Gnu,
    /// Those of FreeBSD, OpenBSD, NetBSD, macOS.
    Bsd,
}

/// What holds for all calls of a user on a host.
#[derive(Debug)]
pub struct Facts {
    pub(super) euid: u32,
    pub(super) umask: u32,
    pub(super) tools: Tools,
    pub(super) environment: Vec<(String, String)>,
}

/// A host that cannot be asked has no environment, and the umask and user that may do least.
static NOTHING: Facts = Facts { euid: u32::MAX, umask: 0o077, tools: Tools::Gnu, environment: Vec::new() };

impl<S: Shell> ShellBackend<S> {
    /// Asked at the first need. When the way there fails, the next primitive reports it.
    pub(super) fn facts(&self) -> &Facts {
        if let Some(facts) = self.facts.get() {
            return facts;
        }
        // Without the prelude's locale, which is not the user's.
        let asked = self.shell.exec(ASK, None).ok().and_then(|output| Facts::read(&output.out()));
        match asked {
            Some(facts) => self.facts.get_or_init(|| facts),
            None => &NOTHING,
        }
    }
}

impl Facts {
    fn read(text: &str) -> Option<Facts> {
        let (euid, rest) = text.split_once('\n')?;
        let (umask, rest) = rest.split_once('\n')?;
        let (stat, rest) = rest.split_once('\n').unwrap_or((rest, ""));
        let ends = if rest.contains('\0') { '\0' } else { '\n' };
        let pairs = rest.split(ends).filter_map(|pair| pair.split_once('='));
        Some(Facts {
            euid: euid.trim().parse().ok()?,
            umask: u32::from_str_radix(umask.trim(), 8).ok()?,
            tools: if stat.trim() == "f" { Tools::Bsd } else { Tools::Gnu },
            environment: pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
        })
    }
}
