//! Ansible Vault: encrypted strings and files (format 1.1 and 1.2), and the passwords that open them. Nothing is opened before it
//! is read, and no password or plain text is in any error.

mod armour;
mod cipher;
mod keyring;

pub use armour::{Armour, is_vaulted};
pub use keyring::{Keyring, Password};
