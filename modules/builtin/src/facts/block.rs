//! Block devices and their partitions.

use super::text;
use hostler_sdk::{Look, Map, Value};

/// Names of links in a directory of `/dev/disk`, by the device they point to.
pub(super) fn links(look: &Look, dir: &str) -> ByDevice {
    let mut out: ByDevice = Vec::new();
    for name in look.list(dir).unwrap_or_default() {
        let Ok(target) = look.read_link(&format!("{dir}/{name}")) else { continue };
        let device = target.rsplit('/').next().unwrap_or_default().to_owned();
        match out.iter_mut().find(|(d, _)| *d == device) {
            Some((_, names)) => names.push(name),
            None => out.push((device, vec![name])),
        }
    }
    out
}

/// Names by the device they belong to.
type ByDevice = Vec<(String, Vec<String>)>;

struct Links {
    groups: [(&'static str, ByDevice); 4],
}

impl Links {
    fn read(look: &Look, blocks: &[String]) -> Self {
        let mut masters: ByDevice = Vec::new();
        for block in blocks {
            for slave in look.list(&format!("/sys/block/{block}/slaves")).unwrap_or_default() {
                match masters.iter_mut().find(|(d, _)| *d == slave) {
                    Some((_, names)) => names.push(block.clone()),
                    None => masters.push((slave, vec![block.clone()])),
                }
            }
        }
        let disk = |kind: &str| links(look, &format!("/dev/disk/{kind}"));
        Links {
            groups: [
                ("ids", disk("by-id")),
                ("uuids", disk("by-uuid")),
                ("labels", disk("by-label")),
                ("masters", masters),
            ],
        }
    }

    fn of(&self, device: &str) -> Map {
        let find = |all: &[(String, Vec<String>)]| {
            all.iter().find(|(d, _)| d == device).map(|(_, names)| names.clone()).unwrap_or_default()
        };
        self.groups.iter().map(|(kind, all)| (*kind, Value::from(find(all)))).collect()
    }

    fn all(&self) -> Map {
        let group = |all: &[(String, Vec<String>)]| -> Value {
            all.iter().map(|(device, names)| (device.as_str(), Value::from(names.clone()))).collect::<Map>().into()
        };
        self.groups.iter().map(|(kind, all)| (*kind, group(all))).collect()
    }
}

pub(super) fn gather(look: &Look) -> Map {
    let mut out = Map::new();
    let Ok(blocks) = look.list("/sys/block") else { return out };
    let links = Links::read(look, &blocks);
    // `lspci -D` is run only when some device hangs on a PCI address.
    let mut pci: Option<String> = None;
    let mut devices = Map::new();
    for block in &blocks {
        devices.set(block.as_str(), device(look, block, &links, &mut pci));
    }
    out.set("devices", devices);
    out.set("device_links", links.all());
    out
}

fn device(look: &Look, block: &str, links: &Links, pci: &mut Option<String>) -> Map {
    let dir = format!("/sys/block/{block}");
    let file = |name: &str| text(look, &format!("{dir}/{name}"));
    let mut out = Map::new();
    out.set("virtual", 1);
    out.set("links", links.of(block));
    for key in ["vendor", "model", "sas_address", "sas_device_handle"] {
        out.set(key, file(&format!("device/{key}")));
    }
    out.set_some("serial", file("device/serial"));
    out.set("removable", file("removable"));
    let discard = file("queue/discard_max_hw_bytes");
    out.set(
        "support_discard",
        if discard.as_deref() == Some("0") { discard } else { file("queue/discard_granularity") },
    );
    let ids = links.of(block);
    let wwn = ids.get("ids").and_then(Value::as_list).into_iter().flatten();
    out.set_some("wwn", wwn.filter_map(Value::as_str).find_map(|id| id.strip_prefix("wwn-")).map(str::to_owned));
    let names = look.list(&dir).unwrap_or_default();
    let parts = names.iter().filter(|name| is_partition(block, name));
    out.set("partitions", parts.map(|part| (part.as_str(), partition(look, &dir, part, links))).collect::<Map>());
    out.set("rotational", file("queue/rotational"));
    let scheduler = file("queue/scheduler").unwrap_or_default();
    let chosen = scheduler.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map_or("", |(name, _)| name);
    out.set("scheduler_mode", chosen);
    size(&mut out, file("queue/logical_block_size"), file("size"));
    let path = look.real_path(&dir).unwrap_or_default();
    out.set("host", host(look, &path, pci));
    out.set("holders", holders(look, &dir));
    out
}

fn partition(look: &Look, dir: &str, name: &str, links: &Links) -> Map {
    let dir = format!("{dir}/{name}");
    let file = |name: &str| text(look, &format!("{dir}/{name}"));
    let mut out = Map::new();
    let own = links.of(name);
    let uuid = own.get("uuids").and_then(Value::as_list).and_then(|l| l.first()).cloned();
    out.set("links", own);
    out.set("start", file("start").unwrap_or_else(|| "0".to_owned()));
    size(&mut out, file("queue/logical_block_size"), file("size"));
    out.set("uuid", uuid);
    out.set("holders", holders(look, &dir));
    out
}

fn size(out: &mut Map, sector: Option<String>, sectors: Option<String>) {
    // The kernel counts in 512 bytes whatever the device does.
    let bytes = sectors.and_then(|s| s.parse::<u64>().ok()).unwrap_or(0).saturating_mul(512);
    let unit = sector.as_deref().and_then(|s| s.parse::<u64>().ok()).filter(|u| *u > 0).unwrap_or(512);
    match sector {
        Some(text) => out.set("sectorsize", text),
        None => out.set("sectorsize", 512),
    };
    out.set("sectors", bytes / unit);
    out.set("size", human((bytes / unit * unit) as f64));
}

/// `20.00 GB`, in powers of 1024.
pub(super) fn human(bytes: f64) -> String {
    let units = [("YB", 80), ("ZB", 70), ("EB", 60), ("PB", 50), ("TB", 40), ("GB", 30), ("MB", 20), ("KB", 10)];
    for (unit, power) in units {
        let limit = 2f64.powi(power);
        if bytes >= limit {
            return format!("{:.2} {unit}", bytes / limit);
        }
    }
    format!("{bytes:.2} Bytes")
}

/// `vda1`, `nvme0n1p2`.
fn is_partition(block: &str, name: &str) -> bool {
    let Some(rest) = name.strip_prefix(block) else { return false };
    let digits = rest.strip_prefix('p').unwrap_or(rest);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

fn holders(look: &Look, dir: &str) -> Value {
    let all = look.list(&format!("{dir}/holders")).unwrap_or_default();
    all.into_iter()
        .filter(|name| name.starts_with("dm-"))
        .map(|name| text(look, &format!("{dir}/holders/{name}/dm/name")).unwrap_or(name))
        .collect()
}

fn host(look: &Look, path: &str, pci: &mut Option<String>) -> String {
    let Some(address) = path.split('/').rfind(|part| is_pci(part)) else { return String::new() };
    if look.which("lspci").is_none() {
        return String::new();
    }
    let list = pci.get_or_insert_with(|| {
        look.query(&hostler_sdk::Command::new(["lspci", "-D"])).map(|output| output.out()).unwrap_or_default()
    });
    let line = list.lines().find_map(|line| line.strip_prefix(address)?.strip_prefix(' '));
    line.unwrap_or_default().to_owned()
}

/// `0000:00:1f.2`
fn is_pci(part: &str) -> bool {
    let bytes = part.as_bytes();
    bytes.len() == 12
        && bytes.iter().enumerate().all(|(at, b)| match at {
            4 | 7 => *b == b':',
            10 => *b == b'.',
            _ => b.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_sizes() {
        assert!(is_partition("vda", "vda1"));
        assert!(is_partition("nvme0n1", "nvme0n1p2"));
        assert!(!is_partition("vda", "vdab"));
        assert!(!is_partition("vda", "queue"));
        assert!(is_pci("0000:00:1f.2") && !is_pci("pci0000:00"));
        assert_eq!(human(0.0), "0.00 Bytes");
        assert_eq!(human(21_474_836_480.0), "20.00 GB");
    }
}
