//! The forms in which a secret may come back: as it is, and as JSON, URLs and base64 write it.

use base64::Engine;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What Python's `quote` leaves as it is, and everything but that which URLs always leave.
const QUOTED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const PATH: &AsciiSet = &QUOTED.remove(b'/');

/// Bits of a letter of base64.
const LETTER: usize = 6;
/// Letters of base64 below which a stretch would be found by chance.
const ENOUGH: usize = 8;

/// Every form of a secret, itself first; each once.
pub(super) fn of(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned()];
    let json = serde_json::Value::from(secret).to_string();
    forms.push(json[1..json.len() - 1].to_owned());
    forms.push(ascii(&forms[1]));
    forms.push(utf8_percent_encode(secret, QUOTED).to_string());
    forms.push(utf8_percent_encode(secret, PATH).to_string());
    forms.push(forms[3].replace("%20", "+"));
    for alphabet in [&STANDARD, &URL_SAFE] {
        forms.extend((0..3).filter_map(|shift| within(secret, alphabet, shift)));
    }
    let mut seen = std::collections::HashSet::new();
    forms.retain(|form| seen.insert(form.clone()));
    forms
}

/// JSON without letters beyond ASCII, as Python writes it.
fn ascii(json: &str) -> String {
    let mut out = String::new();
    for letter in json.chars() {
        if letter.is_ascii() {
            out.push(letter);
        } else {
            let mut units = [0; 2];
            letter.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        }
    }
    out
}

/// The letters of base64 that only the secret decides, where `shift` bytes (of each three) stand before it.
fn within(secret: &str, alphabet: &Alphabet, shift: usize) -> Option<String> {
    let mut bytes = vec![0; shift];
    bytes.extend_from_slice(secret.as_bytes());
    let text = GeneralPurpose::new(alphabet, NO_PAD).encode(&bytes);
    let (first, end) = ((shift * 8).div_ceil(LETTER), bytes.len() * 8 / LETTER);
    text.get(first..end).filter(|own| own.len() >= ENOUGH).map(str::to_owned)
}
