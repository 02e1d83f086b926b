//! Mounted file systems of devices and network shares, with their sizes as far as they answer in time.

use super::block;
use hostler_sdk::backend::volume::Volume;
use hostler_sdk::moment::Question;
use hostler_sdk::{Look, Map, Value};
use std::collections::HashMap;
use std::time::Duration;

#[derive(Debug, PartialEq)]
struct Mount {
    device: String,
    mount: String,
    kind: String,
    options: String,
}

/// The table of mounts; calls that want it together are told the same.
pub(super) fn gather(look: &Look, timeout: Duration) -> Value {
    let question = Question::Named("mounts", vec![format!("{timeout:?}")]);
    let measured = look.of_the_moment(question, || {
        let mounts = mounted(look);
        let paths: Vec<String> = mounts.iter().map(|m| m.mount.clone()).collect();
        let sizes = look.volumes(&paths, timeout)?.into_iter().collect();
        Ok(table(look, &mounts, &sizes))
    });
    match measured {
        Ok(table) => Value::clone(&table),
        Err(e) => {
            look.warn(format!("sizes of file systems are not known: {e}"));
            table(look, &mounted(look), &HashMap::new())
        }
    }
}

fn mounted(look: &Look) -> Vec<Mount> {
    parse(&look.read_text("/proc/self/mountinfo").unwrap_or_default())
}

fn table(look: &Look, mounts: &[Mount], sizes: &HashMap<String, Volume>) -> Value {
    let uuids = block::links(look, "/dev/disk/by-uuid");
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
            for (key, value) in sizes.get(&mount.mount).map(facts).into_iter().flatten() {
                out.set(key, value);
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

/// The sizes under the names that facts have for them.
fn facts(volume: &Volume) -> [(&'static str, u64); 9] {
    [
        ("size_total", volume.blocks.saturating_mul(volume.fragment_size)),
        ("size_available", volume.available.saturating_mul(volume.fragment_size)),
        ("block_size", volume.block_size),
        ("block_total", volume.blocks),
        ("block_available", volume.available),
        ("block_used", volume.blocks.saturating_sub(volume.available)),
        ("inode_total", volume.inodes),
        ("inode_available", volume.inodes_free),
        ("inode_used", volume.inodes.saturating_sub(volume.inodes_free)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_host::FakeHost;
    use hostler_sdk::Call;
    use hostler_sdk::body::Inline;

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
    fn calls_that_come_together_measure_once() {
        const STAT: &str = "stat -f -c %s|%S|%b|%a|%c|%d|%n /";
        let host =
            || FakeHost::default().file("/proc/self/mountinfo", "22 1 254:1 / / rw - ext4 /dev/vda1 rw\n").telling();
        let gathered = |host: &FakeHost, seconds| {
            let (call, bodies) = (Call::default(), Inline(Vec::new().into()));
            let look = Look::new(host, &call, &bodies);
            (gather(&look, Duration::from_secs(seconds)).to_json(), look.take_warnings().len())
        };
        let measured = host().answer(STAT, 0, "4096|4096|10|4|8|7|/\n");
        let first = gathered(&measured, 10);
        assert!(first.0.contains("\"size_total\":40960"), "{}", first.0);
        assert_eq!((gathered(&measured, 10), measured.ran()), (first.clone(), vec![STAT.to_owned()]));
        // Who gives it less time may be told less.
        assert_eq!((gathered(&measured, 1), measured.ran()), (first.clone(), vec![STAT.to_owned()]));
        measured.later();
        assert_eq!((gathered(&measured, 10), measured.ran()), (first, vec![STAT.to_owned()]));
        // A failure is told to nobody else; each says so itself.
        let fails = host();
        for _ in 0..2 {
            let (table, warnings) = gathered(&fails, 10);
            assert!(table.contains("/dev/vda1") && !table.contains("size_total"), "{table}");
            assert_eq!((warnings, fails.ran().len()), (1, 1));
        }
    }

    #[test]
    fn sizes_are_computed() {
        let volume = Volume {
            block_size: 4096,
            fragment_size: 4096,
            blocks: 66_053_021,
            available: 19_115_916,
            inodes: 16_777_216,
            inodes_free: 16_300_026,
        };
        let root: HashMap<_, _> = facts(&volume).into_iter().collect();
        assert_eq!(root["size_total"], 270_553_174_016);
        assert_eq!(root["block_used"], 46_937_105);
        assert_eq!(root["inode_used"], 477_190);
    }
}
