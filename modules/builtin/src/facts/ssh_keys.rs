//! The host's public SSH keys.

use super::text;
use hostler_sdk::{Look, Map};

pub(super) fn gather(look: &Look) -> Map {
    let mut out = Map::new();
    for dir in ["/etc/ssh", "/etc/openssh", "/etc"] {
        for kind in ["dsa", "rsa", "ecdsa", "ed25519"] {
            let Some(line) = text(look, &format!("{dir}/ssh_host_{kind}_key.pub")) else { continue };
            let mut words = line.split_whitespace();
            if let (Some(algorithm), Some(key)) = (words.next(), words.next()) {
                out.set(format!("ssh_host_key_{kind}_public"), key);
                out.set(format!("ssh_host_key_{kind}_public_keytype"), algorithm);
            }
        }
        if !out.is_empty() {
            break;
        }
    }
    out
}
