//! What the firmware says of the machine.

use super::{exists, text};
use hostler_sdk::{Look, Map};

const DIR: &str = "/sys/devices/virtual/dmi/id";

/// Facts and the files of the kernel that hold them.
const FILES: [(&str, &str); 18] = [
    ("bios_date", "bios_date"),
    ("bios_vendor", "bios_vendor"),
    ("bios_version", "bios_version"),
    ("board_asset_tag", "board_asset_tag"),
    ("board_name", "board_name"),
    ("board_serial", "board_serial"),
    ("board_vendor", "board_vendor"),
    ("board_version", "board_version"),
    ("chassis_asset_tag", "chassis_asset_tag"),
    ("chassis_serial", "chassis_serial"),
    ("chassis_vendor", "chassis_vendor"),
    ("chassis_version", "chassis_version"),
    ("form_factor", "chassis_type"),
    ("product_name", "product_name"),
    ("product_serial", "product_serial"),
    ("product_uuid", "product_uuid"),
    ("product_version", "product_version"),
    ("system_vendor", "sys_vendor"),
];

/// Chassis types by number (SMBIOS, table 17), in Ansible's spelling.
const FORM_FACTORS: [&str; 37] = [
    "Unknown",
    "Other",
    "Unknown",
    "Desktop",
    "Low Profile Desktop",
    "Pizza Box",
    "Mini Tower",
    "Tower",
    "Portable",
    "Laptop",
    "Notebook",
    "Hand Held",
    "Docking Station",
    "All In One",
    "Sub Notebook",
    "Space-saving",
    "Lunch Box",
    "Main Server Chassis",
    "Expansion Chassis",
    "Sub Chassis",
    "Bus Expansion Chassis",
    "Peripheral Chassis",
    "RAID Chassis",
    "Rack Mount Chassis",
    "Sealed-case PC",
    "Multi-system",
    "CompactPCI",
    "AdvancedTCA",
    "Blade",
    "Blade Enclosure",
    "Tablet",
    "Convertible",
    "Detachable",
    "IoT Gateway",
    "Embedded PC",
    "Mini PC",
    "Stick PC",
];

pub(super) fn gather(look: &Look) -> Map {
    let there = exists(look, &format!("{DIR}/product_name"));
    FILES
        .iter()
        .map(|(fact, file)| {
            let value = if there { text(look, &format!("{DIR}/{file}")) } else { None };
            let value = match (*fact, value) {
                (_, None) => "NA".to_owned(),
                ("form_factor", Some(number)) => form_factor(&number),
                (_, Some(value)) => value,
            };
            (*fact, value)
        })
        .collect()
}

fn form_factor(number: &str) -> String {
    number
        .parse::<usize>()
        .ok()
        .and_then(|n| FORM_FACTORS.get(n))
        .map_or_else(|| format!("unknown ({number})"), |name| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::form_factor;

    #[test]
    fn chassis_types_have_names() {
        assert_eq!(form_factor("1"), "Other");
        assert_eq!(form_factor("23"), "Rack Mount Chassis");
        assert_eq!(form_factor("36"), "Stick PC");
        assert_eq!(form_factor("99"), "unknown (99)");
    }
}
