//! Evaluates expressions.

use super::access;
use super::args::Args;
use super::env::Env;
use super::fault::{Cause, Eval, Fault, Missing};
use super::machine::Machine;
use super::ops;
use super::val::Val;
use crate::template::methods;
use crate::template::syntax::{Arg, Cmp, Expr, FilterCall, Name, Span};
use hostler_sdk::{Key, Value};
use indexmap::IndexMap;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::rc::Rc;

impl Machine {
    /// The value of an expression; what is not there is a value too.
    pub fn expr(&self, expr: &Expr, env: &Rc<Env>) -> Eval<Val> {
        match expr {
            Expr::Const(value) => Ok(Val::Plain(value.clone())),
            Expr::Embedded(template) => self.session.run(template),
            Expr::Var(name, span) => Ok(self.name(name, env).unwrap_or_else(|| self.unknown(name, *span))),
            Expr::List(items) => {
                let items = items.iter().map(|e| self.expr(e, env)).collect::<Eval<Vec<_>>>()?;
                Ok(if self.template.mutates { Val::List(Rc::new(RefCell::new(items))) } else { Val::list(items) })
            }
            Expr::Tuple(items) => Ok(Val::tuple(items.iter().map(|e| self.expr(e, env)).collect::<Eval<_>>()?)),
            Expr::Dict(pairs) => {
                let mut map = IndexMap::with_capacity(pairs.len());
                for (key, value) in pairs {
                    let mut key = self.expr(key, env)?.to_key().map_err(|f| self.at(f, key))?;
                    // To Python, `1` and `true` are one key.
                    let twin = match key {
                        Key::Bool(b) => Some(Key::Int(b.into())),
                        Key::Int(n @ (0 | 1)) => Some(Key::Bool(n == 1)),
                        _ => None,
                    };
                    if let Some(twin) = twin.filter(|twin| map.contains_key(twin)) {
                        key = twin;
                    }
                    map.insert(key, self.expr(value, env)?);
                }
                Ok(if self.template.mutates { Val::Dict(Rc::new(RefCell::new(map))) } else { Val::dict(map) })
            }
            Expr::Attr(object, name, span) => {
                let object = self.expr(object, env)?;
                let value = access::attribute(&object, name).map_err(|f| f.at(&self.template, *span))?;
                Ok(self.placed(value, *span))
            }
            Expr::Item(object, key, span) => {
                let object = self.expr(object, env)?;
                // Which of several things is chosen is no say in them.
                let (key, _) = self.session.listen(|| self.expr(key, env));
                let key = key?;
                let value = access::item(&object, &key).map_err(|f| f.at(&self.template, *span))?;
                Ok(self.placed(value, *span))
            }
            Expr::Slice(object, parts, span) => {
                let object = self.expr(object, env)?;
                let mut numbers = [None; 3];
                for (number, part) in numbers.iter_mut().zip(parts.iter()) {
                    let Some(part) = part else { continue };
                    let value = self.expr(part, env)?.strict()?;
                    *number = match value.as_int() {
                        Some(n) => Some(n),
                        None if value.is_null() => None,
                        None => {
                            let message = "slice indices must be integers or None";
                            return Err(Fault::new(message).at(&self.template, *span));
                        }
                    };
                }
                access::slice(&object, numbers[0], numbers[1], numbers[2]).map_err(|f| f.at(&self.template, *span))
            }
            Expr::Neg(inner, span) => ops::negate(self.expr(inner, env)?).map_err(|f| f.at(&self.template, *span)),
            Expr::And(pair) => {
                let left = self.expr(&pair.0, env)?;
                if left.truth().map_err(|f| self.at(f, &pair.0))? { self.expr(&pair.1, env) } else { Ok(left) }
            }
            Expr::Or(pair) => {
                let left = self.expr(&pair.0, env)?;
                if left.truth().map_err(|f| self.at(f, &pair.0))? { Ok(left) } else { self.expr(&pair.1, env) }
            }
            Expr::Binary(op, pair, span) => {
                let (left, right) = (self.expr(&pair.0, env)?, self.expr(&pair.1, env)?);
                ops::binary(*op, left, right).map_err(|f| f.at(&self.template, *span))
            }
            Expr::If(..) | Expr::Compare(..) | Expr::Test(_) | Expr::Not(_) => {
                let (value, said) = self.expr_said(expr, env)?;
                self.session.hear(said);
                Ok(value)
            }
            Expr::Filter(call) => {
                let input = match &call.input {
                    Some(input) => self.expr(input, env)?,
                    None => Val::NULL,
                };
                self.filter(call, input, env)
            }
            Expr::Call(parts, span) => self.call(&parts.0, &parts.1, *span, None, env),
            Expr::Method(parts, name, span) => self.method(&parts.0, name, &parts.1, *span, None, env),
        }
    }

