//! `user`: an account is there as described, or is not.

use super::expiry::Expiry;
use super::group::Presence;
use super::shadow::{Entry, Hash, looks_plain};
use super::user_state::{Account, Ages, Key, State, Update};
use super::{busybox, home, membership, shadow_utils, ssh_key};
use hostler_sdk::args::HostPath;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Change, Look, Map, Module, Resource, Secret};

/// Manage user accounts
///
/// Uses `useradd`, `usermod`, `userdel` and `chage`, or BusyBox's `adduser` and `deluser`. A password's hash goes to
/// `chpasswd` by its standard input and is never seen in a process list.
#[derive(Module)]
#[module(
    kind = "resource",
    name = "user",
    idle_user = "name",
    required_if("non_unique", "true", "uid"),
    returns(
        ("append", "bool", "the argument `append`, for a user that was there"),
        ("comment", "str", "comment"),
        ("create_home", "bool", "the argument `create_home`, for a new user"),
        ("force", "bool", "the argument `force`, for a user that was removed"),
        ("group", "int", "number of the primary group"),
        ("groups", "str", "groups that were asked for, with commas"),
        ("home", "str", "home directory"),
        ("move_home", "bool", "the argument `move_home`, for a user that was there"),
        ("name", "str", "login name"),
        ("password", "str", "that a password was given"),
        ("remove", "bool", "the argument `remove`, for a user that was removed"),
        ("shell", "str", "login shell"),
        ("ssh_fingerprint", "str", "fingerprint of the SSH key"),
        ("ssh_key_file", "str", "path of the SSH key"),
        ("ssh_public_key", "str", "the public SSH key"),
        ("state", "str", "`present` or `absent`"),
        ("stderr", "str", "what the tools said"),
        ("stdout", "str", "what the tools said"),
        ("system", "bool", "the argument `system`, for a new user"),
        ("uid", "int", "number of the user")
    ),
    examples = r#"- name: Add the user 'johnd' with a specific uid and a primary group of 'admin'
  ansible.builtin.user:
    name: johnd
    comment: John Doe
    uid: 1040
    group: admin

- name: Add the user 'james' with a bash shell, appending the group 'admins' and 'developers' to the user's groups
  ansible.builtin.user:
    name: james
    shell: /bin/bash
    groups: admins,developers
    append: true

- name: Remove the user 'johnd'
  ansible.builtin.user:
    name: johnd
    state: absent
    remove: true
