//! A hundred thousand generated scalars, read as PyYAML reads them. `tests/cases/yaml/record_generated.py` draws the same
//! scalars and wrote down a digest for each thousand.

use super::scalar::is_timestamp;
use super::{Data, Node, parse};
use crate::diagnostic::Source;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::Arc;

const SIZE: usize = 1000;

const PIECES: &[&str] = &[
    "0", "1", "7", "8", "9", "12", "60", "59", "0x", "0b", "0o", "-", "+", ".", "_", ":", "e", "E", "e+", "e-3", "f",
    "a", "y", "n", "yes", "no", "on", "off", "true", "False", "null", "~", " ", " ", "#", "é", "✓", "/", "=", "<<",
    ".inf", ".nan", "word", "(", ")", ";", "$", "^", "\\", "'", "\"", ",", "[", "]", "{", "}", "!", "?", "x&", "*",
    "x|", "x>", "%", "@", "`", ": ", " #", "- ",
];
const DIGITS: &[u8] = b"0123456789_.:+-eExXobabcdef";
const WORDS: &[&str] =
    &["yes", "no", "on", "off", "true", "false", "null", "none", "y", "n", ".inf", ".nan", "-.inf", "+.inf", "nan"];
const ESCAPES: &[&str] = &[
    "\\n",
    "\\t",
    "\\\\",
    "\\\"",
    "\\x41",
    "\\u00e9",
    "\\U0001F600",
    "\\0",
    "\\e",
    "\\/",
    "\\N",
    "\\_",
    "\\a",
    " ",
    "x",
    "é",
    "#",
    ": ",
    "'",
    "1",
    "\\q",
    "\\x4",
];
const LINES: &[&str] = &["a", " b", "", "long line here", "c: d", "# e", "- f", "it's", "1", "é"];
const SEPARATORS: &[&str] = &["-", "-", ":", " ", "T", "t", ".", "+", "Z"];
const HEADS: &[&str] = &["|", ">", "|-", ">-", "|+", ">+", "|2", ">2"];
const TAILS: &[&str] = &["", "", "", " ", " # c", "x"];

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % limit as u64) as usize
    }
    fn pick<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.below(items.len())]
    }
    fn several(&mut self, count: usize, items: &[&str]) -> String {
        (0..count).map(|_| self.pick(items)).collect()
    }
}

fn capitalized(word: &str) -> String {
    word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect()
}

fn scalar(random: &mut Random) -> String {
    let kind = random.below(8);
    match kind {
        0 | 1 => {
            let count = 1 + random.below(6);
            format!(" {}", random.several(count, PIECES))
        }
        2 | 3 => {
            let count = 1 + random.below(10);
            let digits = (0..count).map(|_| DIGITS[random.below(DIGITS.len())] as char);
            format!(" {}", digits.collect::<String>())
        }
        4 => {
            let word = random.pick(WORDS);
            let word = match random.below(4) {
                0 => word.to_owned(),
                1 => word.to_uppercase(),
                // Both are the same, as the script's are.
                _ => capitalized(word),
            };
            format!(" {word}{}", random.pick(TAILS))
        }
        5 => {
            let count = random.below(5);
            format!(" '{}'", random.several(count, PIECES).replace('\'', "''"))
        }
        6 => {
            let count = random.below(6);
            format!(" \"{}\"", random.several(count, ESCAPES))
        }
        _ if random.below(2) == 0 => {
            let mut date = format!(" {:04}", random.below(3000));
            for _ in 0..random.below(7) {
                let separator = random.pick(SEPARATORS);
                let width = 1 + random.below(2);
                let number = random.below(60);
                write!(date, "{separator}{number:0width$}").unwrap();
            }
            date
        }
        _ => {
            let mut text = format!(" {}", random.pick(HEADS));
            for _ in 0..1 + random.below(4) {
                text.push_str("\n  ");
                text.push_str(random.pick(LINES));
            }
            text
        }
    }
}

fn meaning(text: &str) -> String {
    let source = Arc::new(Source { path: "<generated>".into(), text: format!("k:{text}\n") });
    let Ok(documents) = parse(&source, &mut Vec::new()) else { return "error".into() };
    let [document] = &documents[..] else { return "error".into() };
    let (Some([(key, node)]), true) = (document.as_map(), document.get("k").is_some()) else { return "other".into() };
    assert_eq!(key.as_str(), Some("k"));
    match node {
        Node { data, .. } if matches!(&**data, Data::Scalar { written, plain: true, .. } if is_timestamp(written)) => {
            "date".into()
        }
        node => match node.to_value() {
            Ok(value) => format!("{} {}", value.type_name(), value.repr()),
            Err(_) => "error".into(),
        },
    }
}

#[test]
fn generated_scalars_mean_what_pyyaml_says() {
    let table = include_str!("../../tests/cases/yaml/generated.tsv");
    let mut differing = Vec::new();
    let mut count = 0;
    for line in table.lines().filter(|l| !l.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [number, digest, first] = fields[..] else { panic!("{line}") };
        let mut random = Random(0x9E37_79B9_7F4A_7C15 + number.parse::<u64>().unwrap());
        let mut lines = String::new();
        for n in 0..SIZE {
            let text = scalar(&mut random);
            let json = serde_json::to_string(&text).unwrap();
            assert!(n > 0 || json == first, "block {number} is not the script's: {json} for {first}");
            writeln!(lines, "{json}\t{}", meaning(&text)).unwrap();
            count += 1;
        }
        if hex::encode(Sha256::digest(&lines)) != digest {
            let seen = std::env::temp_dir().join(format!("hostler-yaml-{number}.tsv"));
            std::fs::write(&seen, lines).unwrap();
            differing.push(format!("record_generated.py {number} | diff - {}", seen.display()));
        }
    }
    assert!(count >= 100_000, "the table is too short: {count}");
    assert!(differing.is_empty(), "blocks differ from PyYAML; compare:\n{}", differing.join("\n"));
}
