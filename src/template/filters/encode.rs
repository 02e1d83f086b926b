//! Digests, base64 and UUIDs.

use super::Filter;
use crate::template::engine::{Args, Bound, Eval, Fault, Session, Val};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use hostler_sdk::bytes;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use std::rc::Rc;

pub(super) const FILTERS: &[Filter] = &[
    Filter::new("b64encode", encode),
    Filter::new("b64decode", decode),
    Filter::new("hash", |_, v, a| {
        let [kind] = a.bind("hash", ["hashtype"])?;
        digest(&v, &kind.string()?.unwrap_or_else(|| "sha1".into()))
    }),
    Filter::new("checksum", |_, v, a| a.none("checksum").and_then(|()| digest(&v, "sha1"))),
    Filter::new("sha1", |_, v, a| a.none("sha1").and_then(|()| digest(&v, "sha1"))),
    Filter::new("md5", |_, v, a| a.none("md5").and_then(|()| digest(&v, "md5"))),
    Filter::new("to_uuid", to_uuid),
];

fn encoding(name: Option<String>) -> Eval<Encoding> {
    match name.unwrap_or_else(|| "utf-8".into()).to_lowercase().replace('_', "-").as_str() {
        "utf-8" | "utf8" | "ascii" | "us-ascii" => Ok(Encoding::Utf8),
        "utf-16-le" | "utf-16le" => Ok(Encoding::Utf16Le),
        "utf-16-be" | "utf-16be" => Ok(Encoding::Utf16Be),
        "latin-1" | "latin1" | "iso-8859-1" => Ok(Encoding::Latin1),
        other => Err(Fault::new(format!("unknown encoding: {other}"))),
    }
}

#[derive(Clone, Copy)]
enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    Latin1,
}

fn encode(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [name, safe] = args.bind("b64encode", ["encoding", "urlsafe"])?;
    let text = input.to_text()?;
    let bytes: Vec<u8> = match encoding(name.string()?)? {
        Encoding::Utf8 => bytes::of_text(&text).into_owned(),
        Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        Encoding::Latin1 => text
            .chars()
            .map(|c| {
                u8::try_from(c as u32).map_err(|_| Fault::new(format!("'latin-1' codec can't encode character '{c}'")))
            })
            .collect::<Eval<_>>()?,
    };
    Ok(Val::from(if safe.flag(false)? { URL_SAFE.encode(bytes) } else { STANDARD.encode(bytes) }))
}

fn decode(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [name, safe] = args.bind("b64decode", ["encoding", "urlsafe"])?;
    // Python skips what is no letter of the alphabet, line breaks above all.
    let url = safe.flag(false)?;
    let text = input.to_text()?;
    let extra = if url { "-_" } else { "+/" };
    let clean: String = text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '=' || extra.contains(*c)).collect();
    let decoded = if url { URL_SAFE.decode(clean) } else { STANDARD.decode(clean) };
    let decoded = decoded.map_err(|e| Fault::new(format!("could not decode the base64 text: {e}")))?;
    let wrong = || Fault::new("the decoded bytes are no text in this encoding");
    let pairs = |read: fn([u8; 2]) -> u16| -> Eval<String> {
        let units: Vec<u16> = decoded.chunks_exact(2).map(|c| read([c[0], c[1]])).collect();
        String::from_utf16(&units).map_err(|_| wrong())
    };
    Ok(Val::from(match encoding(name.string()?)? {
        // A keystore is as welcome as a text.
        Encoding::Utf8 => bytes::to_text(decoded),
        Encoding::Utf16Le => pairs(u16::from_le_bytes)?,
        Encoding::Utf16Be => pairs(u16::from_be_bytes)?,
        Encoding::Latin1 => decoded.iter().map(|b| *b as char).collect(),
    }))
}

fn digest(value: &Val, kind: &str) -> Eval<Val> {
    let text = value.to_text()?;
    let bytes = bytes::of_text(&text);
    let bytes = bytes.as_ref();
    Ok(Val::from(match kind.to_lowercase().replace('-', "").as_str() {
        "md5" => hex::encode(Md5::digest(bytes)),
        "sha1" => hex::encode(Sha1::digest(bytes)),
        "sha224" => hex::encode(Sha224::digest(bytes)),
        "sha256" => hex::encode(Sha256::digest(bytes)),
        "sha384" => hex::encode(Sha384::digest(bytes)),
        "sha512" => hex::encode(Sha512::digest(bytes)),
        "sha3_224" => hex::encode(sha3::Sha3_224::digest(bytes)),
        "sha3_256" => hex::encode(sha3::Sha3_256::digest(bytes)),
        "sha3_384" => hex::encode(sha3::Sha3_384::digest(bytes)),
        "sha3_512" => hex::encode(sha3::Sha3_512::digest(bytes)),
        "blake2b" => hex::encode(blake2::Blake2b512::digest(bytes)),
        "blake2s" => hex::encode(blake2::Blake2s256::digest(bytes)),
        _ => return Err(Fault::new(format!("unsupported hash type {kind}"))),
    }))
}

/// Ansible's own name space of UUIDs.
const NAMESPACE: &str = "361E6D51-FAEC-444A-9079-341386DA8E2E";

/// A UUID of version 5.
fn to_uuid(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [space] = args.bind("to_uuid", ["namespace"])?;
    let space = space.string()?.unwrap_or_else(|| NAMESPACE.to_owned());
    let wrong = || Fault::new(format!("Invalid value '{space}' for 'namespace': badly formed hexadecimal UUID string"));
    let digits: String = space.chars().filter(|c| !matches!(c, '-' | '{' | '}')).collect();
    let space_bytes = hex::decode(digits).ok().filter(|b| b.len() == 16).ok_or_else(wrong)?;
    let mut hash = Sha1::new();
    hash.update(&space_bytes);
    hash.update(input.to_text()?.as_bytes());
    let digest = hash.finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x50;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hex::encode(bytes);
    let parts = [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]];
    Ok(Val::from(parts.join("-")))
}