"#
)]
pub struct User {
    /// Login name.
    #[arg(alias = "user")]
    pub(super) name: String,
    /// Whether the user is there or not.
    #[arg(default = "present")]
    state: Presence,
    /// Number of the user.
    pub(super) uid: Option<u32>,
    /// Whether the number may be that of another user too.
    #[arg(default = "no")]
    pub(super) non_unique: bool,
    /// Name or number of the primary group.
    pub(super) group: Option<String>,
    /// Names of further groups; an empty text takes the user out of all others.
    pub(super) groups: Option<Vec<String>>,
    /// Whether the user stays in groups that are not named.
    #[arg(default = "no")]
    pub(super) append: bool,
    /// Comment (GECOS).
    pub(super) comment: Option<String>,
    /// Home directory.
    pub(super) home: Option<HostPath>,
    /// Whether what is in the old home moves to the new one.
    #[arg(default = "no")]
    pub(super) move_home: bool,
    /// Whether the home directory is made when it is missing.
    #[arg(default = "yes", alias = "createhome")]
    pub(super) create_home: bool,
    /// Directory a new home is copied from.
    pub(super) skeleton: Option<String>,
    /// Login shell.
    pub(super) shell: Option<HostPath>,
    /// Hash of the password; `!` or `*` for none that works.
    pub(super) password: Option<Secret<String>>,
    /// Whether a password is set always or only for a new user.
    #[arg(default = "always", public)]
    update_password: Update,
    /// Locks or unlocks the password.
    #[arg(public)]
    pub(super) password_lock: Option<bool>,
    /// Most days a password lasts.
    #[arg(public)]
    password_expire_max: Option<i64>,
    /// Fewest days between two changes of the password.
    #[arg(public)]
    password_expire_min: Option<i64>,
    /// Days of warning before the password ends.
    #[arg(public)]
    password_expire_warn: Option<i64>,
    /// Days after the end of a password until the account is closed.
    #[arg(public)]
    password_expire_account_disable: Option<i64>,
    /// When the account ends, in seconds since the epoch; negative for never.
    expires: Option<f64>,
    /// SELinux user.
    pub(super) seuser: Option<String>,
    /// Whether a new user's number comes from those for system users.
    #[arg(default = "no")]
    pub(super) system: bool,
    /// Whether only the host's own files count; uses the `l` tools of libuser.
    #[arg(default = "no")]
    pub(super) local: bool,
    /// umask for a new home directory.
    pub(super) umask: Option<String>,
    /// Lowest number for a new user; not with `local`.
    pub(super) uid_min: Option<u32>,
    /// Highest number for a new user; not with `local`.
    pub(super) uid_max: Option<u32>,
    /// With `absent`: removes even a user who is logged in. With a key: overwrites it.
    #[arg(default = "no")]
    pub(super) force: bool,
    /// With `absent`: removes home and mail too.
    #[arg(default = "no")]
    pub(super) remove: bool,
    /// Whether an SSH key is made for the user, when there is none.
    generate_ssh_key: Option<bool>,
    /// Bits of a new key; 0 for the tool's choice.
    #[arg(default = "0")]
    pub(super) ssh_key_bits: u32,
    /// Type of a new key.
    #[arg(default = "rsa")]
    pub(super) ssh_key_type: String,
    /// Path of the key, from the home directory; `.ssh/id_<type>` when left out.
    ssh_key_file: Option<HostPath>,
    /// Comment in a new key.
    pub(super) ssh_key_comment: Option<String>,
    /// Passphrase of a new key.
    pub(super) ssh_key_passphrase: Option<Secret<String>>,
    /// BSD login class; refused on Linux.
    login_class: Option<String>,
    /// Whether macOS hides the user at login; refused on Linux.
    hidden: Option<bool>,
    /// Solaris profile; refused on Linux.
    profile: Option<String>,
    /// Solaris authorisation; refused on Linux.
    authorization: Option<String>,
    /// Solaris role; refused on Linux.
    role: Option<String>,
}

impl User {
    /// Home as it is asked for.
    pub(super) fn home(&self, look: &Look) -> Option<String> {
        self.home.as_ref().map(|home| look.expand(home))
    }

    /// Path of the SSH key of a user whose home is `home`.
    fn key_path(&self, look: &Look, home: &str) -> String {
        let file = match &self.ssh_key_file {
            Some(path) => look.expand(path),
            None => format!(".ssh/id_{}", self.ssh_key_type),
        };
        if file.starts_with('/') { file } else { format!("{}/{file}", home.trim_end_matches('/')) }
    }

    /// Names of the groups that are asked for; `None` when none are.
    pub(super) fn wanted_groups(&self) -> Option<Vec<&str>> {
        let groups = self.groups.as_ref()?;
        Some(groups.iter().map(|g| g.trim()).filter(|g| !g.is_empty()).collect())
    }

    fn expiry(&self) -> Result<Option<Expiry>> {
        let Some(seconds) = self.expires else { return Ok(None) };
        let expiry = Expiry::from_seconds(seconds);
        expiry.map(Some).ok_or_else(|| Failure::new(format!("Invalid value for 'expires' {seconds}")))
    }

    fn check_arguments(&self, look: &Look) -> Result<()> {
        let local =
            [("umask", self.umask.is_some()), ("uid_min", self.uid_min.is_some()), ("uid_max", self.uid_max.is_some())];
        if let Some((name, _)) = local.iter().find(|(_, given)| self.local && *given) {
            return Err(Failure::new(format!("'{name}' can not be used with 'local'")));
        }
        let foreign = [
            ("login_class", self.login_class.is_some()),
            ("hidden", self.hidden.is_some()),
            ("profile", self.profile.is_some()),
            ("authorization", self.authorization.is_some()),
            ("role", self.role.is_some()),
        ];
        if let Some((name, _)) = foreign.iter().find(|(_, given)| *given) {
            return Err(Failure::new(format!("'{name}' has no meaning on Linux")));
        }
        if self.append && self.groups.is_none() {
            look.warn("'append' is set, but no 'groups' are specified. Use 'groups' for appending new groups.");
        }
        let password = self.password.as_ref().map(Secret::reveal);
        if password.is_some_and(|p| p.contains(['\n', '\r', '\0'])) {
            return Err("the password's hash contains a line end".into());
        }
        if password.is_some_and(|p| looks_plain(p)) {
            look.warn("The input password appears not to have been hashed. The 'password' argument must be encrypted for this module to work properly.");
        }
        Ok(())
    }

