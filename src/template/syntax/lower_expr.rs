//! Expressions of minijinja's tree, lowered: filters and tests are looked up here, so that an unknown one is an error
//! with its place before anything runs.

use super::SyntaxFault;
use super::ir::{Arg, Cmp, Expr, FilterCall, Name, Op, Span, TestCall};
use super::lower::Lowering;
use crate::template::{FileSyntax, filters, lookups, tests};
use hostler_sdk::Value;
use minijinja::machinery::{Span as MjSpan, ast};

type Result<T> = std::result::Result<T, SyntaxFault>;

impl Lowering<'_> {
    pub fn expr(&self, expr: &ast::Expr<'_>) -> Result<Expr> {
        // Operators' spans of minijinja start one token early; the operands' own give better ones.
        let own = self.span(expr.span());
        Ok(match expr {
            ast::Expr::Var(v) => Expr::Var(Name::from(v.id), own),
            ast::Expr::Const(c) => self.constant(&c.value, own)?,
            ast::Expr::Slice(s) => {
                let parts = [
                    self.optional(s.start.as_ref())?,
                    self.optional(s.stop.as_ref())?,
                    self.optional(s.step.as_ref())?,
                ];
                let object = self.expr(&s.expr)?;
                let span = from(&object, own);
                Expr::Slice(Box::new(object), Box::new(parts), span)
            }
            ast::Expr::UnaryOp(u) => {
                let inner = self.expr(&u.expr)?;
                match u.op {
                    ast::UnaryOpKind::Neg => Expr::Neg(Box::new(inner), own),
                    // `a not in b` is read as `not (a in b)`, `a is not b` as `not (a is b)`: the same values.
                    ast::UnaryOpKind::Not => Expr::Not(Box::new(inner)),
                }
            }
            ast::Expr::BinOp(b) => self.binary(b, own)?,
            ast::Expr::Compare(c) => {
                let first = self.expr(&c.expr)?;
                let rest =
                    c.ops.iter().map(|o| Ok((compare(o.op), self.expr(&o.expr)?))).collect::<Result<Vec<_>>>()?;
                let span = from(&first, own);
                Expr::Compare(Box::new(first), rest, span)
            }
            ast::Expr::IfExpr(i) => Expr::If(
                Box::new((self.expr(&i.test_expr)?, self.expr(&i.true_expr)?, self.optional(i.false_expr.as_ref())?)),
                own,
            ),
            ast::Expr::Filter(f) => {
                let args = self.args(&f.args)?;
                self.check_name_argument(f.name, &args, own)?;
                let Some(filter) = filters::find(f.name) else {
                    return Err(self.unknown("filter", f.name, own, &filters::names()));
                };
                Expr::Filter(Box::new(FilterCall { filter, input: self.optional(f.expr.as_ref())?, args, span: own }))
            }
            ast::Expr::Test(t) => {
                let Some(test) = tests::find(t.name) else {
                    return Err(self.unknown("test", t.name, own, &tests::names()));
                };
                Expr::Test(Box::new(TestCall {
                    test,
                    input: self.expr(&t.expr)?,
                    args: self.args(&t.args)?,
                    span: own,
                }))
            }
            ast::Expr::GetAttr(a) => {
                let object = self.expr(&a.expr)?;
                let span = from(&object, own);
                Expr::Attr(Box::new(object), Name::from(a.name), span)
            }
            ast::Expr::GetItem(i) => {
                let object = self.expr(&i.expr)?;
                let span = from(&object, own);
                Expr::Item(Box::new(object), Box::new(self.expr(&i.subscript_expr)?), span)
            }
            ast::Expr::Call(c) => self.call_parts(&c.expr, &c.args, c.span())?,
            ast::Expr::List(l) => Expr::List(self.exprs(&l.items)?),
            ast::Expr::Tuple(l) => Expr::Tuple(self.exprs(&l.items)?),
            ast::Expr::Map(m) => {
                let pairs = m.keys.iter().zip(&m.values).map(|(k, v)| Ok((self.expr(k)?, self.expr(v)?)));
                Expr::Dict(pairs.collect::<Result<_>>()?)
            }
        })
    }

    pub fn call(&self, call: &ast::Spanned<ast::Call<'_>>) -> Result<Expr> {
        self.call_parts(&call.expr, &call.args, call.span())
    }

    fn call_parts(&self, callee: &ast::Expr<'_>, args: &[ast::CallArg<'_>], span: MjSpan) -> Result<Expr> {
        let own = self.span(span);
        let mut args = self.args(args)?;
        Ok(match self.expr(callee)? {
            Expr::Attr(object, name, s) => Expr::Method(Box::new((*object, args)), name, s.to(own)),
            Expr::Var(name, s) => {
                if matches!(name.as_ref(), "lookup" | "query" | "q") {
                    self.lookup_arguments(&mut args, s.to(own))?;
                }
                Expr::Call(Box::new((Expr::Var(name, s), args)), s.to(own))
            }
            other => {
                let span = from(&other, own);
                Expr::Call(Box::new((other, args)), span)
            }
        })
    }

    /// Lookups are known by name before anything runs, and constants among their terms may hold templates.
    fn lookup_arguments(&self, args: &mut [Arg], span: Span) -> Result<()> {
        let mut position = 0;
        for arg in args {
            let Arg::Pos(expr) = arg else { continue };
            if position == 0 {
                if let Expr::Const(Value::Str(name)) = expr
                    && lookups::find(name).is_none()
                {
                    return Err(self.unknown("lookup", name, span, &lookups::names()));
                }
            } else {
                self.embed(expr, span)?;
            }
            position += 1;
        }
        Ok(())
    }

    fn embed(&self, expr: &mut Expr, span: Span) -> Result<()> {
        match expr {
            Expr::Const(Value::Str(text)) if FileSyntax::default().is_template(text) => {
                *expr = Expr::Embedded((self.options.embedded)(text, span)?);
            }
            Expr::List(items) | Expr::Tuple(items) => {
                for item in items {
                    self.embed(item, span)?;
                }
            }
            Expr::Dict(items) => {
                for (_, value) in items {
                    self.embed(value, span)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn constant(&self, value: &minijinja::Value, span: Span) -> Result<Expr> {
        use minijinja::value::ValueKind;
        let value = match value.kind() {
            ValueKind::None | ValueKind::Undefined => Value::Null,
            ValueKind::Bool => Value::Bool(value.is_true()),
            ValueKind::String => Value::from(value.as_str().unwrap_or_default()),
            _ if value.is_integer() => match i128::try_from(value.clone()) {
                Ok(i) => Value::Int(i),
                Err(_) => return Err(self.fault("this integer is too large (more than 127 bits)", span)),
            },
            _ => Value::Float(f64::try_from(value.clone()).map_err(|_| self.fault("cannot read this constant", span))?),
        };
        let mut expr = Expr::Const(value);
        if self.options.expression {
            // `when: "{{ a }}" == 'x'`: conditions render constants that are templates themselves.
            self.embed(&mut expr, span)?;
        }
        Ok(expr)
    }

    fn binary(&self, b: &ast::BinOp<'_>, own: Span) -> Result<Expr> {
        use ast::BinOpKind as K;
        let (left, right) = (self.expr(&b.left)?, self.expr(&b.right)?);
        let span = match (left.span(), right.span()) {
            (Some(l), Some(r)) => l.to(r),
            _ => own,
        };
        let pair = |op| (op, span);
        let (op, span) = match b.op {
            K::ScAnd => return Ok(Expr::And(Box::new((left, right)))),
            K::ScOr => return Ok(Expr::Or(Box::new((left, right)))),
            K::Eq => return Ok(compared(left, Cmp::Eq, right, span)),
            K::Ne => return Ok(compared(left, Cmp::Ne, right, span)),
            K::Lt => return Ok(compared(left, Cmp::Lt, right, span)),
            K::Lte => return Ok(compared(left, Cmp::Lte, right, span)),
            K::Gt => return Ok(compared(left, Cmp::Gt, right, span)),
            K::Gte => return Ok(compared(left, Cmp::Gte, right, span)),
            K::In => return Ok(compared(left, Cmp::In, right, span)),
            K::Add => pair(Op::Add),
            K::Sub => pair(Op::Sub),
            K::Mul => pair(Op::Mul),
            K::Div => pair(Op::Div),
            K::FloorDiv => pair(Op::FloorDiv),
            K::Rem => pair(Op::Rem),
            K::Pow => pair(Op::Pow),
            K::Concat => pair(Op::Concat),
        };
        Ok(Expr::Binary(op, Box::new((left, right)), span))
    }

    fn exprs(&self, items: &[ast::Expr<'_>]) -> Result<Vec<Expr>> {
        items.iter().map(|i| self.expr(i)).collect()
    }

    fn args(&self, args: &[ast::CallArg<'_>]) -> Result<Vec<Arg>> {
        args.iter()
            .map(|arg| {
                Ok(match arg {
                    ast::CallArg::Pos(e) => Arg::Pos(self.expr(e)?),
                    ast::CallArg::Kwarg(name, e) => Arg::Named(Name::from(*name), self.expr(e)?),
                    ast::CallArg::PosSplat(e) => Arg::Splat(self.expr(e)?),
                    ast::CallArg::KwargSplat(e) => Arg::NamedSplat(self.expr(e)?),
                })
            })
            .collect()
    }

    /// `map('nmae')`, `select('tset')`: names given as constants are checked as well.
    fn check_name_argument(&self, filter: &str, args: &[Arg], span: Span) -> Result<()> {
        let place = match filter.rsplit('.').next() {
            Some("map" | "select" | "reject") => 0,
            Some("selectattr" | "rejectattr") => 1,
            _ => return Ok(()),
        };
        let Some(Arg::Pos(Expr::Const(Value::Str(name)))) = args.get(place) else { return Ok(()) };
        if filter.ends_with("map") {
            if filters::find(name).is_none() {
                return Err(self.unknown("filter", name, span, &filters::names()));
            }
        } else if tests::find(name).is_none() {
            return Err(self.unknown("test", name, span, &tests::names()));
        }
        Ok(())
    }

    fn unknown(&self, what: &str, name: &str, span: Span, known: &[&str]) -> SyntaxFault {
        let nearest = crate::diagnostic::Diagnostic::error("").nearest(name, known.iter().copied()).hint;
        SyntaxFault { message: format!("there is no {what} `{name}`"), span, hint: nearest }
    }
}

fn compared(left: Expr, op: Cmp, right: Expr, span: Span) -> Expr {
    Expr::Compare(Box::new(left), vec![(op, right)], span)
}

fn from(object: &Expr, own: Span) -> Span {
    object.span().map_or(own, |s| Span { start: s.start, end: own.end.max(s.end) })
}

fn compare(op: ast::CompareOpKind) -> Cmp {
    use ast::CompareOpKind as K;
    match op {
        K::Eq => Cmp::Eq,
        K::Ne => Cmp::Ne,
        K::Lt => Cmp::Lt,
        K::Lte => Cmp::Lte,
        K::Gt => Cmp::Gt,
        K::Gte => Cmp::Gte,
        K::In => Cmp::In,
        K::NotIn => Cmp::NotIn,
    }
}
