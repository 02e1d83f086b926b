//! From Jinja source to what is evaluated: minijinja reads the grammar, small rewrites before it make up for where it
//! differs from Jinja2, and its tree is lowered into our own.

pub(crate) mod escapes;
mod header;
pub(crate) mod ir;
mod lower;
mod lower_expr;
mod names;
mod rewrite;

pub use header::FileSyntax;
pub(crate) use ir::*;
pub use names::free_variables;
pub(crate) use names::uses;

use minijinja::machinery;
use rewrite::{Reading, Rewritten};

/// Why a source cannot be used: a sentence, where, and what to do.
#[derive(Debug)]
pub(crate) struct SyntaxFault {
    pub message: String,
    pub span: Span,
    pub hint: Option<String>,
}

/// What the engine runs.
#[derive(Debug)]
pub(crate) enum Code {
    Body(Body),
    Expr(Expr),
    /// Nothing that can be run: the mistake in it.
    Broken(String),
}

/// Compiles what stands inside another source.
type Embedded<'a> = dyn Fn(&str, Span) -> Result<std::sync::Arc<super::Template>, SyntaxFault> + 'a;

/// How a source is compiled.
pub(crate) struct CompileOptions<'a> {
    pub syntax: &'a FileSyntax,
    /// Whether it is a bare expression.
    pub expression: bool,
    /// Whether backslashes of strings inside `{{ }}` are literal (texts of YAML files).
    pub literal_backslashes: bool,
    /// Compiles a constant that itself holds a template, where Ansible renders those.
    pub embedded: &'a Embedded<'a>,
}

/// Compiles `source`; spans are of `source` as given.
pub(crate) fn compile(source: &str, options: &CompileOptions<'_>) -> Result<Code, SyntaxFault> {
    let fault =
        |message: String| SyntaxFault { message, span: Span { start: 0, end: source.len() as u32 }, hint: None };
    let (syntax, start) = if options.expression {
        (options.syntax.clone(), 0)
    } else {
        options.syntax.with_header(source).map_err(fault)?
    };
    let config = syntax.config().map_err(fault)?;
    let reading = Reading {
        syntax: &syntax,
        config: &config,
        expression: options.expression,
        literal_backslashes: options.literal_backslashes,
    };
    let rewritten = rewrite::rewrite(&source[start..], start, &reading);
    let wrong = |e: minijinja::Error| parse_fault(&e, &rewritten, source);
    let lowering = lower::Lowering { rewritten: &rewritten, options };
    if options.expression {
        let expr = machinery::parse_expr(&rewritten.text).map_err(wrong)?;
        Ok(Code::Expr(lowering.expr(&expr)?))
    } else {
        let tree = machinery::parse(&rewritten.text, "template", config.clone()).map_err(wrong)?;
        Ok(Code::Body(lowering.template(&tree)?))
    }
}

fn parse_fault(error: &minijinja::Error, rewritten: &Rewritten, source: &str) -> SyntaxFault {
    let end = source.len();
    let range = error.range().unwrap_or(0..rewritten.text.len());
    let (from, to) = (rewritten.original(range.start).min(end), rewritten.original(range.end).min(end));
    let (mut from, mut to) = (from, to.max(from));
    // Errors at the end of the text are given the empty range behind it; show the last character instead.
    if from == to {
        to = source[from..].chars().next().map_or(to, |c| to + c.len_utf8());
        from = source[..from].char_indices().next_back().filter(|_| from == to).map_or(from, |(n, _)| n);
    }
    let message = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    let hint = source.contains("{% trans").then(|| "translations (`{% trans %}`) are not supported".to_owned());
    SyntaxFault { message, span: Span { start: from as u32, end: to as u32 }, hint }
}
