//! `password_hash`: passwords as `/etc/shadow` holds them.

use super::Filter;
use super::random;
use crate::template::engine::{Args, Bound, Eval, Fault, Session, Val};
use std::rc::Rc;

pub(super) const FILTERS: &[Filter] = &[Filter::new("password_hash", password_hash)];

const SALT: &str = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn password_hash(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [scheme, salt, salt_size, rounds, _ident] =
        args.bind("password_hash", ["hashtype", "salt", "salt_size", "rounds", "ident"])?;
    let scheme = scheme.string()?.unwrap_or_else(|| "sha512".into());
    let rounds = match rounds {
        Some(r) if !r.is_null() => {
            Some(u32::try_from(Some(r).int(0)?).map_err(|_| Fault::new("rounds must be a positive number"))?)
        }
        _ => None,
    };
    let size = usize::try_from(salt_size.int(16)?).unwrap_or(16);
    let salt = match salt.string()? {
        Some(salt) => salt,
        None => new_salt(size)?,
    };
    Ok(Val::from(hash_password(&input.to_text()?, &scheme, Some(&salt), rounds)?))
}

fn new_salt(size: usize) -> Eval<String> {
    let letters: Vec<char> = SALT.chars().collect();
    (0..size.clamp(1, 16)).map(|_| Ok(letters[random::below(letters.len() as u128)? as usize])).collect()
}

/// A password hashed by `scheme` (`sha512`, `sha256` and their `_crypt` names); a new salt when there is none.
pub(crate) fn hash_password(password: &str, scheme: &str, salt: Option<&str>, rounds: Option<u32>) -> Eval<String> {
    let salt = match salt {
        Some(salt) => salt.to_owned(),
        None => new_salt(16)?,
    };
    if let Some(c) = salt.chars().find(|c| !SALT.contains(*c)) {
        return Err(Fault::new(format!("invalid characters in salt ('{c}')")));
    }
    if salt.len() > 16 {
        return Err(Fault::new("the salt must be at most 16 characters long"));
    }
    let default = if scheme.starts_with("sha256") { 535_000 } else { 656_000 };
    if let Some(r) = rounds
        && !(1000..=999_999_999).contains(&r)
    {
        return Err(Fault::new("rounds must be between 1000 and 999999999"));
    }
    let count = rounds.unwrap_or(default);
    // What crypt(3) takes for granted is not written down.
    let written = if count == 5000 { String::new() } else { format!("rounds={count}$") };
    match scheme {
        "sha512" | "sha512_crypt" => Ok(format!("$6${written}{salt}${}", sha512(password, &salt, count)?)),
        "sha256" | "sha256_crypt" => Ok(format!("$5${written}{salt}${}", sha256(password, &salt, count)?)),
        "md5" | "md5_crypt" | "blowfish" | "bcrypt" => {
            Err(Fault::new(format!("password_hash: `{scheme}` is not supported; use `sha512` or `sha256`")))
        }
        other => Err(Fault::new(format!("{other} is not in the list of supported passlib algorithms: sha256, sha512"))),
    }
}

fn sha512(password: &str, salt: &str, rounds: u32) -> Eval<String> {
    let bytes = sha_crypt::sha512_crypt(password.as_bytes(), salt.as_bytes(), params(rounds)?);
    let mut out = String::with_capacity(86);
    let mut group = (0, 21, 42);
    for _ in 0..21 {
        letters(&mut out, [bytes[group.0], bytes[group.1], bytes[group.2]], 4);
        group = (group.1 + 1, group.2 + 1, group.0 + 1);
    }
    letters(&mut out, [0, 0, bytes[63]], 2);
    Ok(out)
}

fn sha256(password: &str, salt: &str, rounds: u32) -> Eval<String> {
    let bytes = sha_crypt::sha256_crypt(password.as_bytes(), salt.as_bytes(), params(rounds)?);
    let mut out = String::with_capacity(43);
    let mut group = (0, 10, 20);
    for _ in 0..10 {
        letters(&mut out, [bytes[group.0], bytes[group.1], bytes[group.2]], 4);
        group = (group.2 + 1, group.0 + 1, group.1 + 1);
    }
    letters(&mut out, [0, bytes[31], bytes[30]], 3);
    Ok(out)
}

fn params(rounds: u32) -> Eval<sha_crypt::Params> {
    sha_crypt::Params::new(rounds).map_err(|e| Fault::new(format!("password_hash: {e}")))
}

/// crypt(3)'s own base64: six bits at a time, the lowest first.
fn letters(out: &mut String, bytes: [u8; 3], count: usize) {
    let mut bits = u32::from(bytes[0]) << 16 | u32::from(bytes[1]) << 8 | u32::from(bytes[2]);
    for _ in 0..count {
        out.push(SALT.as_bytes()[(bits & 63) as usize] as char);
        bits >>= 6;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers of `openssl passwd` and of libcrypt.
    #[test]
    fn hashes_as_crypt_does() {
        let hash = |p: &str, scheme: &str, salt: &str, rounds| {
            hash_password(p, scheme, Some(salt), Some(rounds)).map_err(|f| f.message())
        };
        assert_eq!(
            hash("Hello world!", "sha512", "saltstring", 5000).unwrap(),
            "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
        );
        assert_eq!(
            hash("Hello world!", "sha256_crypt", "saltstring", 5000).unwrap(),
            "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"
        );
        assert_eq!(
            hash("Hello world!", "sha256", "saltstringsaltst", 10000).unwrap(),
            "$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA"
        );
        assert!(hash("x", "sha512", "no blanks", 5000).is_err());
        assert!(hash("x", "md5", "salt", 5000).is_err());
    }
}
