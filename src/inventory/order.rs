//! `order:` of a play: in which order its hosts come.

use super::HostName;

/// The order of a play's hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Order {
    /// As the inventory has them.
    #[default]
    Inventory,
    /// The other way round.
    ReverseInventory,
    /// By name.
    Sorted,
    /// By name, the other way round.
    ReverseSorted,
    /// At random, another one each run.
    Shuffle,
}

impl Order {
    /// All written forms.
    pub const NAMES: [&'static str; 5] = ["inventory", "reverse_inventory", "sorted", "reverse_sorted", "shuffle"];

    /// Reads the written form.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "inventory" => Order::Inventory,
            "reverse_inventory" => Order::ReverseInventory,
            "sorted" => Order::Sorted,
            "reverse_sorted" => Order::ReverseSorted,
            "shuffle" => Order::Shuffle,
            _ => return None,
        })
    }

    /// Puts hosts into this order.
    pub fn apply(self, hosts: &mut [HostName]) {
        match self {
            Order::Inventory => {}
            Order::ReverseInventory => hosts.reverse(),
            Order::Sorted => hosts.sort(),
            Order::ReverseSorted => {
                hosts.sort();
                hosts.reverse();
            }
            Order::Shuffle => shuffle(hosts),
        }
    }
}

/// Fisher and Yates with random numbers of the system; without any the order stays.
fn shuffle(hosts: &mut [HostName]) {
    for last in (1..hosts.len()).rev() {
        let mut bytes = [0; 8];
        if getrandom::fill(&mut bytes).is_ok() {
            hosts.swap(last, (u64::from_le_bytes(bytes) % (last as u64 + 1)) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders() {
        for (name, want) in
            [("inventory", "b a c"), ("reverse_inventory", "c a b"), ("sorted", "a b c"), ("reverse_sorted", "c b a")]
        {
            let mut hosts: Vec<HostName> = ["b", "a", "c"].map(Into::into).into();
            Order::parse(name).unwrap().apply(&mut hosts);
            assert_eq!(hosts.join(" "), want);
        }
        let mut hosts: Vec<HostName> = (0..50).map(|n| format!("{n:02}").into()).collect();
        let before = hosts.clone();
        Order::Shuffle.apply(&mut hosts);
        assert_ne!(hosts, before);
        hosts.sort();
        assert_eq!(hosts, before);
        assert!(Order::parse("random").is_none());
    }
}
