//! Accounts whose owners have put links where root is about to work: nothing outside of their homes is read for them, written, or
//! handed over.

use crate::estate::estate;
use crate::server::{call, open};
use hostler::link::{BackendChoice, Become, BecomeMethod, Target};
use hostler_sdk::{Outcome, Value};
use std::os::unix::fs::MetadataExt;

/// What the owners did. `/run/victim` is root's alone.
const PREPARED: &str = r#"
mkdir -m 700 /run/victim
echo only-root-may-read-this >/run/victim/secret
chmod 600 /run/victim/secret
ln -s /run/victim /home/app/.ssh
for user in asked barred lectured narrow; do mkdir -m 700 /home/$user/.ssh; chown $user:$user /home/$user/.ssh; done
ln -s /run/victim/secret /home/asked/.ssh/id_ed25519.pub
ln -s /run/victim/new /home/barred/.ssh/id_ed25519
ln -s /run/victim/secret /home/lectured/.ssh/id_ed25519
ln -s /run/victim/secret /home/lectured/.ssh/id_ed25519.pub
"#;

/// Temporary files, CVE-2024-9902: the key of a user is made in their home, whatever they have put there.
#[tokio::test]
async fn a_users_key_leads_root_nowhere_else() {
    for backend in [BackendChoice::Runner, BackendChoice::Shell] {
        let Some(server) = estate("", PREPARED) else { return };
        let link = open(&Target { backend, ..server.target_as("free") }).await.unwrap();
        let root = Become {
            method: BecomeMethod::Sudo,
            user: "root".into(),
            password: None,
            flags: None,
            exe: None,
            chdir: None,
        };
        let victim = |name: &str| server.inside(&format!("/run/victim/{name}"));
        let before = std::fs::metadata(victim("")).unwrap();
        let key = async |user: &str, force: bool| -> Outcome {
            let mut call = call("user", &[("name", user), ("ssh_key_type", "ed25519")]);
            call.args.set("generate_ssh_key", Value::Bool(true));
            call.args.set("force", Value::Bool(force));
            let outcome = link.call(Some(&root), call, Vec::new()).await.unwrap();
            assert!(!format!("{outcome:?}").contains("only-root"), "{user} {backend:?}: {outcome:?}");
            outcome
        };
        // A directory that is a link: nothing is written through it.
        let refused = key("app", false).await.failed.expect("a key was made through a link");
        assert!(refused.contains("link"), "{backend:?}: {refused}");
        // Links in the place of keys count as keys that are there, and are not read.
        for user in ["asked", "barred"] {
            let kept = key(user, false).await;
            assert_eq!((kept.failed.as_deref(), kept.changed), (None, false), "{user} {backend:?}: {kept:?}");
        }
        // Forced, they are replaced.
        let forced = key("lectured", true).await;
        assert_eq!(forced.failed, None, "{backend:?}");
        let made = std::fs::symlink_metadata(server.inside("/home/lectured/.ssh/id_ed25519")).unwrap();
        assert!(made.is_file() && made.uid() >= 3001 && made.mode() & 0o777 == 0o600, "{backend:?}: {made:?}");
        assert!(forced.values.str("ssh_public_key").is_some_and(|key| key.starts_with("ssh-ed25519 ")), "{forced:?}");
        // An honest home gets its key.
        let honest = key("narrow", false).await;
        assert!(honest.changed && honest.failed.is_none(), "{backend:?}: {honest:?}");
        let names: Vec<_> = std::fs::read_dir(victim("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["secret"], "{backend:?}");
        assert_eq!(std::fs::read_to_string(victim("secret")).unwrap(), "only-root-may-read-this\n");
        for path in [victim(""), victim("secret")] {
            let meta = std::fs::metadata(&path).unwrap();
            assert_eq!((meta.uid(), meta.gid(), meta.mode() & 0o077), (0, 0, 0), "{backend:?} {path:?}");
        }
        assert_eq!(std::fs::metadata(victim("")).unwrap().ctime(), before.ctime());
        link.close().await;
    }
}