    fn present(&self, look: &Look) -> Result<Option<hostler_sdk::accounts::User>> {
        if !self.local {
            return Ok(look.user_named(&self.name)?);
        }
        let text = look.read_text("/etc/passwd").map_err(|_| {
            Failure::new("'local: true' specified but unable to find local account file /etc/passwd to parse.")
        })?;
        Ok(text.lines().filter_map(hostler_sdk::accounts::User::parse).find(|u| u.name == self.name))
    }

    fn desired_groups(&self, look: &Look, current: &Account) -> Result<std::collections::BTreeSet<String>> {
        let Some(wanted) = self.wanted_groups() else { return Ok(current.groups.clone()) };
        let mut groups = std::collections::BTreeSet::new();
        for group in wanted {
            groups.insert(membership::find_or_expect(look, group)?.map_or_else(|| group.to_owned(), |g| g.name));
        }
        if self.append {
            groups.extend(current.groups.iter().cloned());
        }
        Ok(groups)
    }

    /// Passwords, times and the key: what a new and an old account have in common.
    fn desired_rest(&self, account: &mut Account, new: bool) -> Result<()> {
        if let Some(password) = self.password.as_ref().filter(|_| new || self.update_password == Update::Always) {
            let asked = password.reveal();
            // Compared without the lock: a locked account with the same hash is not changed by it.
            if account.hash.0.trim_start_matches('!') != asked.trim_start_matches('!') || new {
                account.hash = Hash(asked.clone());
                account.locked = asked.starts_with('!');
            }
        }
        account.locked = self.password_lock.unwrap_or(account.locked);
        if let Some(expiry) = self.expiry()? {
            account.expires = match (expiry, account.expires) {
                // No entry and "never" are the same.
                (Expiry::Never, None) => None,
                _ => Some(expiry),
            };
        }
        account.inactive = self.password_expire_account_disable.or(account.inactive);
        account.ages = Ages {
            min: self.password_expire_min.or(account.ages.min),
            max: self.password_expire_max.or(account.ages.max),
            warn: self.password_expire_warn.or(account.ages.warn),
        };
        if account.ssh_key == Key::Missing || new && self.generate_ssh_key == Some(true) {
            account.ssh_key = Key::Generated;
        }
        Ok(())
    }
}

impl Resource for User {
    type State = State;

    fn current(&self, look: &Look) -> Result<State> {
        self.check_arguments(look)?;
        let Some(user) = self.present(look)? else { return Ok(State::Absent) };
        let entry = Entry::of(look, &self.name);
        let home = self.home(look).unwrap_or_else(|| user.home.clone());
        let ssh_key = match self.generate_ssh_key {
            Some(true) => ssh_key::state(look, &self.key_path(look, &user.home), self.force)?,
            _ => Key::Kept,
        };
        Ok(State::Present(Box::new(Account {
            uid: Some(user.uid),
            gid: Some(user.gid),
            groups: if self.groups.is_some() { membership::of(look, &self.name)? } else { Default::default() },
            comment: Some(user.comment),
            home_there: matches!(look.stat(&home), Ok(Some(_))),
            home: Some(user.home),
            shell: Some(user.shell),
            locked: entry.hash.0.starts_with('!'),
            hash: entry.hash,
            expires: entry.expires.map(|day| if day < 0 { Expiry::Never } else { Expiry::Day(day) }),
            inactive: entry.inactive,
            ages: Ages { min: entry.min, max: entry.max, warn: entry.warn },
            ssh_key,
        })))
    }

