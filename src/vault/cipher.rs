//! The cryptography of a vault: PBKDF2 makes the keys, the HMAC is verified before anything is decrypted.

use super::armour::Armour;
use aes::cipher::{KeyIvInit, StreamCipher};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Rounds of PBKDF2 in every vault.
const ROUNDS: u32 = 10_000;
const BLOCK: usize = 16;

/// Keys for one password and salt: cipher, HMAC, counter.
pub type Keys = Zeroizing<[u8; 80]>;

/// Makes the keys: the slow part, some milliseconds.
pub fn keys(password: &[u8], salt: &[u8]) -> Keys {
    let mut keys = Zeroizing::new([0; 80]);
    pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, ROUNDS, keys.as_mut_slice());
    keys
}

/// The plain text; `None` when the keys are not those it was encrypted with, or it was changed.
pub fn open(armour: &Armour, keys: &Keys) -> Option<Zeroizing<Vec<u8>>> {
    // Compares in constant time.
    mac(keys, &armour.ciphertext)?.verify_slice(&armour.mac).ok()?;
    let mut text = Zeroizing::new(armour.ciphertext.clone());
    apply(keys, &mut text)?;
    let padding = usize::from(*text.last()?);
    let length = text.len().checked_sub(padding)?;
    if padding == 0 || padding > BLOCK || text[length..].iter().any(|byte| usize::from(*byte) != padding) {
        return None;
    }
    text.truncate(length);
    Some(text)
}

/// Encrypts with a salt that was not used before.
pub fn seal(text: &[u8], password: &[u8], salt: Vec<u8>, id: Option<String>) -> Option<Armour> {
    let keys = keys(password, &salt);
    let padding = BLOCK - text.len() % BLOCK;
    let mut ciphertext = text.to_vec();
    ciphertext.resize(text.len() + padding, padding as u8);
    apply(&keys, &mut ciphertext)?;
    let mac = mac(&keys, &ciphertext)?.finalize().into_bytes().to_vec();
    Some(Armour { id, salt, mac, ciphertext })
}

fn mac(keys: &Keys, ciphertext: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&keys[32..64]).ok()?;
    mac.update(ciphertext);
    Some(mac)
}

fn apply(keys: &Keys, text: &mut [u8]) -> Option<()> {
    ctr::Ctr128BE::<aes::Aes256>::new_from_slices(&keys[..32], &keys[64..]).ok()?.apply_keystream(text);
    Some(())
}
