//! The derives from an author's side: what a declaration becomes, and the sentences that wrong arguments earn.
//! The sentences are those ansible-core 2.19 prints for the same mistakes.

#![allow(clippy::panic)] // Outside a test function, but in tests all the same.

use hostler_sdk::args::HostPath;
use hostler_sdk::{Action, ArgType, Arguments, Choice, Facts, Look, Map, Module, Outcome, Secret, Value};
use hostler_sdk::{Args, Change, CheckSupport};

#[derive(Choice, Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    File,
    Directory,
    #[arg(rename = "hard", alias = "hardlink")]
    HardLink,
}

#[derive(Choice, Clone, Copy, PartialEq, Eq, Debug)]
enum Level {
    No,
    Always,
}

/// Attributes shared by modules.
#[derive(Arguments, Debug)]
struct Attributes {
    /// Owner's name.
    owner: Option<String>,
    /// Times to try.
    #[arg(default = 10)]
    tries: u32,
}

/// A rule.
#[derive(Arguments, Debug)]
#[module(required_together("from", "to"))]
struct Rule {
    /// Its name.
    name: String,
    /// From here.
    from: Option<u16>,
    /// To there.
    to: Option<u16>,
}

/// Manage a sample
/// of things
///
/// The longer text.
///
/// With two paragraphs.
#[derive(Module, Debug)]
#[module(
    kind = "facts",
    aliases("specimen"),
    free_form = "path",
    looks_beyond,
    diff,
    check = "partial",
    mutually_exclusive("owner", "source"),
    required_one_of("path", "source"),
    required_if("state", "hard", "source"),
    required_if("force", "yes", "count"),
    returns(("dest", "str", "where it is"), ("size", "int", "how long")),
    examples = r#"- sample: path=/x"#
)]
struct Sample {
    /// Path of the thing.
    #[arg(alias("dest", "name"))]
    path: Option<HostPath>,
    /// What it is.
    #[arg(default = "file")]
    state: State,
    /// How much.
    #[arg(default = "no")]
    level: Level,
    /// The kind.
    r#type: Option<String>,
    /// Its source.
    source: Option<String>,
    /// Whether to insist.
    #[arg(default = "no")]
    force: bool,
    /// How many.
    count: Option<i64>,
    /// Numbers.
    ports: Vec<u16>,
    /// Words.
    #[arg(default = "[]")]
    words: Vec<State>,
    /// Unlocks it.
    #[arg(secret)]
    password: Option<Secret<u32>>,
    /// Whether tokens are spent.
    #[arg(public, default = false)]
    token_spent: bool,
    /// Rules.
    #[arg(options)]
    rules: Vec<Rule>,
    #[arg(flatten)]
    attributes: Attributes,
}

impl Facts for Sample {
    fn gather(&self, _: &Look) -> hostler_sdk::module::Result<Outcome> {
        Ok(Outcome::default().with("tries", self.attributes.tries))
    }
}

/// Takes anything.
#[derive(Module)]
#[module(kind = "declaration", name = "set_things")]
struct SetThings {
    /// Whether to keep it.
    #[arg(default = "no")]
    cacheable: bool,
    #[arg(rest)]
    rest: Map,
}

/// Does nothing.
#[derive(Module)]
#[module(kind = "action")]
struct DoNothing;

impl Action for DoNothing {
    fn check(&self, _: &Look) -> hostler_sdk::module::Result<Option<Outcome>> {
        Ok(None)
    }
    fn run(&self, _: &Change) -> hostler_sdk::module::Result<Outcome> {
        Ok(Outcome::default())
    }
}

fn parse<M: Module>(json: &str) -> Result<M, String> {
    let Ok(Value::Map(map)) = Value::from_json(json) else { panic!("not a mapping: {json}") };
    M::parse(&Args::new(&map)).map_err(|e| match e.hint {
        Some(hint) => format!("{} [{hint}]", e.msg),
        None => e.msg,
    })
}

#[test]
fn the_declaration_says_what_the_struct_says() {
    let spec = Sample::SPEC;
    assert_eq!((spec.name, spec.collection, spec.aliases), ("sample", "ansible.builtin", &["specimen"][..]));
    assert_eq!(spec.summary, "Manage a sample of things");
    assert_eq!(spec.description, "The longer text.\n\nWith two paragraphs.");
    assert_eq!((spec.free_form, spec.looks_beyond, spec.diff), (Some("path"), true, true));
    assert_eq!(spec.check, CheckSupport::Partial);
    assert_eq!(spec.returns[1].name, "size");
    assert_eq!(spec.examples, "- sample: path=/x");
    let names: Vec<&str> = spec.args.iter().map(|a| a.name).collect();
    assert_eq!(names[..4], ["path", "state", "level", "type"]);
    assert_eq!(names[names.len() - 2..], ["owner", "tries"]);
    let state = spec.arg("state").unwrap();
    assert_eq!((state.ty, state.default, state.required), (ArgType::Str, Some("file"), false));
    assert_eq!(state.choices, ["file", "directory", "hard", "hardlink"]);
    assert_eq!(spec.arg("dest").unwrap().doc, "Path of the thing.");
    assert_eq!(spec.arg("ports").unwrap().elements, Some(ArgType::Int));
    assert!(spec.arg("password").unwrap().secret);
    let rules = spec.arg("rules").unwrap();
    assert_eq!((rules.ty, rules.elements), (ArgType::List, Some(ArgType::Dict)));
    assert!(rules.options[0].required && !rules.options[1].required);
    assert!(SetThings::SPEC.any_args);
}

