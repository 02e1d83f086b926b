//! Connections of the host's TCP ports, from `/proc/net/tcp` and `tcp6`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Names of connection states and the kernel's numbers for them.
const STATES: [(&str, &str); 6] = [
    ("ESTABLISHED", "01"),
    ("SYN_SENT", "02"),
    ("SYN_RECV", "03"),
    ("FIN_WAIT1", "04"),
    ("FIN_WAIT2", "05"),
    ("TIME_WAIT", "06"),
];

/// The kernel's number of a state.
pub(super) fn state_number(name: &str) -> Option<&'static str> {
    STATES.iter().find(|(state, _)| *state == name).map(|(_, number)| *number)
}

/// Which connections count.
#[derive(Debug)]
pub(super) struct Counted {
    /// Local port.
    pub port: u16,
    /// Local addresses; one that is unspecified means all of its family.
    pub local: Vec<IpAddr>,
    /// Peers that do not count.
    pub excluded: Vec<IpAddr>,
    /// Numbers of the states.
    pub states: Vec<&'static str>,
}

impl Counted {
    /// How many connections of a table count.
    pub(super) fn count(&self, table: &str) -> usize {
        table.lines().skip(1).filter(|line| self.counts(line).unwrap_or(false)).count()
    }

    fn counts(&self, line: &str) -> Option<bool> {
        let mut fields = line.split_whitespace().skip(1);
        let (local, port) = endpoint(fields.next()?)?;
        let (remote, _) = endpoint(fields.next()?)?;
        let state = fields.next()?;
        if port != self.port || !self.states.contains(&state) || self.excluded.contains(&remote) {
            return Some(false);
        }
        Some(
            self.local
                .iter()
                .any(|wanted| *wanted == local || wanted.is_unspecified() && wanted.is_ipv4() == local.is_ipv4()),
        )
    }
}

/// `0100007F:0016`: words of the address in the host's byte order. IPv4 inside IPv6 comes back as IPv4.
fn endpoint(text: &str) -> Option<(IpAddr, u16)> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| Some(u32::from_str_radix(address.get(at..at + 8)?, 16).ok()?.to_ne_bytes());
    let ip = match address.len() {
        8 => IpAddr::V4(Ipv4Addr::from(word(0)?)),
        32 => {
            let mut bytes = [0; 16];
            for at in 0..4 {
                bytes[at * 4..at * 4 + 4].copy_from_slice(&word(at * 8)?);
            }
            IpAddr::V6(Ipv6Addr::from(bytes)).to_canonical()
        }
        _ => return None,
    };
    Some((ip, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    const V4: &str = "  sl  local_address rem_address   st tx_queue rx_queue\n   0: 0100007F:1F90 00000000:0000 0A 0 0\n   1: 0100007F:1F90 0200A8C0:C350 01 0 0\n   2: 0100007F:1F90 0300A8C0:C350 06 0 0\n   3: 0100007F:0016 0300A8C0:C350 01 0 0\n";

    fn counted(local: &str, excluded: &[&str]) -> Counted {
        Counted {
            port: 8080,
            local: vec![local.parse().expect("an address")],
            excluded: excluded.iter().map(|a| a.parse().expect("an address")).collect(),
            states: vec!["01", "06"],
        }
    }

    // The table is one of a little-endian host.
    #[cfg(target_endian = "little")]
    #[test]
    fn connections_are_counted() {
        assert_eq!(counted("127.0.0.1", &[]).count(V4), 2);
        assert_eq!(counted("0.0.0.0", &["192.168.0.2"]).count(V4), 1);
        assert_eq!(counted("10.0.0.1", &[]).count(V4), 0);
        let v6 = "head\n   0: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000200A8C0:C350 01\n";
        assert_eq!(counted("127.0.0.1", &[]).count(v6), 1);
        assert_eq!(counted("127.0.0.1", &["192.168.0.2"]).count(v6), 0);
    }
}
