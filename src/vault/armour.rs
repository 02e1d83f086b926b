//! The text a vaulted value is written as: a header line, then hex in lines of 80 characters.

/// Whether a text is a vault's.
pub fn is_vaulted(text: &str) -> bool {
    text.trim_start().starts_with("$ANSIBLE_VAULT;")
}

/// What is inside the armour.
#[derive(Debug, PartialEq, Eq)]
pub struct Armour {
    /// The vault id of format 1.2; a label only, the password decides.
    pub id: Option<String>,
    /// 32 bytes as Ansible writes them.
    pub salt: Vec<u8>,
    /// HMAC-SHA256 of the ciphertext.
    pub mac: Vec<u8>,
    /// AES-256-CTR of the padded plain text.
    pub ciphertext: Vec<u8>,
}

impl Armour {
    /// Takes a text apart. The error says what is wrong with it.
    pub fn read(text: &str) -> Result<Self, &'static str> {
        let (header, body) = text.trim().split_once('\n').ok_or("there is nothing below the vault's header")?;
        let fields: Vec<&str> = header.trim().split(';').collect();
        let id = match fields.as_slice() {
            ["$ANSIBLE_VAULT", "1.1", "AES256"] => None,
            ["$ANSIBLE_VAULT", "1.2", "AES256", id] => Some((*id).to_owned()),
            ["$ANSIBLE_VAULT", "1.1" | "1.2", ..] => return Err("the vault's cipher is not AES256"),
            ["$ANSIBLE_VAULT", ..] => return Err("the vault's format is neither 1.1 nor 1.2"),
            _ => return Err("it does not start with `$ANSIBLE_VAULT`"),
        };
        let compact: String = body.split_whitespace().collect();
        let inner = hex::decode(compact).map_err(|_| "the vault's text is not hexadecimal")?;
        let mut parts = inner.split(|byte| *byte == b'\n').map(hex::decode);
        let mut part = || parts.next().and_then(Result::ok).ok_or("the vault's text is damaged");
        Ok(Armour { id, salt: part()?, mac: part()?, ciphertext: part()? })
    }

    /// As Ansible writes it, with a final newline.
    pub fn write(&self) -> String {
        let inner = [&self.salt, &self.mac, &self.ciphertext].map(hex::encode).join("\n");
        let mut out = match &self.id {
            Some(id) => format!("$ANSIBLE_VAULT;1.2;AES256;{id}\n"),
            None => "$ANSIBLE_VAULT;1.1;AES256\n".to_owned(),
        };
        let digits = hex::encode(inner);
        let mut rest = digits.as_str();
        while !rest.is_empty() {
            let (line, more) = rest.split_at(rest.len().min(80));
            out.push_str(line);
            out.push('\n');
            rest = more;
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_what_ansible_writes() {
        for text in
            [include_str!("../../tests/cases/vault/plain.vault"), include_str!("../../tests/cases/vault/prod.vault")]
        {
            let armour = Armour::read(text).expect("a vault");
            assert_eq!(armour.write(), text);
            assert!(is_vaulted(text));
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, part) in [
            ("", "nothing below"),
            ("x\ny", "does not start"),
            ("$ANSIBLE_VAULT;1.0;AES\n00", "neither 1.1"),
            ("$ANSIBLE_VAULT;1.1;AES\n00", "cipher"),
            ("$ANSIBLE_VAULT;1.1;AES256\nxy", "hexadecimal"),
            ("$ANSIBLE_VAULT;1.1;AES256\n3030", "damaged"),
        ] {
            let wrong = Armour::read(text).expect_err(text);
            assert!(wrong.contains(part), "{text}: {wrong}");
        }
    }
}
