//! `password_hash`: passwords as `/etc/shadow` holds them.

use super::Filter;
use super::random;
use crate::template::engine::{Args, Bound, Eval, Fault, Session, Val};
use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use md5::{Digest, Md5};
use std::rc::Rc;
use std::sync::LazyLock;

pub(super) const FILTERS: &[Filter] = &[Filter::new("password_hash", password_hash)];

const SALT: &str = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn password_hash(session: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    session.fleeting();
    let [scheme, salt, salt_size, rounds, ident] =
        args.bind("password_hash", ["hashtype", "salt", "salt_size", "rounds", "ident"])?;
    let scheme = scheme.string()?.unwrap_or_else(|| "sha512".into());
    let rounds = match rounds {
        Some(r) if !r.is_null() => {
            Some(u32::try_from(Some(r).int(0)?).map_err(|_| Fault::new("rounds must be a positive number"))?)
        }
        _ => None,
    };
    let size = match salt_size {
        Some(n) if !n.is_null() => {
            let number = Some(n).int(16).map_err(|_| Fault::new("salt_size must be an integer"))?;
            Some(usize::try_from(number).unwrap_or(16))
        }
        _ => None,
    };
    let salt = match (salt.string()?, size) {
        (Some(salt), _) => Some(salt),
        (None, Some(size)) => Some(new_salt(size.clamp(1, 16))?),
        (None, None) => None,
    };
    let options = HashOptions { salt, rounds, ident: ident.string()? };
    Ok(Val::from(hash_password(&input.to_text()?, &scheme, options)?))
}

fn new_salt(size: usize) -> Eval<String> {
    let letters: Vec<char> = SALT.chars().collect();
    (0..size).map(|_| Ok(letters[random::below(letters.len() as u128)? as usize])).collect()
}

/// How long a scheme's salt is.
pub(crate) fn salt_size(scheme: &str) -> usize {
    match scheme {
        "md5" | "md5_crypt" => 8,
        "blowfish" | "bcrypt" => 22,
        _ => 16,
    }
}

/// How a password is hashed; what is not given is chosen as passlib chooses it.
#[derive(Default)]
pub(crate) struct HashOptions {
    pub salt: Option<String>,
    pub rounds: Option<u32>,
    /// The variant of bcrypt.
    pub ident: Option<String>,
}

/// A password hashed by `scheme`: `sha512`, `sha256`, `md5`, `blowfish` and their names with `_crypt`.
pub(crate) fn hash_password(password: &str, scheme: &str, options: HashOptions) -> Eval<String> {
    let longest = salt_size(scheme);
    let scheme = match scheme {
        "sha512" | "sha512_crypt" => Scheme::Sha512,
        "sha256" | "sha256_crypt" => Scheme::Sha256,
        "md5" | "md5_crypt" => Scheme::Md5,
        "blowfish" | "bcrypt" => Scheme::Bcrypt,
        other => {
            return Err(Fault::new(format!(
                "{other} is not in the list of supported passlib algorithms: md5, blowfish, sha256, sha512"
            )));
        }
    };
    let (least, most) = if scheme == Scheme::Bcrypt { (4, 31) } else { (1000, 999_999_999) };
    let salt = match options.salt {
        Some(salt) => salt,
        None => new_salt(longest)?,
    };
    if let Some(c) = salt.chars().find(|c| !SALT.contains(*c)) {
        return Err(Fault::new(format!("invalid characters in salt ('{c}')")));
    }
    if salt.len() > longest || (scheme == Scheme::Bcrypt && salt.len() != longest) {
        return Err(Fault::new(format!("invalid salt size, should be {longest} characters")));
    }
    if let (Some(rounds), true) = (options.rounds, scheme != Scheme::Md5)
        && !(least..=most).contains(&rounds)
    {
        return Err(Fault::new(format!("Could not hash the secret. rounds must be between {least} and {most}")));
    }
    // What crypt(3) takes for granted is not written down.
    let written = |count: u32| if count == 5000 { String::new() } else { format!("rounds={count}$") };
    match scheme {
        Scheme::Sha512 => {
            let count = options.rounds.unwrap_or(656_000);
            Ok(format!("$6${}{salt}${}", written(count), sha512(password, &salt, count)?))
        }
        Scheme::Sha256 => {
            let count = options.rounds.unwrap_or(535_000);
            Ok(format!("$5${}{salt}${}", written(count), sha256(password, &salt, count)?))
        }
        Scheme::Md5 => Ok(format!("$1${salt}${}", md5(password, &salt))),
        Scheme::Bcrypt => bcrypt(password, &salt, options.rounds.unwrap_or(12), options.ident.as_deref()),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Sha512,
    Sha256,
    Md5,
    Bcrypt,
}

fn bcrypt(password: &str, salt: &str, cost: u32, ident: Option<&str>) -> Eval<String> {
    let version = match ident.unwrap_or("2b") {
        "2a" => bcrypt::Version::TwoA,
        "2b" => bcrypt::Version::TwoB,
        "2x" => bcrypt::Version::TwoX,
        "2y" => bcrypt::Version::TwoY,
        other => return Err(Fault::new(format!("password_hash: unknown ident '{other}'"))),
    };
    let wrong = |e: String| Fault::new(format!("password_hash: {e}"));
    let bytes = BCRYPT_LETTERS.decode(salt).map_err(|e| wrong(e.to_string()))?;
    let bytes: [u8; 16] = bytes.try_into().map_err(|_| wrong("the salt must be 22 characters long".into()))?;
    let hashed = bcrypt::hash_with_salt(password, cost, bytes).map_err(|e| wrong(e.to_string()))?;
    Ok(hashed.format_for_version(version))
}

/// bcrypt's own order of base64's letters.
static BCRYPT_LETTERS: LazyLock<GeneralPurpose> = LazyLock::new(|| {
    let config = GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&base64::alphabet::BCRYPT, config)
});

/// Poul-Henning Kamp's MD5-based crypt, as libcrypt has it.
fn md5(password: &str, salt: &str) -> String {
    let (key, salt) = (password.as_bytes(), salt.as_bytes());
    let digest = |parts: &[&[u8]]| Md5::digest(parts.concat());
    let alternate = digest(&[key, salt, key]);
    let mut first = [key, b"$1$", salt].concat();
    first.extend((0..key.len()).map(|n| alternate[n % 16]));
    let mut bits = key.len();
    while bits > 0 {
        first.push(if bits & 1 == 1 { 0 } else { key[0] });
        bits >>= 1;
    }
    let mut last = Md5::digest(&first);
    for n in 0..1000 {
        let mut parts: Vec<&[u8]> = vec![if n & 1 == 1 { key } else { &last }];
        if n % 3 != 0 {
            parts.push(salt);
        }
        if n % 7 != 0 {
            parts.push(key);
        }
        parts.push(if n & 1 == 1 { &last } else { key });
        last = digest(&parts);
    }
    let mut out = String::with_capacity(22);
    for (a, b, c) in [(0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)] {
        letters(&mut out, [last[a], last[b], last[c]], 4);
    }
    letters(&mut out, [0, 0, last[11]], 2);
    out
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
            let options = HashOptions { salt: Some(salt.into()), rounds: Some(rounds), ident: None };
            hash_password(p, scheme, options).map_err(|f| f.message())
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
        assert_eq!(hash("pass", "md5", "abcdefgh", 5000).unwrap(), "$1$abcdefgh$1s0bv7.OjNizlrMAOIQD7.");
    }
}
