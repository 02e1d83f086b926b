//! Reading primitives as scripts.

use super::super::{Digest, HostError, HostResult, Meta, Output, hex_of};
use super::{Failure, Shell, ShellBackend, stat};

/// Every name, ended by NUL. The first line lets the system say why a directory cannot be read.
const LIST: &str = r#"ls "$1/" >/dev/null || exit 1
CDPATH= cd "$1" || exit 1
for f in ..?* .[!.]* *; do
  if [ -e "$f" ] || [ -L "$f" ]; then printf '%s\0' "$f"; fi
done"#;

/// busybox' `head` says "input/output error" of a directory.
const READ: &str = r#"[ ! -d "$1" ] || { echo 'Is a directory' >&2; exit 1; }
head -c "$2" "$1""#;

/// `readlink` fails silently; `ls` does not.
const READ_LINK: &str = r#"readlink -n "$1" && exit
ls -d "$1" >/dev/null && echo 'Invalid argument' >&2
exit 1"#;

const ACCESS: &str = r#"[ -e "$1" ] || exit 1
case $2 in *r*) [ -r "$1" ] || exit 1;; esac
case $2 in *w*) [ -w "$1" ] || exit 1;; esac
case $2 in *x*) [ -x "$1" ] || exit 1;; esac"#;

impl<S: Shell> ShellBackend<S> {
    pub(super) fn look_at(&self, path: &str, follow: bool) -> HostResult<Option<Meta>> {
        let tools = self.facts().tools;
        let output = self.attempt("look at", path, &stat::line(tools, follow), &[path], None)?;
        if !output.ok() {
            let failure = Failure::of(&output);
            // ENOENT and ENOTDIR: nothing is there.
            return if matches!(failure.errno, 2 | 20) { Ok(None) } else { Err(failure.about("look at", path)) };
        }
        let wrong = || HostError::new(format!("look at `{path}`"), format!("stat said `{}`", output.out().trim()));
        stat::read(tools, output.out().trim()).map(Some).ok_or_else(wrong)
    }

    pub(super) fn read_file(&self, path: &str, limit: u64) -> HostResult<Vec<u8>> {
        let limit = limit.min(Output::LIMIT as u64 - 1);
        let output = self.script("read", path, READ, &[path, &(limit + 1).to_string()])?;
        if output.stdout.len() as u64 > limit || output.truncated {
            return Err(HostError::new(format!("read `{path}`"), format!("it is larger than {limit} bytes")));
        }
        Ok(output.stdout)
    }

    pub(super) fn list_directory(&self, path: &str) -> HostResult<Vec<String>> {
        let output = self.script("list", path, LIST, &[path])?;
        if output.truncated {
            return Err(HostError::new(format!("list `{path}`"), "there are too many names"));
        }
        let names = output.stdout.split(|b| *b == 0).filter(|name| !name.is_empty());
        let mut names: Vec<String> = names.map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        names.sort_unstable();
        Ok(names)
    }

    pub(super) fn link_target(&self, path: &str) -> HostResult<String> {
        self.script("read the link", path, READ_LINK, &[path]).map(|output| output.out())
    }

    pub(super) fn resolved(&self, path: &str) -> HostResult<String> {
        // GNU's readlink does it in one step; without `-m` it is done link by link.
        let output = self.attempt("resolve", path, "readlink -m -n \"$1\"", &[path], None)?;
        if output.ok() && output.stdout.starts_with(b"/") {
            return Ok(output.out());
        }
        let path = match path.starts_with('/') {
            true => path.to_owned(),
            false => {
                let here = self.script("resolve", path, "pwd -P", &[])?.out();
                format!("{}/{path}", here.trim_end_matches('\n'))
            }
        };
        Ok(super::super::real_path::resolve(&path, |path| self.link_target(path).ok()))
    }

    pub(super) fn hash_file(&self, path: &str, digest: Digest) -> HostResult<String> {
        let (tool, length) = match digest {
            Digest::Md5 => ("md5sum", 32),
            Digest::Sha1 => ("sha1sum", 40),
            Digest::Sha224 => ("sha224sum", 56),
            Digest::Sha256 => ("sha256sum", 64),
            Digest::Sha384 => ("sha384sum", 96),
            Digest::Sha512 => ("sha512sum", 128),
        };
        let text = "command -v \"$2\" >/dev/null 2>&1 || exit 99\n\"$2\" \"$1\"";
        let output = self.attempt("read", path, text, &[path, tool], None)?;
        if output.status == 99 {
            // busybox leaves some out; the file comes to us then.
            let content = self.read_file(path, Output::LIMIT as u64)?;
            return hex_of(&mut content.as_slice(), digest).map_err(|e| HostError::io(format!("read `{path}`"), &e));
        }
        if !output.ok() {
            return Err(Failure::of(&output).about("read", path));
        }
        // A backslash before the sum says that the name is written with escapes.
        let text = output.out();
        let sum = text.trim_start_matches('\\').split_whitespace().next().unwrap_or_default();
        if sum.len() == length && sum.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(sum.to_lowercase());
        }
        Err(HostError::new(format!("read `{path}`"), format!("{tool} said `{}`", text.trim())))
    }

    pub(super) fn may(&self, path: &str, mode: u32) -> bool {
        let wanted: String =
            [(4, 'r'), (2, 'w'), (1, 'x')].into_iter().filter(|(bit, _)| mode & bit != 0).map(|(_, c)| c).collect();
        self.script("look at", path, ACCESS, &[path, &wanted]).is_ok()
    }
}
