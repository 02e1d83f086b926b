//! Users with the shadow suite: `useradd`, `usermod`, `userdel`, `chage`, `chpasswd`, and libuser's `l` tools.

use super::user::User;
use super::user_state::Account;
use super::{need, run};
use hostler_sdk::module::Result;
use hostler_sdk::{Change, Command};

type Said = (String, String);

/// Runs the commands in order and joins what they say.
fn run_all(user: &User, change: &Change, commands: Vec<Command>) -> Result<Said> {
    let mut said = (String::new(), String::new());
    for command in commands {
        need(change, command.argv.first().map_or("", String::as_str))?;
        let (out, err) = run(change, &user.name, &command)?;
        said.0.push_str(&out);
        said.1.push_str(&err);
    }
    Ok(said)
}

pub(super) fn remove(user: &User, change: &Change) -> Result<Said> {
    let mut words = vec![if user.local { "luserdel" } else { "userdel" }];
    words.extend((user.force && !user.local).then_some("-f"));
    words.extend(user.remove.then_some("-r"));
    words.push(&user.name);
    run_all(user, change, vec![Command::new(words)])
}

pub(super) fn create(user: &User, change: &Change, new: &Account) -> Result<Said> {
    if let (Some(home), true) = (&new.home, user.create_home) {
        // useradd makes only the last directory of the path.
        let parent = home.trim_end_matches('/').rsplit_once('/').map_or("", |(parent, _)| parent);
        super::home::make_parents(change, parent)?;
    }
    let own_group = user.group.is_none() && change.group_named(&user.name)?.is_some();
    let mut commands = vec![Command::new(useradd(user, new, own_group))];
    commands.extend(password(user, new));
    if user.local {
        commands.extend(local_expiry(user, new));
        commands.extend(new.groups.iter().map(|group| Command::new(["lgroupmod", "-M", &user.name, group])));
    }
    commands.extend(ages(user, &Account::default(), new));
    run_all(user, change, commands)
}

/// The words of `useradd`, without the password: that has its own way.
fn useradd(user: &User, new: &Account, own_group: bool) -> Vec<String> {
    let mut words = vec![if user.local { "luseradd" } else { "useradd" }.to_owned()];
    let mut option = |name: &str, value: Option<String>| {
        words.extend(value.into_iter().flat_map(|value| [name.to_owned(), value]));
    };
    option("-u", new.uid.map(|u| u.to_string()));
    option("-Z", user.seuser.clone());
    option("-g", user.group.clone());
    if !user.local && !new.groups.is_empty() {
        option("-G", Some(new.groups.iter().cloned().collect::<Vec<_>>().join(",")));
    }
    option("-c", new.comment.clone());
    option("-d", new.home.clone());
    option("-s", new.shell.clone());
    if !user.local {
        option("-e", new.expires.map(super::expiry::Expiry::date));
    }
    option("-f", new.inactive.map(|i| i.to_string()));
    if user.create_home {
        option("-k", user.skeleton.clone());
        option("-K", user.umask.as_ref().map(|umask| format!("UMASK={umask}")));
    }
    option("-K", user.uid_min.map(|min| format!("UID_MIN={min}")));
    option("-K", user.uid_max.map(|max| format!("UID_MAX={max}")));
    if user.non_unique && new.uid.is_some() {
        words.push("-o".to_owned());
    }
    if own_group {
        // A group of that name is there: useradd must not try to make it.
        words.push(if user.local { "-n" } else { "-N" }.to_owned());
    }
    match (user.create_home, user.local) {
        (true, false) => words.push("-m".to_owned()),
        (true, true) => {}
        (false, _) => words.push("-M".to_owned()),
    }
    if user.system {
        words.push("-r".to_owned());
    }
    words.push(user.name.clone());
    words
}

/// Sets the password's hash through standard input.
fn password(user: &User, new: &Account) -> Option<Command> {
    user.password.as_ref()?;
    let hash = new.hash.0.trim_start_matches('!');
    let lock = if new.locked { "!" } else { "" };
    let line = format!("{}:{lock}{hash}\n", user.name);
    Some(Command::new(["chpasswd", "-e"]).stdin(line))
}

fn local_expiry(user: &User, new: &Account) -> Option<Command> {
    let days = new.expires?.days().to_string();
    Some(Command::new(["lchage", "-E", &days, &user.name]))
}

fn ages(user: &User, old: &Account, new: &Account) -> Option<Command> {
    let mut words = vec!["chage".to_owned()];
    for (option, before, after) in
        [("-m", old.ages.min, new.ages.min), ("-M", old.ages.max, new.ages.max), ("-W", old.ages.warn, new.ages.warn)]
    {
        if let Some(days) = after.filter(|_| before != after) {
            words.extend([option.to_owned(), days.to_string()]);
        }
    }
    if words.len() == 1 {
        return None;
    }
    words.push(user.name.clone());
    Some(Command::new(words))
}

