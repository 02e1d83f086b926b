//! The routing tables of `/proc/net`: the default routes and the addresses that are reachable on the host itself.

use std::net::{Ipv4Addr, Ipv6Addr};

/// A default route.
#[derive(Debug, PartialEq)]
pub(super) struct Default {
    pub interface: String,
    pub gateway: Option<String>,
}

/// The default route of `/proc/net/route` with the lowest metric.
pub(super) fn default_v4(text: &str) -> Option<Default> {
    let mut best: Option<(u64, Default)> = None;
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [interface, "00000000", gateway, flags, _, _, metric, "00000000", ..] = fields[..] else { continue };
        let Ok(flags) = u32::from_str_radix(flags, 16) else { continue };
        // Up, and neither a rejecting route nor a host route.
        if flags & 1 == 0 || flags & 0x200 != 0 {
            continue;
        }
        let metric = metric.parse().unwrap_or(u64::MAX);
        if best.as_ref().is_none_or(|(m, _)| metric < *m) {
            let number = u32::from_str_radix(gateway, 16).unwrap_or(0);
            let gateway = (number != 0).then(|| Ipv4Addr::from(number.to_ne_bytes()).to_string());
            best = Some((metric, Default { interface: interface.to_owned(), gateway }));
        }
    }
    best.map(|(_, route)| route)
}

/// The default route of `/proc/net/ipv6_route` with the lowest metric.
pub(super) fn default_v6(text: &str) -> Option<Default> {
    let mut best: Option<(u32, Default)> = None;
    for fields in text.lines().map(|l| l.split_whitespace().collect::<Vec<_>>()) {
        let [destination, "00", _, _, gateway, metric, _, _, flags, interface] = fields[..] else { continue };
        let (Ok(metric), Ok(flags)) = (u32::from_str_radix(metric, 16), u32::from_str_radix(flags, 16)) else {
            continue;
        };
        if destination.bytes().any(|b| b != b'0') || flags & 1 == 0 || flags & 0x200 != 0 || interface == "lo" {
            continue;
        }
        if best.as_ref().is_none_or(|(m, _)| metric < *m) {
            let gateway = v6(gateway).filter(|a| !a.is_unspecified()).map(|a| a.to_string());
            best = Some((metric, Default { interface: interface.to_owned(), gateway }));
        }
    }
    best.map(|(_, route)| route)
}

fn v6(hex: &str) -> Option<Ipv6Addr> {
    u128::from_str_radix(hex, 16).ok().map(Ipv6Addr::from)
}

/// Local networks and addresses of `/proc/net/fib_trie`, as `ip route show table local` lists them.
pub(super) fn local_v4(trie: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut prefix = "";
    for line in trie.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            prefix = address;
        } else if let Some(length) = line.strip_prefix('/').and_then(|l| l.strip_suffix(" host LOCAL")) {
            let name = if length == "32" { prefix.to_owned() } else { format!("{prefix}/{length}") };
            if !out.contains(&name) {
                out.push(name);
            }
        }
    }
    out
}

/// Local addresses of `/proc/net/ipv6_route`.
pub(super) fn local_v6(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for fields in text.lines().map(|l| l.split_whitespace().collect::<Vec<_>>()) {
        let [destination, "80", _, _, _, _, _, _, flags, _] = fields[..] else { continue };
        // RTF_LOCAL
        let local = u32::from_str_radix(flags, 16).is_ok_and(|f| f & 0x8000_0000 != 0);
        let name = v6(destination).filter(|_| local).map(|a| a.to_string());
        out.extend(name.filter(|n| !out.contains(n)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_endian = "little")]
    #[test]
    fn the_cheapest_default_route_wins() {
        let text = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\nwlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\neth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\neth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
        let route = default_v4(text).expect("a default route");
        assert_eq!(route, Default { interface: "eth0".to_owned(), gateway: Some("192.0.2.1".to_owned()) });
    }

    #[test]
    fn version_six_tables_are_read() {
        let text = "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fd000000000000000000000000000001 00000400 00000003 00000000 00000003     eth0\n00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\nfd000000000000000000000000000002 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000003 00000000 80200001     eth0\n";
        assert_eq!(
            default_v6(text),
            Some(Default { interface: "eth0".to_owned(), gateway: Some("fd00::1".to_owned()) })
        );
        assert_eq!(local_v6(text), ["fd00::2"]);
    }

    #[test]
    fn the_trie_lists_local_addresses_once() {
        let trie = "Main:\n     +-- 127.0.0.0/8 2 0 2\n        +-- 127.0.0.0/31 1 0 0\n           |-- 127.0.0.0\n              /8 host LOCAL\n           |-- 127.0.0.1\n              /32 host LOCAL\n           |-- 10.0.0.0\n              /24 link UNICAST\nLocal:\n           |-- 127.0.0.1\n              /32 host LOCAL\n";
        assert_eq!(local_v4(trie), ["127.0.0.0/8", "127.0.0.1"]);
    }
}
