//! Opens links: holds what all connections of a run share.

use super::{EMBEDDED, EmbeddedRunner, Link, LinkError, LinkOptions, Target};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// What all connections of a run share; cheap to clone.
#[derive(Clone)]
pub struct Connector {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    /// Connections being opened at the same time.
    pub handshakes: Semaphore,
    /// The runners that can be pushed.
    pub runners: Vec<EmbeddedRunner>,
}

impl Connector {
    /// For one run, with the embedded runners.
    pub fn new(options: &LinkOptions) -> Self {
        Connector::with_runners(options, EMBEDDED.to_vec())
    }

    /// The same with other runners.
    pub fn with_runners(options: &LinkOptions, runners: Vec<EmbeddedRunner>) -> Self {
        let handshakes = Semaphore::new(options.handshakes.max(1));
        Connector { shared: Arc::new(Shared { handshakes, runners }) }
    }

    /// Connects and authenticates. The runner is started by the first call.
    pub async fn open(&self, target: &Target) -> Result<Link, LinkError> {
        Link::open(self.clone(), target.clone()).await
    }
}
