//! `{% for %}` and its `loop`.

use super::args::Args;
use super::env::Env;
use super::fault::{Cause, Eval, Fault};
use super::machine::{Flow, Machine};
use super::object::Object;
use super::ops;
use super::output::Output;
use super::session::Session;
use super::val::Val;
use crate::template::Said;
use crate::template::syntax::{ForLoop, Name};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

static LOOP: LazyLock<Name> = LazyLock::new(|| Name::from("loop"));

/// How deep `loop(...)` may call itself.
const RECURSION: usize = 100;

impl Machine {
    pub(super) fn for_loop(&self, def: &Arc<ForLoop>, env: &Rc<Env>, out: &mut Output) -> Eval<()> {
        let (items, said) = self.expr_said(&def.iter, env)?;
        self.run_loop(def, &items, said, env, 0, out)
    }

    fn run_loop(
        &self,
        def: &Arc<ForLoop>,
        items: &Val,
        said: Said,
        env: &Rc<Env>,
        depth: usize,
        out: &mut Output,
    ) -> Eval<()> {
        let (items, more) = self.session.listen(|| items.iterate());
        let said = if said.is_any() { Said::ALL } else { more };
        let mut items = items.map_err(|f| f.at(&self.template, def.span))?;
        if let Some(filter) = &def.filter {
            let mut kept = Vec::with_capacity(items.len());
            for item in items {
                let inner = Env::inside(env);
                self.assign(&def.target, item.clone(), said, &inner)?;
                if self.holds(filter, &inner)? {
                    kept.push(item);
                }
            }
            items = kept;
        }
        if items.is_empty() {
            self.body(&def.otherwise, &Env::inside(env), out)?;
            return Ok(());
        }
        let recursion = def.recursive.then(|| (self.clone(), def.clone(), env.clone()));
        let state = Rc::new(Loop { items, index: Cell::new(0), depth, changed: RefCell::default(), recursion });
        for n in 0..state.items.len() {
            state.index.set(n);
            let inner = Env::inside(env);
            self.assign(&def.target, state.items[n].clone(), said, &inner)
                .map_err(|f| f.at(&self.template, def.span))?;
            inner.set(&LOOP, Val::Object(state.clone()), said);
            if self.body(&def.body, &inner, out)? == Flow::Break {
                break;
            }
        }
        Ok(())
    }
}

/// `loop`.
struct Loop {
    items: Vec<Val>,
    index: Cell<usize>,
    depth: usize,
    changed: RefCell<Option<Vec<Val>>>,
    recursion: Option<(Machine, Arc<ForLoop>, Rc<Env>)>,
}

impl Loop {
    fn neighbour(&self, n: Option<usize>, what: &str) -> Val {
        match n.and_then(|n| self.items.get(n)) {
            Some(value) => value.clone(),
            None => Val::missing(Cause::Told(format!("there is no {what} item"))),
        }
    }
}

impl Object for Loop {
    fn type_name(&self) -> &'static str {
        "LoopContext"
    }
    fn member(&self, name: &str) -> Option<Eval<Val>> {
        let (n, len) = (self.index.get(), self.items.len());
        Some(Ok(match name {
            "index" => Val::from(n + 1),
            "index0" => Val::from(n),
            "revindex" => Val::from(len - n),
            "revindex0" => Val::from(len - n - 1),
            "first" => Val::from(n == 0),
            "last" => Val::from(n + 1 == len),
            "length" => Val::from(len),
            "depth" => Val::from(self.depth + 1),
            "depth0" => Val::from(self.depth),
            "previtem" => self.neighbour(n.checked_sub(1), "previous"),
            "nextitem" => self.neighbour(Some(n + 1), "next"),
            _ => return None,
        }))
    }
    fn method(&self, _: &Rc<Session>, name: &str, args: Args) -> Option<Eval<Val>> {
        match name {
            "cycle" => Some(match args.pos.len() {
                0 => Err(Fault::new("no items for cycling given")),
                len => Ok(args.pos[self.index.get() % len].clone()),
            }),
            "changed" => Some((|| {
                let mut last = self.changed.borrow_mut();
                let same = match last.as_ref() {
                    Some(last) => ops::equal(&Val::list(last.clone()), &Val::list(args.pos.clone()))?,
                    None => false,
                };
                *last = Some(args.pos);
                Ok(Val::from(!same))
            })()),
            _ => None,
        }
    }
    fn call(&self, session: &Rc<Session>, args: Args) -> Eval<Val> {
        let Some((machine, def, env)) = &self.recursion else {
            return Err(Fault::new("the loop must have the `recursive` marker to be called recursively"));
        };
        if self.depth >= RECURSION {
            return Err(Fault::new(format!("the loop called itself more than {RECURSION} times")));
        }
        let [items] = args.bind("loop", ["iterable"])?;
        let mut out = Output::default();
        let said = if session.heard() { Said::ALL } else { Said::Nothing };
        machine.run_loop(def, &items.unwrap_or(Val::NULL), said, env, self.depth + 1, &mut out)?;
        Ok(out.finish().0)
    }
    fn is_callable(&self) -> bool {
        true
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
