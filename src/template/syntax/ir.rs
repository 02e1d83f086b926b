//! A template as it is evaluated: minijinja's syntax tree, lowered once into owned nodes with filters and tests already
//! looked up. Spans are bytes of the source as the operator wrote it.

use crate::template::filters::Filter;
use crate::template::tests::Test;
use hostler_sdk::Value;
use std::sync::Arc;

/// A name in a template.
pub(crate) type Name = Arc<str>;

/// A stretch of the template's source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// From the start of one to the end of another.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// Statements in order.
pub(crate) type Body = Vec<Stmt>;

/// What is assigned to.
#[derive(Debug)]
pub(crate) enum Target {
    Name(Name),
    Tuple(Vec<Target>),
    /// `ns.attr`
    Attr(Name, Name, Span),
}

/// A macro's declaration, or the body of a call block.
#[derive(Debug)]
pub(crate) struct MacroDef {
    pub name: Name,
    pub params: Vec<Name>,
    /// The defaults of the last parameters.
    pub defaults: Vec<Expr>,
    pub body: Body,
}

/// One step of a template.
#[derive(Debug)]
pub(crate) enum Stmt {
    Text(Arc<str>),
    Emit(Expr),
    /// An expression for its effect.
    Do(Expr),
    If(Expr, Body, Body),
    For(Arc<ForLoop>),
    With(Vec<(Target, Expr)>, Body),
    Set(Target, Expr),
    SetBlock(Target, Option<Expr>, Body),
    Filter(Expr, Body),
    Block(Arc<Block>),
    Extends(Expr, Span),
    Include {
        name: Expr,
        ignore_missing: bool,
        /// Whether it sees what is known where it stands.
        context: bool,
        span: Span,
    },
    Import {
        name: Expr,
        alias: Name,
        context: bool,
        span: Span,
    },
    FromImport {
        name: Expr,
        names: Vec<(Name, Name)>,
        context: bool,
        span: Span,
    },
    Macro(Arc<MacroDef>),
    Call {
        call: Expr,
        caller: Arc<MacroDef>,
    },
    Break,
    Continue,
}

/// A named block that a child template may replace.
#[derive(Debug)]
pub(crate) struct Block {
    pub name: Name,
    pub body: Body,
}

/// `{% for %}`.
#[derive(Debug)]
pub(crate) struct ForLoop {
    pub target: Target,
    pub iter: Expr,
    pub filter: Option<Expr>,
    pub recursive: bool,
    pub body: Body,
    pub otherwise: Body,
    pub span: Span,
}

/// Arithmetic and joining.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Rem,
    Pow,
    Concat,
}

/// Comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cmp {
    Eq,
    Ne,
    Lt,
    Lte,
    Gt,
    Gte,
    In,
    NotIn,
}

/// An argument as written.
#[derive(Debug)]
pub(crate) enum Arg {
    Pos(Expr),
    Named(Name, Expr),
    Splat(Expr),
    NamedSplat(Expr),
}

/// An expression.
#[derive(Debug)]
pub(crate) enum Expr {
    Const(Value),
    /// A constant that itself holds a template, where Ansible renders such.
    Embedded(Arc<crate::template::Template>),
    Var(Name, Span),
    List(Vec<Expr>),
    Tuple(Vec<Expr>),
    Dict(Vec<(Expr, Expr)>),
    Attr(Box<Expr>, Name, Span),
    Item(Box<Expr>, Box<Expr>, Span),
    Slice(Box<Expr>, Box<[Option<Expr>; 3]>, Span),
    Not(Box<Expr>),
    Neg(Box<Expr>, Span),
    And(Box<(Expr, Expr)>),
    Or(Box<(Expr, Expr)>),
    Binary(Op, Box<(Expr, Expr)>, Span),
    Compare(Box<Expr>, Vec<(Cmp, Expr)>, Span),
    If(Box<(Expr, Expr, Option<Expr>)>, Span),
    Filter(Box<FilterCall>),
    Test(Box<TestCall>),
    Call(Box<(Expr, Vec<Arg>)>, Span),
    /// `object.name(args)`
    Method(Box<(Expr, Vec<Arg>)>, Name, Span),
}

/// `input | filter(args)`; no input in `{% filter %}`.
#[derive(Debug)]
pub(crate) struct FilterCall {
    pub filter: &'static Filter,
    pub input: Option<Expr>,
    pub args: Vec<Arg>,
    pub span: Span,
}

/// `input is test(args)`.
#[derive(Debug)]
pub(crate) struct TestCall {
    pub test: &'static Test,
    pub input: Expr,
    pub args: Vec<Arg>,
    pub span: Span,
}

impl Expr {
    /// Where the expression stands, when it is known.
    pub fn span(&self) -> Option<Span> {
        match self {
            Expr::Const(_) | Expr::Embedded(_) => None,
            Expr::Var(_, s)
            | Expr::Attr(_, _, s)
            | Expr::Item(_, _, s)
            | Expr::Slice(_, _, s)
            | Expr::Neg(_, s)
            | Expr::Binary(_, _, s)
            | Expr::Compare(_, _, s)
            | Expr::If(_, s)
            | Expr::Call(_, s)
            | Expr::Method(_, _, s) => Some(*s),
            Expr::Filter(f) => Some(f.input.as_ref().and_then(Expr::span).map_or(f.span, |s| s.to(f.span))),
            Expr::Test(t) => Some(t.input.span().map_or(t.span, |s| s.to(t.span))),
            Expr::Not(e) => e.span(),
            Expr::And(pair) | Expr::Or(pair) => join(pair.0.span(), pair.1.span()),
            Expr::List(items) | Expr::Tuple(items) => items.iter().map(Expr::span).fold(None, join),
            Expr::Dict(items) => items.iter().map(|(_, v)| v.span()).fold(None, join),
        }
    }
}

fn join(a: Option<Span>, b: Option<Span>) -> Option<Span> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.to(b)),
        (a, b) => a.or(b),
    }
}
