//! What `%h` and its kin stand for in values of ssh's configuration (ssh_config(5), TOKENS), and `~` and `${NAME}`.

use sha1::Digest as _;

/// The connection that tokens speak of.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    /// `%n`: the host as it was asked for.
    pub alias: String,
    /// `%h`: its name or address.
    pub address: String,
    /// `%p`
    pub port: u16,
    /// `%r`: the user there.
    pub user: String,
    /// `%j`: the value of `ProxyJump`.
    pub jump: String,
    /// `%k`: the name its keys are recorded under.
    pub key_alias: Option<String>,
}

impl Tokens {
    /// The value with its tokens replaced; what is no token stays as it is.
    pub fn expand(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            match rest.next() {
                Some(token) => match self.token(token) {
                    Some(value) => out.push_str(&value),
                    None => out.extend(['%', token]),
                },
                None => out.push('%'),
            }
        }
        out
    }

    /// The same for the name of a file: `~/` and `${NAME}` are replaced too.
    pub fn path(&self, text: &str) -> String {
        let text = match (text.strip_prefix("~/"), std::env::home_dir()) {
            (Some(rest), Some(home)) => home.join(rest).to_string_lossy().into_owned(),
            _ => text.to_owned(),
        };
        self.expand(&variables(&text))
    }

    fn token(&self, token: char) -> Option<String> {
        Some(match token {
            '%' => "%".into(),
            'h' => self.address.clone(),
            'n' => self.alias.clone(),
            'p' => self.port.to_string(),
            'r' => self.user.clone(),
            'j' => self.jump.clone(),
            'k' => self.key_alias.clone().unwrap_or_else(|| self.alias.clone()),
            'd' => std::env::home_dir().unwrap_or_default().to_string_lossy().into_owned(),
            'u' => login_name(),
            'i' => rustix::process::getuid().as_raw().to_string(),
            'l' => here(),
            'L' => here().split('.').next().unwrap_or_default().to_owned(),
            'C' => {
                let all = format!("{}{}{}{}{}", here(), self.address, self.port, self.user, self.jump);
                hex::encode(sha1::Sha1::digest(all))
            }
            'T' => "NONE".into(),
            _ => return None,
        })
    }
}

/// `${NAME}` replaced by the environment's value; a variable that is not set stays as it is.
fn variables(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        match after.split_once('}').map(|(name, tail)| (std::env::var(name), name, tail)) {
            Some((Ok(value), _, tail)) => {
                out.push_str(&value);
                rest = tail;
            }
            Some((Err(_), name, tail)) => {
                out.push_str(&format!("${{{name}}}"));
                rest = tail;
            }
            None => {
                out.push_str("${");
                rest = after;
            }
        }
    }
    out + rest
}

/// The name of this machine.
fn here() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The name of the user this process runs as.
pub fn login_name() -> String {
    let uid = rustix::process::getuid().as_raw();
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let listed = passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    });
    // Accounts of a directory service are in no file; their sessions have the name in the environment.
    listed.or_else(|| std::env::var("USER").ok()).or_else(|| std::env::var("LOGNAME").ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_replaced() {
        let tokens = Tokens {
            alias: "web".into(),
            address: "10.0.0.1".into(),
            port: 22,
            user: "me".into(),
            ..Tokens::default()
        };
        for (text, wanted) in [
            ("%h:%p", "10.0.0.1:22"),
            ("%r@%n %% %x %", "me@web % %x %"),
            ("%k%j", "web"),
            ("${HOSTLER_NOT_SET}/${", "${HOSTLER_NOT_SET}/${"),
        ] {
            assert_eq!(tokens.path(text), wanted);
        }
        assert_eq!(tokens.expand("%C").len(), 40);
    }
}
