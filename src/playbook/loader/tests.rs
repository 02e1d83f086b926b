//! Playbooks and roles on disk, and what the loader makes of them. Templates are not in play here: the double takes plain text.

use super::{FromFiles, Loader, LoaderOptions};
use crate::diagnostic::{Diagnostic, Place, Result, render};
use crate::playbook::{Catalogue, Play, Step, Task, Templates};
use crate::template::{Scope, Template, TemplateKind, Templated};
use crate::vault::{Keyring, Password};
use crate::yaml::Node;
use hostler_sdk::{ArgError, ArgSpec, ArgType, CheckSupport, Map, ModuleSpec, Value};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

struct PlainText;

impl Templates for PlainText {
    fn text(&self, source: &str, place: Place) -> Result<Templated> {
        if source.contains("{{") {
            return Err(Diagnostic::error("no templates here").at(&place, "").boxed());
        }
        Ok(source.into())
    }
    fn expression(&self, _: &str, place: Place) -> Result<Arc<Template>> {
        Err(Diagnostic::error("no templates here").at(&place, "").boxed())
    }
    fn from_node(&self, node: &Node) -> Result<Templated> {
        node.to_value().map(Templated::Value)
    }
    fn render(&self, templated: &Templated, _: &Arc<dyn Scope>) -> Result<Value> {
        templated.as_value().cloned().ok_or_else(|| Diagnostic::error("no templates here").boxed())
    }
}

const fn arg(name: &'static str, ty: ArgType, choices: &'static [&'static str]) -> ArgSpec {
    ArgSpec {
        name,
        aliases: &[],
        ty,
        elements: None,
        required: false,
        default: None,
        choices,
        secret: false,
        options: &[],
        doc: "",
    }
}

const fn spec(name: &'static str, args: &'static [ArgSpec], free_form: Option<&'static str>) -> ModuleSpec {
    ModuleSpec {
        name,
        collection: "ansible.builtin",
        aliases: &[],
        summary: "",
        description: "",
        args,
        required_together: &[],
        mutually_exclusive: &[],
        required_one_of: &[],
        required_if: &[],
        free_form,
        any_args: false,
        check: CheckSupport::Full,
        diff: false,
        looks_beyond: false,
        idle_user: None,
        returns: &[],
        examples: "",
    }
}

static SPECS: [ModuleSpec; 5] = [
    spec("debug", &[arg("msg", ArgType::Raw, &[])], None),
    spec("command", &[arg("_raw_params", ArgType::Str, &[]), arg("chdir", ArgType::Path, &[])], Some("_raw_params")),
    spec("file", &[arg("path", ArgType::Path, &[]), arg("state", ArgType::Str, &["file", "absent"])], None),
    spec("include_tasks", &[arg("file", ArgType::Str, &[]), arg("apply", ArgType::Dict, &[])], Some("file")),
    spec("include_role", &[arg("name", ArgType::Str, &[])], None),
];

struct Few;

impl Catalogue for Few {
    fn find(&self, name: &str) -> Option<&'static ModuleSpec> {
        SPECS.iter().find(|spec| spec.answers_to(name))
    }
    fn names(&self) -> Vec<String> {
        SPECS.iter().map(|spec| spec.name.to_owned()).collect()
    }
    fn validate(&self, name: &str, args: &Map) -> Result<(), ArgError> {
        match (name, args.str("state")) {
            ("file", Some(state)) if !["file", "absent"].contains(&state) => {
                Err(ArgError::about("state", format!("value of state must be one of: file, absent, got: {state}")))
            }
            _ => Ok(()),
        }
    }
}

/// Writes files (`path`, text) to a directory.
fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a directory");
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }
    folder
}

fn loader() -> Loader {
    Loader::new(Arc::new(PlainText), Arc::new(Few), LoaderOptions::default())
}

fn load(folder: &Path) -> Vec<Arc<Play>> {
    loader().load(&folder.join("site.yml")).unwrap_or_else(|errors| {
        let shown: Vec<String> = errors.iter().map(|e| render(e, false)).collect();
        panic!("{}", shown.join("\n"))
    })
}

/// Names of tasks, blocks as `[a b | rescue | always]`.
fn outline(steps: &[Step]) -> String {
    let step = |step: &Step| match step {
        Step::Task(task) => Some(name(task)),
        Step::Block(b) => Some(format!("[{}|{}|{}]", outline(&b.block), outline(&b.rescue), outline(&b.always))),
        Step::RoleEnd(_) => None,
    };
    steps.iter().filter_map(step).collect::<Vec<_>>().join(" ")
}

fn name(task: &Task) -> String {
    let name = task.name.as_ref().and_then(Templated::as_value).map(Value::to_string);
    name.unwrap_or_else(|| task.action.written.clone())
}

