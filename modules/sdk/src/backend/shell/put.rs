//! Changing primitives as scripts. A new file is made beside the old one under a name nobody can guess, filled, found
//! whole, dressed and moved over it.

use super::super::{HostError, HostResult, Output, Times, WriteFile};
use super::quote::{quoted, raw_script};
use super::run::token;
use super::{Failure, Shell, ShellBackend, stat};
use std::io::Read;

/// `put NEW OLD`: moves over whatever is there, but into no directory. `mv -T` is not everywhere; without it a link to a
/// directory has to go first.
pub const PUT: &str = r#"put() {
  if [ -d "$2" ] && [ -L "$2" ]; then
    mv -fT "$1" "$2" 2>/dev/null || { rm -f "$2" && mv -f "$1" "$2"; }
  elif [ -d "$2" ]; then
    echo 'Is a directory' >&2; return 1
  else
    mv -f "$1" "$2"
  fi
}
"#;

/// The content is followed by the token, so that what a broken connection left is not taken for the whole.
/// Parameters: path, new name beside it, mode or nothing, owner or nothing, `unsafe` or nothing, mode of a file that was not there, token. Before it
/// stands the function `validate`, which knows the new file as `$n`.
const WRITE: &str = r#"p=$1 n=$2 mode=$3 owner=$4 unsafe=$5 fresh=$6 token=$7
[ -d "$p" ] && [ ! -L "$p" ] && { echo 'Is a directory' >&2; exit 1; }
umask 077
quit() { rm -f "$n"; exit 1; }
# What was left half made by one whose connection broke: whoever makes one has written to it within the hour.
for f in "${p%/*}"/.hostler.*; do
  case ${f##*.} in
    *[!0-9a-f]*) ;;
    ????????????????????????) find "$f" -prune -type f -user "$(id -u)" -mmin +60 -exec rm -f {} + 2>/dev/null;;
  esac
