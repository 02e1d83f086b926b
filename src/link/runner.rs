//! The runners inside this program: static executables, one per machine type, put here by the build script.

use std::io::{self, Read};

/// A runner as it is embedded.
#[derive(Clone, Copy)]
pub struct EmbeddedRunner {
    /// The machine it runs on, as `uname -m` says it.
    pub arch: &'static str,
    /// SHA-256 of the program in lower-case hex: its name in the cache of a host.
    pub sha256: &'static str,
    /// BLAKE2b-512 of the program in lower-case hex, by which a host checks what it kept: the quicker of the two.
    pub blake2: &'static str,
    /// Bytes of the program.
    pub size: u64,
    /// The program, compressed by gzip.
    pub gzip: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/runners.rs"));

impl EmbeddedRunner {
    /// The program itself, for hosts without gzip.
    pub fn program(&self) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        flate2::read::GzDecoder::new(self.gzip).take(self.size + 1).read_to_end(&mut out)?;
        Ok(out)
    }
}

impl std::fmt::Debug for EmbeddedRunner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "runner {} for {}", self.sha256, self.arch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::Digest as _;

    #[test]
    fn embedded_programs_are_what_their_hash_says() {
        for runner in EMBEDDED {
            let program = runner.program().unwrap();
            assert_eq!(program.len() as u64, runner.size);
            assert_eq!(hex::encode(sha2::Sha256::digest(&program)), runner.sha256);
            assert_eq!(hex::encode(blake2::Blake2b512::digest(&program)), runner.blake2);
        }
    }
}
