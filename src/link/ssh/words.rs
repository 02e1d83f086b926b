//! What ended a handshake, in the operator's words: the library's own do not say what could be done about it.

use russh::client::GexParams;
use russh::{AlgorithmKind, Error};

/// Names of a server's list that are shown.
const NAMES: usize = 8;

/// The words for an error of a handshake. What is the server's in them is fit for a terminal.
pub fn of(e: &Error) -> String {
    match e {
        Error::NoCommonAlgo { kind, theirs, .. } => {
            let (what, option) = match kind {
                AlgorithmKind::Kex => ("way of key exchange", Some("KexAlgorithms")),
                AlgorithmKind::Key => ("kind of host key", None),
                AlgorithmKind::Cipher => ("cipher", Some("Ciphers")),
                AlgorithmKind::Compression => ("compression", None),
                AlgorithmKind::Mac => ("message authentication", Some("MACs")),
            };
            let off = match option {
                Some(option) => format!("off here unless the option `{option}` names it"),
                None => "unknown here".into(),
            };
            format!("there is no common {what}: what the server knows is {off} ({})", some(theirs))
        }
        Error::KexInit => {
            let least = GexParams::default().min_group_size();
            format!("the server spoke out of turn, or chose a Diffie-Hellman group of less than {least} bits")
        }
        Error::Inconsistent => "the server's half of the key exchange would leave no secret".into(),
        e => e.to_string(),
    }
}

fn some(names: &[String]) -> String {
    // Signs of what a server understands stand among its ways of key exchange.
    let ways = || names.iter().filter(|name| !name.starts_with("kex-strict-") && !name.starts_with("ext-info-"));
    let mut list: Vec<String> = ways().take(NAMES).map(|name| name.escape_debug().take(64).collect()).collect();
    if ways().count() > NAMES {
        list.push("...".into());
    }
    list.join(", ")
}
