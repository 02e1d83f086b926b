//! Filters of `ansible.utils` for addresses: `ipaddr`, `ipv4`, `ipv6`, `ipwrap` and what counts inside networks.

use super::Filter;
use crate::template::addresses::{Answer, Network, address_filter};
use crate::template::engine::{Args, Bound, Eval, Fault, Session, Val};
use hostler_sdk::Value;
use std::rc::Rc;

pub(super) const FILTERS: &[Filter] = &[
    Filter::new("ipaddr", |_, v, a| ipaddr(&v, a, "ipaddr", 0)),
    Filter::new("ipv4", |_, v, a| ipaddr(&v, a, "ipv4", 4)),
    Filter::new("ipv6", |_, v, a| ipaddr(&v, a, "ipv6", 6)),
    Filter::new("ipwrap", ipwrap),
    Filter::new("nthhost", |_, v, a| {
        let [n] = a.bind("nthhost", ["query"])?;
        let n = n.int(0)?;
        let nth = subnet(&v)?.filter(|_| n != 0).and_then(|net| Some(net.show(net.nth(n)?)));
        Ok(nth.map_or(Val::from(false), Val::from))
    }),
    Filter::new("next_nth_usable", |_, v, a| neighbour(&v, a, "next_nth_usable", 1)),
    Filter::new("previous_nth_usable", |_, v, a| neighbour(&v, a, "previous_nth_usable", -1)),
    Filter::new("network_in_network", |_, v, a| {
        let [test] = a.bind("network_in_network", ["test"])?;
        let test = test.required("network_in_network", "test")?;
        Ok(Val::from(within(subnet(&v)?, subnet(&test)?, false)))
    }),
    Filter::new("network_in_usable", |_, v, a| {
        let [test] = a.bind("network_in_usable", ["test"])?;
        let test = test.required("network_in_usable", "test")?;
        Ok(Val::from(within(subnet(&v)?, subnet(&test)?, true)))
    }),
    Filter::new("reduce_on_network", |_, v, a| {
        let [network] = a.bind("reduce_on_network", ["network"])?;
        let network = subnet(&network.required("reduce_on_network", "network")?)?;
        let mut kept = Vec::new();
        for item in v.iterate()? {
            if within(network, subnet(&item)?, false) {
                kept.push(item);
            }
        }
        Ok(Val::list(kept))
    }),
    Filter::new("ipmath", |_, v, a| {
        let [amount] = a.bind("ipmath", ["amount"])?;
        let amount = amount.required("ipmath", "amount")?;
        let text = v.to_text()?;
        let wrong = || Fault::new(format!("You must pass a valid IP address; {text} is invalid"));
        let ip = Network::parse(&text).ok_or_else(wrong)?;
        let amount = amount.as_int().ok_or_else(|| {
            let given = amount.to_text().unwrap_or_default();
            Fault::new(format!("You must pass an integer for arithmetic; {given} is not a valid integer"))
        })?;
        let moved = ip.offset(amount).ok_or_else(|| Fault::new("ipmath: there is no such address"))?;
        Ok(Val::from(ip.show(moved)))
    }),
    Filter::new("ip4_hex", |_, v, a| {
        let [delimiter] = a.bind("ip4_hex", ["delimiter"])?;
        let text = v.to_text()?;
        let ip = Network::address(&text).filter(|ip| ip.version == 4);
        let ip = ip.ok_or_else(|| Fault::new(format!("You must pass a valid IP address; {text} is invalid")))?;
        let digits = (ip.value as u32).to_be_bytes().map(|b| format!("{b:02x}"));
        Ok(Val::from(digits.join(&delimiter.string()?.unwrap_or_default())))
    }),
    Filter::new("ipsubnet", ipsubnet),
    Filter::new("cidr_merge", cidr_merge),
    Filter::new("usable_range", |_, v, a| {
        a.none("usable_range")?;
        let text = v.to_text()?;
        let net = Network::parse(&text).filter(|n| n.value == n.first());
        let net = net.ok_or_else(|| Fault::new(format!("usable_range: '{text}' is no network")))?;
        let size = net.size().filter(|n| *n <= 1 << 16);
        let size = size.ok_or_else(|| Fault::new("usable_range: the network has more than 65536 addresses"))?;
        let all = (0..size).map(|n| Value::from(net.show(net.first() + n)));
        let pairs = [("usable_ips", all.collect::<Value>()), ("number_of_ips", Value::Int(size as i128))];
        Ok(Val::Plain(
            pairs.into_iter().map(|(k, v)| (hostler_sdk::Key::from(k), v)).collect::<hostler_sdk::Map>().into(),
        ))
    }),
];

