//! Interfaces with their addresses, the default routes, all addresses.

use super::addresses::{v4, v6};
use super::{interfaces, routes};
use hostler_sdk::backend::addresses::NetAddress;
use hostler_sdk::{FileKind, Look, Map, Value};

pub(super) fn gather(look: &Look) -> Map {
    let read = |name: &str| look.read_text(&format!("/proc/net/{name}")).unwrap_or_default();
    let addresses = look.addresses().unwrap_or_default();
    let (route4, route6) = (read("route"), read("ipv6_route"));
    let devices: Vec<(String, Map)> = look
        .list("/sys/class/net")
        .unwrap_or_default()
        .into_iter()
        .filter(|d| matches!(look.stat(&format!("/sys/class/net/{d}")), Ok(Some(m)) if m.kind == FileKind::Directory))
        .map(|device| {
            let facts = interfaces::gather(look, &device);
            (device, facts)
        })
        .collect();
    let mut out = Map::new();
    let default4 = routes::default_v4(&route4).map(|r| default(&r, &addresses, &devices, false));
    let default6 = routes::default_v6(&route6).map(|r| default(&r, &addresses, &devices, true));
    out.set("default_ipv4", default4.unwrap_or_default());
    out.set("default_ipv6", default6.unwrap_or_default());
    out.set("all_ipv4_addresses", all(&addresses, |a| !a.six && !a.address.starts_with("127.")));
    out.set("all_ipv6_addresses", all(&addresses, |a| a.six && a.address != "::1"));
    let mut reachable = Map::new();
    reachable.set("ipv4", routes::local_v4(&read("fib_trie")));
    reachable.set("ipv6", routes::local_v6(&route6));
    out.set("locally_reachable_ips", reachable);
    let named = with_addresses(devices, &addresses);
    out.set("interfaces", named.keys().map(|k| Value::from(k.to_string().replace(':', "_"))).collect::<Value>());
    for (device, facts) in named {
        // A fact's name is used in templates: `eth0:1` is `ansible_eth0_1`, `br-lan` is `ansible_br_lan`.
        out.set(device.to_string().replace([':', '-'], "_"), facts);
    }
    out
}

fn all(addresses: &[NetAddress], wanted: impl Fn(&NetAddress) -> bool) -> Value {
    addresses.iter().filter(|a| wanted(a)).map(|a| Value::from(a.address.as_str())).collect()
}

/// Interfaces with their addresses; a labelled address (`eth0:1`) makes an interface of its own besides.
fn with_addresses(devices: Vec<(String, Map)>, addresses: &[NetAddress]) -> Map {
    let mut out: Map = devices.into_iter().map(|(device, facts)| (device, Value::from(facts))).collect();
    let change = |out: &mut Map, name: &str, f: &mut dyn FnMut(&mut Map)| {
        let mut facts = out.get(name).and_then(Value::as_map).cloned().unwrap_or_default();
        f(&mut facts);
        out.set(name, facts);
    };
    let push = |facts: &mut Map, key: &str, value: Value| {
        let list = facts.get(key).and_then(Value::as_list).unwrap_or_default();
        let list: Value = list.iter().cloned().chain([value]).collect();
        facts.set(key, list);
    };
    for address in addresses {
        if address.six {
            change(&mut out, &address.device, &mut |f| push(f, "ipv6", v6(address)));
            continue;
        }
        let entry = v4(address);
        change(&mut out, &address.label, &mut |facts| {
            if address.secondary || facts.contains_key("ipv4") {
                push(facts, "ipv4_secondaries", entry.clone().into());
            } else {
                facts.set("ipv4", entry.clone());
            }
        });
        if address.secondary && address.label != address.device {
            change(&mut out, &address.device, &mut |f| push(f, "ipv4_secondaries", entry.clone().into()));
        }
    }
    out
}

fn default(route: &routes::Default, addresses: &[NetAddress], devices: &[(String, Map)], six: bool) -> Map {
    let mut out = Map::new();
    out.set_some("gateway", route.gateway.clone());
    out.set("interface", route.interface.as_str());
    let candidates = || addresses.iter().filter(|a| a.device == route.interface && a.six == six && a.scope == "global");
    let Some(address) = candidates().find(|a| !a.secondary).or_else(|| candidates().next()) else { return out };
    out.set("address", address.address.as_str());
    if six {
        out.set("prefix", address.prefix.as_str());
        out.set("scope", address.scope.as_str());
    } else {
        for (key, value) in v4(address) {
            out.set(key, value);
        }
        out.set("alias", address.label.as_str());
    }
    if let Some((_, facts)) = devices.iter().find(|(name, _)| *name == route.interface) {
        out.set_some("macaddress", facts.get("macaddress").cloned());
        out.set_some("mtu", facts.get("mtu").cloned());
        out.set("type", facts.get("type").cloned().unwrap_or_else(|| "unknown".into()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::addresses::tests::address;
    use super::*;

    #[test]
    fn a_labelled_address_is_an_interface_too() {
        let all = [
            address("eth0", "192.0.2.2", "24", false),
            address("eth0:1", "192.0.2.9", "24", true),
            address("eth0", "198.51.100.1", "24", false),
        ];
        let mut eth0 = Map::new();
        eth0.set("device", "eth0");
        let all = with_addresses(vec![("eth0".to_owned(), eth0)], &all);
        let keys: Vec<String> = all.keys().map(ToString::to_string).collect();
        assert_eq!(keys, ["eth0", "eth0:1"]);
        let eth0 = all.get("eth0").expect("eth0");
        assert_eq!(eth0.get("ipv4").and_then(|v| v.get("address")).and_then(Value::as_str), Some("192.0.2.2"));
        assert_eq!(eth0.get("ipv4_secondaries").and_then(Value::as_list).map(<[_]>::len), Some(2));
    }
}
