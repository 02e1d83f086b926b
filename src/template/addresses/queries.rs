//! What `ipaddr('query')` answers. The names of queries and what they give follow the filter's documentation.

use super::{Network, is_global};
use hostler_sdk::Value;

/// Why there is no answer: the value is no address (`false`), or the query fails.
#[derive(Debug)]
pub(crate) enum Answer {
    Is(Value),
    Fails(String),
}

/// Whether the value was written as an address or with a prefix, which decides what some queries give.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    Address,
    Network,
}

/// The filter `ipaddr` on one value that is no list. `version` is 4, 6 or 0 for both.
pub(crate) fn address_filter(value: &Value, query: &str, version: u8) -> Answer {
    let no = Answer::Is(Value::Bool(false));
    if !value.truthy() || matches!(value, Value::Bool(_)) {
        return no;
    }
    let text = value.to_string();
    let Some((v, written, text)) = read(&text, version) else { return no };
    let lookup =
        if is_query(query) || query.bytes().all(|b| b.is_ascii_digit()) { None } else { Network::parse(query) };
    if version != 0 && v.version != version {
        return no;
    }
    let value = || Value::from(text.as_str());
    let given = |holds: bool| Answer::Is(if holds { value() } else { Value::Null });
    match lookup {
        Some(net) => given(net.contains(&v.cidr())),
        None => answer(&v, written, query, &value, &given),
    }
}

fn read(text: &str, version: u8) -> Option<(Network, Written, String)> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        let number: u128 = text.parse().ok()?;
        let four = if version == 6 { None } else { Network::number(4, number) };
        let v = four.or_else(|| Network::number(6, number))?;
        return Some((v, Written::Address, v.to_string()));
    }
    if let Some(v) = Network::parse(text) {
        let written = if text.contains('/') { Written::Network } else { Written::Address };
        return Some((v, written, text.to_owned()));
    }
    // `3232238090/24`
    let (number, prefix) = text.split_once('/')?;
    let (number, prefix): (u128, u32) = (number.parse().ok()?, prefix.parse().ok()?);
    let fits = |v: Network| (prefix <= v.width()).then_some(Network { prefix, ..v });
    let v = Network::number(4, number).and_then(fits).or_else(|| Network::number(6, number).and_then(fits))?;
    Some((v, Written::Network, v.to_string()))
}

const QUERIES: &[&str] = &[
    "",
    "6to4",
    "address",
    "address/prefix",
    "bool",
    "broadcast",
    "cidr",
    "first_usable",
    "gateway",
    "gw",
    "host",
    "host/prefix",
    "hostmask",
    "hostnet",
    "int",
    "ip",
    "ip/prefix",
    "ip_netmask",
    "ipv4",
    "ipv6",
    "last_usable",
    "link-local",
    "lo",
    "loopback",
    "multicast",
    "net",
    "next_usable",
    "netmask",
    "network",
    "network_id",
    "network/prefix",
    "network_netmask",
    "network_wildcard",
    "peer",
    "prefix",
    "previous_usable",
    "private",
    "public",
    "range_usable",
    "revdns",
    "router",
    "size",
    "size_usable",
    "subnet",
    "type",
    "unicast",
    "v4",
    "v6",
    "version",
    "wildcard",
    "wrap",
];

fn is_query(query: &str) -> bool {
    QUERIES.contains(&query)
}

