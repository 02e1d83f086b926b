//! Inventories as a whole, with results recorded from `ansible-inventory` and `ansible --list-hosts` of ansible-core 2.19.14.

use super::texts::Plain;
use super::*;
use crate::config::Settings;
use crate::diagnostic::Diagnostic;
use std::path::Path;

fn load_all(sources: &[&str]) -> (Inventory, Vec<Diagnostic>) {
    let mut warnings = Vec::new();
    let sources: Vec<String> = sources.iter().map(|s| (*s).to_owned()).collect();
    let inventory = Inventory::load(&sources, &Settings::default(), &Plain, &Nothing, &mut warnings).unwrap();
    (inventory, warnings)
}

fn written(name: &str, text: &str) -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, text).unwrap();
    (dir, path.to_str().unwrap().to_owned())
}

fn ini(text: &str) -> (Inventory, Vec<Diagnostic>) {
    let (_dir, path) = written("hosts", text);
    load_all(&[&path])
}

fn show(inventory: &Inventory) -> String {
    let group = |g: &std::sync::Arc<Group>| format!("{}={}", g.name, inventory.hosts_in(&g.name).join(","));
    inventory.groups().map(group).collect::<Vec<_>>().join(" ")
}

fn var(inventory: &Inventory, entity: &str, name: &str) -> String {
    let host = inventory.host(entity).and_then(|h| h.vars.get(name).cloned());
    let group = inventory.group(entity).and_then(|g| g.vars.get(name).cloned());
    host.or(group).map_or("-".into(), |v| v.value.as_value().unwrap().repr())
}

const SAMPLE: &str = "\
; comment
lonely
[web] # comment
web[01:03].example.com:2222 a=1 b='x y' c=\"[1, 2]\" d=true e=True f=0644
10.0.0.1
[all:vars]
x = {'k': [1]}
y = a # b
[db:children]
db_eu
web
[db:vars]
ansible_group_priority = 7
z=
[db_eu]
db1 ansible_host=10.1.1.1 # why
lonely2
web01.example.com a=2
";

#[test]
fn reads_ini_as_ansible_does() {
    let (inventory, warnings) = ini(SAMPLE);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(
        show(&inventory),
        "all=lonely,web01.example.com,web02.example.com,web03.example.com,10.0.0.1,db1,lonely2 ungrouped=lonely \
         web=web01.example.com,web02.example.com,web03.example.com,10.0.0.1 \
         db=web01.example.com,web02.example.com,web03.example.com,10.0.0.1,db1,lonely2 db_eu=db1,lonely2,web01.example.com"
    );
    for (entity, name, want) in [
        ("web02.example.com", "a", "1"),
        ("web01.example.com", "a", "2"),
        ("web01.example.com", "b", "'x y'"),
        ("web01.example.com", "c", "[1, 2]"),
        ("web01.example.com", "d", "'true'"),
        ("web01.example.com", "e", "True"),
        ("web01.example.com", "f", "'0644'"),
        ("web01.example.com", "ansible_port", "2222"),
        ("all", "x", "{'k': [1]}"),
        ("all", "y", "'a # b'"),
        ("db", "z", "''"),
        ("db1", "ansible_host", "'10.1.1.1'"),
    ] {
        assert_eq!(var(&inventory, entity, name), want, "{entity}.{name}");
    }
    assert_eq!(inventory.group("db").unwrap().priority, 7);
    assert_eq!(inventory.group_names("web01.example.com").join(" "), "db db_eu web");
    let order: Vec<_> =
        inventory.groups_of("web01.example.com").iter().map(|g| format!("{}{}", g.name, g.depth)).collect();
    assert_eq!(order, ["db1", "db_eu2", "web2"]);
    assert_eq!(inventory.host("10.0.0.1").unwrap().short_name(), "10.0.0.1");
    assert_eq!(inventory.host("web01.example.com").unwrap().short_name(), "web01");
}

