//! Linux capabilities of the process, in the words of `capsh --print`. A process with all of them, or none, is told from
//! `/proc/self/status`; only in between is `capsh` run.

use super::text;
use hostler_sdk::{Command, Look, Map, Value};

pub(super) fn gather(look: &Look) -> Map {
    let mut out = Map::new();
    if look.which("capsh").is_none() {
        out.set("system_capabilities_enforced", "N/A");
        out.set("system_capabilities", "N/A");
        return out;
    }
    let status = look.read_text("/proc/self/status").unwrap_or_default();
    let last = text(look, "/proc/sys/kernel/cap_last_cap").and_then(|n| n.parse().ok());
    let current = match last.and_then(|last| simple(&status, last)) {
        Some(text) => text,
        None => {
            let output = look.query(&Command::new(["capsh", "--print"])).map(|o| o.out()).unwrap_or_default();
            let line = output.lines().find_map(|l| l.strip_prefix("Current:"));
            line.unwrap_or_default().trim().to_owned()
        }
    };
    if current == "=ep" {
        out.set("system_capabilities_enforced", "False");
        out.set("system_capabilities", Value::from(Vec::<String>::new()));
    } else {
        // What stands between the first two `=` signs, as Ansible reads the line.
        let list = current.split('=').nth(1).unwrap_or_default();
        out.set("system_capabilities_enforced", "True");
        out.set("system_capabilities", list.split(',').map(|c| Value::from(c.trim())).collect::<Value>());
    }
    out
}

fn simple(status: &str, last: u32) -> Option<String> {
    let set = |name: &str| {
        let line = status.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(':'))?;
        u64::from_str_radix(line.trim(), 16).ok()
    };
    let all = u64::MAX.checked_shr(63u32.checked_sub(last)?)?;
    match (set("CapInh")?, set("CapPrm")?, set("CapEff")?) {
        (0, 0, 0) => Some("=".to_owned()),
        (0, p, e) if p == all && e == all => Some("=ep".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::simple;

    #[test]
    fn all_and_none_are_told_without_the_tool() {
        let status = |p: &str, e: &str| format!("CapInh:\t0000000000000000\nCapPrm:\t{p}\nCapEff:\t{e}\n");
        let (all, none) = ("000001ffffffffff", "0000000000000000");
        assert_eq!(simple(&status(all, all), 40).as_deref(), Some("=ep"));
        assert_eq!(simple(&status(none, none), 40).as_deref(), Some("="));
        assert_eq!(simple(&status("00000000a80425fb", "00000000a80425fb"), 40), None);
    }
}