    fn desired(&self, current: &State, look: &Look) -> Result<State> {
        let old = match (self.state, current) {
            (Presence::Absent, _) => return Ok(State::Absent),
            (Presence::Present, State::Present(account)) => Some(account),
            (Presence::Present, State::Absent) => None,
        };
        let mut account = old.map(|a| (**a).clone()).unwrap_or_default();
        account.uid = self.uid.or(account.uid);
        if let Some(group) = &self.group {
            account.gid = membership::find_or_expect(look, group)?.map(|g| g.gid);
        }
        account.groups = self.desired_groups(look, &account)?;
        account.comment = self.comment.clone().or(account.comment);
        account.home = self.home(look).or(account.home);
        account.shell = self.shell.as_ref().map(|s| look.expand(s)).or(account.shell);
        account.home_there |= self.create_home;
        self.desired_rest(&mut account, old.is_none())?;
        Ok(State::Present(Box::new(account)))
    }

    fn apply(&self, change: &Change, current: &State, desired: &State) -> Result<Map> {
        let busybox = change.which("useradd").is_none() && change.which("adduser").is_some();
        let said = match (current, desired) {
            (_, State::Absent) if busybox => busybox::remove(self, change)?,
            (_, State::Absent) => shadow_utils::remove(self, change)?,
            (State::Absent, State::Present(new)) if busybox => busybox::create(self, change, new)?,
            (State::Absent, State::Present(new)) => shadow_utils::create(self, change, new)?,
            (State::Present(old), State::Present(new)) if busybox => busybox::modify(self, change, old, new)?,
            (State::Present(old), State::Present(new)) => shadow_utils::modify(self, change, old, new)?,
        };
        let mut values = Map::new();
        values.set_some("stdout", Some(said.0).filter(|text| !text.is_empty()));
        values.set_some("stderr", Some(said.1).filter(|text| !text.is_empty()));
        let State::Present(account) = desired else { return Ok(values) };
        let Some(user) = self.present(change)? else {
            return Err(Failure::new(format!("failed to look up user name: {}", self.name)));
        };
        let place = self.home(change).unwrap_or_else(|| user.home.clone());
        if self.create_home && !matches!(change.stat(&place), Ok(Some(_))) {
            home::create(change, &place, self.skeleton.as_deref(), user.uid, user.gid)?;
        }
        if account.ssh_key == Key::Generated {
            let path = self.key_path(change, &user.home);
            // A new user may find a key in a home that was there before.
            let kept = *current == State::Absent && ssh_key::state(change, &path, self.force)? == Key::Kept;
            if !kept {
                ssh_key::generate(self, change, &path, &user)?;
            }
        }
        describe(&mut values, &user);
        if self.generate_ssh_key == Some(true) {
            ssh_key::describe(change, &mut values, &self.key_path(change, &user.home), user.uid)?;
        }
        Ok(values)
    }

    fn returns(&self, look: &Look, current: &State, desired: &State) -> Result<Map> {
        let mut values = Map::new();
        values.set("name", self.name.as_str());
        values.set("state", self.state.as_str());
        match (current, desired) {
            (State::Present(_), State::Absent) => {
                values.set("force", self.force);
                values.set("remove", self.remove);
            }
            (State::Absent, State::Present(_)) => {
                values.set("system", self.system);
                values.set("create_home", self.create_home);
            }
            (State::Present(_), State::Present(_)) => {
                values.set("append", self.append);
                values.set("move_home", self.move_home);
            }
            (State::Absent, State::Absent) => {}
        }
        if let State::Present(_) = desired {
            values.set_some("password", self.password.as_ref().map(|_| "NOT_LOGGING_PASSWORD"));
            values.set_some("groups", self.groups.as_ref().map(|groups| groups.join(",")));
        }
        if let (State::Present(_), State::Present(_), Some(user)) = (current, desired, self.present(look)?) {
            describe(&mut values, &user);
            if self.generate_ssh_key == Some(true) && current == desired {
                ssh_key::describe(look, &mut values, &self.key_path(look, &user.home), user.uid)?;
            }
        }
        Ok(values)
    }
}

fn describe(values: &mut Map, user: &hostler_sdk::accounts::User) {
    values.set("uid", user.uid);
    values.set("group", user.gid);
    values.set("comment", user.comment.as_str());
    values.set("home", user.home.as_str());
    values.set("shell", user.shell.as_str());
}
