//! What is managed of a user.

use super::expiry::Expiry;
use super::shadow::Hash;
use hostler_sdk::Choice;
use std::collections::BTreeSet;

/// A user, or that there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Not there.
    Absent,
    /// There.
    Present(Box<Account>),
}

/// An account. What a new one gets by the host's own rules is `None` until it is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    pub(super) uid: Option<u32>,
    pub(super) gid: Option<u32>,
    pub(super) groups: BTreeSet<String>,
    pub(super) comment: Option<String>,
    pub(super) home: Option<String>,
    pub(super) shell: Option<String>,
    pub(super) hash: Hash,
    pub(super) locked: bool,
    pub(super) expires: Option<Expiry>,
    pub(super) inactive: Option<i64>,
    pub(super) ages: Ages,
    pub(super) home_there: bool,
    pub(super) ssh_key: Key,
}

/// How long a password lasts, in days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ages {
    pub min: Option<i64>,
    pub max: Option<i64>,
    pub warn: Option<i64>,
}

/// The user's SSH key, when one is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Key {
    /// None is asked for, or a private or public key is there already and stays.
    #[default]
    Kept,
    /// Neither is there.
    Missing,
    /// To be generated.
    Generated,
}

/// When a password is set.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// Whenever it differs.
    Always,
    /// Only for a new user.
    OnCreate,
}
