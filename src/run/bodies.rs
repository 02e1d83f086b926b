//! What a call says about the files that go with it. Files of the controller are hashed once for all hosts.

use crate::link::Body;
use hostler_sdk::body::BodyInfo;
use sha1::{Digest, Sha1};
use std::collections::HashMap;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::SystemTime;

/// Contents up to this many bytes ride along in the call, which spares a round trip.
const INLINE: usize = 16 << 10;

/// A file as it was read, or is being read by the one who holds the lock.
type Known = Arc<Mutex<Option<BodyInfo>>>;

/// Path, size and time of change.
type Version = (PathBuf, u64, Option<SystemTime>);

static KNOWN: LazyLock<Mutex<HashMap<Version, Known>>> = LazyLock::new(Mutex::default);

/// Size and hash of each body; small ones with their content. Files are read on a thread of their own.
///
/// # Errors
/// A file that cannot be read.
pub(super) async fn infos(bodies: &[Body]) -> io::Result<Vec<BodyInfo>> {
    if bodies.iter().all(|body| matches!(body, Body::Bytes(_))) {
        return bodies.iter().map(info).collect();
    }
    let bodies = bodies.to_vec();
    tokio::task::spawn_blocking(move || bodies.iter().map(info).collect()).await?
}

fn info(body: &Body) -> io::Result<BodyInfo> {
    match body {
        Body::Bytes(bytes) => Ok(BodyInfo {
            size: bytes.len() as u64,
            sha1: hex::encode(Sha1::digest(bytes)),
            inline: (bytes.len() <= INLINE).then(|| bytes.to_vec()),
        }),
        Body::File(path) => {
            let meta = std::fs::metadata(path)?;
            let key = (path.clone(), meta.len(), meta.modified().ok());
            let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
            // Whoever comes while it is read waits for what is found.
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            match &*known {
                Some(info) => Ok(info.clone()),
                None => Ok(known.insert(of_file(path)?).clone()),
            }
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
