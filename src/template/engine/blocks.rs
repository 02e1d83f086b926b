//! Template inheritance: blocks by name, the most derived first.

use super::env::Env;
use super::fault::{Eval, Fault};
use super::machine::Machine;
use super::output::Output;
use crate::template::Template;
use crate::template::syntax::{Block, Body, Name, Stmt};
use std::rc::Rc;
use std::sync::Arc;

/// Which definition of which block is being rendered.
pub(crate) type BlockSlot = (Name, usize);

/// One definition and the template it stands in.
type Definition = (Arc<Template>, Arc<Block>);

/// All definitions, in the order of inheritance.
#[derive(Clone, Default)]
pub(crate) struct Blocks(Vec<(Name, Vec<Definition>)>);

impl Blocks {
    /// With the blocks of `template` behind those of its children.
    pub fn with(&self, template: &Arc<Template>, body: &Body) -> Blocks {
        let mut blocks = self.clone();
        collect(body, &mut |block| {
            let entry = (template.clone(), block.clone());
            match blocks.0.iter_mut().find(|(name, _)| *name == block.name) {
                Some((_, definitions)) => definitions.push(entry),
                None => blocks.0.push((block.name.clone(), vec![entry])),
            }
        });
        blocks
    }

    fn get(&self, name: &str, level: usize) -> Option<&(Arc<Template>, Arc<Block>)> {
        self.0.iter().find(|(n, _)| n.as_ref() == name)?.1.get(level)
    }
}

fn collect(body: &Body, found: &mut dyn FnMut(&Arc<Block>)) {
    for stmt in body {
        match stmt {
            Stmt::Block(block) => {
                found(block);
                collect(&block.body, found);
            }
            Stmt::If(_, a, b) => {
                collect(a, found);
                collect(b, found);
            }
            Stmt::For(f) => {
                collect(&f.body, found);
                collect(&f.otherwise, found);
            }
            Stmt::With(_, b) | Stmt::SetBlock(_, _, b) | Stmt::Filter(_, b) => collect(b, found),
            _ => {}
        }
    }
}

impl Machine {
    /// Renders the definition of a block at `level`, 0 being the most derived.
    pub fn render_block(&self, name: &Name, level: usize, env: &Rc<Env>, out: &mut Output) -> Eval<()> {
        let Some((template, block)) = self.blocks.get(name, level) else {
            return Err(Fault::new(format!("there is no parent block called `{name}`")));
        };
        let machine = Machine {
            template: template.clone(),
            block: Some((name.clone(), level)),
            session: self.session.clone(),
            blocks: self.blocks.clone(),
            root: self.root.clone(),
            bare: self.bare,
        };
        machine.body(&block.body, &Env::inside(env), out)?;
        Ok(())
    }
}
