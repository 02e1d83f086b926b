//! `lookup('password', 'path length=20 chars=ascii_letters,digits encrypt=sha512_crypt')`: a password that is made once
//! and kept in a file of the controller.

use crate::template::engine::{Args, Bound, Eval, Fault, Session, Val};
use crate::template::{Wanted, filters};
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::rc::Rc;

const LETTERS_LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const LETTERS_UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &str = "0123456789";
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/// The lookup.
pub(super) fn password(session: &Rc<Session>, terms: Vec<Val>, args: &mut Args) -> Eval<Vec<Val>> {
    let length = args.take("length");
    let encrypt = args.take("encrypt").string()?;
    let ident = args.take("ident").string()?;
    let chars = args.take("chars");
    let seed = args.take("seed");
    let mut out = Vec::new();
    for (n, term) in terms.into_iter().enumerate() {
        let text = term.to_text()?;
        // Options stand behind the path, which may hold blanks itself.
        let mut words = text.split(' ');
        let mut file = words.next().unwrap_or_default().to_owned();
        let mut own: Vec<(&str, &str)> = Vec::new();
        for word in words {
            match word.split_once('=') {
                Some((name, value)) if ["length", "encrypt", "chars", "ident", "seed"].contains(&name) => {
                    own.push((name, value));
                }
                Some((name, _)) => {
                    return Err(Fault::new(format!("Unrecognized parameter(s) given to password lookup: {name}")));
                }
                None => {
                    file.push(' ');
                    file.push_str(word);
                }
            }
        }
        let option = |name: &str| own.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        let path = absolute(session, file.trim_end());
        session.allow(file.trim_end(), args.said(n), &path, Wanted::Written)?;
        let length = match option("length") {
            Some(n) => n.parse::<usize>().map_err(|_| Fault::new(format!("password: `{n}` is not a length")))?,
            None => usize::try_from(length.clone().int(20)?).unwrap_or(20),
        };
        let encrypt = option("encrypt").or_else(|| encrypt.clone()).filter(|scheme| !scheme.is_empty());
        let ident = option("ident").or_else(|| ident.clone());
        let set = match option("chars") {
            Some(list) => characters(list.split(',').filter(|s| !s.is_empty()).map(str::to_owned), list.contains(",,")),
            None => match &chars {
                Some(list) if list.is_list() => {
                    let names =
                        list.iterate()?.iter().map(|v| v.to_text().map(|t| t.to_string())).collect::<Eval<Vec<_>>>()?;
                    characters(names.into_iter(), false)
                }
                Some(list) => {
                    let text = list.to_text()?;
                    characters(text.split(',').filter(|s| !s.is_empty()).map(str::to_owned), text.contains(",,"))
                }
                None => characters(["ascii_letters", "digits", ".,:-_"].into_iter().map(str::to_owned), false),
            },
        };
        if set.is_empty() {
            return Err(Fault::new("password: there are no characters to choose from"));
        }
        let seed = match option("seed") {
            Some(seed) => Some(Val::from(seed)),
            None => seed.clone(),
        };
        let keep = path != Path::new("/dev/null");
        let (password, salt) = match keep.then(|| kept(session, &path)).transpose()?.flatten() {
            Some((password, salt)) => (password, salt),
            None => (random(&set, length, seed.as_ref())?, None),
        };
        let salt = match (&encrypt, salt) {
            (None, salt) => salt,
            (Some(_), Some(salt)) => Some(salt),
            (Some(scheme), None) => {
                let letters = format!("{LETTERS_LOWER}{LETTERS_UPPER}{DIGITS}./");
                Some(random(&letters, filters::salt_size(scheme), None)?)
            }
        };
        if keep {
            keep_in(&path, &password, salt.as_deref(), ident.as_deref())?;
        }
        out.push(Val::from(match (encrypt, salt) {
            (Some(scheme), salt) => {
                let options = filters::HashOptions { salt, rounds: None, ident };
                filters::hash_password(&password, &scheme, options)?
            }
            _ => password,
        }));
    }
    Ok(out)
}

fn absolute(session: &Session, path: &str) -> PathBuf {
    let path = PathBuf::from(filters::expand_user(path));
    if path.is_absolute() {
        return path;
    }
    // A new file is made beside the playbook: the last and least specific of the search path.
    let base = session.scope.search_path().pop().unwrap_or_default();
    base.join(path)
}

fn characters(names: impl Iterator<Item = String>, comma: bool) -> String {
    let mut set = String::new();
    for name in names {
        set.push_str(match name.as_str() {
            "ascii_letters" => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
            "ascii_lowercase" => LETTERS_LOWER,
            "ascii_uppercase" => LETTERS_UPPER,
            "digits" => DIGITS,
            "hexdigits" => "0123456789abcdefABCDEF",
            "octdigits" => "01234567",
            "punctuation" => PUNCTUATION,
            literal => literal,
        });
    }
    if comma {
        set.push(',');
    }
    // Ansible takes both quotes out, whatever was asked for.
    set.replace(['"', '\''], "")
}

fn random(set: &str, length: usize, seed: Option<&Val>) -> Eval<String> {
    let set: Vec<char> = set.chars().collect();
    let mut seeded = seed.map(filters::random::Seeded::new).transpose()?;
    (0..length)
        .map(|_| {
            let n = match &mut seeded {
                Some(seeded) => seeded.below(set.len() as u128),
                None => filters::random::below(set.len() as u128)?,
            };
            Ok(set[n as usize])
        })
        .collect()
}

/// The password in a file, and the salt behind it.
fn kept(session: &Session, path: &Path) -> Eval<Option<(String, Option<String>)>> {
    if !path.exists() {
        return Ok(None);
    }
    let text = super::files::read(session, path)?;
    let line = text.trim_end_matches(['\n', '\r']);
    let line = line.rsplit_once(" ident=").map_or(line, |(rest, _)| rest);
    Ok(Some(match line.rsplit_once(" salt=") {
        Some((password, salt)) => (password.to_owned(), Some(salt.to_owned())),
        None => (line.to_owned(), None),
    }))
}

fn keep_in(path: &Path, password: &str, salt: Option<&str>, ident: Option<&str>) -> Eval<()> {
    let mut line = password.to_owned();
    if let Some(salt) = salt {
        line.push_str(&format!(" salt={salt}"));
        if let Some(ident) = ident {
            line.push_str(&format!(" ident={ident}"));
        }
    }
    line.push('\n');
    if std::fs::read_to_string(path).is_ok_and(|old| old == line) {
        return Ok(());
    }
    let failed = |e: std::io::Error| Fault::new(format!("could not write the password file `{}`: {e}", path.display()));
    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    }
    // Two tasks may make the same password at once: whoever renames last wins, and both files are whole.
    let new = path.with_extension(format!("new{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new).map_err(failed)?;
    file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&new, path).map_err(failed)
}
