//! Users with BusyBox: `adduser`, `deluser`, `delgroup`, `chpasswd`. It cannot change what an account has, only its
//! groups and password; anything else that differs is a clear failure.

use super::run;
use super::user::User;
use super::user_state::Account;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Change, Command};

type Said = (String, String);

pub(super) fn remove(user: &User, change: &Change) -> Result<Said> {
    let home = user.remove.then_some("--remove-home");
    let words = ["deluser"].into_iter().chain(home).chain([user.name.as_str()]);
    run(change, &user.name, &Command::new(words))
}

pub(super) fn create(user: &User, change: &Change, new: &Account) -> Result<Said> {
    let said = run(change, &user.name, &Command::new(adduser(user, new)))?;
    set_password(user, change, new)?;
    for group in &new.groups {
        run(change, &user.name, &Command::new(["adduser", &user.name, group]))?;
    }
    Ok(said)
}

fn adduser(user: &User, new: &Account) -> Vec<String> {
    let mut words = vec!["adduser".to_owned(), "-D".to_owned()];
    let mut option = |name: &str, value: Option<String>| {
        words.extend(value.into_iter().flat_map(|value| [name.to_owned(), value]));
    };
    option("-u", new.uid.map(|u| u.to_string()));
    option("-G", user.group.clone());
    option("-g", new.comment.clone());
    option("-h", new.home.clone());
    option("-s", new.shell.clone());
    option("-k", user.skeleton.clone());
    if !user.create_home {
        words.push("-H".to_owned());
    }
    if user.system {
        words.push("-S".to_owned());
    }
    words.push(user.name.clone());
    words
}

fn set_password(user: &User, change: &Change, new: &Account) -> Result<()> {
    if user.password.is_some() {
        let lock = if new.locked { "!" } else { "" };
        let line = format!("{}:{lock}{}\n", user.name, new.hash.0.trim_start_matches('!'));
        run(change, &user.name, &Command::new(["chpasswd", "-e"]).stdin(line))?;
    }
    Ok(())
}

pub(super) fn modify(user: &User, change: &Change, old: &Account, new: &Account) -> Result<Said> {
    let fixed =
        |a: &Account| (a.uid, a.gid, a.comment.clone(), a.home.clone(), a.shell.clone(), a.expires, a.inactive, a.ages);
    if fixed(old) != fixed(new) {
        return Err(Failure::new("the host has no `usermod`: only groups and password of a user can be changed")
            .with("name", user.name.as_str()));
    }
    for group in new.groups.difference(&old.groups) {
        run(change, &user.name, &Command::new(["adduser", &user.name, group]))?;
    }
    for group in old.groups.difference(&new.groups) {
        run(change, &user.name, &Command::new(["delgroup", &user.name, group]))?;
    }
    if old.hash != new.hash {
        set_password(user, change, new)?;
    } else if old.locked != new.locked {
        let option = if new.locked { "-l" } else { "-u" };
        run(change, &user.name, &Command::new(["passwd", option, &user.name]))?;
    }
    Ok((String::new(), String::new()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hostler_sdk::{Args, Map, Module};

    #[test]
    fn adduser_gets_its_own_options() {
        let map: Map = [("name", "u"), ("group", "g"), ("system", "yes"), ("create_home", "no")].into_iter().collect();
        let user = User::parse(&Args::new(&map)).expect("good arguments");
        let new = Account { uid: Some(7), shell: Some("/bin/ash".into()), ..Account::default() };
        assert_eq!(adduser(&user, &new).join(" "), "adduser -D -u 7 -G g -s /bin/ash -H -S u");
    }
}
