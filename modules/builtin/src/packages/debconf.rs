//! `debconf`: answers to the questions that Debian's packages ask when they are configured.

use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Change, Choice, Command, Diff, Look, Map, Module, Resource, Value};

/// Configure a .deb package
///
/// Stores an answer in debconf's database, where the package finds it when it is configured; without a question it only shows the
/// answers there are.
#[derive(Module)]
#[module(
    kind = "resource",
    name = "debconf",
    diff,
    required_together("question", "vtype", "value"),
    returns(
        ("current", "dict", "questions and answers, of the question when one is given"),
        ("previous", "dict", "the answer before, when it was changed"),
        ("msg", "str", "what was said when it was stored")
    ),
    examples = r#"- name: Set default locale to fr_FR.UTF-8
  ansible.builtin.debconf:
    name: locales
    question: locales/default_environment_locale
    value: fr_FR.UTF-8
    vtype: select

- name: Specifying package you can register/return the list of questions and current values
  ansible.builtin.debconf:
    name: tzdata
"#
)]
pub struct Debconf {
    /// The package.
    #[arg(alias("pkg"))]
    name: String,
    /// The question.
    #[arg(alias("selection", "setting"))]
    question: Option<String>,
    /// What kind of question it is.
    vtype: Option<Kind>,
    /// The answer; a list for `multiselect`.
    #[arg(alias("answer"))]
    value: Option<Value>,
    /// Whether the question counts as not yet seen by anybody.
    #[arg(default = "no")]
    unseen: bool,
}

/// Kinds of questions.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Boolean,
    Error,
    Multiselect,
    Note,
    Password,
    Seen,
    Select,
    String,
    Text,
    Title,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Boolean => "boolean",
            Kind::Error => "error",
            Kind::Multiselect => "multiselect",
            Kind::Note => "note",
            Kind::Password => "password",
            Kind::Seen => "seen",
            Kind::Select => "select",
            Kind::String => "string",
            Kind::Text => "text",
            Kind::Title => "title",
        }
    }
}

/// The answers, and the one that is asked for in the form it is compared in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    answer: Option<String>,
    all: Vec<(String, String)>,
}

fn program(look: &Look, name: &str) -> Result<String> {
    look.which(name).ok_or_else(|| Failure::new(format!("Failed to find required executable \"{name}\"")))
}

fn shown(look: &Look, package: &str) -> Result<Vec<(String, String)>> {
    let output = look.query(&Command::new([program(look, "debconf-show")?.as_str(), package]))?;
    if !output.ok() {
        return Err(Failure::new(output.err()));
    }
    Ok(answers(&output.out()))
}

/// Lines as `debconf-show` prints them: `* question: answer`, the star for questions that were seen.
fn answers(text: &str) -> Vec<(String, String)> {
    let pair = |line: &str| {
        let (question, answer) = line.split_once(':')?;
        Some((question.trim_matches('*').trim().to_owned(), answer.trim().to_owned()))
    };
    text.lines().filter_map(pair).collect()
}

/// A password, which `debconf-show` hides, from all there is.
fn password(dump: &str, package: &str, question: &str) -> String {
    let fields = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
    let mut lines = dump.lines().filter(|line| line.starts_with(package)).map(fields);
    let found = lines.find(|f| f.get(1).is_some_and(|q| q == question) && f.get(2).is_some_and(|k| k == "password"));
    found.and_then(|f| f.get(3).cloned()).unwrap_or_default()
}

fn sorted<'t>(items: impl Iterator<Item = &'t str>) -> String {
    let mut items: Vec<&str> = items.map(str::trim).collect();
    items.sort_unstable();
    items.join(", ")
}

impl Debconf {
    /// The answer as text, and whether the order of its parts counts for nothing.
    fn wanted(&self) -> Result<Option<(String, bool)>> {
        let (Some(_), Some(kind), Some(value)) = (&self.question, self.vtype, &self.value) else { return Ok(None) };
        Ok(Some(match (kind, value) {
            (Kind::Boolean, value) => (value.to_string().to_lowercase(), false),
            (Kind::Multiselect, Value::List(items)) => {
                let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
                let texts = texts.ok_or_else(|| {
                    Failure::new("Invalid value provided for 'multiselect': all items must be strings")
                })?;
                (texts.join(", "), true)
            }
            (_, value) => (value.to_string(), false),
        }))
    }
}

