//! Statements of minijinja's tree, lowered.

use super::ir::{Block, Body, Expr, ForLoop, MacroDef, Name, Span, Stmt, Target};
use super::rewrite::{DO, Rewritten};
use super::{CompileOptions, SyntaxFault};
use minijinja::machinery::{Span as MjSpan, ast};
use std::sync::Arc;

/// Lowers one tree.
pub(super) struct Lowering<'a> {
    pub rewritten: &'a Rewritten,
    pub options: &'a CompileOptions<'a>,
}

type Result<T> = std::result::Result<T, SyntaxFault>;

impl Lowering<'_> {
    pub fn template(&self, tree: &ast::Stmt<'_>) -> Result<Body> {
        match tree {
            ast::Stmt::Template(t) => self.body(&t.children),
            other => Ok(vec![self.stmt(other)?]),
        }
    }

    pub fn span(&self, span: MjSpan) -> Span {
        self.rewritten.span(span)
    }

    /// Whether a statement ends in these words, which the parser reads and forgets.
    fn says(&self, span: MjSpan, words: &str) -> bool {
        let text = self.rewritten.text.get(span.start_offset as usize..).unwrap_or_default();
        let end = text.find(self.options.syntax.block_end.as_str()).unwrap_or(text.len());
        let mut said = text[..end].trim_end_matches(['-', '+']).split_whitespace().rev();
        words.rsplit(' ').all(|word| said.next() == Some(word))
    }

    pub fn fault(&self, message: impl Into<String>, span: Span) -> SyntaxFault {
        SyntaxFault { message: message.into(), span, hint: None }
    }

    fn body(&self, stmts: &[ast::Stmt<'_>]) -> Result<Body> {
        stmts.iter().map(|s| self.stmt(s)).collect()
    }

    fn stmt(&self, stmt: &ast::Stmt<'_>) -> Result<Stmt> {
        Ok(match stmt {
            ast::Stmt::Template(t) => return Err(self.fault("a template inside a template", self.span(t.span()))),
            ast::Stmt::EmitRaw(s) => Stmt::Text(match self.options.syntax.newline.as_str() {
                "\n" => Arc::from(s.raw),
                newline => s.raw.replace('\n', newline).into(),
            }),
            ast::Stmt::EmitExpr(s) => Stmt::Emit(self.expr(&s.expr)?),
            ast::Stmt::ForLoop(s) => Stmt::For(Arc::new(ForLoop {
                target: self.target(&s.target)?,
                iter: self.expr(&s.iter)?,
                filter: s.filter_expr.as_ref().map(|e| self.expr(e)).transpose()?,
                recursive: s.recursive,
                body: self.body(&s.body)?,
                otherwise: self.body(&s.else_body)?,
                span: self.span(s.span()),
            })),
            ast::Stmt::IfCond(s) => Stmt::If(self.expr(&s.expr)?, self.body(&s.true_body)?, self.body(&s.false_body)?),
            ast::Stmt::WithBlock(s) => {
                let assignments =
                    s.assignments.iter().map(|(t, e)| Ok((self.target(t)?, self.expr(e)?))).collect::<Result<_>>()?;
                Stmt::With(assignments, self.body(&s.body)?)
            }
            ast::Stmt::Set(s) => match &s.target {
                ast::Expr::Var(v) if v.id == DO => Stmt::Do(self.expr(&s.expr)?),
                target => Stmt::Set(self.target(target)?, self.expr(&s.expr)?),
            },
            ast::Stmt::SetBlock(s) => {
                let filter = s.filter.as_ref().map(|f| self.expr(f)).transpose()?;
                Stmt::SetBlock(self.target(&s.target)?, filter, self.body(&s.body)?)
            }
            // Values are never marked safe and nothing is escaped on output, in Ansible as here.
            ast::Stmt::AutoEscape(s) => Stmt::With(Vec::new(), self.body(&s.body)?),
            ast::Stmt::FilterBlock(s) => Stmt::Filter(self.expr(&s.filter)?, self.body(&s.body)?),
            ast::Stmt::Block(s) => Stmt::Block(Arc::new(Block { name: Name::from(s.name), body: self.body(&s.body)? })),
            ast::Stmt::Extends(s) => Stmt::Extends(self.expr(&s.name)?, self.span(s.span())),
            ast::Stmt::Include(s) => {
                let span = self.span(s.span());
                let context = !self.says(s.span(), "without context");
                Stmt::Include { name: self.expr(&s.name)?, ignore_missing: s.ignore_missing, context, span }
            }
            ast::Stmt::Import(s) => {
                let span = self.span(s.span());
                let context = self.says(s.span(), "with context");
                Stmt::Import { name: self.expr(&s.expr)?, alias: self.name(&s.name)?, context, span }
            }
            ast::Stmt::FromImport(s) => {
                let names = s.names.iter().map(|(name, alias)| {
                    let name = self.name(name)?;
                    let alias = alias.as_ref().map(|a| self.name(a)).transpose()?.unwrap_or_else(|| name.clone());
                    Ok((name, alias))
                });
                Stmt::FromImport {
                    name: self.expr(&s.expr)?,
                    names: names.collect::<Result<_>>()?,
                    context: self.says(s.span(), "with context"),
                    span: self.span(s.span()),
                }
            }
            ast::Stmt::Macro(s) => Stmt::Macro(Arc::new(self.macro_def(s)?)),
            ast::Stmt::CallBlock(s) => {
                Stmt::Call { call: self.call(&s.call)?, caller: Arc::new(self.macro_def(&s.macro_decl)?) }
            }
            ast::Stmt::Continue(_) => Stmt::Continue,
            ast::Stmt::Break(_) => Stmt::Break,
            ast::Stmt::Do(s) => Stmt::Do(self.call(&s.call)?),
        })
    }

    fn macro_def(&self, def: &ast::Macro<'_>) -> Result<MacroDef> {
        Ok(MacroDef {
            name: Name::from(def.name),
            params: def.args.iter().map(|a| self.name(a)).collect::<Result<_>>()?,
            defaults: def.defaults.iter().map(|d| self.expr(d)).collect::<Result<_>>()?,
            body: self.body(&def.body)?,
        })
    }

    fn name(&self, expr: &ast::Expr<'_>) -> Result<Name> {
        match expr {
            ast::Expr::Var(v) => Ok(Name::from(v.id)),
            other => Err(self.fault("expected a name", self.span(other.span()))),
        }
    }

    fn target(&self, expr: &ast::Expr<'_>) -> Result<Target> {
        match expr {
            ast::Expr::Var(v) => Ok(Target::Name(Name::from(v.id))),
            ast::Expr::List(l) => Ok(Target::Tuple(l.items.iter().map(|t| self.target(t)).collect::<Result<_>>()?)),
            ast::Expr::Tuple(l) => Ok(Target::Tuple(l.items.iter().map(|t| self.target(t)).collect::<Result<_>>()?)),
            ast::Expr::GetAttr(a) => {
                let span = self.span(a.span());
                Ok(Target::Attr(self.name(&a.expr)?, Name::from(a.name), span))
            }
            other => Err(self.fault("cannot assign to this", self.span(other.span()))),
        }
    }

    /// A filter chain's innermost filter has no input: it is given one where it is used.
    pub fn optional(&self, expr: Option<&ast::Expr<'_>>) -> Result<Option<Expr>> {
        expr.map(|e| self.expr(e)).transpose()
    }
}
