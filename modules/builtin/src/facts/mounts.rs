//! Mounted file systems of devices and network shares. Their sizes come from one `stat -f` over all of them, which is a
//! process of its own so that a share that hangs holds up nothing beyond the timeout.

use super::block;
use hostler_sdk::{Command, Look, Map, Value};
use std::collections::HashMap;
use std::time::Duration;

#[derive(Debug, PartialEq)]
struct Mount {
    device: String,
    mount: String,
    kind: String,
    options: String,
}

pub(super) fn gather(look: &Look, timeout: Duration) -> Value {
    let mounts = parse(&look.read_text("/proc/self/mountinfo").unwrap_or_default());
    let uuids = block::links(look, "/dev/disk/by-uuid");
    let mut sizes = HashMap::new();
    if !mounts.is_empty() {
        let paths = mounts.iter().map(|m| m.mount.clone());
        let format = "%b|%f|%a|%c|%d|%S|%s|%n";
        let mut command = Command::new(["stat", "-f", "-c", format].map(str::to_owned).into_iter().chain(paths));
        command.timeout = Some(timeout);
        match look.query(&command) {
            Ok(output) => sizes = sizes_of(&output.out()),
            Err(e) => look.warn(format!("sizes of file systems are not known: {e}")),
        }
    }
    mounts
        .iter()
        .map(|mount| {
            let mut out = Map::new();
            out.set("mount", mount.mount.as_str());
            out.set("device", mount.device.as_str());
            out.set("fstype", mount.kind.as_str());
            out.set("options", mount.options.as_str());
            out.set("dump", 0);
            out.set("passno", 0);
            for (key, value) in sizes.get(&mount.mount).into_iter().flatten() {
                out.set(*key, *value);
            }
            let real = look.real_path(&mount.device).unwrap_or_default();
            let name = real.strip_prefix("/dev/").unwrap_or_default();
            let uuid = uuids.iter().find(|(device, _)| device == name).and_then(|(_, ids)| ids.first().cloned());
            out.set("uuid", uuid.unwrap_or_else(|| "N/A".to_owned()));
            Value::from(out)
        })
        .collect()
}

/// Reads `/proc/self/mountinfo`: what shows a device or a share, binds marked.
fn parse(text: &str) -> Vec<Mount> {
    let mut out: Vec<Mount> = Vec::new();
    for line in text.lines() {
        let Some((before, after)) = line.split_once(" - ") else { continue };
        let before: Vec<&str> = before.split(' ').collect();
        let after: Vec<&str> = after.split(' ').collect();
        let ([_, _, _, root, mount, own, ..], [kind, device, rest @ ..]) = (&before[..], &after[..]) else { continue };
        let (device, mount) = (unescape(device), unescape(mount));
        if !device.starts_with(['/', '\\']) && !device.contains(":/") || *kind == "none" {
            continue;
        }
        // As in /proc/mounts: the mount's own flags, then the file system's without the repeated ones.
        let mut options: Vec<&str> = own.split(',').collect();
        for option in rest.first().into_iter().flat_map(|r| r.split(',')) {
            let access = matches!(option, "rw" | "ro");
            if !access && !options.contains(&option) {
                options.push(option);
            }
        }
        // Something below the root of a file system is a bind, except the subvolumes of btrfs.
        let bind = *root != "/" && *kind != "btrfs" && !device.contains(":/");
        if bind {
            options.push("bind");
        }
        out.push(Mount { device, mount, kind: (*kind).to_owned(), options: options.join(",") });
    }
    out
}

/// Blanks and such are written as `\040`.
fn unescape(text: &str) -> String {
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let code = bytes.get(at + 1..at + 4).filter(|_| bytes[at] == b'\\');
        let number = code.and_then(|c| std::str::from_utf8(c).ok()).and_then(|c| u8::from_str_radix(c, 8).ok());
        match number {
            Some(byte) => {
                out.push(byte);
                at += 4;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

type Sizes = [(&'static str, u64); 9];

fn sizes_of(text: &str) -> HashMap<String, Sizes> {
    text.lines()
        .filter_map(|line| {
            let fields: Vec<&str> = line.splitn(8, '|').collect();
            let [blocks, free, available, inodes, inodes_free, fragment, _, path] = fields[..] else { return None };
            let number = |text: &str| text.parse::<u64>().ok();
            let (total, free, available) = (number(blocks)?, number(free)?, number(available)?);
            let (inodes, inodes_free, size) = (number(inodes)?, number(inodes_free)?, number(fragment)?);
            Some((
                path.to_owned(),
                [
                    ("size_total", total.saturating_mul(size)),
                    ("size_available", available.saturating_mul(size)),
                    ("block_size", size),
                    ("block_total", total),
                    ("block_available", available),
                    ("block_used", total.saturating_sub(available)),
                    ("inode_total", inodes),
                    ("inode_available", inodes_free),
                    ("inode_used", inodes.saturating_sub(inodes_free)),
                ],
            ))
            .filter(|_| free <= total)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_and_shares_are_listed() {
        let text = "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro\n23 22 0:21 / /proc rw,nosuid - proc proc rw\n30 22 254:1 /srv /mnt/my\\040srv rw,relatime - ext4 /dev/vda1 rw,errors=remount-ro\n31 22 0:40 / /net rw - nfs4 nas:/vol rw,vers=4.2\n32 22 0:41 /@home /home rw - btrfs /dev/vdb rw,subvol=/@home\n";
        let mounts = parse(text);
        let seen: Vec<(&str, &str)> = mounts.iter().map(|m| (m.mount.as_str(), m.options.as_str())).collect();
        assert_eq!(
            seen,
            [
                ("/", "rw,relatime,errors=remount-ro"),
                ("/mnt/my srv", "rw,relatime,errors=remount-ro,bind"),
                ("/net", "rw,vers=4.2"),
                ("/home", "rw,subvol=/@home"),
            ]
        );
    }

    #[test]
    fn sizes_are_computed() {
        let sizes = sizes_of("66053021|23000000|19115916|16777216|16300026|4096|4096|/\n");
        let root: HashMap<_, _> = sizes["/"].into_iter().collect();
        assert_eq!(root["size_total"], 270_553_174_016);
        assert_eq!(root["block_used"], 46_937_105);
        assert_eq!(root["inode_used"], 477_190);
    }
}
