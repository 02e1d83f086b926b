//! `stat` as hosts have it: GNU's and busybox', and that of the BSDs and macOS, whose formats have nothing in common. The latter is
//! written after their manual pages.

use super::super::{FileKind, Meta};
use super::Tools;

/// GNU's and busybox' `stat` both understand this; only GNU's gives fractions of seconds.
const GNU: &str = "%f|%u|%g|%s|%.9Y|%.9X|%.9Z|%d|%i|%h|%b|%o|%t|%T";
/// The same of stat(1) of FreeBSD, OpenBSD, NetBSD and macOS; the last two are the halves of a device's number.
const BSD: &str = "%Xp|%Du|%Dg|%Dz|%Fm|%Fa|%Fc|%Dd|%Di|%Dl|%Db|%Dk|%XHr|%XLr";

/// The line that tells of `$1`, of what a link leads to with `follow`.
pub fn line(tools: Tools, follow: bool) -> String {
    let follow = if follow { "L" } else { "" };
    match tools {
        Tools::Gnu => format!("stat -{follow}c '{GNU}' \"$1\""),
        Tools::Bsd => format!("stat -{follow}f '{BSD}' \"$1\""),
    }
}

/// Functions for scripts: `owner_of`, as `chown` takes it, and `mode_of`, as `chmod` takes it.
pub fn functions(tools: Tools) -> &'static str {
    match tools {
        Tools::Gnu => "owner_of() { stat -c %u:%g \"$1\"; }\nmode_of() { stat -c %a \"$1\"; }\n",
        Tools::Bsd => "owner_of() { stat -f %Du:%Dg \"$1\"; }\nmode_of() { stat -f %OMp%03OLp \"$1\"; }\n",
    }
}

/// The answer to [`line`].
pub fn read(tools: Tools, text: &str) -> Option<Meta> {
    let fields: Vec<&str> = text.split('|').collect();
    let &[raw, uid, gid, size, mtime, atime, ctime, dev, ino, nlink, blocks, block_size, major, minor] = &fields[..]
    else {
        return None;
    };
    let hex = |text: &str| u64::from_str_radix(text.trim_start_matches("0x"), 16).ok();
    let raw = u32::try_from(hex(raw)?).ok()?;
    let (major, minor) = (hex(major)?, hex(minor)?);
    let kind = match raw & 0o170_000 {
        0o040_000 => FileKind::Directory,
        0o120_000 => FileKind::Link,
        0o010_000 => FileKind::Fifo,
        0o140_000 => FileKind::Socket,
        0o020_000 => FileKind::CharDevice,
        0o060_000 => FileKind::BlockDevice,
        _ => FileKind::File,
    };
    // Elsewhere than on Linux the number of what is no device is anything.
    let device = tools == Tools::Gnu || matches!(kind, FileKind::CharDevice | FileKind::BlockDevice);
    Some(Meta {
        kind,
        mode: raw & 0o7777,
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
        size: size.parse().ok()?,
        mtime: mtime.parse().ok()?,
        atime: atime.parse().ok()?,
        ctime: ctime.parse().ok()?,
        // Some of them have negative numbers.
        dev: dev.parse().or_else(|_| dev.parse().map(i64::cast_unsigned)).ok()?,
        ino: ino.parse().ok()?,
        nlink: nlink.parse().ok()?,
        blocks: blocks.parse().ok()?,
        block_size: block_size.parse().ok()?,
        // Linux' way of packing both into one number.
        rdev: if device {
            (minor & 0xff) | (major & 0xfff) << 8 | (minor & !0xff) << 12 | (major & !0xfff) << 32
        } else {
            0
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the format gives by the manual pages: a file, a directory with the sticky bit, a link and a terminal.
    #[test]
    fn answers_of_other_systems_are_read() {
        let read = |text: &str| super::read(Tools::Bsd, text).unwrap_or_else(|| panic!("{text}"));
        // FreeBSD 14, `/etc/rc.conf`.
        let file = read(
            "81a4|0|0|312|1699488000.123456789|1699488001.000000000|1699488002.500000000|1234567890123|643|1|8|4096|ffffffff|ffffffff",
        );
        assert_eq!(
            (file.kind, file.mode, file.size, file.mtime),
            (FileKind::File, 0o644, 312, 1_699_488_000.123_456_8)
        );
        assert_eq!((file.dev, file.ino, file.blocks, file.block_size, file.rdev), (1_234_567_890_123, 643, 8, 4096, 0));
        // macOS 14, `/private/tmp`.
        let directory =
            read("43ff|0|0|1024|1699488000.0|1699488000.0|1699488000.0|16777233|1152921500312|31|0|4096|0|0");
        assert_eq!((directory.kind, directory.mode, directory.gid), (FileKind::Directory, 0o1777, 0));
        // OpenBSD 7.4, `/sys`, a link; its file systems may have negative numbers.
        let link = read(
            "a1ed|0|0|11|1696960800.000000000|1696960800.000000000|1696960800.000000000|-4|25923|1|0|16384|0x0|0x0",
        );
        assert_eq!((link.kind, link.mode), (FileKind::Link, 0o755));
        let terminal = read("2190|1001|4|0|1699488000.0|1699488000.0|1699488000.0|70|97|1|0|4096|5|101");
        assert_eq!((terminal.kind, terminal.rdev), (FileKind::CharDevice, 0x10_0501));
        for odd in ["", "81a4|0|0", "stat: illegal option -- f", "81a4|0|0|x|0|0|0|0|0|0|0|0|0|0"] {
            assert_eq!(super::read(Tools::Bsd, odd), None, "{odd}");
        }
    }
}
