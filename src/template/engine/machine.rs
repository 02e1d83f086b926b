//! Runs the statements of one template.

use super::blocks::{BlockSlot, Blocks};
use super::env::Env;
use super::fault::{Eval, Fault};
use super::macros::{Macro, Module};
use super::output::Output;
use super::session::Session;
use super::val::Val;
use crate::template::syntax::{Body, Code, Expr, Name, Span, Stmt, Target};
use crate::template::{Said, Template};
use std::rc::Rc;
use std::sync::Arc;

/// What a statement means for the loop around it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    Next,
    Break,
    Continue,
}

/// One template in one session.
#[derive(Clone)]
pub(crate) struct Machine {
    pub session: Rc<Session>,
    pub template: Arc<Template>,
    /// Blocks of this template and those it extends.
    pub blocks: Rc<Blocks>,
    /// The block being rendered, for `super()`.
    pub block: Option<BlockSlot>,
    /// The template's outermost names.
    pub root: Rc<Env>,
    /// Whether the template sees no variables: imported ones do not, unless they are told to.
    pub bare: bool,
}

impl Machine {
    pub fn new(session: &Rc<Session>, template: &Arc<Template>) -> Machine {
        Machine {
            session: session.clone(),
            template: template.clone(),
            blocks: Rc::default(),
            block: None,
            root: Rc::default(),
            bare: false,
        }
    }

    /// The value of an expression as a whole, and whether a host had a say in it.
    pub fn top_expr(&self, expr: &Expr) -> Eval<(Val, Said)> {
        self.expr_said(expr, &Rc::default())
    }

    /// The value of a template as a whole, and whether a host had a say in it.
    pub fn top_body(&self) -> Eval<(Val, Said)> {
        let mut out = Output::default();
        self.render_into(&Rc::default(), &mut out)?;
        Ok(out.finish())
    }

    /// Runs the whole template, parents included, in `env`.
    pub fn render_into(&self, env: &Rc<Env>, out: &mut Output) -> Eval<()> {
        let mut machine = self.clone();
        machine.root = env.clone();
        loop {
            let Code::Body(body) = &machine.template.code else { return out.push(machine.expr_code(env)?) };
            machine.blocks = Rc::new(machine.blocks.with(&machine.template, body));
            let muted = out.muted;
            let mut parent = None;
            for stmt in body {
                if let Stmt::Extends(name, span) = stmt {
                    parent = Some(machine.parent(name, *span, env)?);
                    out.muted = true;
                    continue;
                }
                machine.stmt(stmt, env, out)?;
            }
            out.muted = muted;
            match parent {
                Some(template) => machine.template = template,
                None => return Ok(()),
            }
        }
    }

    fn expr_code(&self, env: &Rc<Env>) -> Eval<Val> {
        match &self.template.code {
            Code::Expr(expr) => self.expr(expr, env),
            Code::Body(_) => Ok(Val::NULL),
            Code::Broken(mistake) => Err(Fault::new(mistake.clone())),
        }
    }

    fn parent(&self, name: &Expr, span: Span, env: &Rc<Env>) -> Eval<Arc<Template>> {
        let (name, said) = self.expr_said(name, env)?;
        self.load(&name.strict()?.to_text()?, said, span)
    }

    fn load(&self, name: &str, said: Said, span: Span) -> Eval<Arc<Template>> {
        let found = self.session.template_file(name, said, &self.template).map_err(|f| f.at(&self.template, span))?;
        found.ok_or_else(|| Fault::new(format!("template `{name}` was not found")).at(&self.template, span))
    }

