//! Bytes that are no text, inside text: what base64 held may be a keystore. As in Python (`surrogateescape`), each byte that is no part of
//! UTF-8 is one character, from a range that is nobody's (a plane for private use), and becomes that byte again where bytes are wanted.

use crate::value::Value;
use std::borrow::Cow;

/// What is added to a byte.
const BASE: u32 = 0x10_FE00;

/// What every character of the range begins with in UTF-8.
const LEAD: u8 = 0xF4;

fn stray(c: char) -> Option<u8> {
    u8::try_from((c as u32).wrapping_sub(BASE)).ok().filter(|byte| *byte >= 0x80)
}

/// Bytes as text. What is no UTF-8 becomes stray characters, and so does what would be read as such.
pub fn to_text(bytes: Vec<u8>) -> String {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) if !has_strays(&text) => return text,
        Ok(text) => text.into_bytes(),
        Err(no_text) => no_text.into_bytes(),
    };
    let mut out = String::with_capacity(bytes.len());
    let push = |out: &mut String, bytes: &[u8]| {
        out.extend(bytes.iter().filter_map(|byte| char::from_u32(BASE + u32::from(*byte))));
    };
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match stray(c) {
                Some(_) => push(&mut out, c.encode_utf8(&mut [0; 4]).as_bytes()),
                None => out.push(c),
            }
        }
        push(&mut out, chunk.invalid());
    }
    out
}

/// The bytes that a text stands for.
pub fn of_text(text: &str) -> Cow<'_, [u8]> {
    if !has_strays(text) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        match stray(c) {
            Some(byte) => out.push(byte),
            None => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Cow::Owned(out)
}

/// Whether a text holds bytes that are no text.
pub fn has_strays(text: &str) -> bool {
    text.as_bytes().contains(&LEAD) && text.chars().any(|c| stray(c).is_some())
}

/// Whether any text inside a value does.
pub fn strays_in(value: &Value) -> bool {
    match value {
        Value::Str(text) => has_strays(text),
        Value::List(items) => items.iter().any(strays_in),
        Value::Map(map) => map.iter().any(|(key, value)| key.as_str().is_some_and(has_strays) || strays_in(value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Map;

    #[test]
    fn all_bytes_come_back() {
        let all: Vec<u8> = (0..=255).collect();
        let text = to_text(all.clone());
        assert_eq!((text.chars().count(), of_text(&text).as_ref()), (256, all.as_slice()));
        assert!(has_strays(&text));
        for kept in ["", "plain", "b\u{fc}cher \u{1f600}", "\u{10ffff}"] {
            assert_eq!(to_text(kept.as_bytes().to_vec()), kept);
            assert_eq!(of_text(kept).as_ref(), kept.as_bytes());
        }
    }

    #[test]
    fn what_looks_like_a_stray_comes_back_as_it_was() {
        let bytes = "a\u{10fe80}b".as_bytes().to_vec();
        let text = to_text(bytes.clone());
        assert_eq!((text.chars().count(), of_text(&text).into_owned()), (6, bytes));
    }

    #[test]
    fn strays_are_found_anywhere() {
        let deep = Map::from_iter([("a", Value::from(vec![Value::from(to_text(vec![0xff]))]))]);
        assert!(strays_in(&deep.into()) && !strays_in(&Value::from("a")));
    }
}
