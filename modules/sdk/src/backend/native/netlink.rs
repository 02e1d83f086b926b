//! The addresses of the interfaces, asked of the kernel over a netlink socket (rtnetlink(7), `RTM_GETADDR`), and told in the
//! words of `ip`.

use crate::backend::addresses::NetAddress;
use crate::backend::{HostError, HostResult};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netdevice, netlink};
use std::net::{Ipv4Addr, Ipv6Addr};

const HEADER: usize = 16;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const RTM_NEWADDR: u16 = 20;
const RTM_GETADDR: u16 = 22;
/// `NLM_F_REQUEST | NLM_F_DUMP`.
const REQUEST_ALL: u16 = 0x301;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFA_LABEL: u16 = 3;
const IFA_BROADCAST: u16 = 4;
const IFA_F_SECONDARY: u8 = 1;

/// All addresses, interface by interface, those of IPv4 first.
pub(super) fn addresses() -> HostResult<Vec<NetAddress>> {
    let failed = |e: rustix::io::Errno| HostError::io("ask the kernel for addresses", &e.into());
    let kind = (AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC);
    // Protocol 0 is NETLINK_ROUTE.
    let socket = rustix::net::socket_with(kind.0, kind.1, kind.2, None).map_err(failed)?;
    let kernel = netlink::SocketAddrNetlink::new(0, 0);
    rustix::net::sendto(&socket, &request(), SendFlags::empty(), &kernel).map_err(failed)?;
    let mut all = Vec::new();
    // The kernel's answers to a listing are at most 32 KiB each.
    let mut piece = vec![0; 32 << 10];
    loop {
        let (_, length) = match rustix::net::recv(&socket, &mut piece[..], RecvFlags::empty()) {
            Err(rustix::io::Errno::INTR) => continue,
            received => received.map_err(failed)?,
        };
        if length == 0 || told(piece.get(..length).unwrap_or(&piece), &mut all) {
            break;
        }
    }
    all.sort_by_key(|(index, _)| *index);
    let named = all.into_iter().filter_map(|(index, address)| {
        // An interface that went away in between.
        let device = netdevice::index_to_name(&socket, index).ok()?;
        let label = if address.label.is_empty() { device.clone() } else { address.label.clone() };
        Some(NetAddress { device, label, ..address })
    });
    Ok(named.collect())
}

