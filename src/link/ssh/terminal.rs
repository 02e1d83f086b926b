//! A terminal of the host's (`pty-req`), for programs that insist on one: it passes every byte on as it is, both ways.

use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Pty, client};

/// Everything off that would change, hold back, give back or act on a byte.
const MODES: &[(Pty, u32)] = &[
    (Pty::ECHO, 0),
    (Pty::ECHOE, 0),
    (Pty::ECHOK, 0),
    (Pty::ECHONL, 0),
    (Pty::ECHOCTL, 0),
    (Pty::ECHOKE, 0),
    (Pty::ICANON, 0),
    (Pty::ISIG, 0),
    (Pty::IEXTEN, 0),
    (Pty::OPOST, 0),
    (Pty::ONLCR, 0),
    (Pty::ICRNL, 0),
    (Pty::INLCR, 0),
    (Pty::IGNCR, 0),
    (Pty::IXON, 0),
    (Pty::IXOFF, 0),
    (Pty::ISTRIP, 0),
    (Pty::PARMRK, 0),
    (Pty::INPCK, 0),
    (Pty::IMAXBEL, 0),
    (Pty::CS8, 1),
];

/// Asks for it, before the program is started; false when the server gives none.
pub async fn ask(read: &mut ChannelReadHalf, write: &ChannelWriteHalf<client::Msg>) -> Result<bool, russh::Error> {
    write.request_pty(true, "dumb", 80, 24, 0, 0, MODES).await?;
    loop {
        match read.wait().await {
            Some(ChannelMsg::Success) => return Ok(true),
            Some(ChannelMsg::Failure) => return Ok(false),
            // The window may be announced before.
            Some(ChannelMsg::WindowAdjusted { .. }) => {}
            Some(_) | None => return Err(russh::Error::Disconnect),
        }
    }
}
