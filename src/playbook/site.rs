//! Where a task stands: what it inherits from the play, the roles, blocks and imports around it. Dynamic includes are loaded
//! into the site of the task that asks for them.

use super::{Keywords, OwnKeywords, Role};
use crate::template::{Templated, Variables};
use std::path::PathBuf;
use std::sync::Arc;

/// All that surrounds a task. Tasks of one list share theirs.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// Directory of the playbook.
    pub playbook_dir: PathBuf,
    /// Variables of the play as far as they are known while loading (`vars:`, readable `vars_files:`): names of imports may
    /// use them.
    pub play_vars: Arc<Variables>,
    /// The role around.
    pub role: Option<Arc<Role>>,
    /// Keywords of everything around, merged.
    pub keywords: Keywords,
    /// `vars:` of blocks and imports around, outermost first.
    pub vars: Vec<Arc<Variables>>,
    /// `vars:` of dynamic includes around, outermost first.
    pub include_params: Vec<Arc<Variables>>,
    /// Directories of the files around, nearest first: where imported and included files are looked for.
    pub task_dirs: Vec<PathBuf>,
    /// `notify:` of the nearest block that has one.
    pub notify: Vec<Templated>,
    /// `delegate_to:` of the nearest block that has one.
    pub delegate_to: Option<Templated>,
    /// `delegate_facts:` of the nearest block that has one.
    pub delegate_facts: Option<Templated>,
    /// Whether a block around has a `rescue`.
    pub rescued: bool,
    /// Whether a block is around.
    pub in_block: bool,
    /// Whether what stands here are handlers.
    pub handlers: bool,
}

impl Site {
    /// The site inside an object that says `own`.
    #[must_use]
    pub fn inside(&self, own: &OwnKeywords) -> Site {
        let mut site = self.clone();
        site.keywords = self.keywords.with(own.keywords.clone());
        site.vars.extend(own.vars.clone());
        if let Some(notify) = &own.notify {
            site.notify.clone_from(notify);
        }
        site.delegate_to = own.delegate_to.clone().or(site.delegate_to);
        site.delegate_facts = own.delegate_facts.clone().or(site.delegate_facts);
        site
    }
}
