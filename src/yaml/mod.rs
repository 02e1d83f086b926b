//! YAML as PyYAML reads it (YAML 1.1 scalars, merge keys, last duplicate wins with a warning), into nodes that know
//! their file, line and column. The tags `!vault` and `!unsafe` are kept for the loader above.

use crate::diagnostic::Place;
use hostler_sdk::Value;
use std::sync::Arc;

/// A node of a document with its place. Aliases share their node.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub data: Arc<Data>,
    /// Where it stands; for an alias, where the anchor stands.
    pub place: Place,
}

/// The content of a node.
#[derive(Clone, Debug)]
pub enum Data {
    /// A scalar resolved by PyYAML's rules; never a list or a mapping.
    Scalar {
        /// The resolved value.
        value: Value,
        /// The text as written, quotes and escapes resolved: `0644`, `yes`.
        written: Arc<str>,
        /// Whether it was plain (unquoted, not a block scalar).
        plain: bool,
    },
    /// A sequence.
    List(Vec<Node>),
    /// A mapping after merge keys, in order; keys are nodes so that errors can point at them.
    Map(Vec<(Node, Node)>),
    /// `!vault`: the armoured ciphertext.
    Vault(Arc<str>),
    /// `!unsafe`: whatever is below is plain data, never a template.
    Unsafe(Node),
}
