//! A link: what the engine holds of one host. Calls may be made at the same time; a lost connection is opened anew by
//! the next call.

use super::{Become, Body, Connector, LinkError, Target};
use hostler_sdk::{Call, Outcome, Output};
use std::sync::Arc;

/// The connection to one host for the whole run; cheap to clone.
#[derive(Clone)]
pub struct Link {
    inner: Arc<Inner>,
}

struct Inner {
    connector: Connector,
    target: Target,
}

impl Link {
    pub(super) async fn open(connector: Connector, target: Target) -> Result<Self, LinkError> {
        Ok(Link { inner: Arc::new(Inner { connector, target }) })
    }

    /// Who is at the other end.
    pub fn target(&self) -> &Target {
        &self.inner.target
    }

    /// Runs a module on the host, as the login user or as another. Dropping the future cancels the call there.
    pub async fn call(&self, who: Option<&Become>, call: Call, bodies: Vec<Body>) -> Result<Outcome, LinkError> {
        let _ = (who, call, bodies, &self.inner.connector);
        Err(self.nothing_yet())
    }

    /// Runs a line through a shell of the host, without any module (`raw`); `executable` in place of the login shell.
    pub async fn raw(&self, who: Option<&Become>, line: &str, executable: Option<&str>) -> Result<Output, LinkError> {
        let _ = (who, line, executable);
        Err(self.nothing_yet())
    }

    /// Gives the connection up; the next call opens a new one.
    pub async fn reset(&self) {}

    /// Ends the connection. Calls that are still running are lost.
    pub async fn close(self) {}

    fn nothing_yet(&self) -> LinkError {
        LinkError::Call(format!("no transport to `{}` is built into this version", self.inner.target.name))
    }
}
