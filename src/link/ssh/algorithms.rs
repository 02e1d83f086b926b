//! `KexAlgorithms`, `Ciphers` and `MACs` (ssh_config(5)): what is offered to a server, the best first. Old ones are there for hosts
//! whose configuration names them, and are never offered otherwise.

use super::pattern;
use russh::{Preferred, cipher, kex, mac};
use std::borrow::Cow;

/// OpenSSH's own first choices, in its order.
const KEX: &[kex::Name] = &[
    kex::MLKEM768X25519_SHA256,
    kex::CURVE25519,
    kex::CURVE25519_PRE_RFC_8731,
    kex::ECDH_SHA2_NISTP256,
    kex::ECDH_SHA2_NISTP384,
    kex::ECDH_SHA2_NISTP521,
    kex::DH_GEX_SHA256,
    kex::DH_G16_SHA512,
    kex::DH_G18_SHA512,
    kex::DH_G14_SHA256,
];

/// Processors do AES themselves; twice as fast as the library's own first choice.
const CIPHERS: &[cipher::Name] = &[
    cipher::AES_256_GCM,
    cipher::CHACHA20_POLY1305,
    cipher::AES_128_GCM,
    cipher::AES_256_CTR,
    cipher::AES_192_CTR,
    cipher::AES_128_CTR,
];

const MACS: &[mac::Name] = &[mac::HMAC_SHA512_ETM, mac::HMAC_SHA256_ETM, mac::HMAC_SHA512, mac::HMAC_SHA256];

/// What is no algorithm but a sign of what this side understands: always said.
const SIGNS: &[kex::Name] = &[kex::EXTENSION_SUPPORT_AS_CLIENT, kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT];

/// The algorithms for one host; an empty list stands for the usual ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Algorithms {
    kex: Vec<String>,
    ciphers: Vec<String>,
    macs: Vec<String>,
}

impl Algorithms {
    /// From the values of the three options. An error when nothing would be left.
    pub fn read(kex: Option<&str>, ciphers: Option<&str>, macs: Option<&str>) -> Result<Self, String> {
        Ok(Algorithms {
            kex: chosen("KexAlgorithms", kex, KEX, kex::ALL_KEX_ALGORITHMS)?,
            ciphers: chosen("Ciphers", ciphers, CIPHERS, cipher::ALL_CIPHERS)?,
            macs: chosen("MACs", macs, MACS, mac::ALL_MAC_ALGORITHMS)?,
        })
    }

    /// For the library, which fills in the rest.
    pub(super) fn preferred(&self) -> Preferred {
        let mut kex = named(&self.kex, KEX);
        kex.extend_from_slice(SIGNS);
        Preferred {
            kex: Cow::Owned(kex),
            cipher: Cow::Owned(named(&self.ciphers, CIPHERS)),
            mac: Cow::Owned(named(&self.macs, MACS)),
            ..Preferred::DEFAULT
        }
    }
}

fn named<N: Copy + for<'a> TryFrom<&'a str>>(names: &[String], usual: &[N]) -> Vec<N> {
    match names.is_empty() {
        true => usual.to_vec(),
        false => names.iter().filter_map(|name| N::try_from(name).ok()).collect(),
    }
}

/// The names an option stands for: a list, or a change (`+`, `-`, `^`) of the usual ones. Names of algorithms that only others
/// know are passed over, as long as one remains.
fn chosen<N: AsRef<str>>(option: &str, value: Option<&str>, usual: &[N], all: &[&N]) -> Result<Vec<String>, String> {
    let Some(value) = value.map(str::trim) else { return Ok(Vec::new()) };
    let (change, list) = match value.chars().next() {
        Some(sign @ ('+' | '-' | '^')) => (Some(sign), &value[1..]),
        _ => (None, value),
    };
    let usual = usual.iter().map(|name| name.as_ref().to_owned());
    // In the order of the list, each of them once. What protects nothing is nobody's choice.
    let known = |name: &&&N| !matches!(name.as_ref(), "none" | "clear");
    let matching = |pattern: &str| -> Vec<String> {
        let found = all.iter().filter(known).filter(|name| pattern::matches(pattern, name.as_ref()));
        found.map(|name| name.as_ref().to_owned()).collect()
    };
    let listed = list.split(',').flat_map(|pattern| matching(pattern.trim()));
    let mut names: Vec<String> = Vec::new();
    let all: Box<dyn Iterator<Item = String>> = match change {
        Some('+') => Box::new(usual.chain(listed)),
        Some('^') => Box::new(listed.chain(usual)),
        Some(_) => {
            let gone: Vec<String> = listed.collect();
            Box::new(usual.filter(move |name| !gone.contains(name)))
        }
        None => Box::new(listed),
    };
    for name in all {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() { Err(format!("`{option} {value}` leaves no algorithm that is known here")) } else { Ok(names) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_changes_of_the_usual() {
        let ciphers = |value: &str| Algorithms::read(None, Some(value), None).map(|all| all.ciphers.join(" "));
        let usual = CIPHERS.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" ");
        for (value, wanted) in [
            ("aes128-ctr,aes256-ctr", "aes128-ctr aes256-ctr".to_owned()),
            ("rijndael-cbc@lysator.liu.se, aes128-ctr", "aes128-ctr".into()),
            ("+aes128-cbc", format!("{usual} aes128-cbc")),
            ("+aes128-ctr", usual.clone()),
            ("^aes128-ctr", format!("aes128-ctr {}", usual.replace(" aes128-ctr", ""))),
            ("-aes*,none", "chacha20-poly1305@openssh.com".into()),
        ] {
            assert_eq!(ciphers(value), Ok(wanted), "{value}");
        }
        for value in ["none", "blowfish", "-*", ""] {
            assert!(ciphers(value).unwrap_err().contains("leaves no algorithm"), "{value}");
        }
    }

    /// SSH, "old signatures accepted": nothing of SHA-1, CBC or MD5 unless a host's configuration names it.
    #[test]
    fn nothing_old_is_offered_by_itself() {
        let preferred = Algorithms::default().preferred();
        let names = preferred.kex.iter().map(|name| name.as_ref()).chain(preferred.cipher.iter().map(|n| n.as_ref()));
        let names: Vec<&str> = names.chain(preferred.mac.iter().map(|name| name.as_ref())).collect();
        assert!(names.iter().all(|name| !name.ends_with("sha1") && !name.contains("cbc") && !name.contains("md5")));
        assert!(names.contains(&"kex-strict-c-v00@openssh.com"));
    }
}
