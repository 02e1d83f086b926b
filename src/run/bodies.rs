//! What a call says about the files that go with it. Files of the controller are hashed once for all hosts.

use crate::link::Body;
use hostler_sdk::body::BodyInfo;
use sha1::{Digest, Sha1};
use std::collections::HashMap;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::SystemTime;

/// Contents up to this many bytes ride along in the call, which spares a round trip.
const INLINE: usize = 16 << 10;

type Known = HashMap<(PathBuf, u64, Option<SystemTime>), BodyInfo>;

/// By path, size and time of change.
static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

/// Size and hash of a body; small ones with their content.
///
/// # Errors
/// The file cannot be read.
pub(super) fn info(body: &Body) -> io::Result<BodyInfo> {
    match body {
        Body::Bytes(bytes) => Ok(BodyInfo {
            size: bytes.len() as u64,
            sha1: hex::encode(Sha1::digest(bytes)),
            inline: (bytes.len() <= INLINE).then(|| bytes.to_vec()),
        }),
        Body::File(path) => {
            let meta = std::fs::metadata(path)?;
            let key = (path.clone(), meta.len(), meta.modified().ok());
            if let Some(known) = KNOWN.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
                return Ok(known.clone());
            }
            let info = of_file(path)?;
            KNOWN.lock().unwrap_or_else(PoisonError::into_inner).insert(key, info.clone());
            Ok(info)
        }
    }
}

fn of_file(path: &PathBuf) -> io::Result<BodyInfo> {
    let mut file = std::fs::File::open(path)?;
    let mut hash = Sha1::new();
    let mut buffer = vec![0; 64 << 10];
    let mut size = 0;
    let mut start = Vec::new();
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        size += count as u64;
        hash.update(&buffer[..count]);
        if start.len() <= INLINE {
            start.extend_from_slice(&buffer[..count]);
        }
    }
    let inline = (size <= INLINE as u64).then_some(start);
    Ok(BodyInfo { size, sha1: hex::encode(hash.finalize()), inline })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_bodies_ride_along_and_large_ones_do_not() {
        let directory = tempfile::tempdir().unwrap();
        for size in [0, 3, INLINE, INLINE + 1, 200_000] {
            let bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            let path = directory.path().join(size.to_string());
            std::fs::write(&path, &bytes).unwrap();
            let (a, b) = (info(&Body::Bytes(bytes.clone().into())).unwrap(), info(&Body::File(path)).unwrap());
            assert_eq!((a.size, &a.sha1, &a.inline), (b.size, &b.sha1, &b.inline));
            assert_eq!(a.inline.is_some(), size <= INLINE);
            assert_eq!(a.sha1, hex::encode(Sha1::digest(&bytes)));
        }
    }
}
