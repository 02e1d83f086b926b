//! The mappings that facts make of an interface's addresses.

use hostler_sdk::backend::addresses::NetAddress;
use hostler_sdk::{Map, Value};
use std::net::Ipv4Addr;

/// The mapping of an IPv4 address.
pub(super) fn v4(own: &NetAddress) -> Map {
    let mut out = Map::new();
    out.set("address", own.address.as_str());
    out.set("broadcast", own.broadcast.as_str());
    let (netmask, network) = net(own);
    out.set("netmask", netmask);
    out.set("network", network);
    out.set("prefix", own.prefix.as_str());
    out
}

fn net(own: &NetAddress) -> (String, String) {
    let bits: u32 = own.prefix.parse().unwrap_or(32).min(32);
    let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
    let address: u32 = own.address.parse::<Ipv4Addr>().map_or(0, u32::from);
    (Ipv4Addr::from(mask).to_string(), Ipv4Addr::from(address & mask).to_string())
}

/// The mapping of an IPv6 address.
pub(super) fn v6(own: &NetAddress) -> Value {
    let mut out = Map::new();
    out.set("address", own.address.as_str());
    out.set("prefix", own.prefix.as_str());
    out.set("scope", own.scope.as_str());
    out.into()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An address of `eth0`.
    pub fn address(label: &str, address: &str, prefix: &str, secondary: bool) -> NetAddress {
        NetAddress {
            device: "eth0".to_owned(),
            label: label.to_owned(),
            six: address.contains(':'),
            address: address.to_owned(),
            prefix: prefix.to_owned(),
            broadcast: String::new(),
            scope: "global".to_owned(),
            secondary,
        }
    }

    #[test]
    fn networks_are_counted() {
        let mut own = address("eth0", "192.0.2.130", "25", false);
        own.broadcast = "192.0.2.255".to_owned();
        assert_eq!(
            Value::from(v4(&own)).to_json(),
            r#"{"address":"192.0.2.130","broadcast":"192.0.2.255","netmask":"255.255.255.128","network":"192.0.2.128","prefix":"25"}"#
        );
        assert_eq!(net(&address("eth0", "127.0.0.1", "8", false)).0, "255.0.0.0");
        assert_eq!(net(&address("eth0", "10.0.0.1", "0", false)).0, "0.0.0.0");
        assert_eq!(
            v6(&address("eth0", "fd00::2", "64", false)).to_json(),
            r#"{"address":"fd00::2","prefix":"64","scope":"global"}"#
        );
    }
}