fn request() -> [u8; HEADER + 8] {
    let mut bytes = [0; HEADER + 8];
    bytes[..4].copy_from_slice(&((HEADER + 8) as u32).to_ne_bytes());
    bytes[4..6].copy_from_slice(&RTM_GETADDR.to_ne_bytes());
    bytes[6..8].copy_from_slice(&REQUEST_ALL.to_ne_bytes());
    bytes
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// Takes the addresses, each with the number of its interface and no name yet, out of an answer; whether it was the last.
fn told(mut bytes: &[u8], all: &mut Vec<(u32, NetAddress)>) -> bool {
    while let (Some(length), Some(kind)) = (u32_at(bytes, 0), u16_at(bytes, 4)) {
        let length = length as usize;
        let Some(message) = bytes.get(HEADER..length) else { return true };
        match kind {
            NLMSG_DONE | NLMSG_ERROR => return true,
            RTM_NEWADDR => all.extend(address(message)),
            _ => {}
        }
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    false
}

/// An `ifaddrmsg` and its attributes.
fn address(message: &[u8]) -> Option<(u32, NetAddress)> {
    let [family, prefix, flags, scope, ..] = *message else { return None };
    let index = u32_at(message, 4)?;
    let (mut own, mut peer, mut broadcast, mut label) = (None, None, None, "");
    let mut rest = message.get(8..)?;
    while let (Some(length), Some(kind)) = (u16_at(rest, 0), u16_at(rest, 2)) {
        let length = usize::from(length);
        let value = rest.get(4..length)?;
        match kind {
            IFA_ADDRESS => peer = text(value),
            IFA_LOCAL => own = text(value),
            IFA_BROADCAST => broadcast = text(value),
            IFA_LABEL => label = std::str::from_utf8(value).unwrap_or_default().trim_end_matches('\0'),
            _ => {}
        }
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    let six = family == AF_INET6;
    if !six && family != AF_INET {
        return None;
    }
    // Of a point-to-point address the prefix is the peer's.
    let prefix = if !six && own.is_some() && own != peer { 32 } else { prefix };
    Some((
        index,
        NetAddress {
            device: String::new(),
            label: label.to_owned(),
            six,
            address: own.or(peer)?,
            prefix: prefix.to_string(),
            broadcast: broadcast.unwrap_or_default(),
            scope: scope_name(scope),
            secondary: !six && flags & IFA_F_SECONDARY != 0,
        },
    ))
}

fn text(value: &[u8]) -> Option<String> {
    if let Ok(four) = <[u8; 4]>::try_from(value) {
        return Some(Ipv4Addr::from(four).to_string());
    }
    <[u8; 16]>::try_from(value).ok().map(|sixteen| Ipv6Addr::from(sixteen).to_string())
}

/// The names of `rtnetlink.h`, as `ip` writes them.
fn scope_name(scope: u8) -> String {
    match scope {
        0 => "global".to_owned(),
        200 => "site".to_owned(),
        253 => "link".to_owned(),
        254 => "host".to_owned(),
        255 => "nowhere".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::native::Native;
    use crate::backend::{Backend, addresses as listed};

    /// A message of the kernel's, with its length.
    fn message(kind: u16, body: &[u8]) -> Vec<u8> {
        let mut bytes = ((HEADER + body.len()) as u32).to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.resize(HEADER, 0);
        bytes.extend(body);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
        let mut bytes = ((4 + value.len()) as u16).to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn ifaddr(head: [u8; 4], index: u32, attributes: &[Vec<u8>]) -> Vec<u8> {
        message(RTM_NEWADDR, &[&head[..], &index.to_ne_bytes(), &attributes.concat()].concat())
    }

    #[test]
    fn addresses_are_taken_out_of_the_answers() {
        let own = attribute(IFA_LOCAL, &[192, 0, 2, 9]);
        let same = attribute(IFA_ADDRESS, &[192, 0, 2, 9]);
        let wide = attribute(IFA_BROADCAST, &[192, 0, 2, 255]);
        let label = attribute(IFA_LABEL, b"eth0:1\0");
        let peer = attribute(IFA_ADDRESS, &[10, 8, 0, 2]);
        let six = attribute(IFA_ADDRESS, &Ipv6Addr::from(0xfd00 << 112 | 2).octets());
        let answer = [
            ifaddr([AF_INET, 24, IFA_F_SECONDARY, 0], 4, &[same, own.clone(), wide, label]),
            ifaddr([AF_INET, 32, 0, 253], 5, &[peer, own]),
            ifaddr([AF_INET6, 64, IFA_F_SECONDARY, 200], 4, &[six]),
            message(NLMSG_DONE, &[0; 4]),
        ]
        .concat();
        let mut all = Vec::new();
        assert!(told(&answer, &mut all));
        let words: Vec<String> = all
            .iter()
            .map(|(index, a)| {
                let second = if a.secondary { " secondary" } else { "" };
                format!("{index} {}/{} [{}] {} {}{second}", a.address, a.prefix, a.broadcast, a.scope, a.label)
            })
            .collect();
        assert_eq!(
            words,
            [
                "4 192.0.2.9/24 [192.0.2.255] global eth0:1 secondary",
                "5 192.0.2.9/32 [] link ",
                "4 fd00::2/64 [] site "
            ]
        );
        // Cut off anywhere, it ends without a panic.
        for length in 0..answer.len() {
            told(&answer[..length], &mut Vec::new());
        }
        assert!(!told(&[], &mut Vec::new()));
    }

    #[test]
    fn the_kernel_says_what_ip_says() {
        let native = Native::new();
        match listed::by_command(|command| native.run(command)) {
            Ok(by_ip) => assert_eq!(addresses().unwrap(), by_ip),
            // Without `ip` on this machine the loopback address must do.
            Err(_) => assert!(addresses().unwrap().iter().any(|a| a.address == "127.0.0.1" && a.device == "lo")),
        }
    }
}
