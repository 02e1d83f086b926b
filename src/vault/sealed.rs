//! Texts vaulted by a password that a template gives: the filters `vault` and `unvault`.

use super::armour::{Armour, is_vaulted};
use super::cipher;

/// A text vaulted for a vault id, by this password. Without a salt a new one is made.
///
/// # Errors
/// A sentence: there is no randomness for a salt.
pub fn seal_with(text: &str, password: &str, salt: Option<&str>, id: &str) -> Result<String, String> {
    let salt = match salt {
        Some(salt) => salt.as_bytes().to_vec(),
        None => {
            let mut salt = vec![0; 32];
            getrandom::fill(&mut salt).map_err(|e| e.to_string())?;
            salt
        }
    };
    let id = (id != "default").then(|| id.to_owned());
    let armour = cipher::seal(text.as_bytes(), password.as_bytes(), salt, id);
    Ok(armour.ok_or("the cipher refused its keys")?.write())
}

/// What is in a vaulted text; a text that is not vaulted is itself.
///
/// # Errors
/// A sentence: the text is broken, or the password does not open it.
pub fn open_with(text: &str, password: &str) -> Result<String, String> {
    if !is_vaulted(text) {
        return Ok(text.to_owned());
    }
    let armour = Armour::read(text)?;
    let opened = cipher::open(&armour, &cipher::keys(password.as_bytes(), &armour.salt));
    let bytes = opened.ok_or("no vault secrets were found that could decrypt")?;
    String::from_utf8(bytes.to_vec()).map_err(|_| "what is inside is not UTF-8 text".to_owned())
}