#[test]
fn says_what_is_wrong_in_ini_and_where() {
    for (text, want, line) in [
        ("[web]\na b\n", "could not read the host definition `a b`: expected `name=value`, found `b`", 2),
        ("[we b]\n", "invalid section `[we b]`: there must be no spaces and no `:` or `]` in a group's name", 1),
        ("[web:var]\n", "section `[web:var]` has an unknown type", 1),
        ("[web:vars]\nnonsense\n", "expected `name=value`, found `nonsense`", 2),
        ("[a:children]\nb\n", "section `[a:children]` includes the undefined group `b`", 2),
        ("[b:vars]\nx=1\n", "section `[b:vars]` is for the undefined group `b`", 1),
        ("[a:children]\nb\n[b:children]\na\n", "adding the group `a` as a child of `b` makes a loop", 4),
        ("a[1:2\n", "could not read the host range in `a[1:2`: the brackets do not match", 1),
        ("a x='\n", "could not read the host definition `a x='`: no closing quotation", 1),
        ("a:\nb x=1\n", "could not read the host definition `a:`: `:` at the end of a name needs a port behind it", 1),
    ] {
        let (inventory, warnings) = ini(text);
        let told = &warnings[0];
        assert_eq!(told.cause.as_deref(), Some(want));
        assert_eq!(told.places[0].place.line(), line, "{text}");
        assert!(inventory.hosts().len() == 0, "nothing of a broken source is kept: {text}");
    }
}

#[test]
fn reads_yaml_as_ansible_does() {
    let text = "all:\n  hosts:\n    lonely:\n    web[1:2]:\n      p: 5\n  vars: {v: 1}\n  children:\n    web:\n      hosts:\n        web1: {q: 6}\n    eu:\n      children:\n        web:\n        empty:\n      vars:\n        v: 2\n";
    let (_dir, path) = written("hosts.yml", text);
    let (inventory, warnings) = load_all(&[&path]);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(show(&inventory), "all=lonely,web1,web2 ungrouped=lonely,web2 web=web1 eu=web1 empty=");
    for (entity, name, want) in [("web1", "p", "5"), ("web1", "q", "6"), ("all", "v", "1"), ("eu", "v", "2")] {
        assert_eq!(var(&inventory, entity, name), want);
    }
    for (text, want) in [
        ("- a\n", "an inventory is a mapping of groups"),
        ("plugin: amazon.aws.aws_ec2\n", "the inventory plugin `amazon.aws.aws_ec2` is not supported"),
        ("all:\n  hosts: [a]\n", "`hosts` of the group `all` must be a mapping"),
        ("all:\n  hosts:\n    a: [1]\n", "variables of the host `a` must be a mapping"),
        ("all:\n  hosts:\n    1:\n", "Host pattern 1 must be a string"),
    ] {
        let (_dir, path) = written("hosts.yml", text);
        let (_, warnings) = load_all(&[&path]);
        assert!(warnings[0].cause.as_deref().unwrap_or_default().starts_with(want), "{:?}", warnings[0]);
        assert!(!warnings[0].places.is_empty());
    }
}

#[test]
fn reads_scripts() {
    use std::os::unix::fs::PermissionsExt;
    let script = "#!/bin/sh\nif [ \"$1\" = --host ]; then echo '{\"h\": \"'$2'\"}'; else echo '{\"g\": {\"hosts\": [\"a\"], \"vars\": {\"v\": [1]}, \"children\": [\"k\"]}, \"k\": [\"b\"], \"bare\": {\"x\": 1}}'; fi\n";
    let (_dir, path) = written("inv.sh", script);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (inventory, _) = load_all(&[&path]);
    assert_eq!(show(&inventory), "all=a,bare,b ungrouped= g=a,b k=b bare=bare");
    assert_eq!(
        (var(&inventory, "a", "h"), var(&inventory, "b", "h"), var(&inventory, "g", "v")),
        ("'a'".into(), "'b'".into(), "[1]".into())
    );
    let (_dir, path) = written("inv.sh", "#!/bin/sh\necho oops >&2; exit 3\n");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (_, warnings) = load_all(&[&path]);
    assert!(warnings[0].notes.iter().any(|n| n == "it said: oops"), "{:?}", warnings[0]);
}