    /// Runs statements in order.
    pub fn body(&self, body: &Body, env: &Rc<Env>, out: &mut Output) -> Eval<Flow> {
        for stmt in body {
            match self.stmt(stmt, env, out)? {
                Flow::Next => {}
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    /// What a body writes, as one value, and whether a host had a say in it.
    pub fn captured(&self, body: &Body, env: &Rc<Env>) -> Eval<(Val, Said)> {
        let mut out = Output::default();
        self.body(body, env, &mut out)?;
        Ok(out.finish())
    }

    fn stmt(&self, stmt: &Stmt, env: &Rc<Env>, out: &mut Output) -> Eval<Flow> {
        match stmt {
            Stmt::Text(text) if out.is_unread() => self.write(Val::Plain(text.clone().into()), Said::Nothing, out)?,
            Stmt::Text(text) => out.push_text(text)?,
            Stmt::Emit(expr) => {
                let (value, said) = self.expr_said(expr, env)?;
                self.session.hear(said);
                match value {
                    Val::Object(o) if o.as_any().is::<Module>() => {
                        out.push_said(o.text().map(Val::from)?, said)?;
                    }
                    // What is written now must not change when the list does.
                    value @ (Val::List(_) | Val::Dict(_)) if self.template.mutates => {
                        let (value, more) = self.session.listen(|| value.to_value());
                        self.session.hear(more);
                        let said = if said.is_any() { said } else { more };
                        out.push_said(value.map(Val::Plain).map_err(|f| self.at(f, expr))?, said)?;
                    }
                    value => self.write(value, said, out).map_err(|f| self.at(f, expr))?,
                }
            }
            Stmt::Do(expr) => {
                self.expr(expr, env)?;
            }
            Stmt::If(condition, then, otherwise) => {
                let truth = self.holds(condition, env)?;
                return self.body(if truth { then } else { otherwise }, env, out);
            }
            Stmt::For(for_loop) => self.for_loop(for_loop, env, out)?,
            Stmt::With(assignments, body) => {
                let inner = Env::inside(env);
                for (target, expr) in assignments {
                    // Each is evaluated outside, as in Jinja since 2.9.
                    let (value, said) = self.expr_said(expr, env)?;
                    self.assign(target, value, said, &inner)?;
                }
                return self.body(body, &inner, out);
            }
            Stmt::Set(target, expr) => {
                let shared = self.template.mutates && matches!(expr, Expr::Var(..) | Expr::Attr(..) | Expr::Item(..));
                let (value, said) = match shared {
                    true => {
                        let (value, said) = self.session.listen(|| self.changeable(expr, env));
                        (value?, said)
                    }
                    false => self.expr_said(expr, env)?,
                };
                self.assign(target, value, said, env)?;
            }
            Stmt::SetBlock(target, filter, body) => {
                let (captured, _) = self.session.listen(|| self.captured(body, &Env::inside(env)));
                let (mut value, mut said) = captured?;
                if let Some(filter) = filter {
                    let (filtered, more) = self.session.listen(|| self.filter_chain(filter, value, env));
                    value = filtered?;
                    said = if said.is_any() { Said::ALL } else { more };
                }
                self.assign(target, value, said, env)?;
            }
            Stmt::Filter(filter, body) => {
                let (value, said) = self.session.listen(|| {
                    let (value, _) = self.captured(body, &Env::inside(env))?;
                    self.filter_chain(filter, value, env)
                });
                self.session.hear(said);
                out.push_said(value?, said)?;
            }
            Stmt::Block(block) => {
                if !out.muted {
                    self.render_block(&block.name, 0, env, out)?;
                }
            }
            Stmt::Extends(_, span) => {
                return Err(Fault::new("`extends` must stand at the top of a template").at(&self.template, *span));
            }
            Stmt::Include { name, ignore_missing, context, span } => {
                self.include(name, *ignore_missing, *context, *span, env, out)?;
            }
            Stmt::Import { name, alias, context, span } => {
                let (module, said) = self.session.listen(|| self.import(name, *context, *span, env));
                env.set(alias, Val::Object(Rc::new(module?)), said);
            }
            Stmt::FromImport { name, names, context, span } => {
                let (module, _) = self.session.listen(|| self.import(name, *context, *span, env));
                let module = module?;
                for (name, alias) in names {
                    let (value, said) = module.get(name).unwrap_or_else(|| {
                        let told = format!("the imported template has no `{name}`");
                        (Val::missing(super::Cause::Told(told)), Said::Nothing)
                    });
                    env.set(alias, value, said);
                }
            }
            Stmt::Macro(def) => {
                let value = Macro::new(self, def.clone(), env);
                self.session.empty_later(env);
                env.set(&def.name, Val::Object(Rc::new(value)), Said::Nothing);
            }
            Stmt::Call { call, caller } => {
                let caller = Val::Object(Rc::new(Macro::new(self, caller.clone(), env)));
                let (value, said) = self.session.listen(|| self.call_with(call, Some(caller), env));
                self.session.hear(said);
                self.write(value?, said, out)?;
            }
            Stmt::Break => return Ok(Flow::Break),
            Stmt::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    /// The place of `expr` on a fault that has none.
    pub fn at(&self, fault: Fault, expr: &Expr) -> Fault {
        match expr.span() {
            Some(span) => fault.at(&self.template, span),
            None => fault,
        }
    }

    /// Writes a value; what is lazy in it is read now.
    fn write(&self, value: Val, said: Said, out: &mut Output) -> Eval<()> {
        if !value.is_container() && !out.is_unread() {
            return out.push_said(value, said);
        }
        // A container is kept as it is while it is all that is written, and whoever reads it hears; as a piece of text it is read here.
        let at = out.len();
        let (done, more) = self.session.listen(|| out.push_said(value, said));
        self.session.hear(more);
        if more.is_any() {
            out.said_at(at);
        }
        done
    }

    /// Whether a condition holds. What it looks at has no part in what the operator wrote for either case.
    pub(super) fn holds(&self, condition: &Expr, env: &Rc<Env>) -> Eval<bool> {
        let (truth, _) = self.session.listen(|| self.expr(condition, env).and_then(|value| value.truth()));
        truth.map_err(|f| self.at(f, condition))
    }

    /// Assigns to names; tuples are unpacked.
    pub fn assign(&self, target: &Target, value: Val, said: Said, env: &Rc<Env>) -> Eval<()> {
        match target {
            Target::Name(name) => env.set(name, value, said),
            Target::Attr(object, name, span) => {
                let done = match self.name_said(object, env) {
                    Some((Val::Object(o), _)) => o.assign(name, value),
                    _ => false,
                };
                self.session.mix(said);
                if !done {
                    let message = format!("cannot assign attribute on non-namespace object `{object}`");
                    return Err(Fault::new(message).at(&self.template, *span));
                }
            }
            Target::Tuple(targets) => {
                let (items, more) = self.session.listen(|| value.iterate());
                let (items, said) = (items?, if said.is_any() { Said::ALL } else { more });
                if items.len() != targets.len() {
                    let message = if items.len() < targets.len() {
                        format!("not enough values to unpack (expected {}, got {})", targets.len(), items.len())
                    } else {
                        format!("too many values to unpack (expected {}, got {})", targets.len(), items.len())
                    };
                    return Err(Fault::new(message));
                }
                for (target, item) in targets.iter().zip(items) {
                    self.assign(target, item, said, env)?;
                }
            }
        }
        Ok(())
    }

    /// A name of the template, of the scope, or one that Jinja knows.
    pub fn name(&self, name: &Name, env: &Env) -> Option<Val> {
        let (value, said) = self.name_said(name, env)?;
        self.session.hear(said);
        Some(value)
    }

    /// The same, and whether a host had a say in it, which is the caller's to pass on.
    pub(super) fn name_said(&self, name: &Name, env: &Env) -> Option<(Val, Said)> {
        if let Some((value, said)) = env.get(name) {
            let said = self.session.of_changeable(&value, said);
            return Some((value, said));
        }
        let variable = if self.bare { None } else { self.session.var_said(name) };
        variable.or_else(|| Some((super::globals::global(name, self)?, Said::Nothing)))
    }

    fn include(
        &self,
        name: &Expr,
        ignore: bool,
        context: bool,
        span: Span,
        env: &Rc<Env>,
        out: &mut Output,
    ) -> Eval<()> {
        let (names, mut said) = self.expr_said(name, env)?;
        let names = names.strict()?;
        let names = if names.is_list() {
            let (items, more) = self.session.listen(|| names.iterate());
            said = if said.is_any() { Said::ALL } else { more };
            items?
        } else {
            vec![names]
        };
        for name in &names {
            let text = name.clone().strict()?.to_text()?;
            if let Some(template) =
                self.session.template_file(&text, said, &self.template).map_err(|f| f.at(&self.template, span))?
            {
                let (machine, inner) = self.other(&template, context, env);
                return machine.render_into(&inner, out);
            }
        }
        if ignore {
            return Ok(());
        }
        let list: Vec<_> = names.iter().filter_map(|n| n.as_str().map(|n| format!("`{n}`"))).collect();
        Err(Fault::new(format!("template {} was not found", list.join(", "))).at(&self.template, span))
    }

    /// Another template, with or without what is known here.
    fn other(&self, template: &Arc<Template>, context: bool, env: &Rc<Env>) -> (Machine, Rc<Env>) {
        let machine = Machine { bare: self.bare || !context, ..Machine::new(&self.session, template) };
        (machine, if context { Env::inside(env) } else { Rc::default() })
    }

    fn import(&self, name: &Expr, context: bool, span: Span, env: &Rc<Env>) -> Eval<Module> {
        let (name, said) = self.expr_said(name, env)?;
        let name = name.strict()?.to_text()?;
        let template = self.load(&name, said, span)?;
        let (machine, inner) = self.other(&template, context, env);
        self.session.empty_later(&inner);
        let mut out = Output::default();
        machine.render_into(&inner, &mut out)?;
        Ok(Module { name, env: inner, text: out.finish().0 })
    }
}
