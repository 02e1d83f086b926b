//! What reads inside this process, and good examples of what it reads. Also the ground of the fuzz targets.

use hostler::config::{Settings, Surroundings};
use hostler::diagnostic::{Place, Source};
use hostler::inventory::{Inventory, Nothing};
use hostler::link::Target;
use hostler::link::ssh::{config::SshConfig, known_hosts::KnownHosts, options::SshOptions};
use hostler::run::Language;
use hostler::template::{Binding, FileSyntax, Jinja, JinjaOptions, Scope};
use hostler::vault::Keyring;
use hostler::{vault, yaml};
use hostler_sdk::frame::{self, FromHost, ToHost};
use hostler_sdk::{Call, Outcome};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The repository, from wherever this is compiled.
fn top() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().find(|folder| folder.join("playbooks-examples").is_dir()).unwrap_or(here)
}

/// Files of this repository with one of these endings.
pub fn files(endings: &[&str]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for folder in ["playbooks-examples", "inventories", "tests/cases", "tests/language", "tests/fleet"] {
        walk(&top().join(folder), endings, &mut found);
    }
    // In the same order everywhere, so that seeds mean the same.
    found.sort();
    found.into_iter().map(|path| std::fs::read(path).unwrap()).filter(|bytes| bytes.len() < 4_000).collect()
}

fn walk(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, endings, found);
        } else if path.extension().is_some_and(|ending| endings.iter().any(|wanted| *wanted == ending)) {
            found.push(path);
        }
    }
}

fn source(text: &str) -> Arc<Source> {
    Arc::new(Source { path: "mutant".into(), text: text.to_owned() })
}

pub fn frames() -> Vec<Vec<u8>> {
    let mut all = vec![
        frame::encode(&FromHost::Hello { version: frame::VERSION, uid: 1000 }).unwrap(),
        frame::encode(&FromHost::Need { id: 3, body: 1 }).unwrap(),
        frame::encode(&FromHost::Took { id: 3, chunks: 4 }).unwrap(),
        frame::encode(&FromHost::Pong).unwrap(),
        frame::encode(&ToHost::Chunk { id: 3, bytes: vec![7; 300], last: true }).unwrap(),
        frame::encode(&ToHost::Cancel { id: 300 }).unwrap(),
    ];
    let outcome = serde_json::to_string(&Outcome::failure("no")).unwrap();
    all.push(frame::encode(&FromHost::Done { id: 1, outcome }).unwrap());
    let call = Call { module: "copy".into(), ..Call::default() };
    all.push(frame::encode(&ToHost::Call { id: 1, after: 0, if_good: true, call: Box::new(call) }).unwrap());
    all.push(all.concat());
    all
}

pub fn read_frames(bytes: &[u8]) {
    let mut from = bytes;
    while let Ok(Some(message)) = frame::read::<FromHost>(&mut from) {
        if let FromHost::Done { outcome, .. } = message {
            let _ = serde_json::from_str::<Outcome>(&outcome);
        }
    }
    let mut from = bytes;
    while let Ok(Some(_)) = frame::read::<ToHost>(&mut from) {}
    let _ = frame::decode::<FromHost>(bytes);
    let _ = frame::decode::<ToHost>(bytes);
    let _ = serde_json::from_slice::<Outcome>(bytes);
}

pub fn read_yaml(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut warnings = Vec::new();
    for read in [yaml::parse, yaml::parse_veiled] {
        match read(&source(&text), &mut warnings) {
            // Errors and warnings can be shown, too.
            Err(e) => drop(e.to_string()),
            Ok(nodes) => drop(format!("{nodes:?}")),
        }
    }
    warnings.iter().for_each(|warning| drop(warning.to_string()));
}

pub fn templates() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for bytes in files(&["j2"]).into_iter().chain(files(&["yml"])) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        all.extend(
            text.lines().filter(|line| line.contains("{{") || line.contains("{%")).map(|line| line.as_bytes().to_vec()),
        );
        if text.contains("{%") {
            all.push(bytes);
        }
    }
    all
}

