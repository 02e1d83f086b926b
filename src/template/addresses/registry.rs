//! What IANA's registries of special-purpose addresses say (RFC 6890 and its updates).

use super::Network;

const NOT_GLOBAL: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "240.0.0.0/4",
    "::1/128",
    "::/128",
    "::ffff:0:0/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "fc00::/7",
    "fe80::/10",
];

const GLOBAL_AFTER_ALL: &[&str] = &[
    "192.0.0.9/32",
    "192.0.0.10/32",
    "2001:1::1/128",
    "2001:1::2/128",
    "2001:3::/32",
    "2001:4:112::/48",
    "2001:20::/28",
    "2001:30::/28",
];

/// What Python's `ipaddress` calls reserved.
const RESERVED: &[&str] = &[
    "240.0.0.0/4",
    "::/8",
    "100::/8",
    "200::/7",
    "400::/6",
    "800::/5",
    "1000::/4",
    "4000::/3",
    "6000::/3",
    "8000::/3",
    "a000::/3",
    "c000::/3",
    "e000::/4",
    "f000::/5",
    "f800::/6",
    "fe00::/9",
];

fn listed(list: &[&str], address: &Network) -> bool {
    list.iter().filter_map(|net| Network::parse(net)).any(|net| net.contains(address))
}

/// Whether an address can be reached from anywhere.
pub(crate) fn is_global(address: &Network) -> bool {
    !listed(NOT_GLOBAL, address) || listed(GLOBAL_AFTER_ALL, address)
}

/// Whether an address is kept for later.
pub(crate) fn is_reserved(address: &Network) -> bool {
    listed(RESERVED, address)
}