pub(super) fn modify(user: &User, change: &Change, old: &Account, new: &Account) -> Result<Said> {
    let words = usermod(user, old, new);
    let mut commands: Vec<Command> = (words.len() > 2).then(|| Command::new(words)).into_iter().collect();
    if old.hash != new.hash {
        commands.extend(password(user, new));
    }
    if user.local {
        if old.expires != new.expires {
            commands.extend(local_expiry(user, new));
        }
        let join = |option, group: &String| Command::new(["lgroupmod", option, user.name.as_str(), group.as_str()]);
        commands.extend(new.groups.difference(&old.groups).map(|group| join("-M", group)));
        commands.extend(old.groups.difference(&new.groups).map(|group| join("-m", group)));
    }
    commands.extend(ages(user, old, new));
    run_all(user, change, commands)
}

/// The words of `usermod`; only its name and the user's when there is nothing for it to do.
fn usermod(user: &User, old: &Account, new: &Account) -> Vec<String> {
    let mut words = vec![if user.local { "lusermod" } else { "usermod" }.to_owned()];
    let mut option = |name: &str, value: Option<String>| {
        words.extend(value.into_iter().flat_map(|value| [name.to_owned(), value]));
    };
    option("-u", new.uid.filter(|_| old.uid != new.uid).map(|u| u.to_string()));
    option("-g", new.gid.filter(|_| old.gid != new.gid).map(|g| g.to_string()));
    if !user.local && old.groups != new.groups {
        option("-G", Some(new.groups.iter().cloned().collect::<Vec<_>>().join(",")));
    }
    option("-c", new.comment.clone().filter(|_| old.comment != new.comment));
    option("-d", new.home.clone().filter(|_| old.home != new.home));
    option("-s", new.shell.clone().filter(|_| old.shell != new.shell));
    if !user.local {
        option("-e", new.expires.filter(|_| old.expires != new.expires).map(super::expiry::Expiry::date));
    }
    option("-f", new.inactive.filter(|_| old.inactive != new.inactive).map(|i| i.to_string()));
    if user.move_home && old.home != new.home {
        words.push("-m".to_owned());
    }
    if user.non_unique && old.uid != new.uid {
        words.push("-o".to_owned());
    }
    if old.locked != new.locked && old.hash == new.hash {
        words.push(if new.locked { "-L" } else { "-U" }.to_owned());
    }
    words.push(user.name.clone());
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use hostler_sdk::{Args, Map, Module};

    fn user(arguments: &[(&str, &str)]) -> User {
        let map: Map = arguments.iter().copied().collect();
        User::parse(&Args::new(&map)).expect("good arguments")
    }

    #[test]
    fn usermod_gets_only_what_differs() {
        let old =
            Account { uid: Some(5), shell: Some("/bin/sh".into()), home: Some("/a".into()), ..Account::default() };
        let mut new = old.clone();
        assert_eq!(usermod(&user(&[("name", "u")]), &old, &new).join(" "), "usermod u");
        new.uid = Some(6);
        new.home = Some("/b".into());
        new.groups = ["x".to_owned(), "y".to_owned()].into();
        let words =
            usermod(&user(&[("name", "u"), ("move_home", "yes"), ("uid", "6"), ("non_unique", "yes")]), &old, &new);
        assert_eq!(words.join(" "), "usermod -u 6 -G x,y -d /b -m -o u");
        let locked = Account { locked: true, ..old.clone() };
        assert_eq!(usermod(&user(&[("name", "u")]), &old, &locked).join(" "), "usermod -L u");
    }

    #[test]
    fn a_password_is_never_an_argument() {
        let user = user(&[("name", "u"), ("password", "$6$a$b"), ("password_lock", "yes")]);
        let new = Account { hash: super::super::shadow::Hash("$6$a$b".into()), locked: true, ..Account::default() };
        let command = password(&user, &new).expect("a command");
        assert_eq!(command.argv, ["chpasswd", "-e"]);
        assert_eq!(command.stdin.as_deref(), Some(&b"u:!$6$a$b\n"[..]));
    }

    #[test]
    fn password_ages_go_to_chage() {
        let old = Account::default();
        let mut new = Account::default();
        assert!(ages(&user(&[("name", "u")]), &old, &new).is_none());
        new.ages.max = Some(90);
        let command = ages(&user(&[("name", "u")]), &old, &new).expect("a command");
        assert_eq!(command.argv.join(" "), "chage -M 90 u");
    }
}