fn answer(
    v: &Network,
    written: Written,
    query: &str,
    value: &dyn Fn() -> Value,
    given: &dyn Fn(bool) -> Answer,
) -> Answer {
    let is = |text: String| Answer::Is(text.into());
    let maybe = |text: Option<String>| Answer::Is(text.map_or(Value::Null, Value::from));
    let single = !v.has(2);
    let at_network = v.value == v.first();
    // Queries about a network's hosts make no sense for an address without a prefix.
    let usable = |f: &dyn Fn() -> Option<String>| match written {
        Written::Address => Answer::Fails("Not a network address".into()),
        Written::Network => maybe(f()),
    };
    let within = |neighbour: Option<u128>| {
        let (first, last) = v.usable()?;
        neighbour.filter(|n| (first..=last).contains(n)).map(|n| v.show(n))
    };
    match query {
        "" => is(if written == Written::Address { v.ip() } else { v.to_string() }),
        "6to4" => six_to_four(v, written, value),
        "address" | "ip" => maybe((single || !at_network || v.version == 6 || v.broadcast().is_none()).then(|| v.ip())),
        "address/prefix" | "gateway" | "gw" | "host/prefix" | "hostnet" | "router" => {
            match v.has(3) && (at_network || v.broadcast() == Some(v.value)) {
                true => Answer::Is(Value::Bool(false)),
                false => is(v.to_string()),
            }
        }
        "bool" => Answer::Is(Value::Bool(true)),
        "broadcast" => maybe(v.broadcast().filter(|_| v.has(3)).map(|b| v.show(b))),
        "cidr" => is(v.to_string()),
        "first_usable" => usable(&|| v.usable().map(|(first, _)| v.show(first))),
        "last_usable" => usable(&|| v.usable().map(|(_, last)| v.show(last))),
        "range_usable" => usable(&|| v.usable().map(|(first, last)| format!("{}-{}", v.show(first), v.show(last)))),
        "next_usable" => usable(&|| within(v.offset(1))),
        "previous_usable" => usable(&|| within(v.offset(-1))),
        "host" => maybe((single || !at_network || v.broadcast().is_none()).then(|| v.to_string())),
        "hostmask" | "wildcard" => is(v.show(v.hostmask())),
        "int" => match written {
            Written::Address => Answer::Is(Value::Int(v.value as i128)),
            Written::Network => is(format!("{}/{}", v.value, v.prefix)),
        },
        "ip/prefix" => maybe((v.size() == Some(2) || (!single && !at_network)).then(|| v.to_string())),
        "ip_netmask" => maybe(
            (v.size() == Some(2) || (!single && !at_network)).then(|| format!("{} {}", v.ip(), v.show(v.netmask()))),
        ),
        "ipv4" | "v4" => match v.version {
            4 => Answer::Is(value()),
            _ => match mapped(v) {
                Some(four) => is(four.to_string()),
                None => Answer::Is(Value::Bool(false)),
            },
        },
        "ipv6" | "v6" => match v.version {
            6 => Answer::Is(value()),
            _ => is(Network { version: 6, value: v.value | 0xffff_0000_0000, prefix: v.prefix + 96 }.to_string()),
        },
        "link-local" => given(inside(v, if v.version == 4 { "169.254.0.0/16" } else { "fe80::/10" })),
        "lo" | "loopback" => given(inside(v, if v.version == 4 { "127.0.0.0/8" } else { "::1/128" })),
        "multicast" => given(is_multicast(v)),
        "unicast" => given(!is_multicast(v)),
        "net" => maybe((!single && at_network).then(|| v.to_string())),
        "netmask" => is(v.show(v.netmask())),
        "network" | "network_id" => is(v.show(v.first())),
        "network/prefix" | "subnet" => is(v.cidr().to_string()),
        "network_netmask" => is(format!("{} {}", v.show(v.first()), v.show(v.netmask()))),
        "network_wildcard" => is(format!("{} {}", v.show(v.first()), v.show(v.hostmask()))),
        "peer" => peer(v, written),
        "prefix" => Answer::Is(Value::Int(v.prefix.into())),
        "private" => given(!is_global(&alone(v))),
        "public" => {
            let ip = alone(v);
            let mask = |value: u128| (value ^ ip.all()).checked_add(1).is_none_or(u128::is_power_of_two);
            let masks = mask(ip.value) || mask(ip.value ^ ip.all());
            given(!is_multicast(&ip) && is_global(&ip) && !masks)
        }
        "revdns" => is(v.reverse_dns()),
        "size" => Answer::Is(v.size().map_or_else(|| "340282366920938463463374607431768211456".into(), size)),
        "size_usable" => Answer::Is(match v.size() {
            Some(1) => Value::Int(0),
            Some(2) => Value::Int(2),
            Some(n) => size(n - 2),
            None => "340282366920938463463374607431768211454".into(),
        }),
        "type" => is(if single || !at_network { "address" } else { "network" }.to_owned()),
        "version" => Answer::Is(Value::Int(v.version.into())),
        "wrap" => match (v.version, written) {
            (6, Written::Address) => is(format!("[{}]", v.ip())),
            (6, Written::Network) => is(format!("[{}]/{}", v.ip(), v.prefix)),
            _ => Answer::Is(value()),
        },
        other => match other.trim().parse::<i128>() {
            Ok(_) if single && written == Written::Address => is(v.ip()),
            Ok(_) if single => is(v.to_string()),
            Ok(n) => match v.nth(n) {
                Some(nth) => is(format!("{}/{}", v.show(nth), v.prefix)),
                None => Answer::Is(Value::Bool(false)),
            },
            Err(_) => Answer::Fails(format!("ipaddr: unknown filter type: {other}")),
        },
    }
}

fn size(n: u128) -> Value {
    i128::try_from(n).map_or_else(|_| n.to_string().into(), Value::Int)
}

fn alone(v: &Network) -> Network {
    Network { prefix: v.width(), ..*v }
}

fn inside(v: &Network, network: &str) -> bool {
    Network::parse(network).is_some_and(|n| n.contains(&alone(v)))
}

/// Whether an address, or a whole network, is for many at once.
pub(crate) fn is_multicast(v: &Network) -> bool {
    Network::parse(if v.version == 4 { "224.0.0.0/4" } else { "ff00::/8" }).is_some_and(|n| n.contains(v))
}

/// The address of version 4 that one of version 6 stands for.
fn mapped(v: &Network) -> Option<Network> {
    let plain = v.value <= u128::from(u32::MAX);
    let mapped = v.value >> 32 == 0xffff;
    (plain || mapped).then(|| Network { version: 4, value: v.value & 0xffff_ffff, prefix: v.prefix.saturating_sub(96) })
}

fn six_to_four(v: &Network, written: Written, value: &dyn Fn() -> Value) -> Answer {
    let no = Answer::Is(Value::Bool(false));
    let at_network = v.has(2) && v.value == v.first();
    match (v.version, written) {
        (4, _) if at_network => no,
        (4, _) => {
            let [a, b, c, d] = (v.value as u32).to_be_bytes();
            Answer::Is(format!("2002:{a:02x}{b:02x}:{c:02x}{d:02x}::1/48").into())
        }
        (_, Written::Network) if v.value == v.first() => no,
        _ if inside(v, "2002::/16") => Answer::Is(value()),
        _ => no,
    }
}

fn peer(v: &Network, written: Written) -> Answer {
    let fails = |text: &str| Answer::Fails(text.to_owned());
    match (written, v.size()) {
        (Written::Address, _) => fails("Not a network address"),
        (_, Some(2)) => Answer::Is(v.show(v.value ^ 1).into()),
        (_, Some(4)) => match v.value % 4 {
            0 => fails("Network address of /30 has no peer"),
            3 => fails("Broadcast address of /30 has no peer"),
            _ => Answer::Is(v.show(v.value ^ 3).into()),
        },
        _ => fails("Not a point-to-point network"),
    }
}
