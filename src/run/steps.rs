//! From the steps of a play to what lanes go through: tasks chosen by tags, the flushing of handlers between sections, the ends of
//! roles.

use super::lane::{Group, Node};
use crate::playbook::{Role, Step, Task};
use std::sync::Arc;

/// A task as lanes hold it.
pub(super) type Work = Arc<Task>;

/// Makes the step that ends a role.
pub(super) type RoleEnd = Arc<dyn Fn(&Arc<Role>) -> Work + Send + Sync>;

/// Makes nodes of steps: those `chosen`, blocks without any left out, and what `role_end` makes of the end of each role.
pub(super) fn nodes(
    steps: &[Step],
    chosen: &dyn Fn(&Work) -> bool,
    role_end: &dyn Fn(&Arc<Role>) -> Work,
) -> Vec<Node<Work>> {
    let mut out = Vec::new();
    for step in steps {
        match step {
            Step::Task(task) if task.implicit || chosen(task) => out.push(Node::Task(task.clone())),
            Step::Task(_) => {}
            Step::RoleEnd(role) => out.push(Node::Task(role_end(role))),
            Step::Block(block) => {
                let group = Group {
                    main: nodes(&block.block, chosen, role_end),
                    rescue: nodes(&block.rescue, chosen, role_end),
                    always: nodes(&block.always, chosen, role_end),
                };
                if !(group.main.is_empty() && group.rescue.is_empty() && group.always.is_empty()) {
                    out.push(Node::Group(Arc::new(group)));
                }
            }
        }
    }
    out
}

/// All tasks of nodes, in the order they are written: what `linear` steps through.
pub(super) fn flat(nodes: &[Node<Work>]) -> Vec<u64> {
    let mut out = Vec::new();
    collect(nodes, &mut out);
    out
}

fn collect(nodes: &[Node<Work>], out: &mut Vec<u64>) {
    for node in nodes {
        match node {
            Node::Task(task) => out.push(task.id),
            Node::Group(group) => {
                for part in [&group.main, &group.rescue, &group.always] {
                    collect(part, out);
                }
            }
        }
    }
}

/// The tasks of steps without their blocks: how an include among handlers is taken.
pub(super) fn tasks(steps: &[Step]) -> Vec<Work> {
    let mut out = Vec::new();
    for step in steps {
        match step {
            Step::Task(task) => out.push(task.clone()),
            Step::Block(block) => out.extend(tasks(&block.block)),
            Step::RoleEnd(_) => {}
        }
    }
    out
}
