//! Steps without their blocks: how handlers are kept.

use crate::playbook::{Step, Task};
use std::sync::Arc;

/// All tasks of steps, in the order they are written.
pub(super) fn tasks(steps: &[Step]) -> Vec<Arc<Task>> {
    let mut out = Vec::new();
    for step in steps {
        match step {
            Step::Task(task) => out.push(task.clone()),
            Step::Block(block) => {
                for part in [&block.block, &block.rescue, &block.always] {
                    out.extend(tasks(part));
                }
            }
            Step::RoleEnd(_) => {}
        }
    }
    out
}
