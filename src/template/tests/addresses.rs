//! Tests of `ansible.utils` for addresses. What is no address at all is simply not one of them.

use super::Test;
use crate::template::addresses::{Network, is_global, is_multicast, is_reserved};
use crate::template::engine::{Args, Bound, Eval, Val};

pub(super) const TESTS: &[Test] = &[
    Test::new("ip", |_, v, a| network(v, a, |_| true)),
    Test::new("ipv4", |_, v, a| network(v, a, |n| n.version == 4)),
    Test::new("ipv6", |_, v, a| network(v, a, |n| n.version == 6)),
    Test::new("ip_address", |_, v, a| address(v, a, |_| true)),
    Test::new("ipv4_address", |_, v, a| address(v, a, |n| n.version == 4)),
    Test::new("ipv6_address", |_, v, a| address(v, a, |n| n.version == 6)),
    Test::new("loopback", |_, v, a| address(v, a, |n| inside(n, &["127.0.0.0/8", "::1/128"]))),
    Test::new("multicast", |_, v, a| address(v, a, is_multicast)),
    Test::new("private", |_, v, a| address(v, a, |n| !is_global(n) && !inside(n, &["100.64.0.0/10"]))),
    Test::new("public", |_, v, a| address(v, a, is_global)),
    Test::new("reserved", |_, v, a| address(v, a, is_reserved)),
    Test::new("unspecified", |_, v, a| address(v, a, |n| n.value == 0)),
    Test::new("ipv6_ipv4_mapped", |_, v, a| address(v, a, |n| inside(n, &["::ffff:0:0/96"]))),
    Test::new("ipv6_sixtofour", |_, v, a| address(v, a, |n| inside(n, &["2002::/16"]))),
    Test::new("ipv6_teredo", |_, v, a| address(v, a, |n| inside(n, &["2001::/32"]))),
    Test::new("ipv4_netmask", |_, v, a| mask(v, a, |n| n.show(n.netmask()))),
    Test::new("ipv4_hostmask", |_, v, a| mask(v, a, |n| n.show(n.hostmask()))),
    Test::new("in_network", |_, v, a| {
        let [network] = a.bind("in_network", ["network"])?;
        Ok(within(v, &network.required("in_network", "network")?))
    }),
    Test::new("in_any_network", |_, v, a| Ok(how_many(v, a, "in_any_network")? > 0)),
    Test::new("in_one_network", |_, v, a| Ok(how_many(v, a, "in_one_network")? == 1)),
    Test::new("subnet_of", |_, v, a| {
        let [network] = a.bind("subnet_of", ["network_b"])?;
        Ok(within(v, &network.required("subnet_of", "network_b")?))
    }),
    Test::new("supernet_of", |_, v, a| {
        let [network] = a.bind("supernet_of", ["network_b"])?;
        Ok(within(&network.required("supernet_of", "network_b")?, v))
    }),
    Test::new("mac", |_, v, a| {
        a.none("mac")?;
        Ok(v.as_str().is_some_and(is_mac))
    }),
];

/// A network as Python's `ipaddress` reads one: no host bits may be set.
fn read(value: &Val) -> Option<Network> {
    value.as_str().and_then(Network::parse).filter(|n| n.value == n.first())
}

fn network(value: &Val, args: Args, holds: fn(&Network) -> bool) -> Eval<bool> {
    args.none("the test")?;
    Ok(read(value).is_some_and(|n| holds(&n)))
}

fn address(value: &Val, args: Args, holds: fn(&Network) -> bool) -> Eval<bool> {
    args.none("the test")?;
    Ok(value.as_str().and_then(Network::address).is_some_and(|n| holds(&n)))
}

fn inside(address: &Network, networks: &[&str]) -> bool {
    networks.iter().filter_map(|n| Network::parse(n)).any(|n| n.contains(address))
}

fn mask(value: &Val, args: Args, shown: fn(&Network) -> String) -> Eval<bool> {
    args.none("the test")?;
    let Some(text) = value.as_str() else { return Ok(false) };
    Ok(Network::parse(&format!("10.0.0.0/{text}")).is_some_and(|n| shown(&n) == text))
}

fn within(inner: &Val, outer: &Val) -> bool {
    matches!((read(inner), read(outer)), (Some(inner), Some(outer)) if outer.contains(&inner))
}

fn how_many(value: &Val, args: Args, who: &str) -> Eval<usize> {
    let [networks] = args.bind(who, ["networks"])?;
    Ok(networks.required(who, "networks")?.iterate()?.iter().filter(|n| within(value, n)).count())
}

/// `52:54:00:12:34:56`, `52-54-..`, `5254.0012.3456`, `525400123456`.
fn is_mac(text: &str) -> bool {
    let parts = |separator: [char; 2], count: usize, digits: usize| {
        let parts: Vec<&str> = text.split(separator).collect();
        parts.len() == count && parts.iter().all(|p| p.len() == digits && p.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    parts([':', '-'], 6, 2) || parts(['.', '.'], 3, 4) || parts([':', '-'], 1, 12)
}
