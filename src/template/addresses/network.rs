//! An address with a prefix, of either version.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// An address in its network; the host's bits are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    /// 4 or 6.
    pub version: u8,
    /// The address as a number.
    pub value: u128,
    /// How many bits are the network's.
    pub prefix: u32,
}

impl Network {
    /// `address`, `address/prefix` or `address/netmask`.
    pub fn parse(text: &str) -> Option<Network> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let mut network = Network::address(address)?;
        if let Some(prefix) = prefix {
            network.prefix = network.read_prefix(prefix)?;
        }
        Some(network)
    }

    /// A single address.
    pub fn address(text: &str) -> Option<Network> {
        if let Ok(four) = text.parse::<Ipv4Addr>() {
            return Some(Network { version: 4, value: u32::from(four).into(), prefix: 32 });
        }
        let six = text.parse::<Ipv6Addr>().ok()?;
        Some(Network { version: 6, value: six.into(), prefix: 128 })
    }

    /// The address that a number stands for, when that version has it.
    pub fn number(version: u8, value: u128) -> Option<Network> {
        let network = Network { version, value, prefix: if version == 4 { 32 } else { 128 } };
        (value <= network.all()).then_some(network)
    }

    fn read_prefix(&self, text: &str) -> Option<u32> {
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return text.parse().ok().filter(|p| *p <= self.width());
        }
        let mask = Network::address(text).filter(|m| m.version == self.version)?.value;
        let prefix = |mask: u128| {
            let ones = mask.count_ones();
            (self.mask(ones) == mask).then_some(ones)
        };
        prefix(mask).or_else(|| prefix(!mask & self.all()))
    }

    pub fn width(&self) -> u32 {
        if self.version == 4 { 32 } else { 128 }
    }

    /// All bits of an address.
    pub fn all(&self) -> u128 {
        if self.version == 4 { u32::MAX.into() } else { u128::MAX }
    }

    fn mask(&self, prefix: u32) -> u128 {
        let host = self.width() - prefix.min(self.width());
        if host >= 128 { 0 } else { (self.all() >> host) << host }
    }

    pub fn netmask(&self) -> u128 {
        self.mask(self.prefix)
    }

    pub fn hostmask(&self) -> u128 {
        self.all() & !self.netmask()
    }

    pub fn first(&self) -> u128 {
        self.value & self.netmask()
    }

    pub fn last(&self) -> u128 {
        self.first() | self.hostmask()
    }

    /// How many addresses there are; `None` for all of version 6, which no 128 bits count.
    pub fn size(&self) -> Option<u128> {
        self.hostmask().checked_add(1)
    }

    /// Whether it holds at least `n` addresses.
    pub fn has(&self, n: u128) -> bool {
        self.size().is_none_or(|size| size >= n)
    }

    /// The same network without the host's bits.
    pub fn cidr(&self) -> Network {
        Network { value: self.first(), ..*self }
    }

    /// The broadcast address; networks of version 4 with one or two addresses have none.
    pub fn broadcast(&self) -> Option<u128> {
        (self.version == 6 || self.prefix < 31).then(|| self.last())
    }

    /// The usable addresses, first and last.
    pub fn usable(&self) -> Option<(u128, u128)> {
        match self.size() {
            Some(1) => None,
            Some(2) => Some((self.first(), self.last())),
            _ => Some((self.first() + 1, self.last() - 1)),
        }
    }

    /// Whether another network lies in this one.
    pub fn contains(&self, other: &Network) -> bool {
        self.version == other.version && self.first() <= other.first() && other.last() <= self.last()
    }

    /// Another address of the same version as text.
    pub fn show(&self, value: u128) -> String {
        match self.version {
            4 => Ipv4Addr::from(value as u32).to_string(),
            _ => Ipv6Addr::from(value).to_string(),
        }
    }

    /// The address alone.
    pub fn ip(&self) -> String {
        self.show(self.value)
    }

    /// The address `n` after (or before) this one, while there are any.
    pub fn offset(&self, n: i128) -> Option<u128> {
        let moved = if n < 0 { self.value.checked_sub(n.unsigned_abs()) } else { self.value.checked_add(n as u128) };
        moved.filter(|v| *v <= self.all())
    }

    /// The `n`th address of the network, from the end when negative.
    pub fn nth(&self, n: i128) -> Option<u128> {
        let value = match n < 0 {
            true => self.last().checked_sub(n.unsigned_abs() - 1)?,
            false => self.first().checked_add(n as u128)?,
        };
        (self.first()..=self.last()).contains(&value).then_some(value)
    }

    /// The name under which DNS looks the address up.
    pub fn reverse_dns(&self) -> String {
        match self.version {
            4 => {
                let [a, b, c, d] = (self.value as u32).to_be_bytes();
                format!("{d}.{c}.{b}.{a}.in-addr.arpa.")
            }
            _ => {
                let digits = format!("{:032x}", self.value);
                let parts: Vec<String> = digits.chars().rev().map(String::from).collect();
                format!("{}.ip6.arpa.", parts.join("."))
            }
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.ip(), self.prefix)
    }
}