fn words(values: &[Templated]) -> String {
    values.iter().filter_map(Templated::as_value).map(Value::to_string).collect::<Vec<_>>().join(" ")
}

fn first_task(steps: &[Step]) -> Arc<Task> {
    match &steps[0] {
        Step::Task(task) => task.clone(),
        Step::Block(block) => first_task(&block.block),
        Step::RoleEnd(role) => panic!("the role {} has no task", role.name),
    }
}

const ROLES: &[(&str, &str)] = &[
    ("roles/web/meta/main.yml", "dependencies: [{role: base, tags: dep, size: 3}]\n"),
    ("roles/web/defaults/main.yaml", "port: 80\n"),
    ("roles/web/vars/main/a.yml", "x: 1\n"),
    ("roles/web/vars/main/b.yml", "x: 2\n"),
    ("roles/web/tasks/main.yml", "- {name: web, debug: }\n- import_tasks: sub/more.yml\n"),
    ("roles/web/tasks/sub/more.yml", "- {name: more, debug: }\n- import_tasks: deep.yml\n"),
    ("roles/web/tasks/sub/deep.yml", "- {name: deep, debug: }\n"),
    ("roles/web/tasks/other.yml", "- {name: other, debug: }\n"),
    ("roles/web/handlers/main", "- {name: reload, debug: , listen: changed}\n"),
    ("roles/base/tasks/main.yml", "- {name: base, debug: }\n"),
    ("roles/base/handlers/main.yml", "- {name: base again, debug: }\n"),
];

fn with_roles(playbook: &'static str) -> tempfile::TempDir {
    let mut files = ROLES.to_vec();
    files.push(("site.yml", playbook));
    project(&files)
}

