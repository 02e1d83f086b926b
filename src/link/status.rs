//! The status of a command whose way hides it: what starts the session (`machinectl shell`) ends with its own. A line after the command
//! tells it, which is taken out of what the command says.

use super::process::{Feed, Process, Said};
use super::quote::word;
use bytes::Bytes;

/// Bytes at the end of the output in which the line may stand: another program of the session may still say something after it.
const KEPT: usize = 4 << 10;

/// A line of shell that runs `line` and then tells its status.
pub fn telling(line: &str, nonce: &str) -> String {
    format!("/bin/sh -c {}; echo {nonce} end $?", word(line))
}

/// A process that runs such a line and has already said `out`, as one that ends with the status of the command. It has no input: there
/// the end of input may be the end of the session.
pub fn told(process: Process, out: Vec<u8>, nonce: String) -> Process {
    let (told, feed) = Process::pair(Box::pin(tokio::io::sink()));
    tokio::spawn(pass_on(process, out, nonce, feed));
    told
}

async fn pass_on(mut process: Process, mut kept: Vec<u8>, nonce: String, feed: Feed) {
    let Feed { say, mut ended } = feed;
    let ending = loop {
        let said = tokio::select! {
            _ = &mut ended => return,
            said = process.said.recv() => said,
        };
        let on = match said {
            Some(Said::Out(bytes)) => {
                kept.extend_from_slice(&bytes);
                let early = kept.len().saturating_sub(KEPT);
                if early == 0 {
                    continue;
                }
                Said::Out(kept.drain(..early).collect())
            }
            Some(Said::Err(bytes)) => Said::Err(bytes),
            Some(Said::Exit(status)) => break Some(status),
            None => break None,
        };
        if say.send(on).await.is_err() {
            return;
        }
    };
    let status = match status(&mut kept, &nonce) {
        Some(status) => Some(status),
        // The session ended before the command did.
        None => ending.map(|status| if status == 0 { -1 } else { status }),
    };
    let _ = say.send(Said::Out(Bytes::from(kept))).await;
    if let Some(status) = status {
        let _ = say.send(Said::Exit(status)).await;
    }
}

/// Takes the line out of the output.
fn status(out: &mut Vec<u8>, nonce: &str) -> Option<i32> {
    let mark = format!("{nonce} end ");
    let at = out.windows(mark.len()).rposition(|window| window == mark.as_bytes())?;
    let number = at + mark.len();
    let length = out[number..].iter().position(|byte| *byte == b'\n')?;
    let status = std::str::from_utf8(&out[number..number + length]).ok()?.trim().parse().ok()?;
    out.drain(at..=number + length);
    Some(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is heard of a line whose session ends with `own`.
    async fn heard(line: &str, own: &str) -> (String, Option<i32>) {
        let script = format!("{}{own}", telling(line, "HL0"));
        let process = Process::local(&["/bin/sh", "-c", &script], None).unwrap();
        let mut process = told(process, Vec::new(), "HL0".into());
        let (mut out, mut status) = (Vec::new(), None);
        while let Some(said) = process.said.recv().await {
            match said {
                Said::Out(bytes) => out.extend(bytes),
                Said::Err(_) => {}
                Said::Exit(code) => status = Some(code),
            }
        }
        (String::from_utf8(out).unwrap(), status)
    }

    #[tokio::test]
    async fn the_status_is_the_commands() {
        assert_eq!(heard("printf 'a\\nb'; exit 3", "; exit 0").await, ("a\nb".into(), Some(3)));
        assert_eq!(heard("true # all", "; echo later").await, ("later\n".into(), Some(0)));
        let (long, status) = heard("head -c 300000 /dev/zero | tr '\\0' x", "").await;
        assert!(long.len() == 300_000 && status == Some(0));
    }

    #[tokio::test]
    async fn a_session_that_ends_first_is_no_success() {
        assert_eq!(heard("kill -KILL $PPID; sleep 0.1", "").await.1, Some(-9));
        let mut quiet = b"HL0 en".to_vec();
        assert_eq!((status(&mut quiet, "HL0"), quiet.len()), (None, 6));
    }
}
