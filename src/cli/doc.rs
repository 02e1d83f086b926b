//! `hostler doc`: a module's documentation, from its declaration.

use clap::Args;
use hostler_sdk::{ArgSpec, CheckSupport, ModuleSpec, Value};
use std::fmt::Write;

/// Flags of `hostler doc`.
#[derive(Args, Debug)]
pub struct Doc {
    /// Modules to show
    #[arg(value_name = "MODULE", required_unless_present = "list")]
    modules: Vec<String>,
    /// List all modules, a line each
    #[arg(short, long)]
    list: bool,
    /// Print the declaration as JSON
    #[arg(short, long)]
    json: bool,
}

impl Doc {
    /// Prints and gives the exit code.
    pub fn run(&self, specs: &[&'static ModuleSpec]) -> u8 {
        let mut specs = specs.to_vec();
        specs.sort_by_key(|s| (s.collection, s.name));
        if self.list {
            let width = specs.iter().map(|s| s.full_name().len()).max().unwrap_or(0);
            specs.iter().for_each(|s| println!("{:<width$}  {}", s.full_name(), s.summary));
            return 0;
        }
        let mut status = 0;
        for name in &self.modules {
            match specs.iter().find(|s| s.answers_to(name)) {
                Some(spec) if self.json => println!("{}", json(spec).to_json()),
                Some(spec) => print!("{}", page(spec)),
                None => {
                    let known = specs.iter().map(|s| s.name);
                    let error = crate::diagnostic::Diagnostic::error(format!("there is no module `{name}`"))
                        .nearest(name, known);
                    super::complain(&error);
                    status = 1;
                }
            }
        }
        status
    }
}

/// The page of a module as text.
fn page(spec: &ModuleSpec) -> String {
    let mut out = format!("{}\n\n", spec.full_name());
    paragraph(&mut out, spec.summary, 2);
    if !spec.description.is_empty() {
        out.push('\n');
        paragraph(&mut out, spec.description, 2);
    }
    let check = match spec.check {
        CheckSupport::Full => "says exactly what would change",
        CheckSupport::Partial => "says what would change for some arguments",
        CheckSupport::None => "is skipped",
    };
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(out, "\n  check mode: {check}\n  diff: {}", if spec.diff { "yes" } else { "no" });
    if !spec.args.is_empty() {
        out.push_str("\nARGUMENTS (= is required)\n");
        arguments(&mut out, spec.args, 0);
    }
    for (words, sets) in [
        ("not together", spec.mutually_exclusive),
        ("only together", spec.required_together),
        ("at least one of", spec.required_one_of),
    ] {
        for set in sets {
            let _ = writeln!(out, "\n  {words}: {}", set.join(", "));
        }
    }
    for (arg, value, needed) in spec.required_if {
        let _ = writeln!(out, "\n  with {arg}={value}, needed: {}", needed.join(", "));
    }
    if !spec.returns.is_empty() {
        out.push_str("\nRETURNS\n");
        for value in spec.returns {
            let _ = writeln!(out, "\n- {} ({})", value.name, value.ty);
            paragraph(&mut out, value.doc, 8);
        }
    }
    if !spec.examples.is_empty() {
        let _ = writeln!(out, "\nEXAMPLES\n\n{}", spec.examples.trim_matches('\n'));
    }
    out.push('\n');
    out
}

fn arguments(out: &mut String, args: &[ArgSpec], depth: usize) {
    let pad = " ".repeat(depth * 4);
    for arg in args {
        let mark = if arg.required { '=' } else { '-' };
        let mut notes = vec![match arg.elements {
            Some(elements) => format!("{} of {}", arg.ty.name(), elements.name()),
            None => arg.ty.name().to_owned(),
        }];
        if let Some(default) = arg.default {
            notes.push(format!("default {default}"));
        }
        if !arg.choices.is_empty() {
            notes.push(format!("one of {}", arg.choices.join(", ")));
        }
        if !arg.aliases.is_empty() {
            notes.push(format!("also {}", arg.aliases.join(", ")));
        }
        if arg.secret {
            notes.push("secret".to_owned());
        }
        let _ = writeln!(out, "\n{pad}{mark} {} ({})", arg.name, notes.join("; "));
        paragraph(out, arg.doc, 8 + depth * 4);
        arguments(out, arg.options, depth + 1);
    }
}

/// Text filled to 80 columns; blank lines keep paragraphs apart.
fn paragraph(out: &mut String, text: &str, indent: usize) {
    let pad = " ".repeat(indent);
    for (n, part) in text.split("\n\n").enumerate() {
        if n > 0 {
            out.push('\n');
        }
        let mut column = 0;
        for word in part.split_whitespace() {
            if column > 0 && column + 1 + word.len() > 80 {
                out.push('\n');
                column = 0;
            }
            out.push_str(if column == 0 { &pad } else { " " });
            column = if column == 0 { indent } else { column + 1 } + word.len();
            out.push_str(word);
        }
        out.push('\n');
    }
}

fn json(spec: &ModuleSpec) -> Value {
    let returns =
        Value::from_iter(spec.returns.iter().map(|r| {
            Value::from(hostler_sdk::Map::from_iter([("name", r.name), ("type", r.ty), ("description", r.doc)]))
        }));
    hostler_sdk::Map::from_iter([
        ("name", Value::from(spec.full_name())),
        ("summary", spec.summary.into()),
        ("description", spec.description.into()),
        ("options", json_args(spec.args)),
        ("return", returns),
        ("examples", spec.examples.into()),
        ("check_mode", format!("{:?}", spec.check).to_lowercase().into()),
        ("diff_mode", spec.diff.into()),
    ])
    .into()
}

fn json_args(args: &[ArgSpec]) -> Value {
    Value::from_iter(args.iter().map(|arg| {
        Value::from(hostler_sdk::Map::from_iter([
            ("name", Value::from(arg.name)),
            ("type", arg.ty.name().into()),
            ("elements", arg.elements.map(|t| t.name()).into()),
            ("required", arg.required.into()),
            ("default", arg.default.into()),
            ("choices", Value::from_iter(arg.choices.iter().copied())),
            ("aliases", Value::from_iter(arg.aliases.iter().copied())),
            ("secret", arg.secret.into()),
            ("description", arg.doc.into()),
            ("options", json_args(arg.options)),
        ]))
    }))
}
