//! Names of the host on storage networks.

use hostler_sdk::{Look, Map, Value};

fn line_with(look: &Look, path: &str, prefix: &str) -> Option<String> {
    let text = look.read_text(path).ok()?;
    text.lines().find(|l| l.starts_with(prefix)).map(str::to_owned)
}

pub(super) fn fibre_channel(look: &Look) -> Map {
    let ports = look.list("/sys/class/fc_host").unwrap_or_default();
    let names = ports.iter().filter_map(|port| {
        let name = super::text(look, &format!("/sys/class/fc_host/{port}/port_name"))?;
        Some(name.trim_start_matches("0x").to_owned())
    });
    let mut out = Map::new();
    out.set("fibre_channel_wwn", names.collect::<Value>());
    out
}

pub(super) fn iscsi(look: &Look) -> Map {
    let line = line_with(look, "/etc/iscsi/initiatorname.iscsi", "InitiatorName=").unwrap_or_default();
    let mut out = Map::new();
    out.set("iscsi_iqn", line.split_once('=').map_or("", |(_, name)| name.trim_end()));
    out
}

pub(super) fn nvme(look: &Look) -> Map {
    let mut out = Map::new();
    out.set("hostnqn", line_with(look, "/etc/nvme/hostnqn", "nqn.").unwrap_or_default());
    out
}
