//! What a template may know of itself (`template_path`, `template_mtime`, ...), and the text of `ansible_managed`, which is made
//! of it. As Ansible's `generate_ansible_template_vars` makes them.

use super::Variables;
use hostler_sdk::Value;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What only templates see: of the file itself, and of where its result goes.
///
/// # Errors
/// The system's, when the file cannot be looked at.
pub fn about(path: &Path, destination: Option<&str>) -> std::io::Result<Variables> {
    let meta = std::fs::metadata(path)?;
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut vars = Variables::default();
    let mut set = |name: &str, value: Value| vars.set(name, value, None);
    set("template_host", rustix::system::uname().nodename().to_string_lossy().as_ref().into());
    set("template_path", path.to_string_lossy().as_ref().into());
    set("template_fullpath", full.to_string_lossy().as_ref().into());
    set("template_mtime", clock(meta.mtime()));
    set("template_uid", owner(meta.uid()));
    set("template_run_date", clock(jiff::Timestamp::now().as_second()));
    set("template_destpath", destination.map_or(Value::Null, Value::from));
    Ok(vars)
}

/// A moment as Python prints a `datetime` without a zone, local time.
fn clock(seconds: i64) -> Value {
    let zone = jiff::tz::TimeZone::system();
    match jiff::Timestamp::from_second(seconds) {
        Ok(at) => zone.to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string().into(),
        Err(_) => seconds.into(),
    }
}

/// The name of a user of the controller, or the number where it has none.
fn owner(uid: u32) -> Value {
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let of = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    };
    passwd.lines().find_map(of).map_or_else(|| i64::from(uid).into(), Value::from)
}

/// The setting `ansible_managed` as a template: Python's `format` puts the template's host, owner and path in place of `{host}`,
/// `{uid}` and `{file}` and makes one brace of two; what `strftime` knows is the time of the template.
pub fn managed(setting: &str) -> String {
    let mut out = String::with_capacity(setting.len());
    let mut rest = setting;
    // How deep in expressions of Jinja the text is, whose `%` are their own.
    let mut depth = 0;
    while let Some(first) = rest.chars().next() {
        let known = [("{host}", "template_host"), ("{uid}", "template_uid"), ("{file}", "template_path")];
        let taken = if let Some((written, name)) = known.iter().find(|(written, _)| rest.starts_with(written)) {
            out.push_str(&format!("{{{{ {name} }}}}"));
            written.len()
        } else if let Some(brace) = ["{{", "}}"].into_iter().find(|brace| rest.starts_with(brace)) {
            depth += if brace == "{{" { 1 } else { -1 };
            out.push_str(&brace[1..]);
            2
        } else if first == '%' && depth == 0 && rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '%') {
            match &rest[1..2] {
                "%" => out.push('%'),
                letter => out.push_str(&format!("{{{{ (template_mtime | to_datetime).strftime('%{letter}') }}}}")),
            }
            2
        } else {
            out.push(first);
            first.len_utf8()
        };
        rest = &rest[taken..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::managed;

    #[test]
    fn the_setting_is_a_format_and_a_template() {
        for (setting, template) in [
            ("Ansible managed", "Ansible managed"),
            ("{file} by {uid} on {host}", "{{ template_path }} by {{ template_uid }} on {{ template_host }}"),
            ("100 %% at %H", "100 % at {{ (template_mtime | to_datetime).strftime('%H') }}"),
            ("by {{{{ q('pipe', 'date +%s') }}}}", "by {{ q('pipe', 'date +%s') }}"),
            ("ä { b } 5%", "ä { b } 5%"),
        ] {
            assert_eq!(managed(setting), template, "{setting}");
        }
    }
}
