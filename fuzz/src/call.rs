//! One call to a stranger. Whatever becomes of it, it ends: with an outcome, or with an error that can be shown.

use crate::stranger::{How, Module, Stranger, Who};
use hostler::link::ssh::options::SshOptions;
use hostler::link::{
    BackendChoice, Become, BecomeMethod, Body, Connector, EmbeddedRunner, HostKeyPolicy, LinkOptions, Password, Target,
};
use hostler_sdk::body::BodyInfo;
use hostler_sdk::{Call, Value};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Nothing that is worth sending, but it can be asked for.
const RUNNERS: &[EmbeddedRunner] = &[EmbeddedRunner {
    arch: "x86_64",
    sha256: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    blake2: "bb",
    size: 3,
    gzip: &[31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 75, 76, 74, 6, 0, 194, 65, 36, 53, 3, 0, 0, 0],
}];

/// Has libFuzzer begin with strangers who get somewhere: the fuzzer does not guess the way to a greeting runner soon.
pub fn prepare() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/link");
    std::fs::create_dir_all(&corpus).unwrap();
    for number in 0..=255u8 {
        let bytes: Vec<u8> = (0..512u32).map(|at| (at.wrapping_mul(u32::from(number) * 2 + 1) >> 3) as u8).collect();
        std::fs::write(corpus.join(format!("example{number}")), bytes).unwrap();
    }
}

fn target(how: Option<&How>) -> Target {
    let mut target = Target::ssh("stranger", "127.0.0.1", "me");
    let mut options = SshOptions::default();
    // The quickest: what is agreed on is not what is tested.
    options.set("KexAlgorithms", "curve25519-sha256");
    options.set("Ciphers", "aes256-gcm@openssh.com");
    options.apply(&mut target).unwrap();
    Target {
        host_keys: HostKeyPolicy::Off,
        known_hosts: Some(Vec::new()),
        global_known_hosts: Some(Vec::new()),
        identities_only: true,
        agent: Some(PathBuf::new()),
        batch: true,
        timeout: Duration::from_secs(5),
        // Time stands still while threads work, so that nobody is found silent.
        keepalive: Duration::ZERO,
        backend: if how.is_some_and(|how| how.over_shell) { BackendChoice::Shell } else { BackendChoice::Auto },
        ..target
    }
}

fn who(how: &How) -> Option<Become> {
    let method = match how.who {
        Who::Ourselves => return None,
        Who::Sudo => BecomeMethod::Sudo,
        Who::Su => BecomeMethod::Su,
        Who::Doas => BecomeMethod::Doas,
    };
    let password = how.password.then(|| Password::new("secret"));
    Some(Become { method, user: "root".into(), password, flags: None, exe: None, chdir: None })
}

fn call(module: Module) -> (Call, Vec<Body>) {
    let (name, arguments, bodies): (_, &[(&str, &str)], _) = match module {
        Module::Stat => ("stat", &[("path", "/etc/x")], Vec::new()),
        Module::Copy => ("copy", &[("dest", "/etc/x")], vec![Body::Bytes(Arc::from(&b"content"[..]))]),
        Module::Command => ("command", &[("_raw_params", "true")], Vec::new()),
        Module::Facts => ("setup", &[], Vec::new()),
        Module::Service => ("systemd", &[("name", "x"), ("state", "started")], Vec::new()),
        Module::User => ("user", &[("name", "x")], Vec::new()),
        Module::Package => ("apt", &[("name", "x")], Vec::new()),
    };
    let mut call = Call { module: name.into(), ..Call::default() };
    for (name, value) in arguments {
        call.args.set(*name, Value::from(*value));
    }
    if let Module::Copy = module {
        let sha1 = "040f06fd774092478d450774f5ba30c5da78acc8".to_owned();
        call.bodies = vec![BodyInfo { size: 7, sha1, inline: None }];
    }
    (call, bodies)
}

/// Connects, makes the call, shows what came of it.
pub fn one(stranger: Stranger) {
    let how = match &stranger {
        Stranger::Noise { .. } => None,
        Stranger::Host { how, .. } => Some(how.clone()),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        // Whoever connects again finds nobody.
        let stranger = Mutex::new(Some(stranger));
        let dial = move |_: &Target| -> Box<dyn hostler::link::ssh::Stream> {
            let (here, there) = tokio::io::duplex(64 << 10);
            if let Some(stranger) = stranger.lock().unwrap().take() {
                stranger.serve(there);
            }
            Box::new(here)
        };
        let connector = Connector::dialling(&LinkOptions::default(), RUNNERS.to_vec(), Some(Box::new(dial)));
        let link = match connector.open(&target(how.as_ref())).await {
            Ok(link) => link,
            Err(e) => return assert_shown(&e.to_string()),
        };
        let Some(how) = how else { return };
        let (call, bodies) = call(how.module);
        match link.call(who(&how).as_ref(), call, bodies).await {
            Ok(outcome) => drop(format!("{outcome:?}")),
            Err(e) => assert_shown(&e.to_string()),
        }
        link.close().await;
    });
}

/// What goes to a terminal has nothing that would steer it.
fn assert_shown(words: &str) {
    assert!(!words.chars().any(|c| c.is_control() && c != '\n'), "{words:?}");
}
