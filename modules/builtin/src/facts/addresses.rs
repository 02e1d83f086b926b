//! The addresses of the interfaces, from one run of `ip -o addr show`.

use hostler_sdk::{Map, Value};
use std::net::Ipv4Addr;

/// An address on an interface.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Address {
    /// Interface.
    pub device: String,
    /// Label of an IPv4 address (`eth0:1`), the interface's name without one.
    pub label: String,
    pub six: bool,
    pub address: String,
    pub prefix: String,
    pub broadcast: String,
    pub scope: String,
    pub secondary: bool,
}

impl Address {
    /// The IPv4 mapping of an interface.
    pub(super) fn v4(&self) -> Map {
        let mut out = Map::new();
        out.set("address", self.address.as_str());
        out.set("broadcast", self.broadcast.as_str());
        let (netmask, network) = self.net();
        out.set("netmask", netmask);
        out.set("network", network);
        out.set("prefix", self.prefix.as_str());
        out
    }

    fn net(&self) -> (String, String) {
        let bits: u32 = self.prefix.parse().unwrap_or(32).min(32);
        let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
        let address: u32 = self.address.parse::<Ipv4Addr>().map_or(0, u32::from);
        (Ipv4Addr::from(mask).to_string(), Ipv4Addr::from(address & mask).to_string())
    }

    /// The IPv6 mapping of an interface.
    pub(super) fn v6(&self) -> Value {
        let mut out = Map::new();
        out.set("address", self.address.as_str());
        out.set("prefix", self.prefix.as_str());
        out.set("scope", self.scope.as_str());
        out.into()
    }
}

/// Reads the lines of `ip -o addr show`.
pub(super) fn parse(text: &str) -> Vec<Address> {
    text.lines().filter_map(line).collect()
}

fn line(text: &str) -> Option<Address> {
    let (own, _) = text.split_once('\\').unwrap_or((text, ""));
    let words: Vec<&str> = own.split_whitespace().collect();
    let device = words.get(1)?.trim_end_matches(':');
    let device = device.split('@').next().unwrap_or(device);
    let six = match *words.get(2)? {
        "inet" => false,
        "inet6" => true,
        _ => return None,
    };
    let after = |key: &str| words.iter().position(|w| *w == key).and_then(|at| words.get(at + 1)).copied();
    // A point-to-point address has its prefix behind the peer's.
    let whole = *words.get(3)?;
    let (address, prefix) = match (whole.split_once('/'), after("peer").and_then(|p| p.split_once('/'))) {
        (Some((address, prefix)), _) => (address, prefix),
        (None, Some((_, prefix))) => (whole, if six { prefix } else { "32" }),
        (None, None) => (whole, if six { "128" } else { "32" }),
    };
    let label = words.last().filter(|last| !six && last.split(':').next() == Some(device));
    Some(Address {
        device: device.to_owned(),
        label: label.map_or(device, |l| l).to_owned(),
        six,
        address: address.to_owned(),
        prefix: prefix.to_owned(),
        broadcast: after("brd").unwrap_or_default().to_owned(),
        scope: after("scope").unwrap_or_default().to_owned(),
        secondary: words.contains(&"secondary"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let text = "1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever\n4: eth0    inet 192.0.2.2/24 brd 192.0.2.255 scope global eth0\\       valid_lft forever\n4: eth0    inet 192.0.2.9/24 brd 192.0.2.255 scope global secondary eth0:1\\       valid_lft forever\n4: eth0    inet6 fd00::2/64 scope global nodad \\       valid_lft forever\n5: tun0    inet 10.8.0.1 peer 10.8.0.2/32 scope global tun0\\       valid_lft forever\n";
        let all = parse(text);
        assert_eq!(all.len(), 5);
        assert_eq!(
            Value::from(all[1].v4()).to_json(),
            r#"{"address":"192.0.2.2","broadcast":"192.0.2.255","netmask":"255.255.255.0","network":"192.0.2.0","prefix":"24"}"#
        );
        assert_eq!((all[0].broadcast.as_str(), all[0].net().0.as_str()), ("", "255.0.0.0"));
        assert!(all[2].secondary);
        assert_eq!(all[2].label, "eth0:1");
        assert_eq!(all[3].v6().to_json(), r#"{"address":"fd00::2","prefix":"64","scope":"global"}"#);
        assert_eq!((all[4].address.as_str(), all[4].prefix.as_str()), ("10.8.0.1", "32"));
    }
}
