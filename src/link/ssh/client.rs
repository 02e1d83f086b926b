//! What this side answers when the server speaks first: the check of its key, and its last words.

use super::lent::Lent;
use super::vet::{Shown, Vet, Vetted};
use russh::client::{ChannelOpenHandle, DisconnectReason, Handler, Msg, Session};
use russh::keys::PublicKeyOrCertificate;
use russh::{Channel, ChannelOpenFailure};
use std::sync::{Arc, Mutex, PoisonError};

/// Left by the handler for those who wait on the connection.
#[derive(Default)]
pub struct Notes {
    vetted: Mutex<Option<Vetted>>,
    farewell: Mutex<Option<String>>,
}

impl Notes {
    /// What came of the check of the server's key.
    pub fn vetted(&self) -> Option<Vetted> {
        self.vetted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    /// Why the connection ended.
    pub fn farewell(&self) -> Option<String> {
        self.farewell.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// russh's view of us.
pub struct Client {
    /// Judges the server's key.
    pub vet: Arc<Vet>,
    /// Where what happened is left.
    pub notes: Arc<Notes>,
    /// The agent that the server may use, where one is lent to it.
    pub lent: Option<Arc<Lent>>,
}

/// What the server wants to open here and may not; nothing of it was asked for.
const REFUSED: ChannelOpenFailure = ChannelOpenFailure::AdministrativelyProhibited;

/// Callbacks of the library for channels that are not opened, whatever their particulars are.
macro_rules! refused {
    ($($callback:ident($($particular:ty),*);)*) => {$(
        async fn $callback(
            &mut self,
            _: Channel<Msg>,
            $(_: $particular,)*
            reply: ChannelOpenHandle,
            _: &mut Session,
        ) -> Result<(), russh::Error> {
            reply.reject(REFUSED).await;
            Ok(())
        }
    )*};
}

impl Handler for Client {
    type Error = russh::Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        let vet = self.vet.clone();
        let shown = match key {
            PublicKeyOrCertificate::PublicKey { key, .. } => Shown::Key(key.clone()),
            PublicKeyOrCertificate::Certificate(certificate) => Shown::Certificate(Box::new(certificate.clone())),
        };
        // Files are read and locked there.
        let vetted =
            tokio::task::spawn_blocking(move || vet.judge(&shown)).await.map_err(|_| russh::Error::UnknownKey)?;
        let accepted = matches!(vetted, Vetted::Accepted { .. });
        *self.notes.vetted.lock().unwrap_or_else(PoisonError::into_inner) = Some(vetted);
        Ok(accepted)
    }

    async fn server_channel_open_agent_forward(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        match &self.lent {
            Some(lent) => lent.lend(channel, reply),
            None => reply.reject(REFUSED).await,
        }
        Ok(())
    }

    refused! {
        server_channel_open_forwarded_tcpip(&str, u32, &str, u32);
        server_channel_open_forwarded_streamlocal(&str);
        server_channel_open_x11(&str, u32);
        server_channel_open_session();
        server_channel_open_direct_tcpip(&str, u32, &str, u32);
        server_channel_open_direct_streamlocal(&str);
    }

    async fn disconnected(&mut self, reason: DisconnectReason<russh::Error>) -> Result<(), russh::Error> {
        let (words, result) = match reason {
            DisconnectReason::ReceivedDisconnect(info) => (info.message, Ok(())),
            DisconnectReason::Error(e) => (e.to_string(), Err(e)),
        };
        *self.notes.farewell.lock().unwrap_or_else(PoisonError::into_inner) = Some(words);
        result
    }
}
