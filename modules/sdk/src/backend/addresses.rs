//! The addresses of the host's interfaces: by `ip -o addr show` over a shell. (The kernel lists them in no file; the runner
//! asks the kernel itself, see `native/netlink.rs`.)

use super::{Command, HostResult, Output};

/// An address on an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetAddress {
    /// Interface.
    pub device: String,
    /// Label of an IPv4 address (`eth0:1`), the interface's name without one.
    pub label: String,
    /// Whether it is of IPv6.
    pub six: bool,
    /// The address itself.
    pub address: String,
    /// Bits of the network's part.
    pub prefix: String,
    /// Broadcast address; empty when there is none.
    pub broadcast: String,
    /// `global`, `site`, `link`, `host`, `nowhere`, or a number.
    pub scope: String,
    /// Whether another address of its network on the interface comes before it.
    pub secondary: bool,
}

/// By `ip`.
pub(super) fn by_command(run: impl FnOnce(&Command) -> HostResult<Output>) -> HostResult<Vec<NetAddress>> {
    let output = run(&Command::new(["ip", "-o", "addr", "show"]).env("LC_ALL", "C"))?;
    Ok(if output.ok() { output.out().lines().filter_map(line).collect() } else { Vec::new() })
}

fn line(text: &str) -> Option<NetAddress> {
    let (own, _) = text.split_once('\\').unwrap_or((text, ""));
    let words: Vec<&str> = own.split_whitespace().collect();
    let device = words.get(1)?.trim_end_matches(':');
    let device = device.split('@').next().unwrap_or(device);
    let six = match *words.get(2)? {
        "inet" => false,
        "inet6" => true,
        _ => return None,
    };
    let after = |key: &str| words.iter().position(|w| *w == key).and_then(|at| words.get(at + 1)).copied();
    // A point-to-point address has its prefix behind the peer's.
    let whole = *words.get(3)?;
    let (address, prefix) = match (whole.split_once('/'), after("peer").and_then(|p| p.split_once('/'))) {
        (Some((address, prefix)), _) => (address, prefix),
        (None, Some((_, prefix))) => (whole, if six { prefix } else { "32" }),
        (None, None) => (whole, if six { "128" } else { "32" }),
    };
    let label = words.last().filter(|last| !six && last.split(':').next() == Some(device));
    Some(NetAddress {
        device: device.to_owned(),
        label: label.map_or(device, |l| l).to_owned(),
        six,
        address: address.to_owned(),
        prefix: prefix.to_owned(),
        broadcast: after("brd").unwrap_or_default().to_owned(),
        scope: after("scope").unwrap_or_default().to_owned(),
        secondary: words.contains(&"secondary"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let text = "1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever\n4: eth0    inet 192.0.2.2/24 brd 192.0.2.255 scope global eth0\\       valid_lft forever\n4: eth0    inet 192.0.2.9/24 brd 192.0.2.255 scope global secondary eth0:1\\       valid_lft forever\n4: eth0    inet6 fd00::2/64 scope global nodad \\       valid_lft forever\n5: tun0    inet 10.8.0.1 peer 10.8.0.2/32 scope global tun0\\       valid_lft forever\n";
        let output = Output { stdout: text.as_bytes().to_vec(), ..Output::default() };
        let all = by_command(|_| Ok(output)).unwrap();
        assert_eq!(all.len(), 5);
        assert_eq!((all[0].broadcast.as_str(), all[0].scope.as_str()), ("", "host"));
        assert_eq!((all[1].address.as_str(), all[1].prefix.as_str()), ("192.0.2.2", "24"));
        assert_eq!((all[2].label.as_str(), all[2].secondary), ("eth0:1", true));
        assert_eq!((all[3].address.as_str(), all[3].six, all[3].label.as_str()), ("fd00::2", true, "eth0"));
        assert_eq!((all[4].address.as_str(), all[4].prefix.as_str()), ("10.8.0.1", "32"));
    }
}