#[test]
fn merges_directories_and_lists_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    put("20-b", "[g]\na v=2\nb\n");
    put("10-a.yml", "g: {hosts: {a: {v: 1, w: 1}}}\n");
    put("30.cfg", "[no]\nno\n");
    put(".hidden", "[no]\nno\n");
    std::fs::create_dir(dir.path().join("group_vars")).unwrap();
    let path = dir.path().to_str().unwrap().to_owned();
    let (inventory, warnings) = load_all(&[&path, "localhost,c:2200,[::1]:22,a"]);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(show(&inventory), "all=localhost,c,::1,a,b ungrouped=localhost,c,::1 g=a,b");
    assert_eq!(
        (var(&inventory, "a", "v"), var(&inventory, "a", "w"), var(&inventory, "c", "ansible_port")),
        ("2".into(), "1".into(), "2200".into())
    );
    assert_eq!(inventory.host("a").unwrap().source.as_deref(), Path::new(&path).join("10-a.yml").to_str());
    // The inventory's own localhost stands for all its names.
    assert_eq!(&*inventory.host("127.0.0.1").unwrap().name, "localhost");
    let (empty, warnings) = load_all(&["/no/such/inventory"]);
    assert_eq!(warnings.len(), 2);
    let host = empty.host("localhost").unwrap();
    assert!(host.implicit && var(&empty, "localhost", "ansible_connection") == "'local'");
    assert!(empty.host("elsewhere").is_none());
}

#[test]
fn selects_as_ansible_does() {
    let (inventory, _) = ini("[web]\nweb[1:4].x\n[db]\ndb1\nweb1.x\n[eu:children]\nweb\n[odd]\n10.0.0.1\n");
    let hosts = |pattern: &str, limit: Option<&str>| {
        let limit = limit.map(|l| Limit::parse(l).unwrap());
        inventory.select([pattern], limit.as_ref()).map(|s| (s.hosts.join(" "), s.warnings.len()))
    };
    for (pattern, want) in [
        ("all", "db1 web1.x 10.0.0.1 web2.x web3.x web4.x"),
        ("*", "db1 web1.x 10.0.0.1 web2.x web3.x web4.x"),
        ("web", "web1.x web2.x web3.x web4.x"),
        ("db:web", "db1 web1.x web2.x web3.x web4.x"),
        ("web,db", "web1.x web2.x web3.x web4.x db1"),
        ("web:&db", "web1.x"),
        ("all:!web", "db1 10.0.0.1"),
        ("!web", "db1 10.0.0.1"),
        ("&db", "db1 web1.x"),
        ("web[0]", "web1.x"),
        ("web[-1]", "web4.x"),
        ("web[1:2]", "web2.x web3.x"),
        ("web[2:]", "web3.x web4.x"),
        ("web[1:99]", "web2.x web3.x web4.x"),
        ("~web[23]", "web2.x web3.x"),
        ("~.*1", "web1.x db1 10.0.0.1"),
        ("web?.x[0]", "web1.x"),
        ("web*:!*2.x:!db", "web3.x web4.x"),
        ("db1", "db1"),
        ("10.0.0.1", "10.0.0.1"),
        ("eu", "web1.x web2.x web3.x web4.x"),
        ("web1.x:web1.x", "web1.x"),
        ("localhost", "localhost"),
        ("web[4:9]", ""),
        ("web[2:0]", "web3.x"),
        ("web[0:0]", "web1.x"),
        ("web[1-2]", "web2.x web3.x"),
        ("all[0]", "db1"),
        ("*[0]", "db1"),
        (",,", "db1 web1.x 10.0.0.1 web2.x web3.x web4.x"),
        ("db1, ,  ,web2.x", "db1 web2.x"),
        // Not Ansible's: nothing is nobody, not everybody.
        ("", ""),
    ] {
        assert_eq!(hosts(pattern, None).unwrap(), (want.to_owned(), 0), "{pattern}");
    }
    assert_eq!(hosts("all", Some("web2.x,db")).unwrap().0, "db1 web1.x web2.x");
    assert_eq!(hosts("db", Some("!db1")).unwrap().0, "web1.x");
    assert_eq!(hosts("nope", None).unwrap(), (String::new(), 1));
    assert_eq!(hosts("nope:db1", None).unwrap(), ("db1".into(), 1));
    for (pattern, want) in
        [("web[9]", "no hosts matched"), ("web[-9]", "no hosts matched"), ("~web(", "invalid host pattern")]
    {
        assert!(hosts(pattern, None).unwrap_err().what.starts_with(want), "{pattern}");
    }
}

