//! File modes as playbooks write them: `0644`, `"644"`, `u=rwX,g-w`. Numbers that YAML already read are taken as they are.

use crate::args::FromValue;
use crate::spec::ArgType;
use crate::value::Value;

/// Permission bits with setuid, setgid and sticky.
const PERMISSIONS: u32 = 0o7777;

/// A mode as given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The bits themselves.
    Bits(u32),
    /// Changes to the bits that are there: `u=rw,go-x`.
    Symbolic(String),
    /// `preserve`: that of the source; only where a module says so.
    Preserve,
}

impl FromValue for Mode {
    const TYPE: ArgType = ArgType::Mode;
    fn from_value(value: &Value) -> Result<Self, String> {
        let text = match value {
            Value::Int(number) => {
                let bits = u32::try_from(*number).ok().filter(|bits| *bits <= PERMISSIONS);
                return bits.map(Mode::Bits).ok_or_else(|| format!("{number} is not a file mode"));
            }
            other => other.to_string(),
        };
        let text = text.trim();
        if text == "preserve" {
            return Ok(Mode::Preserve);
        }
        match u32::from_str_radix(text.strip_prefix("0o").unwrap_or(text), 8) {
            Ok(bits) if bits <= PERMISSIONS => Ok(Mode::Bits(bits)),
            Ok(_) => Err("Invalid mode supplied, only permission info is allowed".to_owned()),
            // The bits of the file are not known here, but whether the text is sound is.
            Err(_) => symbolic(text, 0, false, 0)
                .map(|_| Mode::Symbolic(text.to_owned()))
                .map_err(|e| format!("mode must be in octal or symbolic form: {e}")),
        }
    }
}

impl Mode {
    /// The bits wanted of a file that now has `current`. `umask` counts where a symbolic part names no user.
    /// [`Mode::Preserve`] leaves them as they are: who means it by the source's bits replaces it before.
    pub fn bits(&self, current: u32, directory: bool, umask: u32) -> Result<u32, String> {
        match self {
            Mode::Bits(bits) => Ok(*bits),
            Mode::Preserve => Ok(current & PERMISSIONS),
            Mode::Symbolic(text) => symbolic(text, current & PERMISSIONS, directory, umask),
        }
    }
}

/// Bits as results show them: `0644`, `01777`.
pub fn octal(bits: u32) -> String {
    format!("0{:03o}", bits & PERMISSIONS)
}

fn symbolic(text: &str, current: u32, directory: bool, umask: u32) -> Result<u32, String> {
    let mut bits = current;
    for part in text.split(',') {
        let wrong = || format!("bad symbolic permission for mode: {part}");
        let operator = part.find(['+', '-', '=']).ok_or_else(wrong)?;
        let (users, mut rest) = part.split_at(operator);
        let umask = if users.is_empty() { umask } else { 0 };
        let users = if matches!(users, "" | "a") { "ugo" } else { users };
        if !users.chars().all(|u| "ugo".contains(u)) {
            return Err(wrong());
        }
        while let Some(operator) = rest.chars().next() {
            let end = rest[1..].find(['+', '-', '=']).map_or(rest.len(), |at| at + 1);
            let permissions = &rest[1..end];
            rest = &rest[end..];
            if !permissions.chars().all(|p| "rwxXstugo".contains(p)) {
                return Err(wrong());
            }
            for user in users.chars() {
                let named = permissions.chars().fold(0, |named, p| named | meant(user, p, bits, directory, umask));
                bits = match operator {
                    '+' => bits | named,
                    '-' => bits & !named,
                    _ => bits & !class(user) | named,
                };
            }
        }
    }
    Ok(bits)
}

/// All bits of one user class.
fn class(user: char) -> u32 {
    match user {
        'u' => 0o4700,
        'g' => 0o2070,
        _ => 0o1007,
    }
}

/// The bits that one permission letter means for one user class.
fn meant(user: char, permission: char, bits: u32, directory: bool, umask: u32) -> u32 {
    let shift = match user {
        'u' => 6,
        'g' => 3,
        _ => 0,
    };
    match permission {
        'r' => 4 << shift & !umask,
        'w' => 2 << shift & !umask,
        'x' => 1 << shift & !umask,
        'X' if directory || bits & 0o111 != 0 => 1 << shift,
        's' => class(user) & 0o6000,
        't' => class(user) & 0o1000,
        'u' => (bits >> 6 & 7) << shift,
        'g' => (bits >> 3 & 7) << shift,
        'o' => (bits & 7) << shift,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from ansible-core's `_symbolic_mode_to_octal`, umask 022.
    #[test]
    fn symbolic_modes() {
        for (text, current, directory, want) in [
            ("u=rwX,g=rX,o=", 0o644, false, 0o640),
            ("u=rwX,g=rX,o=", 0o644, true, 0o750),
            ("u=rwX,g=rX,o=", 0o755, false, 0o750),
            ("+x", 0o644, false, 0o755),
            ("a+w", 0o644, false, 0o666),
            ("+w", 0o444, false, 0o644),
            ("go-rwx,u+s", 0o755, false, 0o4700),
            ("g=u", 0o640, false, 0o660),
            ("o+t", 0o777, true, 0o1777),
            ("u=rw-x+X", 0o744, false, 0o644),
            ("ug=rwx,o=rx", 0o7000, false, 0o775),
            ("g+s", 0o755, true, 0o2755),
        ] {
            let mode = Mode::from_value(&Value::from(text)).unwrap();
            assert_eq!(octal(mode.bits(current, directory, 0o022).unwrap()), octal(want), "{text}");
        }
    }

    #[test]
    fn numbers_and_nonsense() {
        assert_eq!(Mode::from_value(&Value::from("0644")), Ok(Mode::Bits(0o644)));
        assert_eq!(Mode::from_value(&Value::from("644")), Ok(Mode::Bits(0o644)));
        assert_eq!(Mode::from_value(&Value::from(0o644)), Ok(Mode::Bits(0o644)));
        assert_eq!(Mode::from_value(&Value::from("preserve")), Ok(Mode::Preserve));
        for bad in ["u=zz", "x", "0999", "99999", "q+r", ""] {
            assert!(Mode::from_value(&Value::from(bad)).is_err(), "{bad}");
        }
    }
}