#[test]
fn roles_come_with_dependencies_variables_and_handlers() {
    let folder = with_roles(
        "- hosts: all\n  become: true\n  tags: p\n  roles: [{role: web, tags: [r], colour: red, vars: {y: 1}}]\n  \
         handlers: [{name: own, debug: }]\n",
    );
    let play = &load(folder.path())[0];
    let steps = &play.sections.iter().find(|s| s.name == "roles").expect("roles").steps;
    assert_eq!(outline(steps), "base web more deep");
    assert_eq!(play.handlers.iter().map(|h| name(h)).collect::<Vec<_>>(), ["base again", "reload", "own"]);
    assert_eq!(words(&play.handlers[1].listen), "changed web : changed");
    // Conditions and tags of the role that depends are those of its dependency too.
    let base = first_task(steps);
    assert_eq!(words(&base.keywords.tags), "p r dep");
    assert!(base.keywords.r#become.is_some());
    let role = base.role.as_ref().expect("a role");
    assert_eq!((role.name.as_str(), role.parents[0].name.as_str()), ("base", "web"));
    let get = |vars: &crate::template::Variables, name: &str| {
        vars.get(name).and_then(|v| v.value.as_value()).map(Value::to_string).unwrap_or_default()
    };
    assert_eq!((get(&role.params, "size"), get(&role.params, "colour")), ("3".to_owned(), "red".to_owned()));
    let web = &play.roles[0];
    assert_eq!(
        (get(&web.vars, "x"), get(&web.vars, "y"), get(&web.defaults, "port")),
        ("2".into(), "1".into(), "80".into())
    );
    assert_eq!(web.dependencies.len(), 1);
}

#[test]
fn blocks_hand_down_what_they_say() {
    let folder = project(&[(
        "site.yml",
        "- hosts: all\n  environment: {A: 1}\n  tasks:\n  - name: b\n    tags: x,y\n    notify: h\n    vars: {v: 1}\n    \
         become: false\n    block:\n    - {name: t, debug: , tags: z, become: true, environment: {B: 2}}\n    \
         rescue: [{name: r, debug: }]\n    always: [{name: a, command: ls -l chdir=/x}]\n",
    )]);
    let plays = load(folder.path());
    let steps = &plays[0].sections[2].steps;
    assert_eq!(outline(steps), "[t|r|a]");
    let task = first_task(steps);
    assert_eq!((words(&task.keywords.tags), words(&task.notify)), ("x y z".to_owned(), "h".to_owned()));
    assert_eq!(task.keywords.r#become.as_ref().and_then(Templated::as_value), Some(&Value::Bool(true)));
    assert_eq!((task.keywords.environment.len(), task.vars.len()), (2, 1));
    let Step::Block(block) = &steps[0] else { panic!("a block") };
    let always = first_task(&block.always);
    assert_eq!(
        always.action.args.as_value().map(Value::repr).unwrap_or_default(),
        "{'chdir': '/x', '_raw_params': 'ls -l'}"
    );
    assert_eq!(always.keywords.r#become.as_ref().and_then(Templated::as_value), Some(&Value::Bool(false)));
}

#[test]
fn imports_are_resolved_and_hand_down() {
    let folder = project(&[
        ("site.yml", "- import_playbook: sub/two.yml\n  tags: imported\n  vars: {v: 1}\n- hosts: a\n"),
        ("sub/two.yml", "- hosts: b\n  tasks:\n  - import_tasks: t.yml\n    tags: t\n    vars: {w: 1}\n"),
        ("sub/t.yml", "- {name: one, debug: {msg: hi}}\n"),
    ]);
    let plays = load(folder.path());
    let hosts: Vec<String> =
        plays.iter().map(|p| p.hosts.as_value().map(Value::to_string).unwrap_or_default()).collect();
    assert_eq!(hosts, ["b", "a"]);
    let task = first_task(&plays[0].sections[2].steps);
    assert_eq!((name(&task).as_str(), words(&task.keywords.tags).as_str()), ("one", "imported t"));
    assert!(plays[0].vars.get("v").is_some() && task.vars[0].get("w").is_some());
}

#[test]
fn includes_are_loaded_into_the_site_of_their_task() {
    let folder = with_roles(
        "- hosts: all\n  tags: p\n  tasks:\n  - include_tasks: {file: inc.yml, apply: {tags: applied}}\n    tags: own\n    \
         vars: {v: 1}\n  - {include_role: {name: web}, tags: own}\n",
    );
    std::fs::write(folder.path().join("inc.yml"), "- {name: inside, debug: }\n").expect("a file");
    let loader = loader();
    let plays = loader.load(&folder.path().join("site.yml")).expect("a playbook");
    let [Step::Task(tasks), Step::Task(role)] = plays[0].sections[2].steps.as_slice() else { panic!("two tasks") };
    assert_eq!(words(&tasks.keywords.tags), "p own");
    let included = loader.include_tasks(tasks, "inc.yml", &Arc::default(), &|_| Ok(())).expect("an include");
    let inside = first_task(&included.steps);
    assert_eq!(words(&inside.keywords.tags), "p applied");
    assert!(inside.vars[0].get("v").is_some() && inside.include_params[0].get("v").is_some());
    let from = FromFiles { tasks: Some("other".to_owned()), ..FromFiles::default() };
    let included = loader.include_role(role, "web", from, false, true, true, &Arc::default()).expect("a role");
    assert_eq!(outline(&included.steps), "base other");
    assert_eq!(words(&first_task(&included.steps[2..]).keywords.tags), "p");
    assert!(included.roles.iter().all(|role| !role.public) && included.handlers.len() == 2);
    assert!(loader.include_tasks(tasks, "none.yml", &Arc::default(), &|_| Ok(())).is_err());
}

#[test]
fn all_errors_come_together_each_with_its_place() {
    let folder = project(&[(
        "site.yml",
        "- hosts: all\n  gather_fact: no\n  tasks:\n  - debugg: {msg: hi}\n  - debug: {mgs: hi}\n  - debug: hi there\n  \
         - file: {path: /x, state: gone}\n  - {debug: , command: ls}\n  - {debug: , register: not-a-name}\n  \
         - {debug: , ignore_errors: perhaps}\n  - {debug: , whem: x}\n  - import_tasks: none.yml\n  - {name: nothing}\n  \
         - {import_tasks: x.yml, loop: [1]}\n  - {include_tasks: x.yml, become: true}\n  roles: [missing]\n  pre_tasks: [include_tasks: ]\n  post_tasks: \n  - import_role: {name: r, vars_from: [a]}\n  - import_tasks: {file: x.yml, apply: {}}\n",
    )]);
    let errors = loader().load(&folder.path().join("site.yml")).expect_err("errors");
    let shown: Vec<String> = errors.iter().map(|e| format!("{e} {}", e.hint.as_deref().unwrap_or_default())).collect();
    for (part, line) in [
        ("'gather_fact' is not a valid attribute for a Play", 2),
        ("couldn't resolve module/action `debugg`", 4),
        ("`debug` has no argument `mgs`", 5),
        ("`debug` takes no free-form text", 6),
        ("value of state must be one of", 7),
        ("conflicting action statements: debug, command", 8),
        ("Invalid variable name in 'register'", 9),
        ("`ignore_errors` must be a boolean", 10),
        ("'whem' is not a valid attribute for a Task", 11),
        ("Could not find or access 'none.yml'", 12),
        ("no module/action detected in task", 13),
        ("you cannot use loops on `import_tasks`", 14),
        ("'become' is not a valid attribute for a TaskInclude", 15),
        ("the role `missing` was not found", 16),
        ("No file specified for include_tasks", 17),
        ("Expected a string for vars_from but got 'list' instead", 19),
        ("Invalid options for import_tasks: apply", 20),
    ] {
        let place = format!("site.yml:{line}:");
        assert!(shown.iter().any(|e| e.contains(part) && e.contains(&place)), "{part} at {line} in {shown:#?}");
    }
    assert!(shown.iter().any(|e| e.contains("did you mean `gather_facts`?")), "{shown:#?}");
    assert!(shown.iter().any(|e| e.contains("did you mean `msg`?")), "{shown:#?}");
}

#[test]
fn loops_of_imports_and_roles_are_errors() {
    let folder = project(&[
        ("site.yml", "- hosts: all\n  roles: [a]\n  tasks: [import_tasks: t.yml]\n"),
        ("t.yml", "- import_tasks: t.yml\n"),
        ("roles/a/meta/main.yml", "dependencies: [b]\n"),
        ("roles/b/meta/main.yml", "dependencies: [a]\n"),
    ]);
    let errors = loader().load(&folder.path().join("site.yml")).expect_err("loops");
    assert_eq!(errors.iter().filter(|e| e.what.contains("imports itself")).count(), 2, "{errors:?}");
}

#[test]
fn vaulted_files_are_opened_and_never_shown() {
    let vaulted = include_str!("../../../tests/cases/vault/prod.vault");
    let folder = project(&[("site.yml", "- hosts: all\n  roles: [r]\n"), ("roles/r/vars/main.yml", vaulted)]);
    let path = folder.path().join("site.yml");
    let errors = loader().load(&path).expect_err("no password");
    assert!(errors[0].to_string().contains("A vault password or secret must be specified"), "{errors:?}");
    let ring = Keyring::new(vec![Password::new("prod", "other")]);
    let options = LoaderOptions { keyring: Arc::new(ring), ..LoaderOptions::default() };
    let plays = Loader::new(Arc::new(PlainText), Arc::new(Few), options).load(&path).expect("a playbook");
    let db = plays[0].roles[0].vars.get("db").expect("a variable");
    assert_eq!(db.value.as_value().map(Value::repr).unwrap_or_default(), "{'password': 'geheim'}");
    assert!(!db.place.as_ref().is_some_and(|place| place.source.text.contains("geheim")));
}

/// Counts what it is asked to compile.
#[derive(Default)]
struct Counting(AtomicUsize);

impl Templates for Counting {
    fn text(&self, source: &str, _: Place) -> Result<Templated> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(source.into())
    }
    fn expression(&self, source: &str, place: Place) -> Result<Arc<Template>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(Template::broken(source, TemplateKind::Expression, place, &Diagnostic::error("not evaluated here")))
    }
    fn from_node(&self, node: &Node) -> Result<Templated> {
        self.0.fetch_add(usize::from(node.as_str().is_none()), Ordering::Relaxed);
        node.to_value().map(Templated::Value)
    }
    fn render(&self, templated: &Templated, _: &Arc<dyn Scope>) -> Result<Value> {
        templated.as_value().cloned().ok_or_else(|| Diagnostic::error("no templates here").boxed())
    }
}

/// What a role says is compiled once, however many plays use it, and what is wrong in it is told once.
#[test]
fn what_many_plays_use_is_read_once() {
    let tasks = "- debug: {msg: {a: [1]}}\n  when: [x, y]\n  vars: {v: [2]}\n- command: a b\n  when: z\n";
    let folder = project(&[
        ("one.yml", "- hosts: all\n  roles: [r]\n"),
        (
            "three.yml",
            "- hosts: all\n  roles: [r]\n- hosts: all\n  roles: [r]\n- hosts: all\n  tasks: [import_role: {name: r}]\n",
        ),
        ("roles/r/tasks/main.yml", tasks),
        ("roles/r/defaults/main.yml", "d: {e: [1]}\n"),
        ("wrong.yml", "- hosts: all\n  roles: [w]\n- hosts: all\n  roles: [w]\n"),
        ("roles/w/tasks/main.yml", "- debug: {msgg: x}\n- nothing_known:\n"),
    ]);
    let counted = |playbook: &str| {
        let templates = Arc::new(Counting::default());
        let loader = Loader::new(templates.clone(), Arc::new(Few), LoaderOptions::default());
        let plays = loader.load(&folder.path().join(playbook)).expect("a playbook");
        (plays.len(), templates.0.load(Ordering::Relaxed))
    };
    let ((one, once), (three, thrice)) = (counted("one.yml"), counted("three.yml"));
    assert_eq!((one, three), (1, 3));
    assert!(once > 4 && thrice == once, "compiled {once} times for one use, {thrice} for three");
    let errors = loader().load(&folder.path().join("wrong.yml")).expect_err("mistakes");
    assert_eq!(errors.len(), 2, "{errors:?}");
}