#[test]
fn changes_at_run_time() {
    let (mut inventory, _) = ini("[web]\na\nb\n");
    let mut vars = crate::template::Variables::default();
    vars.set("v", 1, None);
    let shared = std::sync::Arc::new(inventory.clone());
    assert!(inventory.add_dynamic_host("new", &["web".into(), "fresh".into()], &vars).unwrap());
    assert!(!inventory.add_dynamic_host("new", &["web".into()], &vars).unwrap());
    assert!(inventory.add_dynamic_group("a", "os_debian", &["os".into()]).unwrap());
    assert!(!inventory.add_dynamic_group("a", "os_debian", &["os".into()]).unwrap());
    assert!(inventory.add_dynamic_group("zzz", "g", &[]).is_err());
    assert_eq!(show(&inventory), "all=new,a,b ungrouped= web=a,b,new fresh=new os_debian=a os=a");
    assert_eq!(inventory.group_names("a").join(" "), "os os_debian web");
    assert_eq!(var(&inventory, "new", "v"), "1");
    assert_eq!(show(&shared), "all=a,b ungrouped= web=a,b");
}

/// What is kept right step by step is what a look at the whole makes right, and what is refused leaves nothing behind.
#[test]
fn changes_at_run_time_keep_the_rules() {
    let (mut inventory, _) = ini("lone\n[web]\na\nb\n[top:children]\nweb\n");
    let vars = crate::template::Variables::default();
    let whole = |inventory: &Inventory| {
        let hosts: Vec<String> = inventory.hosts().map(|h| format!("{}:{:?}", h.name, h.groups)).collect();
        let groups =
            inventory.groups().map(|g| format!("{}:{:?}{:?}{:?}{}", g.name, g.hosts, g.children, g.parents, g.depth));
        (hosts, groups.collect::<Vec<_>>())
    };
    let texts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    type Step = fn(&mut Inventory, &dyn Fn(&[&str]) -> Vec<String>, &crate::template::Variables) -> bool;
    let steps: [(bool, Step); 9] = [
        (true, |i, _, v| i.add_dynamic_host("x", &[], v).is_ok()),
        (true, |i, t, v| i.add_dynamic_host("lone", &t(&["late"]), v).is_ok()),
        (true, |i, t, v| i.add_dynamic_host("x", &t(&["ungrouped", "new-group"]), v).is_ok()),
        (true, |i, t, _| i.add_dynamic_group("x", "os", &t(&["systems", "top"])).is_ok()),
        (true, |i, t, _| i.add_dynamic_group("a", "systems", &t(&["all"])).is_ok()),
        (false, |i, t, _| i.add_dynamic_group("a", "top", &t(&["fresh", "web"])).is_ok()),
        (false, |i, t, _| i.add_dynamic_group("a", "never-seen", &t(&["never-seen"])).is_ok()),
        (false, |i, t, _| i.add_dynamic_group("a", "g", &t(&["h", ""])).is_ok()),
        (false, |i, t, v| i.add_dynamic_host("y", &t(&["g", ""]), v).is_ok()),
    ];
    for (number, (good, step)) in steps.into_iter().enumerate() {
        let before = whole(&inventory);
        assert_eq!(step(&mut inventory, &texts, &vars), good, "step {number}");
        if !good {
            assert_eq!(whole(&inventory), before, "step {number}");
        }
        let mut reconciled = inventory.clone();
        reconciled.reconcile(&mut Vec::new());
        assert_eq!(whole(&inventory), whole(&reconciled), "step {number}");
    }
}

#[test]
fn ten_thousand_hosts_are_quick() {
    let text: String = (0..100).map(|g| format!("[g{g}]\nh{g}-[001:100] v={g} w='{{}}'\n")).collect();
    let start = std::time::Instant::now();
    let (inventory, _) = ini(&text);
    let selected = inventory.select(["all:!g7"], None).unwrap().hosts.len();
    assert_eq!((inventory.hosts().len(), selected), (10_000, 9_900));
    // Far above what it takes even without optimisation; this is against things that grow with the square.
    assert!(start.elapsed() < std::time::Duration::from_secs(5), "{:?}", start.elapsed());
}