#[test]
fn values_become_fields() {
    let sample: Sample = parse(
        r#"{"dest": "/x", "state": "hardlink", "source": "/y", "type": 3, "ports": "22,80", "level": false,
            "password": "7", "tries": "1e1", "rules": [{"name": "a", "from": 1, "to": "2"}], "words": ["file"]}"#,
    )
    .unwrap();
    assert_eq!(sample.path.unwrap().0, "/x");
    assert_eq!((sample.state, sample.level), (State::HardLink, Level::No));
    assert_eq!((sample.r#type.as_deref(), sample.ports.as_slice()), (Some("3"), &[22, 80][..]));
    assert_eq!((*sample.password.unwrap().reveal(), sample.attributes.tries), (7, 10));
    assert_eq!(sample.source.as_deref(), Some("/y"));
    assert_eq!((sample.rules[0].name.as_str(), sample.rules[0].to), ("a", Some(2)));
    assert_eq!((sample.words, sample.force, sample.count), (vec![State::File], false, None));
    assert!(!sample.token_spent && sample.attributes.owner.is_none() && sample.rules[0].from == Some(1));
    let things: SetThings = parse(r#"{"a": 1, "cacheable": "yes", "b": [2]}"#).unwrap();
    assert!(things.cacheable);
    assert_eq!(things.rest.keys().map(ToString::to_string).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn wrong_arguments_earn_ansibles_sentences() {
    let supported = "Supported parameters include: count, force, level, owner, password, path, ports, rules, source, \
                     state, token_spent, tries, type, words (dest, name).";
    for (json, want) in [
        (
            r#"{"path": "/x", "sourc": 1, "bad": 2}"#,
            format!("Unsupported parameters for (sample) module: bad, sourc. {supported}"),
        ),
        (
            r#"{"path": "/x", "sourc": 1}"#,
            format!("Unsupported parameters for (sample) module: sourc. {supported} [did you mean `source`?]"),
        ),
        (r#"{"owner": "a", "source": "b"}"#, "parameters are mutually exclusive: owner|source".to_owned()),
        (r#"{"path": null}"#, "one of the following is required: path, source".to_owned()),
        (
            r#"{"path": "/x", "state": "directry"}"#,
            "value of state must be one of: file, directory, hard, hardlink, got: directry [did you mean `directory`?]"
                .to_owned(),
        ),
        (
            r#"{"path": "/x", "words": ["file", "x"]}"#,
            "value of words must be one or more of: file, directory, hard, hardlink. Got no match for: x".to_owned(),
        ),
        (
            r#"{"path": "/x", "count": "abc"}"#,
            "argument 'count' is of type str and we were unable to convert to int: \"'abc'\" cannot be converted to an int"
                .to_owned(),
        ),
        (
            r#"{"path": "/x", "ports": [1, "b"]}"#,
            "Elements value for option 'ports' is of type str and we were unable to convert to int: \"'b'\" cannot be \
             converted to an int"
                .to_owned(),
        ),
        (
            r#"{"path": "/x", "ports": {"a": 1}}"#,
            "argument 'ports' is of type dict and we were unable to convert to list: <class 'dict'> cannot be converted \
             to a list"
                .to_owned(),
        ),
        (
            r#"{"path": "/x", "state": "hard"}"#,
            "state is hard but all of the following are missing: source".to_owned(),
        ),
        (r#"{"path": "/x", "force": true}"#, "force is yes but all of the following are missing: count".to_owned()),
        (r#"{"path": "/x", "rules": [{"from": 1}]}"#, "missing required arguments: name found in rules".to_owned()),
        (
            r#"{"path": "/x", "rules": [{"name": "a", "from": 1}]}"#,
            "parameters are required together: from, to found in rules".to_owned(),
        ),
        (
            r#"{"path": "/x", "rules": {"name": "a", "nme": 1}}"#,
            "Unsupported parameters for (sample) module: rules.nme. Supported parameters include: from, name, to. \
             [did you mean `name`?]"
                .to_owned(),
        ),
        (r#"{"path": "/x", "rules": [7]}"#, "value of 'rules' must be of type dict or list of dicts".to_owned()),
    ] {
        assert_eq!(parse::<Sample>(json).map(drop), Err(want), "{json}");
    }
}

#[test]
fn a_secret_is_never_quoted() {
    let complaint = parse::<Sample>(r#"{"path": "/x", "password": "hunter2"}"#).unwrap_err();
    assert!(!complaint.contains("hunter2"), "{complaint}");
    assert!(complaint.contains("'password'"), "{complaint}");
}

#[test]
fn modules_register_themselves() {
    for name in ["sample", "ansible.builtin.sample", "ansible.legacy.specimen", "do_nothing"] {
        assert!(hostler_sdk::find(name).is_some(), "{name}");
    }
    assert!(hostler_sdk::find("set_things").is_none(), "a declaration is not registered");
    assert!(hostler_sdk::find("community.general.sample").is_none());
}
