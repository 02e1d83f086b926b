//! `slurp`: the content of a file on the host, in base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hostler_sdk::args::HostPath;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Facts, FileKind, HostError, Look, Module, Outcome};

/// Slurps a file from remote nodes
///
/// Fetches the content of a file, base64-encoded, into the result. Memory for it is needed on both sides.
#[derive(Debug, Module)]
#[module(
    kind = "facts",
    returns(
        ("content", "str", "the content, base64-encoded"),
        ("encoding", "str", "`base64`"),
        ("source", "str", "path of the file")
    ),
    examples = r#"- name: Find out what the remote machine's mounts are
  ansible.builtin.slurp:
    src: /proc/mounts
  register: mounts

- name: Print returned information
  ansible.builtin.debug:
    msg: "{{ mounts['content'] | b64decode }}"
"#
)]
pub struct Slurp {
    /// The file on the host to fetch. It must be a file, not a directory.
    #[arg(alias = "path")]
    src: HostPath,
}

impl Facts for Slurp {
    fn gather(&self, look: &Look) -> Result<Outcome> {
        let source = look.absolute(&self.src);
        let failed = |e: HostError| match e.errno {
            2 => Failure::new(format!("File not found: {source}")),
            13 => Failure::new(format!("File is not readable: {source}")),
            _ => Failure::new(format!("Unable to slurp file: {source}")).with("exception", e.to_string()),
        };
        if look.stat(&source).map_err(failed)?.is_some_and(|meta| meta.kind == FileKind::Directory) {
            return Err(format!("Source is a directory and must be a file: {source}").into());
        }
        let content = look.read(&source).map_err(failed)?;
        Ok(Outcome::default()
            .with("content", STANDARD.encode(content))
            .with("source", source)
            .with("encoding", "base64"))
    }
}