fn ipaddr(value: &Val, args: Args, who: &str, version: u8) -> Eval<Val> {
    let [query] = args.bind(who, ["query"])?;
    let query = query.string()?.unwrap_or_default();
    if value.is_list() {
        let mut found = Vec::new();
        for item in value.iterate()? {
            let answer = ask(&item.to_value()?, &query, version)?;
            if answer.truthy() {
                found.push(Val::Plain(answer));
            }
        }
        return Ok(Val::list(found));
    }
    ask(&value.to_value()?, &query, version).map(Val::Plain)
}

fn ask(value: &Value, query: &str, version: u8) -> Eval<Value> {
    match address_filter(value, query, version) {
        Answer::Is(value) => Ok(value),
        Answer::Fails(message) => Err(Fault::new(message)),
    }
}

/// Brackets around addresses of version 6; everything else stays.
fn ipwrap(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [query] = args.bind("ipwrap", ["query"])?;
    let query = query.string()?.unwrap_or_default();
    let wrap = |value: Val| -> Eval<Val> {
        let plain = value.to_value()?;
        match ask(&plain, &query, 0) {
            Ok(found) if found.truthy() => ask(&found, "wrap", 0).map(Val::Plain),
            _ => Ok(value),
        }
    };
    if input.is_list() {
        return Ok(Val::list(input.iterate()?.into_iter().map(wrap).collect::<Eval<_>>()?));
    }
    wrap(input)
}

/// The network of a value; a host's own address stays one.
fn subnet(value: &Val) -> Eval<Option<Network>> {
    let text = value.to_text()?;
    let Some(net) = Network::parse(&text) else { return Ok(None) };
    Ok(Some(if net.has(2) { net.cidr() } else { net }))
}

fn within(outer: Option<Network>, inner: Option<Network>, usable: bool) -> bool {
    let (Some(outer), Some(inner)) = (outer, inner) else { return false };
    let (first, last) = match outer.usable() {
        Some(range) if usable => range,
        _ => (outer.first(), outer.last()),
    };
    outer.version == inner.version && first <= inner.first() && inner.last() <= last
}

fn neighbour(value: &Val, args: Args, who: &str, sign: i128) -> Eval<Val> {
    let [offset] = args.bind(who, ["offset"])?;
    let offset = offset.required(who, "offset")?.as_int().ok_or_else(|| Fault::new("Must pass in an integer"))?;
    let Some(net) = Network::parse(&value.to_text()?) else { return Ok(Val::from(false)) };
    // An address in its network counts from itself, a network from its first address.
    let found = net.usable().and_then(|(first, last)| {
        let moved = net.offset(offset.checked_mul(sign)?)?;
        (first..=last).contains(&moved).then(|| net.show(moved))
    });
    Ok(found.map_or(Val::NULL, Val::from))
}

