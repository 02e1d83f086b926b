//! What is typed at the debugger's prompt. Values are the expressions of templates; what is assigned to is `task.args`, `task_vars` or a
//! name of the operator's own.

/// A command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command<'t> {
    /// `p`: shows a value over several lines.
    Print(&'t str),
    /// An expression alone: shows it on one line.
    Show(&'t str),
    /// Puts a value somewhere.
    Set(Target<'t>, &'t str),
    /// Takes something away.
    Delete(Target<'t>),
    /// `u`: the task's arguments as they were written.
    Update,
    /// The result stands.
    Continue,
    /// The task is done again.
    Redo,
    /// The run ends.
    Quit,
    /// What the commands are, or what one of them does.
    Help(&'t str),
}

/// Something that can be assigned to: a name, then the expressions in brackets after it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target<'t> {
    pub name: &'t str,
    pub path: Vec<&'t str>,
}

/// Commands and what they do, for `help`.
pub(super) const COMMANDS: [(&str, &str); 12] = [
    ("EOF", "Quit"),
    ("c", "Continue to next result"),
    ("continue", "Continue to next result"),
    ("h", "List available commands with \"help\" or detailed help with \"help cmd\"."),
    ("help", "List available commands with \"help\" or detailed help with \"help cmd\"."),
    ("p", "Pretty Print"),
    ("pprint", "Pretty Print"),
    ("q", "Quit"),
    ("quit", "Quit"),
    ("r", "Schedule task for re-execution. The re-execution may not be the next result"),
    ("redo", "Schedule task for re-execution. The re-execution may not be the next result"),
    ("u", "Recreate the task as it was written; it is rendered anew with the changed variables"),
];

impl<'t> Command<'t> {
    /// Reads a line.
    pub fn parse(line: &'t str) -> Self {
        let line = line.trim();
        let (word, rest) = line.split_once(char::is_whitespace).map_or((line, ""), |(word, rest)| (word, rest.trim()));
        match word {
            "p" | "pprint" if !rest.starts_with('=') => Command::Print(rest),
            "c" | "continue" if rest.is_empty() => Command::Continue,
            "r" | "redo" if rest.is_empty() => Command::Redo,
            "q" | "quit" | "EOF" if rest.is_empty() => Command::Quit,
            "u" | "update_task" if rest.is_empty() => Command::Update,
            "h" | "help" | "?" => Command::Help(rest),
            "del" if !rest.is_empty() => match Target::parse(rest) {
                Some(target) => Command::Delete(target),
                None => Command::Show(line),
            },
            _ => match assignment(line).and_then(|(left, right)| Some((Target::parse(left)?, right))) {
                Some((target, value)) => Command::Set(target, value),
                None => Command::Show(line),
            },
        }
    }
}

impl<'t> Target<'t> {
    fn parse(text: &'t str) -> Option<Self> {
        let text = text.trim();
        let name = text[..text.find('[').unwrap_or(text.len())].trim_end();
        let is_word = |part: &str| {
            part.starts_with(|c: char| c.is_alphabetic() || c == '_')
                && part.chars().all(|c| c.is_alphanumeric() || c == '_')
        };
        if !name.split('.').all(is_word) {
            return None;
        }
        let mut path = Vec::new();
        let mut rest = &text[name.len()..];
        loop {
            rest = rest.trim_start();
            if rest.is_empty() {
                return Some(Target { name, path });
            }
            let inner = rest.strip_prefix('[')?;
            let end = outside(inner, |c, _| c == ']')?;
            path.push(inner[..end].trim());
            rest = &inner[end + 1..];
        }
    }
}

/// The two sides of an assignment.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let at = outside(line, |c, around| {
        let (before, after) = around;
        c == '=' && after != Some('=') && !before.is_some_and(|c| "=!<>+-*/%|&^:".contains(c))
    })?;
    Some((line[..at].trim(), line[at + 1..].trim()))
}

/// The first character that `wanted` picks outside of quotes and brackets; it is told the characters around, too.
fn outside(text: &str, wanted: impl Fn(char, (Option<char>, Option<char>)) -> bool) -> Option<usize> {
    let (mut quote, mut depth, mut before) = (None::<char>, 0usize, None::<char>);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let after = chars.peek().map(|(_, c)| *c);
        match quote {
            Some(open) => {
                if c == '\\' {
                    chars.next();
                } else if c == open {
                    quote = None;
                }
            }
            None if depth == 0 && wanted(c, (before, after)) => return Some(at),
            None => match c {
                '\'' | '"' => quote = Some(c),
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            },
        }
        before = Some(c);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_commands_assignments_or_expressions() {
        let target = |name, path: &[&'static str]| Target { name, path: path.to_vec() };
        for (line, wanted) in [
            ("p task.args", Command::Print("task.args")),
            ("pprint  x ", Command::Print("x")),
            ("c", Command::Continue),
            (" redo ", Command::Redo),
            ("help p", Command::Help("p")),
            ("task.args['msg'] = 'a = b'", Command::Set(target("task.args", &["'msg'"]), "'a = b'")),
            ("task_vars[\"a]\"] = [1, 2]", Command::Set(target("task_vars", &["\"a]\""]), "[1, 2]")),
            ("task.args['a'][0] = {'x': 1}", Command::Set(target("task.args", &["'a'", "0"]), "{'x': 1}")),
            ("x = 1", Command::Set(target("x", &[]), "1")),
            ("p = 1", Command::Set(target("p", &[]), "1")),
            ("del task.args['msg']", Command::Delete(target("task.args", &["'msg'"]))),
            ("x == 1", Command::Show("x == 1")),
            ("f(a=1)", Command::Show("f(a=1)")),
            ("c + 1", Command::Show("c + 1")),
            ("1 = 2", Command::Show("1 = 2")),
        ] {
            assert_eq!(Command::parse(line), wanted, "{line}");
        }
    }
}
