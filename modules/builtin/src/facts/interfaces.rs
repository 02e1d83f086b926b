//! What `/sys/class/net` says of an interface, addresses aside.

use super::{exists, text};
use hostler_sdk::{Look, Map, Value};

pub(super) fn gather(look: &Look, device: &str) -> Map {
    let dir = format!("/sys/class/net/{device}");
    let file = |name: &str| text(look, &format!("{dir}/{name}"));
    let mut out = Map::new();
    out.set("device", device);
    out.set_some("macaddress", file("address").filter(|mac| mac != "00:00:00:00:00:00"));
    out.set_some("mtu", file("mtu").and_then(|m| m.parse::<u32>().ok()));
    out.set_some("active", file("operstate").map(|state| state != "down"));
    out.set_some("module", base(look.real_path(&format!("{dir}/device/driver/module")).ok()).filter(|m| m != "module"));
    out.set_some("type", file("type").map(|number| kind(&number)));
    if exists(look, &format!("{dir}/bridge")) {
        out.set("type", "bridge");
        out.set("interfaces", Value::from(look.list(&format!("{dir}/brif")).unwrap_or_default()));
        out.set_some("id", file("bridge/bridge_id"));
        out.set_some("stp", file("bridge/stp_state").map(|state| state == "1"));
    }
    if exists(look, &format!("{dir}/bonding")) {
        bond(&mut out, &file);
    }
    if exists(look, &format!("{dir}/bonding_slave")) {
        out.set("perm_macaddress", file("bonding_slave/perm_hwaddr").unwrap_or_default());
    }
    out.set_some("pciid", base(look.read_link(&format!("{dir}/device")).ok()));
    out.set_some("speed", file("speed").and_then(|s| s.parse::<i64>().ok()));
    let flags = file("flags").and_then(|f| u32::from_str_radix(f.trim_start_matches("0x"), 16).ok());
    out.set_some("promisc", flags.map(|f| f & 0x100 != 0));
    out
}

fn bond(out: &mut Map, file: &dyn Fn(&str) -> Option<String>) {
    let first = |name: &str| {
        let text = file(name).unwrap_or_default();
        text.split_whitespace().next().unwrap_or_default().to_owned()
    };
    out.set("type", "bonding");
    let slaves = file("bonding/slaves").unwrap_or_default();
    out.set("slaves", Value::from(slaves.split_whitespace().collect::<Vec<_>>()));
    out.set("mode", first("bonding/mode"));
    out.set("miimon", first("bonding/miimon"));
    out.set("lacp_rate", first("bonding/lacp_rate"));
    if let Some(primary) = file("bonding/primary") {
        out.set("primary", primary);
        out.set_some("all_slaves_active", file("bonding/all_slaves_active").map(|a| a == "1"));
    }
}

fn base(path: Option<String>) -> Option<String> {
    path.and_then(|p| p.rsplit('/').next().map(str::to_owned))
}

/// Hardware types of the kernel (`if_arp.h`) that have names.
fn kind(number: &str) -> &'static str {
    match number {
        "1" => "ether",
        "32" => "infiniband",
        "512" => "ppp",
        "772" => "loopback",
        "65534" => "tunnel",
        _ => "unknown",
    }
}
