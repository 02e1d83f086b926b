//! Digests of streams, for `checksum` and its like.

use super::Digest;
use std::io::{self, Read};

/// Lower-case hex digest of everything that can be read.
pub fn hex_of(from: &mut impl Read, digest: Digest) -> io::Result<String> {
    match digest {
        Digest::Md5 => run::<md5::Md5>(from),
        Digest::Sha1 => run::<sha1::Sha1>(from),
        Digest::Sha224 => run::<sha2::Sha224>(from),
        Digest::Sha256 => run::<sha2::Sha256>(from),
        Digest::Sha384 => run::<sha2::Sha384>(from),
        Digest::Sha512 => run::<sha2::Sha512>(from),
    }
}

fn run<D: sha2::Digest>(from: &mut impl Read) -> io::Result<String> {
    let mut hasher = D::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(hex::encode(hasher.finalize())),
            Ok(n) => hasher.update(&buffer[..n]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}
