//! Expressions of which it is kept apart in what a host had a say: the value as a whole, arguments one by one.

use super::args::Args;
use super::env::Env;
use super::fault::{Cause, Eval, Fault};
use super::machine::Machine;
use super::ops;
use super::val::Val;
use crate::template::Said;
use crate::template::syntax::{Arg, Expr, Name, Op};
use std::rc::Rc;

impl Machine {
    /// The value of an expression, and whether a host had a say in it, which is the caller's to pass on.
    pub fn expr_said(&self, expr: &Expr, env: &Rc<Env>) -> Eval<(Val, Said)> {
        match expr {
            Expr::Const(value) => Ok((Val::Plain(value.clone()), Said::Nothing)),
            Expr::Embedded(template) => self.session.run_said(template),
            Expr::Var(name, span) => {
                Ok(self.name_said(name, env).unwrap_or_else(|| (self.unknown(name, *span), Said::Nothing)))
            }
            // Text in front of what a host says stays the operator's.
            Expr::Binary(op @ (Op::Concat | Op::Add), pair, span) => {
                let ((left, first), (right, second)) = (self.expr_said(&pair.0, env)?, self.expr_said(&pair.1, env)?);
                let said = match (first, second) {
                    (Said::Nothing, Said::After(at)) => Said::After(left.as_str().map_or(0, |text| text.len() + at)),
                    (first, _) => first,
                };
                let (value, more) = self.session.listen(|| ops::binary(*op, left, right));
                let value = value.map_err(|f| f.at(&self.template, *span))?;
                Ok((value, if said.is_any() { said } else { more }))
            }
            Expr::If(parts, span) => match (self.holds(&parts.0, env)?, &parts.2) {
                (true, _) => self.expr_said(&parts.1, env),
                (false, Some(otherwise)) => self.expr_said(otherwise, env),
                (false, None) => Ok((self.placed(Val::missing(Cause::Nothing), *span), Said::Nothing)),
            },
            // What is there goes through as it is.
            Expr::Filter(call) if matches!(call.filter.name, "default" | "d" | "mandatory") => {
                let Some(input) = &call.input else { return Ok((self.expr(expr, env)?, Said::ALL)) };
                let (input, said) = self.expr_said(input, env)?;
                let before = input.clone();
                let (value, more) = self.session.listen(|| self.filter(call, input, env));
                let value = value?;
                match (value.as_str(), before.as_str()) {
                    (Some(now), Some(before)) if now == before => Ok((value, said)),
                    _ if said.is_any() => Ok((value, Said::ALL)),
                    _ => Ok((value, more)),
                }
            }
            // What is asked for yes or no is no part of what is chosen.
            Expr::Filter(call) if call.filter.name == "ternary" => {
                let Some(input) = &call.input else { return Ok((self.expr(expr, env)?, Said::ALL)) };
                let (input, _) = self.expr_said(input, env)?;
                let (value, said) = self.session.listen(|| self.filter(call, input, env));
                Ok((value?, said))
            }
            // Yes and no are nobody's words.
            Expr::Compare(..) | Expr::Test(_) | Expr::Not(_) => {
                let (value, _) = self.session.listen(|| self.truth_of(expr, env));
                Ok((value?, Said::Nothing))
            }
            other => {
                let (value, said) = self.session.listen(|| self.expr(other, env));
                Ok((value?, said))
            }
        }
    }

    pub(super) fn args(&self, args: &[Arg], env: &Rc<Env>) -> Eval<Args> {
        let mut out = Args::of(Vec::with_capacity(args.len()));
        for arg in args {
            match arg {
                Arg::Pos(e) => {
                    let (value, said) = self.expr_said(e, env)?;
                    self.session.hear(said);
                    out.push(value, said);
                }
                Arg::Named(name, e) => {
                    let (value, said) = self.expr_said(e, env)?;
                    self.session.hear(said);
                    out.push_named(name.clone(), value, said);
                }
                Arg::Splat(e) => {
                    let (items, said) = self.session.listen(|| self.expr(e, env).and_then(|value| value.iterate()));
                    self.session.hear(said);
                    items.map_err(|f| self.at(f, e))?.into_iter().for_each(|item| out.push(item, said));
                }
                Arg::NamedSplat(e) => {
                    let (entries, said) = self.session.listen(|| {
                        let value = self.expr(e, env)?.strict()?;
                        value.entries().unwrap_or_else(|| {
                            let kind = value.type_name();
                            Err(Fault::new(format!("argument after ** must be a mapping, not {kind}")))
                        })
                    });
                    self.session.hear(said);
                    for (key, value) in entries.map_err(|f| self.at(f, e))? {
                        out.push_named(Name::from(key.to_string()), value, said);
                    }
                }
            }
        }
        Ok(out)
    }
}
