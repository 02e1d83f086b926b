//! Hardware addresses: `hwaddr`, `macaddr`, `slaac` of ansible.utils, `random_mac` of community.general.

use super::Filter;
use super::random::Seeded;
use crate::template::addresses::Network;
use crate::template::engine::{Args, Bound, Eval, Fault, Session, Val};
use std::rc::Rc;

pub(super) const FILTERS: &[Filter] = &[
    Filter::new("hwaddr", |_, v, a| hwaddr(&v, a, "hwaddr", "")),
    Filter::new("macaddr", |_, v, a| hwaddr(&v, a, "macaddr", "unix")),
    Filter::new("slaac", |_, v, a| {
        let [query] = a.bind("slaac", ["query"])?;
        let net = Network::parse(&v.to_text()?).filter(|n| n.version == 6);
        let (Some(net), Some(mac)) = (net, query.string()?.as_deref().and_then(read)) else {
            return Ok(Val::from(false));
        };
        // RFC 4291, appendix A: `fffe` in the middle, the universal bit turned.
        let [a, b, c, d, e, f] = mac;
        let host = u64::from_be_bytes([a ^ 2, b, c, 0xff, 0xfe, d, e, f]);
        Ok(Val::from(net.show(net.first() | u128::from(host))))
    }),
];

/// Those of community.general.
pub(super) const GENERAL: &[Filter] = &[Filter::new("random_mac", random_mac)];

/// The six bytes of an address in one of its usual ways: `525400123456`, `52:54:0:12:34:56`, `52-54-..`, `5254.0012.3456`.
fn read(text: &str) -> Option<[u8; 6]> {
    let separator = [':', '-', '.'].into_iter().find(|c| text.contains(*c));
    let parts: Vec<&str> = separator.map_or_else(|| vec![text], |c| text.split(c).collect());
    let digits = match parts.len() {
        1 if text.len() == 12 => 12,
        6 => 2,
        3 => 4,
        2 => 6,
        _ => return None,
    };
    let mut all = String::with_capacity(12);
    for part in parts {
        if part.is_empty() || part.len() > digits || !part.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        all.push_str(&format!("{part:0>digits$}"));
    }
    hex::decode(all).ok()?.try_into().ok()
}

fn hwaddr(value: &Val, args: Args, who: &str, default: &str) -> Eval<Val> {
    let [query] = args.bind(who, ["query"])?;
    let query = query.string()?.unwrap_or_else(|| if who == "macaddr" { String::new() } else { default.to_owned() });
    let text = value.to_text()?;
    let mac = match (read(&text), query.as_str()) {
        (Some(mac), _) => mac,
        (None, "" | "bool") => return Ok(Val::NULL),
        (None, _) => return Err(Fault::new(format!("{who}: not a hardware address: {text}"))),
    };
    let bytes = |separator: &str, upper: bool, pad: bool| {
        let show = |b: &u8| match (upper, pad) {
            (true, _) => format!("{b:02X}"),
            (_, true) => format!("{b:02x}"),
            _ => format!("{b:x}"),
        };
        Val::from(mac.iter().map(show).collect::<Vec<_>>().join(separator))
    };
    let digits = hex::encode(mac);
    Ok(match query.as_str() {
        "" => value.clone(),
        "bool" => Val::from(true),
        "bare" => Val::from(digits.to_uppercase()),
        "cisco" => Val::from(format!("{}.{}.{}", &digits[..4], &digits[4..8], &digits[8..])),
        "eui48" | "win" => bytes("-", true, true),
        "int" => Val::from(mac.iter().fold(0i128, |n, b| n << 8 | i128::from(*b))),
        "linux" => bytes(":", false, true),
        "pgsql" | "postgresql" | "psql" => Val::from(format!("{}:{}", &digits[..6], &digits[6..])),
        "unix" => bytes(":", false, false),
        other => return Err(Fault::new(format!("{who}: unknown filter type: {other}"))),
    })
}

/// A prefix completed to a whole address; with a seed always the same.
fn random_mac(session: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    session.fleeting();
    let [seed] = args.bind("random_mac", ["seed"])?;
    let Some(prefix) = input.as_str().map(str::to_lowercase) else {
        return Err(Fault::new(format!("Invalid value type ({}) for random_mac", input.type_name())));
    };
    let parts: Vec<&str> = prefix.split(':').collect();
    if parts.len() > 5 {
        return Err(Fault::new(format!("Invalid value ({prefix}) for random_mac: 5 colon(:) separated items max")));
    }
    let is_byte = |p: &str| p.len() >= 2 && p.bytes().take(2).all(|b| b.is_ascii_hexdigit());
    if let Some(wrong) = parts.iter().find(|p| !is_byte(p)) {
        let what = if wrong.is_empty() { "empty item".to_owned() } else { format!("{wrong} not hexa byte") };
        return Err(Fault::new(format!("Invalid value ({prefix}) for random_mac: {what}")));
    }
    // Between 0x1000000000 and 0xffffffffff: ten digits, none of them lost.
    let (low, high) = (0x10_0000_0000u128, 0xff_ffff_ffffu128);
    let number = match seed {
        Some(seed) if !seed.is_null() => low + Seeded::new(&seed)?.below(high - low + 1),
        _ => low + super::random::below(high - low + 1)?,
    };
    let digits = format!("{number:x}");
    let mut mac = prefix.clone();
    for n in 0..6 - parts.len() {
        mac.push(':');
        mac.push_str(&digits[n * 2..n * 2 + 2]);
    }
    Ok(Val::from(mac))
}