impl Resource for Debconf {
    type State = State;

    fn current(&self, look: &Look) -> Result<State> {
        let all = shown(look, &self.name)?;
        let (Some((_, any_order)), Some(question)) = (self.wanted()?, &self.question) else {
            return Ok(State { answer: None, all });
        };
        let existing = all.iter().find(|(name, _)| name == question).map(|(_, answer)| answer.clone());
        let answer = match (existing, self.vtype) {
            (Some(_), Some(Kind::Password)) => {
                let output = look.query(&Command::new([program(look, "debconf-get-selections")?]))?;
                if !output.ok() {
                    let msg = format!("Failed to get the value '{question}' from '{}': {}", self.name, output.err());
                    return Err(Failure::new(msg));
                }
                Some(password(&output.out(), &self.name, question))
            }
            (Some(answer), Some(Kind::Boolean)) => Some(answer.to_lowercase()),
            (Some(answer), _) if any_order => Some(sorted(answer.split(','))),
            (answer, _) => answer,
        };
        Ok(State { answer, all })
    }

    fn desired(&self, current: &State, _: &Look) -> Result<State> {
        let answer = self.wanted()?.map(|(text, any_order)| match any_order {
            true => sorted(text.split(',')),
            false => text,
        });
        Ok(State { answer, all: current.all.clone() })
    }

    fn apply(&self, change: &Change, _: &State, _: &State) -> Result<Map> {
        let (Some((value, _)), Some(question), Some(kind)) = (self.wanted()?, &self.question, self.vtype) else {
            return Ok(Map::new());
        };
        let program = program(change, "debconf-set-selections")?;
        let mut command = Command::new([program.as_str()]);
        if self.unseen {
            command.argv.push("-u".to_owned());
        }
        command.stdin = Some(format!("{} {question} {} {value}", self.name, kind.name()).into_bytes());
        let output = change.run(&command)?;
        if !output.ok() {
            return Err(Failure::new(output.err()));
        }
        Ok(Map::from_iter([("msg", output.out())]))
    }

    fn returns(&self, _: &Look, current: &State, desired: &State) -> Result<Map> {
        let mut out = Map::from_iter([("msg", "")]);
        match (&self.question, &self.value) {
            (Some(question), Some(value)) if current != desired => {
                let before = current.all.iter().find(|(name, _)| name == question).map(|(_, answer)| answer.as_str());
                out.set("current", Map::from_iter([(question.as_str(), value.clone())]));
                out.set("previous", Map::from_iter([(question.as_str(), before.unwrap_or_default())]));
            }
            _ => {
                let all: Map = current.all.iter().map(|(name, answer)| (name.as_str(), answer.as_str())).collect();
                out.set("current", all);
            }
        }
        Ok(out)
    }

    fn diff(&self, _: &Look, current: &State, desired: &State) -> Result<Vec<Diff>> {
        if self.vtype == Some(Kind::Password) {
            return Ok(Vec::new());
        }
        let side = |state: &State| {
            let question = self.question.clone().unwrap_or_default();
            Value::from(Map::from_iter([(question.as_str(), state.answer.clone().unwrap_or_default())]))
        };
        Ok(vec![Diff { before: side(current), after: side(desired), ..Diff::default() }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_debconf_prints() {
        let text = "  tzdata/Zones/Etc: UTC\n* tzdata/Areas: Etc\n* ddclient/password: (password omitted)\n";
        let all = answers(text);
        assert_eq!(all[0], ("tzdata/Zones/Etc".to_owned(), "UTC".to_owned()));
        assert_eq!(all[1], ("tzdata/Areas".to_owned(), "Etc".to_owned()));
        let dump = "# comment\nddclient\tddclient/user\tstring\tme\nddclient\tddclient/password\tpassword\tsecret\n";
        assert_eq!(password(dump, "ddclient", "ddclient/password"), "secret");
        assert_eq!(password(dump, "ddclient", "ddclient/other"), "");
        assert_eq!(sorted("shadow, group,passwd".split(',')), "group, passwd, shadow");
    }
}
