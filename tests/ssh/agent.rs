//! ssh-agents of the tests' own.

use crate::server::Server;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// An agent; gone with the value.
pub struct Agent {
    child: Child,
    pub socket: PathBuf,
}

/// Waits, but not for ever.
fn until(what: &str, mut there: impl FnMut() -> bool) {
    let late = Instant::now() + Duration::from_secs(60);
    while !there() {
        assert!(Instant::now() < late, "{what}: still not");
        std::thread::sleep(Duration::from_millis(5));
    }
}

impl Agent {
    /// Starts one whose socket is a file of the server's directory.
    pub fn start(server: &Server, name: &str) -> Self {
        let socket = server.path(name);
        let child = Command::new("ssh-agent").args(["-D", "-a"]).arg(&socket).stdout(Stdio::null()).spawn().unwrap();
        until("the agent's socket is there", || socket.exists());
        Agent { child, socket }
    }

    /// Gives it a key.
    pub fn add(&self, key: &Path) {
        let mut add = Command::new("ssh-add");
        add.arg("-q").arg(key).env("SSH_AUTH_SOCK", &self.socket).stdin(Stdio::null());
        // It may answer a moment after its socket is there.
        until("the agent takes the key", || add.output().unwrap().status.success());
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