    /// The value of a question.
    pub(super) fn truth_of(&self, expr: &Expr, env: &Rc<Env>) -> Eval<Val> {
        match expr {
            Expr::Not(inner) => {
                let value = self.expr(inner, env)?;
                Ok(Val::from(!value.truth().map_err(|f| self.at(f, inner))?))
            }
            Expr::Compare(first, rest, span) => {
                let mut left = self.expr(first, env)?;
                for (op, expr) in rest {
                    let right = self.expr(expr, env)?;
                    if !compare(*op, &left, &right).map_err(|f| f.at(&self.template, *span))? {
                        return Ok(Val::from(false));
                    }
                    left = right;
                }
                Ok(Val::from(true))
            }
            Expr::Test(call) => {
                let input = self.expr(&call.input, env)?;
                let args = self.args(&call.args, env)?;
                let test = call.test;
                if !test.sees_missing {
                    if let Val::Missing(_) = input {
                        return Ok(input);
                    }
                    if let Some(missing) = args.first_missing() {
                        return Ok(missing.clone());
                    }
                }
                Ok(match (test.run)(&self.session, &input, args) {
                    Ok(truth) => Val::from(truth),
                    Err(fault) => self.failed(fault, call.span),
                })
            }
            other => self.expr(other, env),
        }
    }

    /// A filter's failure is a value that is not there: `default` may stand in for it.
    fn failed(&self, fault: Fault, span: Span) -> Val {
        Val::Missing(fault.at(&self.template, span).into_missing())
    }

    /// Runs a filter on an input.
    pub(super) fn filter(&self, call: &FilterCall, input: Val, env: &Rc<Env>) -> Eval<Val> {
        let args = self.args(&call.args, env)?;
        let filter = call.filter;
        if !filter.sees_missing {
            if let Val::Missing(_) = input {
                return Ok(input);
            }
            if let Some(missing) = args.first_missing() {
                return Ok(missing.clone());
            }
        }
        Ok(match (filter.run)(&self.session, input, args) {
            Ok(value) => self.placed(value, call.span),
            Err(fault) => self.failed(fault, call.span),
        })
    }

    /// A chain of filters whose innermost has no input of its own.
    pub(super) fn filter_chain(&self, chain: &Expr, input: Val, env: &Rc<Env>) -> Eval<Val> {
        let Expr::Filter(call) = chain else { return self.expr(chain, env) };
        let input = match &call.input {
            Some(inner) => self.filter_chain(inner, input, env)?,
            None => input,
        };
        self.filter(call, input, env)
    }

    /// `{% call %}`: a call with one more argument.
    pub(super) fn call_with(&self, expr: &Expr, caller: Option<Val>, env: &Rc<Env>) -> Eval<Val> {
        match expr {
            Expr::Call(parts, span) => self.call(&parts.0, &parts.1, *span, caller, env),
            Expr::Method(parts, name, span) => self.method(&parts.0, name, &parts.1, *span, caller, env),
            other => self.expr(other, env),
        }
    }

    fn call(&self, callee: &Expr, args: &[Arg], span: Span, caller: Option<Val>, env: &Rc<Env>) -> Eval<Val> {
        let function = self.expr(callee, env)?;
        // What it is called with is listened to by itself: a lookup may refuse it.
        let (result, said) = self.session.listen(|| self.call_to(&function, args, span, caller, env));
        self.session.hear(said);
        result
    }

    /// The arguments of a call, and the block of `{% call %}` among them.
    fn args_with(&self, args: &[Arg], caller: Option<Val>, env: &Rc<Env>) -> Eval<Args> {
        let mut args = self.args(args, env)?;
        args.named.extend(caller.map(|caller| (Name::from("caller"), caller)));
        Ok(args)
    }

    fn call_to(&self, function: &Val, args: &[Arg], span: Span, caller: Option<Val>, env: &Rc<Env>) -> Eval<Val> {
        let args = self.args_with(args, caller, env)?;
        match function {
            Val::Missing(m) => Err(Fault::Missing(m.clone()).at(&self.template, span)),
            Val::Object(o) => Ok(match o.call(&self.session, args) {
                Ok(value) => self.placed(value, span),
                Err(fault) => self.failed(fault, span),
            }),
            other => {
                Err(Fault::new(format!("'{}' object is not callable", other.type_name())).at(&self.template, span))
            }
        }
    }

    fn method(
        &self,
        object: &Expr,
        name: &Name,
        args: &[Arg],
        span: Span,
        caller: Option<Val>,
        env: &Rc<Env>,
    ) -> Eval<Val> {
        let changes = methods::changes(name);
        let receiver = if changes { self.changeable(object, env)? } else { self.expr(object, env)? };
        let (result, said) = self.session.listen(|| self.method_of(&receiver, name, args, span, caller, env));
        self.session.hear(said);
        if changes {
            self.session.mix(said);
        }
        result
    }

