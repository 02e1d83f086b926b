//! Which variables a template reads: for scheduling, and for macros that use `varargs`.

use super::Code;
use super::ir::{Arg, Body, Expr, Name, Stmt};
use crate::template::Template;
use std::collections::BTreeSet;

/// The root names a template may read, names it sets itself included: more rather than fewer. `vars` and `hostvars`
/// stand for every variable; so does a lookup named `vars`, which is given as `vars`.
pub fn free_variables(template: &Template) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut found = |name: &Name| {
        names.insert(name.to_string());
    };
    match &template.code {
        Code::Expr(e) => expr(e, &mut found),
        Code::Body(b) => body(b, &mut found),
        Code::Broken(_) => {}
    }
    let known = ["lookup", "query", "q", "range", "omit", "undef", "now", "loop", "namespace", "dict"];
    names.retain(|n| !known.contains(&n.as_str()));
    names
}

/// Whether statements read `name`.
pub(crate) fn uses(statements: &Body, name: &str) -> bool {
    let mut used = false;
    body(statements, &mut |n| used |= n.as_ref() == name);
    used
}

fn body(statements: &Body, found: &mut dyn FnMut(&Name)) {
    for stmt in statements {
        match stmt {
            Stmt::Text(_) | Stmt::Break | Stmt::Continue => {}
            Stmt::Emit(e) | Stmt::Do(e) | Stmt::Set(_, e) | Stmt::Extends(e, _) => expr(e, found),
            Stmt::Include { name, .. } | Stmt::Import { name, .. } | Stmt::FromImport { name, .. } => {
                // What the other template reads is not known here.
                found(&Name::from("vars"));
                expr(name, found);
            }
            Stmt::If(c, a, b) => {
                expr(c, found);
                body(a, found);
                body(b, found);
            }
            Stmt::For(f) => {
                expr(&f.iter, found);
                f.filter.iter().for_each(|e| expr(e, found));
                body(&f.body, found);
                body(&f.otherwise, found);
            }
            Stmt::With(pairs, b) => {
                pairs.iter().for_each(|(_, e)| expr(e, found));
                body(b, found);
            }
            Stmt::SetBlock(_, filter, b) => {
                filter.iter().for_each(|e| expr(e, found));
                body(b, found);
            }
            Stmt::Filter(e, b) => {
                expr(e, found);
                body(b, found);
            }
            Stmt::Block(b) => body(&b.body, found),
            Stmt::Macro(m) => {
                m.defaults.iter().for_each(|e| expr(e, found));
                body(&m.body, found);
            }
            Stmt::Call { call, caller } => {
                expr(call, found);
                caller.defaults.iter().for_each(|e| expr(e, found));
                body(&caller.body, found);
            }
        }
    }
}

fn expr(e: &Expr, found: &mut dyn FnMut(&Name)) {
    match e {
        Expr::Const(_) => {}
        Expr::Embedded(template) => match &template.code {
            Code::Expr(e) => expr(e, found),
            Code::Body(b) => body(b, found),
            Code::Broken(_) => {}
        },
        Expr::Var(name, _) => found(name),
        Expr::List(items) | Expr::Tuple(items) => items.iter().for_each(|e| expr(e, found)),
        Expr::Dict(pairs) => pairs.iter().for_each(|(k, v)| {
            expr(k, found);
            expr(v, found);
        }),
        Expr::Attr(o, _, _) | Expr::Not(o) | Expr::Neg(o, _) => expr(o, found),
        Expr::Item(o, k, _) => {
            expr(o, found);
            expr(k, found);
        }
        Expr::Slice(o, parts, _) => {
            expr(o, found);
            parts.iter().flatten().for_each(|e| expr(e, found));
        }
        Expr::And(pair) | Expr::Or(pair) | Expr::Binary(_, pair, _) => {
            expr(&pair.0, found);
            expr(&pair.1, found);
        }
        Expr::Compare(first, rest, _) => {
            expr(first, found);
            rest.iter().for_each(|(_, e)| expr(e, found));
        }
        Expr::If(parts, _) => {
            expr(&parts.0, found);
            expr(&parts.1, found);
            parts.2.iter().for_each(|e| expr(e, found));
        }
        Expr::Filter(call) => {
            call.input.iter().for_each(|e| expr(e, found));
            args(&call.args, found);
        }
        Expr::Test(call) => {
            expr(&call.input, found);
            args(&call.args, found);
        }
        Expr::Call(parts, _) => {
            if let Expr::Var(name, _) = &parts.0
                && matches!(name.as_ref(), "lookup" | "query" | "q")
            {
                let pure = matches!(parts.1.first(), Some(Arg::Pos(Expr::Const(v)))
                    if matches!(v.as_str().and_then(|s| s.rsplit('.').next()), Some("env" | "file" | "pipe" | "lines" | "fileglob" | "password" | "sequence" | "dict" | "items" | "list" | "nested" | "together" | "flattened" | "ini" | "csvfile" | "config" | "random_choice" | "indexed_items" | "subelements" | "first_found")));
                if !pure {
                    found(&Name::from("vars"));
                }
            }
            expr(&parts.0, found);
            args(&parts.1, found);
        }
        Expr::Method(parts, _, _) => {
            expr(&parts.0, found);
            args(&parts.1, found);
        }
    }
}

fn args(list: &[Arg], found: &mut dyn FnMut(&Name)) {
    for arg in list {
        match arg {
            Arg::Pos(e) | Arg::Named(_, e) | Arg::Splat(e) | Arg::NamedSplat(e) => expr(e, found),
        }
    }
}
