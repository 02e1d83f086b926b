//! How large file systems are and how much of them is free. A share whose server is gone never answers, so whoever asks
//! waits for so long and no longer, and has the answers that came.

use super::{Command, HostResult, Output};
use std::time::Duration;

/// The sizes of a mounted file system, as `statvfs` tells them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Volume {
    /// Bytes that are read or written at once with profit.
    pub block_size: u64,
    /// Bytes of a block, the unit of the two counts below.
    pub fragment_size: u64,
    /// Blocks in all.
    pub blocks: u64,
    /// Free blocks that are not kept for root.
    pub available: u64,
    /// Inodes in all; 0 where the file system has no fixed number.
    pub inodes: u64,
    /// Free inodes.
    pub inodes_free: u64,
}

/// By `stat -f`, one process for all.
pub(super) fn by_command(
    run: impl FnOnce(&Command) -> HostResult<Output>,
    paths: &[String],
    timeout: Duration,
) -> HostResult<Vec<(String, Volume)>> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let words = ["stat", "-f", "-c", "%s|%S|%b|%a|%c|%d|%n"].map(str::to_owned);
    let mut command = Command::new(words.into_iter().chain(paths.iter().cloned()));
    command.timeout = Some(timeout);
    // What it says of some counts, though it failed at others.
    Ok(run(&command)?.out().lines().filter_map(line).collect())
}

fn line(text: &str) -> Option<(String, Volume)> {
    let mut fields = text.splitn(7, '|');
    let mut number = || fields.next()?.parse::<u64>().ok();
    let volume = Volume {
        block_size: number()?,
        fragment_size: number()?,
        blocks: number()?,
        available: number()?,
        inodes: number()?,
        inodes_free: number()?,
    };
    Some((fields.next()?.to_owned(), volume))
}

/// By system calls, in a thread of their own that is left behind when one of them does not come back.
pub(super) fn by_call(paths: &[String], timeout: Duration) -> Vec<(String, Volume)> {
    let (tell, told) = std::sync::mpsc::channel();
    let asked = paths.to_vec();
    std::thread::spawn(move || {
        for path in asked {
            let Ok(said) = rustix::fs::statvfs(path.as_str()) else { continue };
            let volume = Volume {
                block_size: said.f_bsize,
                fragment_size: said.f_frsize,
                blocks: said.f_blocks,
                available: said.f_bavail,
                inodes: said.f_files,
                inodes_free: said.f_favail,
            };
            if tell.send((path, volume)).is_err() {
                return;
            }
        }
    });
    let until = std::time::Instant::now() + timeout;
    let next = || told.recv_timeout(until.saturating_duration_since(std::time::Instant::now())).ok();
    std::iter::from_fn(next).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::native::Native;
    use crate::backend::{Backend, HostError};

    #[test]
    fn calls_and_the_command_say_the_same() {
        let paths = ["/", "/nonexistent", "/proc"].map(str::to_owned);
        let by_call = by_call(&paths, Duration::from_secs(60));
        let by_command = by_command(|c| Native::new().run(c), &paths, Duration::from_secs(60)).unwrap();
        // What is free changes from one to the other.
        let lasting = |all: &[(String, Volume)]| -> Vec<_> {
            all.iter().map(|(path, v)| (path.clone(), v.block_size, v.fragment_size, v.blocks, v.inodes)).collect()
        };
        assert_eq!(lasting(&by_call), lasting(&by_command));
        assert_eq!(by_call.len(), 2);
    }

    #[test]
    fn names_may_hold_what_parts_the_fields() {
        let output = Output { stdout: b"4096|1024|10|4|8|7|/mnt/a|b\nstat: oops\n".to_vec(), ..Output::default() };
        let all = by_command(|_| Ok(output), &["/mnt/a|b".to_owned()], Duration::ZERO).unwrap();
        let volume =
            Volume { block_size: 4096, fragment_size: 1024, blocks: 10, available: 4, inodes: 8, inodes_free: 7 };
        assert_eq!(all, [("/mnt/a|b".to_owned(), volume)]);
        let nothing = by_command(|_| Err(HostError::new("run", "never")), &[], Duration::ZERO);
        assert_eq!(nothing.unwrap(), []);
    }
}