    fn method_of(
        &self,
        receiver: &Val,
        name: &Name,
        args: &[Arg],
        span: Span,
        caller: Option<Val>,
        env: &Rc<Env>,
    ) -> Eval<Val> {
        let args = self.args_with(args, caller, env)?;
        if let Val::Missing(_) = receiver {
            return Ok(receiver.clone());
        }
        // As for any call: an argument that is not there is the result.
        if let (Some(missing), false) = (args.first_missing(), matches!(receiver, Val::Object(_))) {
            return Ok(missing.clone());
        }
        let result = match receiver {
            Val::Object(o) => match o.method(&self.session, name, args.clone()) {
                Some(result) => result,
                None => match o.member(name).transpose()? {
                    Some(Val::Object(member)) => member.call(&self.session, args),
                    Some(other) if !o.is_mapping() => {
                        Err(Fault::new(format!("'{}' object is not callable", other.type_name())))
                    }
                    _ if o.is_mapping() => methods::call(receiver, name, args),
                    _ => Err(Fault::new(format!("'{}' object has no attribute '{name}'", o.type_name()))),
                },
            },
            other => methods::call(other, name, args),
        };
        Ok(match result {
            Ok(value) => self.placed(value, span),
            Err(fault) => self.failed(fault, span),
        })
    }

    /// The value of a path as something that can be changed in place: a plain list or mapping is copied once, and the
    /// copy takes its place for the rest of this rendering.
    pub(super) fn changeable(&self, expr: &Expr, env: &Rc<Env>) -> Eval<Val> {
        let store = |value: Val| -> Eval<Val> {
            let Some(copy) = own(&value)? else { return Ok(value) };
            match expr {
                Expr::Var(name, _) if !env.replace(name, copy.clone()) => {
                    self.session.replace(name, copy.clone());
                }
                Expr::Attr(object, name, _) => put(&self.changeable(object, env)?, &Val::text(name), &copy)?,
                Expr::Item(object, key, _) => put(&self.changeable(object, env)?, &self.expr(key, env)?, &copy)?,
                _ => {}
            }
            Ok(copy)
        };
        store(self.expr(expr, env)?)
    }

    pub(super) fn unknown(&self, name: &Name, span: Span) -> Val {
        Val::Missing(Rc::new(Missing {
            at: Some(super::fault::At { template: self.template.clone(), span }),
            ..Missing::new(Cause::Name(name.clone()))
        }))
    }

    /// A value that is not there learns where it was asked for.
    pub(super) fn placed(&self, value: Val, span: Span) -> Val {
        match value {
            Val::Missing(m) if m.at.is_none() => match Fault::Missing(m).at(&self.template, span) {
                Fault::Missing(m) => Val::Missing(m),
                Fault::Trouble(t) => Val::missing(Cause::Failed(t)),
            },
            value => value,
        }
    }
}

/// A changeable copy, when the value is not changeable already.
fn own(value: &Val) -> Eval<Option<Val>> {
    Ok(match value {
        Val::Plain(Value::List(_)) | Val::LazyList(_) => Some(Val::List(Rc::new(RefCell::new(value.iterate()?)))),
        Val::Plain(Value::Map(_)) | Val::LazyMap(_) => {
            let entries = value.entries().unwrap_or_else(|| Ok(Vec::new()))?;
            Some(Val::Dict(Rc::new(RefCell::new(entries.into_iter().collect()))))
        }
        _ => None,
    })
}

fn put(container: &Val, key: &Val, value: &Val) -> Eval<()> {
    match container {
        Val::Dict(map) => {
            map.borrow_mut().insert(key.to_key()?, value.clone());
        }
        Val::List(items) => {
            let mut items = items.borrow_mut();
            let len = items.len() as i128;
            let n = key.as_int().map(|n| if n < 0 { n + len } else { n }).and_then(|n| usize::try_from(n).ok());
            if let Some(slot) = n.and_then(|n| items.get_mut(n)) {
                *slot = value.clone();
            }
        }
        _ => {}
    }
    Ok(())
}

fn compare(op: Cmp, left: &Val, right: &Val) -> Eval<bool> {
    Ok(match op {
        Cmp::Eq => ops::equal(left, right)?,
        Cmp::Ne => !ops::equal(left, right)?,
        Cmp::In => ops::contains(right, left)?,
        Cmp::NotIn => !ops::contains(right, left)?,
        Cmp::Lt => ops::compare(left, right, "<")? == Ordering::Less,
        Cmp::Lte => ops::compare(left, right, "<=")? != Ordering::Greater,
        Cmp::Gt => ops::compare(left, right, ">")? == Ordering::Greater,
        Cmp::Gte => ops::compare(left, right, ">=")? != Ordering::Less,
    })
}
