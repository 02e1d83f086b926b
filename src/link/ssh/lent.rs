//! The operator's ssh-agent, lent to a host (`ForwardAgent`): what a program there asks of it is carried to the agent's socket here. The
//! agent is told first which connection it comes from, so that keys that are bound to destinations stay bound.

use super::agent::Agent;
use russh::client::{ChannelOpenHandle, Msg};
use russh::keys::agent::AgentSessionBinding;
use russh::{Channel, ChannelOpenFailure};
use std::path::PathBuf;
use std::sync::OnceLock;
use tokio::net::UnixStream;

/// An agent that is lent over one connection.
pub struct Lent {
    socket: PathBuf,
    /// The connection, as the agent knows it; there once the connection is.
    binding: OnceLock<AgentSessionBinding>,
}

impl Lent {
    /// The agent that listens there.
    pub fn new(socket: PathBuf) -> Self {
        Lent { socket, binding: OnceLock::new() }
    }

    /// Names the connection, once it is there.
    pub fn bind(&self, binding: Option<AgentSessionBinding>) {
        if let Some(binding) = binding {
            // The first is the connection's for good.
            let _ = self.binding.set(binding);
        }
    }

    /// Answers a channel the server opened to the agent, and carries what is said on it until either side ends it.
    pub fn lend(&self, channel: Channel<Msg>, reply: ChannelOpenHandle) {
        let (socket, binding) = (self.socket.clone(), self.binding.get().cloned());
        tokio::spawn(async move {
            let (Ok(stream), Some(binding)) = (UnixStream::connect(socket).await, binding) else {
                return reply.reject(ChannelOpenFailure::ConnectFailed).await;
            };
            let mut agent = Agent::connect(stream);
            // Agents before OpenSSH 8.9 do not know it; they have no keys bound to destinations either.
            let _ = agent.bind_session(&binding, true).await;
            reply.accept().await;
            // How it ends is the program's affair.
            let _ = tokio::io::copy_bidirectional(&mut channel.into_stream(), &mut agent.into_inner()).await;
        });
    }
}
