//! Ansible Vault: encrypted strings and files (format 1.1 and 1.2), and the passwords that open them. Nothing is opened before it
//! is read, and no password or plain text is in any error.

mod armour;
mod cipher;
pub mod file;
mod keyring;
pub mod plaintext;
mod sealed;

pub use armour::{Armour, is_vaulted};
pub use keyring::{Keyring, Opened, Password};
pub use sealed::{open_with, seal_with};
