//! URLs that no server answers: `file:` and `data:`.

use super::fetch::{Failure, LIMIT};
use base64::Engine;
use percent_encoding::percent_decode_str;
use std::io::Read;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// The bytes of a file of this machine, named by what stands behind `file:`.
pub(super) fn file(rest: &str) -> Result<Vec<u8>, Failure> {
    let path = match rest.strip_prefix("//") {
        None => rest,
        Some(named) => {
            let at = named.find('/').unwrap_or(named.len());
            if !["", "localhost", "127.0.0.1"].contains(&&named[..at]) {
                return Err(Failure::Unreached("file:// scheme is supported only on localhost".to_owned()));
            }
            &named[at..]
        }
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = PathBuf::from(std::ffi::OsString::from_vec(percent_decode_str(path).collect()));
    let failed = |e: std::io::Error| Failure::Unreached(format!("{}: '{}'", super::way::errno(&e), path.display()));
    let mut bytes = Vec::new();
    std::fs::File::open(&path).and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes)).map_err(failed)?;
    Ok(bytes)
}

/// What a `data:` URL holds, given by what stands behind the colon.
pub(super) fn data(rest: &str) -> Result<Vec<u8>, Failure> {
    let Some((kind, data)) = rest.split_once(',') else {
        return Err(Failure::Other("a `data:` URL needs a comma before its data".to_owned()));
    };
    let bytes: Vec<u8> = percent_decode_str(data).collect();
    if !kind.ends_with(";base64") {
        return Ok(bytes);
    }
    let engine = base64::engine::general_purpose::STANDARD;
    engine.decode(bytes).map_err(|e| Failure::Other(format!("the data of a `data:` URL is not base64: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_decoded() {
        assert_eq!(data("text/plain,hello%20x").unwrap(), b"hello x");
        assert_eq!(data(";base64,aGk=").unwrap(), b"hi");
        assert!(data("no comma").is_err() && data(";base64,?").is_err());
    }

    #[test]
    fn only_files_of_this_machine_are_read() {
        assert!(matches!(file("//elsewhere/etc/hostname"), Err(Failure::Unreached(why)) if why.contains("localhost")));
        assert!(
            matches!(file("///no/such%20file"), Err(Failure::Unreached(why)) if why == "[Errno 2] No such file or directory: '/no/such file'")
        );
    }
}
