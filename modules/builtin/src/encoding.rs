//! Text encodings by Python's names, as `replace: encoding` and `template: output_encoding` take them. Those that
//! configuration files are written in are here; another name is an error that says so.

/// A text encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// `utf-8`
    Utf8,
    /// `utf-8-sig`: UTF-8 with a byte order mark in front.
    Utf8Sig,
    /// `ascii`
    Ascii,
    /// `latin-1`, `iso-8859-1`
    Latin1,
    /// `iso-8859-15`
    Latin9,
    /// `cp1252`, `windows-1252`
    Windows1252,
    /// `utf-16`: with a byte order mark; little endian when written.
    Utf16,
    /// `utf-16-le`
    Utf16Le,
    /// `utf-16-be`
    Utf16Be,
}

/// What bytes 0x80 to 0x9F are in Windows-1252; zero where nothing is assigned.
const WINDOWS_1252: [u16; 32] = [
    0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0, 0,
    0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178,
];

/// Where ISO 8859-15 differs from ISO 8859-1.
const LATIN_9: [(u8, char); 8] =
    [(0xA4, '€'), (0xA6, 'Š'), (0xA8, 'š'), (0xB4, 'Ž'), (0xB8, 'ž'), (0xBC, 'Œ'), (0xBD, 'œ'), (0xBE, 'Ÿ')];

impl Encoding {
    /// Python's name.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf8Sig => "utf-8-sig",
            Encoding::Ascii => "ascii",
            Encoding::Latin1 => "latin-1",
            Encoding::Latin9 => "iso-8859-15",
            Encoding::Windows1252 => "cp1252",
            Encoding::Utf16 => "utf-16",
            Encoding::Utf16Le => "utf-16-le",
            Encoding::Utf16Be => "utf-16-be",
        }
    }

    /// The encoding of this name; case, `_` and `-` do not matter, as in Python. The error is a sentence.
    pub fn named(name: &str) -> Result<Self, String> {
        let plain: String = name.to_lowercase().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        Ok(match plain.as_str() {
            "utf8" | "u8" | "utf" => Encoding::Utf8,
            "utf8sig" => Encoding::Utf8Sig,
            "ascii" | "usascii" | "646" => Encoding::Ascii,
            "latin1" | "latin" | "l1" | "iso88591" | "88591" | "cp819" => Encoding::Latin1,
            "latin9" | "l9" | "iso885915" => Encoding::Latin9,
            "cp1252" | "windows1252" | "1252" => Encoding::Windows1252,
            "utf16" | "u16" => Encoding::Utf16,
            "utf16le" | "unicodelittleunmarked" => Encoding::Utf16Le,
            "utf16be" | "unicodebigunmarked" => Encoding::Utf16Be,
            _ => {
                return Err(format!(
                    "unknown encoding: {name} (known are utf-8, utf-8-sig, ascii, latin-1, iso-8859-15, cp1252, utf-16, utf-16-le, utf-16-be)"
                ));
            }
        })
    }

    /// Bytes as text; the error says which byte does not belong.
    pub fn decode(self, bytes: &[u8]) -> Result<String, String> {
        match self {
            Encoding::Utf8 => utf8(bytes),
            Encoding::Utf8Sig => utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)),
            Encoding::Utf16 => match bytes {
                [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
                [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
                _ => utf16(bytes, u16::from_le_bytes),
            },
            Encoding::Utf16Le => utf16(bytes, u16::from_le_bytes),
            Encoding::Utf16Be => utf16(bytes, u16::from_be_bytes),
            _ => bytes
                .iter()
                .enumerate()
                .map(|(at, byte)| {
                    self.char_of(*byte).ok_or_else(|| format!("can't decode byte 0x{byte:02x} in position {at}"))
                })
                .collect(),
        }
    }

    /// Text as bytes; the error names the character that the encoding lacks.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, String> {
        let units = |to: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(to).collect::<Vec<u8>>();
        Ok(match self {
            Encoding::Utf8 => text.as_bytes().to_vec(),
            Encoding::Utf8Sig => [b"\xEF\xBB\xBF".as_slice(), text.as_bytes()].concat(),
            Encoding::Utf16 => [vec![0xFF, 0xFE], units(u16::to_le_bytes)].concat(),
            Encoding::Utf16Le => units(u16::to_le_bytes),
            Encoding::Utf16Be => units(u16::to_be_bytes),
            _ => {
                let byte_of = |c: char| (0..=255).find(|byte| self.char_of(*byte) == Some(c));
                let mut out = Vec::with_capacity(text.len());
                for (at, c) in text.chars().enumerate() {
                    out.push(byte_of(c).ok_or_else(|| format!("can't encode character {c:?} in position {at}"))?);
                }
                out
            }
        })
    }

    /// The character of a byte in an encoding of one byte a character.
    fn char_of(self, byte: u8) -> Option<char> {
        match self {
            Encoding::Ascii if byte >= 0x80 => None,
            Encoding::Windows1252 if (0x80..0xA0).contains(&byte) => {
                let code = WINDOWS_1252[usize::from(byte) - 0x80];
                if code == 0 { None } else { char::from_u32(u32::from(code)) }
            }
            Encoding::Latin9 => Some(LATIN_9.iter().find(|(b, _)| *b == byte).map_or(char::from(byte), |(_, c)| *c)),
            _ => Some(char::from(byte)),
        }
    }
}

fn utf8(bytes: &[u8]) -> Result<String, String> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(e) => {
            let at = e.valid_up_to();
            Err(format!(
                "'utf-8' codec can't decode byte 0x{:02x} in position {at}",
                bytes.get(at).copied().unwrap_or_default()
            ))
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err("'utf-16' codec can't decode: truncated data".to_owned());
    }
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .collect::<Result<String, _>>()
        .map_err(|e| format!("'utf-16' codec can't decode: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for (name, text, bytes) in [
            ("utf-8", "é€", b"\xC3\xA9\xE2\x82\xAC".as_slice()),
            ("UTF_8_sig", "a", b"\xEF\xBB\xBFa"),
            ("latin-1", "é", b"\xE9"),
            ("iso8859-15", "€", b"\xA4"),
            ("cp1252", "€é", b"\x80\xE9"),
            ("utf-16", "é", b"\xFF\xFE\xE9\x00"),
            ("utf-16-be", "a😀", b"\x00a\xD8\x3D\xDE\x00"),
        ] {
            let encoding = Encoding::named(name).unwrap();
            assert_eq!(encoding.encode(text).unwrap(), bytes, "{name}");
            assert_eq!(encoding.decode(bytes).unwrap(), text, "{name}");
        }
    }

    #[test]
    fn what_does_not_fit_is_told() {
        assert!(Encoding::named("ebcdic").unwrap_err().contains("unknown encoding: ebcdic"));
        assert!(Encoding::Ascii.encode("é").unwrap_err().contains("position 0"));
        assert!(Encoding::Utf8.decode(b"a\xFF").unwrap_err().contains("0xff in position 1"));
        assert!(Encoding::Windows1252.decode(b"\x81").is_err());
        assert!(Encoding::Utf16Le.decode(b"\x00").is_err());
    }
}