fn ipsubnet(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [query, index] = args.bind("ipsubnet", ["query", "index"])?;
    let query = query.string()?.unwrap_or_default();
    let no = Ok(Val::from(false));
    let Some(net) = Network::parse(&input.to_text()?) else { return no };
    // An address keeps its host bits only until here.
    let net = net.cidr();
    if query.is_empty() {
        return Ok(Val::from(net.to_string()));
    }
    let Ok(size) = query.parse::<u32>() else { return position(&net, &query) };
    if size > net.width() {
        return no;
    }
    let index = match index {
        Some(i) if !i.is_null() => Some(Some(i).int(0)?),
        _ => None,
    };
    let single = !net.has(2);
    match index {
        None if single => Ok(Val::from(Network { prefix: size, ..net }.cidr().to_string())),
        None if size < net.prefix => Err(Fault::new(format!("Requested subnet size of {size} is invalid"))),
        None => Ok(Val::from((1u128.checked_shl(size - net.prefix).unwrap_or(0)).to_string())),
        Some(index) if single => {
            let width = i128::from(net.width());
            if index > width + 1 - index || index < i128::from(size) - width {
                return no;
            }
            // The networks around the address, the widest first.
            let prefix = if index < 0 { width + index } else { i128::from(size) + index };
            match u32::try_from(prefix).ok().filter(|p| (size..net.width()).contains(p)) {
                Some(prefix) => Ok(Val::from(Network { prefix, ..net }.cidr().to_string())),
                None => Err(Fault::new("list index out of range")),
            }
        }
        Some(_) if size < net.prefix => no,
        Some(index) => {
            let count = 1i128.checked_shl(size - net.prefix).unwrap_or(i128::MAX);
            let index = if index < 0 { index + count } else { index };
            if index < 0 || index >= count {
                return no;
            }
            let step = (index as u128).checked_shl(net.width() - size).unwrap_or(0);
            Ok(Val::from(Network { value: net.first() + step, prefix: size, ..net }.to_string()))
        }
    }
}

/// Which of the subnets of `within` the network is, counted from one.
fn position(net: &Network, within: &str) -> Eval<Val> {
    let wrong = || Fault::new(format!("You must pass a valid subnet or IP address; {within} is invalid"));
    let outer = Network::parse(within).ok_or_else(wrong)?.cidr();
    if !outer.contains(net) {
        return Err(Fault::new(format!("{net} is not in the subnet {outer}")));
    }
    let offset = (net.first() - outer.first()).checked_shr(net.width() - net.prefix).unwrap_or(0);
    Ok(Val::from((offset + 1).to_string()))
}

fn cidr_merge(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [action] = args.bind("cidr_merge", ["action"])?;
    let action = action.string()?.unwrap_or_else(|| "merge".into());
    let mut nets = Vec::new();
    for item in input.iterate()? {
        let text = item.to_text()?;
        let net = Network::parse(&text);
        nets.push(net.ok_or_else(|| Fault::new(format!("cidr_merge: error in netaddr:\ninvalid IPNetwork {text}")))?);
    }
    match action.as_str() {
        "merge" => Ok(Val::list(merged(nets).iter().map(|n| Val::from(n.to_string())).collect())),
        "span" => match nets[..] {
            [] => Ok(Val::NULL),
            [only] => Ok(Val::from(only.to_string())),
            _ if nets.iter().any(|n| n.version != nets[0].version) => {
                Err(Fault::new("cidr_merge: error in netaddr:\nIP sequence cannot contain both IPv4 and IPv6!"))
            }
            _ => {
                let first = nets.iter().map(Network::first).min().unwrap_or(0);
                let last = nets.iter().map(Network::last).max().unwrap_or(0);
                let differing = 128 - (first ^ last).leading_zeros();
                Ok(Val::from(
                    Network { value: first, prefix: nets[0].width() - differing, ..nets[0] }.cidr().to_string(),
                ))
            }
        },
        other => Err(Fault::new(format!("cidr_merge: invalid action '{other}'"))),
    }
}

/// The fewest networks that hold the same addresses.
fn merged(mut nets: Vec<Network>) -> Vec<Network> {
    nets.iter_mut().for_each(|n| *n = n.cidr());
    nets.sort_by_key(|n| (n.version, n.first(), n.prefix));
    let mut out: Vec<Network> = Vec::new();
    for net in nets {
        if out.last().is_some_and(|last| last.contains(&net)) {
            continue;
        }
        out.push(net);
        while let [.., a, b] = out[..]
            && a.version == b.version
            && a.prefix == b.prefix
            && a.prefix > 0
        {
            let whole = Network { prefix: a.prefix - 1, ..a }.cidr();
            if whole.first() != a.first() || !whole.contains(&b) {
                break;
            }
            out.truncate(out.len() - 2);
            out.push(whole);
        }
    }
    out
}