/// A few variables, of every kind.
#[derive(Debug)]
struct Few(Vec<(&'static str, hostler_sdk::Value)>);

impl Scope for Few {
    fn get(&self, name: &str) -> Option<Binding> {
        let (_, value) = self.0.iter().find(|(known, _)| *known == name)?;
        Some(Binding::Templated(value.clone().into()))
    }
    fn names(&self) -> Vec<Arc<str>> {
        self.0.iter().map(|(name, _)| Arc::from(*name)).collect()
    }
    fn origin(&self, _: &str) -> Option<String> {
        None
    }
    fn search_path(&self) -> Vec<PathBuf> {
        Vec::new()
    }
}

fn scope() -> Arc<dyn Scope> {
    let json = |text: &str| hostler_sdk::Value::from_json(text).unwrap();
    Arc::new(Few(vec![
        ("item", json("\"text ß\"")),
        ("x", json("3")),
        ("list", json("[1, \"two\", [3.5, null]]")),
        ("map", json("{\"a\": {\"b\": true}, \"c\": []}")),
        ("name", json("\"\"")),
    ]))
}

pub fn read_template(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (jinja, scope) = (Jinja::new(JinjaOptions::default()), scope());
    let place = || Place::new(&source(&text), 0, text.len());
    // What is not asked for here: programs and files of lookups, and results too large for a test.
    let calm =
        !["lookup", "query", "q(", "*", "range", "center", "indent", "random"].iter().any(|word| text.contains(word))
            && !text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() > 4);
    if let Ok(templated) = jinja.text(&text, place())
        && calm
    {
        let _ = jinja.render(&templated, &scope).map_err(|e| e.to_string());
    }
    if let Ok(expression) = jinja.expression(&text, place())
        && calm
    {
        let _ = jinja.test(&expression, &scope).map_err(|e| e.to_string());
    }
    match jinja.file(&text, place(), FileSyntax::default()) {
        Ok(template) if calm => drop(jinja.render_text(&template, &scope)),
        Ok(_) => {}
        Err(e) => drop(e.to_string()),
    }
}

pub fn vaults() -> Vec<Vec<u8>> {
    let mut all = files(&["vault"]);
    for (text, id) in [("", None), ("secret: text\n", Some("prod"))] {
        all.push(vault::Password::new("x", "pw").seal(text.as_bytes(), id).unwrap().into_bytes());
    }
    all
}

pub fn read_vault(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let keyring = Keyring::new(vec![vault::Password::new("x", "pw")]);
    let place = Place::new(&source(&text), 0, text.len());
    let _ = vault::Armour::read(&text).map(|armour| armour.write());
    let _ = keyring.open(&text, &place).map_err(|e| e.to_string());
    let _ = vault::open_with(&text, "pw");
}

pub fn ssh_files() -> Vec<Vec<u8>> {
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJGSpNtyBAcZbGXJNkwmQ6qJ8k0JbO2zJ0vQe2nq3s3x";
    let hosts = format!(
        "host,!other,*.example.org {key} comment\n[host]:2222 {key}\n@revoked * {key}\n@cert-authority *.net {key}\n\
         |1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= {key}\n# comment\n"
    );
    let config = "Host web* !web9\n  HostName %h.example.org\n  User = deploy\nMatch host *.org user deploy\n  ProxyJump a,b:22\n\
                  IdentityFile \"~/a b\"\nPort 22\nSetEnv A=b\nMatch all\nCiphers +aes128-cbc\n";
    vec![hosts.into_bytes(), config.into()]
}

pub fn read_ssh_file(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut hosts = KnownHosts::default();
    hosts.add(&text, Path::new("mutant"));
    hosts.check(&["host", "[host]:2222"], &bytes[..bytes.len().min(51)]);
    hosts.recorded(&["web.net"]);
    // Nothing is read or run that a mutation names.
    if !text.to_lowercase().contains("include")
        && !text.to_lowercase().contains("exec")
        && let Ok(config) = SshConfig::parse(&text, Path::new("/"))
    {
        let mut options = SshOptions::default();
        let mut target = Target::ssh("web1", "web1", "");
        options.extend_config(&config, &target);
        let _ = options.apply(&mut target).map_err(|e| e.to_string());
    }
}

pub fn arguments() -> Vec<Vec<u8>> {
    [
        "-o ProxyJump=me@gate:22,inner -i ~/.ssh/key -p 2222 -l me",
        "-C -q -o 'ProxyCommand=nc -X 5 %h %p' -J ssh://[fe80::1]:22 -A",
        "-oCiphers=+aes128-cbc -c ^aes256-ctr -o KexAlgorithms=-ecdh* -o UserKnownHostsFile='/a /b'",
    ]
    .map(|line| line.as_bytes().to_vec())
    .to_vec()
}

pub fn read_arguments(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut options = SshOptions::default();
    if let Err(e) = options.extend_args(&text) {
        drop(e.to_string());
        return;
    }
    let mut target = Target::ssh("web1", "web1", "");
    let _ = options.apply(&mut target).map_err(|e| e.to_string());
}

/// Inventories and `ansible.cfg`.
pub fn ini_files() -> Vec<Vec<u8>> {
    files(&["ini", "toml", "cfg"])
}

/// A file that this thread writes again and again.
fn written(bytes: &[u8]) -> PathBuf {
    thread_local! {
        static FOLDER: tempfile::TempDir = tempfile::tempdir().unwrap();
    }
    let path = FOLDER.with(|folder| folder.path().join("file"));
    std::fs::write(&path, bytes).unwrap();
    path
}

pub fn read_ini(bytes: &[u8]) {
    // What this side makes itself, by the million, is not what is tested: `[1:9999999]`.
    if bytes.split(|b| !b.is_ascii_alphanumeric()).any(|word| word.len() > 3 && word.iter().all(u8::is_ascii_digit)) {
        return;
    }
    let path = written(bytes);
    let name = path.to_string_lossy().into_owned();
    for kind in ["ini", "toml"] {
        let mut settings = Settings::default();
        settings.inventory_plugins.set_flag("test", vec![kind.to_owned()]);
        let language = Language::new(Arc::new(Keyring::new(Vec::new())), Arc::new(settings.clone()));
        let mut warnings = Vec::new();
        match Inventory::load(std::slice::from_ref(&name), &settings, &language, &Nothing, &mut warnings) {
            Err(e) => drop(e.to_string()),
            Ok(inventory) => drop(format!("{inventory:?}")),
        }
        warnings.iter().for_each(|warning| drop(warning.to_string()));
    }
    let env = [("ANSIBLE_CONFIG".to_owned(), name)].into();
    if let Err(e) = Settings::load_in(Surroundings { env, ..Surroundings::default() }) {
        drop(e.to_string());
    }
}