done
old=
if [ -f "$p" ] && [ ! -L "$p" ]; then old=1; fi
if ! (set -C; : > "$n"); then
  # Shells have words of their own for what is wrong; ls has the system's.
  ls -d "${p%/*}/." >/dev/null || exit 1
  [ -n "$unsafe" ] && [ -n "$old" ] || exit 1
  n=${TMPDIR:-/tmp}/${n##*/}
  (set -C; : > "$n") || exit 1
fi
cat > "$n" || quit
# Some write blanks before the number.
got=$(echo $(wc -c < "$n")) || quit
[ "$(tail -c ${#token} "$n")" = "$token" ] || { echo "only the first $got bytes arrived" >&2; quit; }
dd if=/dev/null of="$n" bs=1 seek=$((got - ${#token})) 2>/dev/null || quit
kept=1
if [ -n "$old" ]; then
  if [ -e /sys/fs/selinux/enforce ]; then chcon --reference="$p" "$n" 2>/dev/null; fi
  case $(ls -ld "$p") in ??????????+*) getfacl -cp "$p" 2>/dev/null | setfacl --set-file=- "$n" 2>/dev/null;; esac
  was=$(owner_of "$p") || quit
  [ "$was" = "$(owner_of "$n")" ] || chown "$was" "$n" 2>/dev/null || kept=
fi
if [ -n "$owner" ]; then chown "$owner" "$n" || quit; fi
if [ -z "$mode" ]; then
  if [ -n "$old" ] && [ -n "$kept" ]; then mode=$(mode_of "$p")
  elif [ -n "$old" ]; then
    # Another owner must not inherit setuid and setgid.
    mode=$(mode_of "$p")
    case $mode in ????) mode=${mode#?};; esac
  else mode=$fresh; fi
fi
chmod "$mode" "$n" || quit
dd if=/dev/null of="$n" conv=notrunc,fsync 2>/dev/null
validate; r=$?
[ $r -eq 0 ] || { rm -f "$n"; printf '%s' "refused:$token:$r" >&2; exit 1; }
if [ "${n%/*}" = "${p%/*}" ] && put "$n" "$p"; then exit 0; fi
[ -n "$unsafe" ] && [ -n "$old" ] || quit
cat "$n" > "$p" || quit
if [ -n "$owner" ]; then chown "$owner" "$p" || quit; fi
chmod "$mode" "$p" || quit
rm -f "$n""#;

const LINK: &str = r#"p=$1 n=$2 target=$3
if [ ! -e "$p" ] && [ ! -L "$p" ]; then ln $LN "$target" "$p"; exit; fi
[ -d "$p" ] && [ ! -L "$p" ] && { echo 'Is a directory' >&2; exit 1; }
[ "$LN" = -- ] && [ "$target" -ef "$p" ] && [ ! -L "$p" ] && exit
ln $LN "$target" "$n" || exit 1
put "$n" "$p"; r=$?
rm -f "$n"
exit $r"#;

const COPY: &str = r#"from=$1 to=$2 n=$3
umask 077
cp -p "$from" "$n" && put "$n" "$to" && exit
rm -f "$n"
exit 1"#;

/// busybox' `touch` knows no fractions of a second, that of the BSDs no seconds since the epoch, which their `date` makes a time of.
const TOUCH: &str = r#"set_time() {
  touch -c $H $1 -d "@$2" "$3" 2>/dev/null || touch -c $H $1 -d "@${2%.*}" "$3" 2>/dev/null ||
    touch -c $H $1 -d "$(date -u -r "${2%.*}" +%Y-%m-%dT%H:%M:%SZ)" "$3"
}
if [ -n "$2" ]; then set_time -a "$2" "$1" || exit 1; fi
if [ -n "$3" ]; then set_time -m "$3" "$1" || exit 1; fi
ls -d "$1" >/dev/null"#;

/// `uid`, `uid:gid` or `:gid` for `chown`; `None` when there is nothing to do.
pub fn owner(uid: Option<u32>, gid: Option<u32>) -> Option<String> {
    match (uid, gid) {
        (None, None) => None,
        (Some(uid), None) => Some(uid.to_string()),
        (uid, Some(gid)) => Some(format!("{}:{gid}", uid.map(|uid| uid.to_string()).unwrap_or_default())),
    }
}

/// A name beside a path that nobody can guess; trailing slashes of the path are not part of it.
fn beside(verb: &str, path: &str) -> HostResult<(String, String)> {
    let wrong = |errno| HostError::io(format!("{verb} `{path}`"), &std::io::Error::from_raw_os_error(errno));
    let trimmed = path.trim_end_matches('/');
    let (dir, name) = trimmed.rsplit_once('/').map_or((".", trimmed), |(dir, name)| (dir, name));
    if matches!(name, "" | "." | "..") {
        return Err(wrong(21));
    }
    let token = token().map_err(|e| wrong(e.raw_os_error()))?;
    let full = if trimmed.contains('/') { trimmed.to_owned() } else { format!("./{trimmed}") };
    Ok((full, format!("{dir}/.hostler.{token}")))
}

impl<S: Shell> ShellBackend<S> {
    pub(super) fn write_file(&self, file: WriteFile<'_>) -> HostResult<()> {
        let WriteFile { path, content, mode, uid, gid, validate, unsafe_writes, only_in_dir_of } = file;
        let (full, new) = beside("write", path)?;
        if let (Some(uid), Some((dir, _))) = (only_in_dir_of, full.rsplit_once('/')) {
            let owner = self.look_at(&format!("{dir}/."), true)?.map(|meta| meta.uid);
            if owner != Some(uid) {
                let cause = format!("it does not belong to the user {uid}; a link may lead there");
                return Err(HostError::new(format!("write into `{dir}`"), cause));
            }
        }
        let token = new.rsplit('.').next().unwrap_or_default().to_owned();
        let mode = mode.map(|m| format!("{m:04o}")).unwrap_or_default();
        let owner = owner(uid, gid).unwrap_or_default();
        // Shells do not agree on octal numbers in arithmetic.
        let fresh = format!("{:04o}", 0o666 & !self.facts().umask);
        let unsafely = if unsafe_writes { "unsafe" } else { "" };
        let params = [full.as_str(), &new, &mode, &owner, unsafely, &fresh, &token];
        let doing = || format!("validate the new file with `{}`", validate.unwrap_or_default());
        let words = match validate {
            Some(line) if !line.contains("%s") => {
                return Err(HostError::new(doing(), format!("validate must contain %s: {line}")));
            }
            Some(line) => shell_words::split(line).map_err(|e| HostError::new(doing(), e.to_string()))?,
            None => Vec::new(),
        };
        let words: Vec<String> =
            words.iter().map(|w| w.split("%s").map(quoted).collect::<Vec<_>>().join("\"$n\"")).collect();
        let command = if words.is_empty() { ":".to_owned() } else { words.join(" ") };
        let script = raw_script(
            &format!("validate() {{ {command}; }}\n{}{PUT}{WRITE}", stat::functions(self.facts().tools)),
            &params,
        )
        .map_err(|why| HostError::new(format!("write `{path}`"), why))?;
        let output = self.shell.exec(&script, Some(&mut Read::chain(content, token.as_bytes())))?;
        if output.ok() {
            return Ok(());
        }
        let said = output.err();
        if let Some((before, status)) = said.rsplit_once(&format!("refused:{token}:")) {
            let status = status.trim().parse().unwrap_or(1);
            let cause = format!("failed to validate: rc:{status} error:{before}");
            let left = Output { status, stderr: before.into(), ..output };
            return Err(HostError { output: Some(Box::new(left)), ..HostError::new(doing(), cause) });
        }
        Err(Failure::of(&output).about("write", path))
    }

    pub(super) fn link(&self, kind: &str, target: &str, path: &str) -> HostResult<()> {
        let (full, new) = beside("make the link", path)?;
        // Where a link points is text, not a path that may be rewritten.
        let text = format!("{PUT}LN='{}'\n{LINK}", if kind == "-s" { "-s --" } else { "--" });
        let script = raw_script(&text, &[&full, &new, target])
            .map_err(|why| HostError::new(format!("make the link `{path}`"), why))?;
        let output = self.shell.exec(&script, None)?;
        if output.ok() { Ok(()) } else { Err(Failure::of(&output).about("make the link", path)) }
    }

    pub(super) fn copy(&self, from: &str, to: &str) -> HostResult<()> {
        let (full, new) = beside("copy to", to)?;
        self.script("copy", from, &format!("{PUT}{COPY}"), &[from, &full, &new]).map(drop)
    }

    pub(super) fn touch(&self, path: &str, times: Times, follow: bool) -> HostResult<()> {
        let time = |t: Option<f64>| t.map(|t| format!("{t:.9}")).unwrap_or_default();
        let text = format!("H={}\n{TOUCH}", if follow { "" } else { "-h" });
        self.script("set the times of", path, &text, &[path, &time(times.atime), &time(times.mtime)]).map(drop)
    }
}
