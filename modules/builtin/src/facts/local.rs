//! `ansible_local`: files that end in `.fact` in a directory of the host. An executable one is run and its output is
//! read, JSON or INI. What they say is data: it never becomes a template.

use crate::ini::{Ini, Reading};
use hostler_sdk::{Command, Look, Map, Value};

pub(super) fn gather(look: &Look, dir: &str) -> Map {
    let mut out = Map::new();
    for name in look.list(dir).unwrap_or_default() {
        let Some(base) = name.strip_suffix(".fact").filter(|base| !base.starts_with('.')) else { continue };
        let path = format!("{}/{name}", dir.trim_end_matches('/'));
        let fact = read(look, &path).unwrap_or_else(|problem| {
            look.warn(problem.clone());
            Value::from(problem)
        });
        out.set(base, fact);
    }
    out
}

fn read(look: &Look, path: &str) -> Result<Value, String> {
    let meta = look.stat(path).ok().flatten().ok_or_else(|| format!("Could not stat fact ({path})"))?;
    let bytes = if meta.mode & 0o100 != 0 {
        let output = look
            .query(&Command::new([path]))
            .map_err(|e| format!("Could not execute fact script ({path}): {}", e.cause))?;
        if !output.ok() {
            return Err(format!(
                "Failure executing fact script ({path}), rc: {}, err: {}",
                output.status,
                output.err()
            ));
        }
        output.stdout
    } else {
        look.read(path).unwrap_or_default()
    };
    let text = String::from_utf8(bytes)
        .map_err(|_| format!("error loading fact - output of running \"{path}\" was not utf-8"))?;
    if let Ok(value) = Value::from_json(text.trim()) {
        return Ok(value);
    }
    let ini = Ini::read(&text, Reading::default())
        .map_err(|_| format!("error loading facts as JSON or ini - please check content: {path}"))?;
    sections(&ini)
        .map(Value::from)
        .map_err(|why| format!("error loading facts as ini - please check content: {path} ({why})."))
}

fn sections(ini: &Ini) -> Result<Map, String> {
    let mut out = Map::new();
    for name in ini.names() {
        let options = ini.section(name).unwrap_or_default();
        let mut section = Map::new();
        for (option, value) in &options {
            section.set(option, ini.interpolated(value.as_deref().unwrap_or_default(), &options)?);
        }
        out.set(name, section);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_become_mappings() {
        let facts = |text| sections(&Ini::read(text, Reading::default()).unwrap());
        let text = "[DEFAULT]\nregion: eu\n[general]\nAsdf = in %(region)s\n[empty]\n";
        let wanted = r#"{"general":{"asdf":"in eu","region":"eu"},"empty":{"region":"eu"}}"#;
        assert_eq!(Value::from(facts(text).unwrap()).to_json(), wanted);
        assert!(facts("[a]\nx = 5% of\n").is_err());
    }
}
