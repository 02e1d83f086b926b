//! `/proc/meminfo` in mebibytes.

use hostler_sdk::{Look, Map, Value};

pub(super) fn gather(look: &Look) -> Map {
    look.read_text("/proc/meminfo").map_or_else(|_| Map::new(), |text| parse(&text))
}

fn parse(text: &str) -> Map {
    let mb = |name: &str| -> Option<i64> {
        let line = text.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(':'))?;
        Some(line.split_whitespace().next()?.parse::<i64>().ok()? / 1024)
    };
    let (total, free) = (mb("MemTotal"), mb("MemFree"));
    let (swap_total, swap_free) = (mb("SwapTotal"), mb("SwapFree"));
    let minus = |a: Option<i64>, b: Option<i64>| Some(a? - b?);
    let nocache_free = (|| Some(mb("Cached")? + free? + mb("Buffers")?))();
    let mut out = Map::new();
    out.set_some("memtotal_mb", total);
    out.set_some("memfree_mb", free);
    out.set_some("swaptotal_mb", swap_total);
    out.set_some("swapfree_mb", swap_free);
    let group = |entries: &[(&str, Option<i64>)]| -> Value {
        entries.iter().map(|(k, v)| (*k, Value::from(*v))).collect::<Map>().into()
    };
    let mut all = Map::new();
    all.set("real", group(&[("total", total), ("used", minus(total, free)), ("free", free)]));
    all.set("nocache", group(&[("free", nocache_free), ("used", minus(total, nocache_free))]));
    all.set(
        "swap",
        group(&[
            ("total", swap_total),
            ("free", swap_free),
            ("used", minus(swap_total, swap_free)),
            ("cached", mb("SwapCached")),
        ]),
    );
    out.set("memory_mb", all);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meminfo_is_read() {
        let text = "MemTotal:       2048000 kB\nMemFree:        1024000 kB\nMemAvailable:   1 kB\nBuffers:          10240 kB\nCached:          20480 kB\nSwapCached:            0 kB\nSwapTotal:       524288 kB\nSwapFree:        523264 kB\n";
        assert_eq!(
            Value::from(parse(text)).to_json(),
            r#"{"memtotal_mb":2000,"memfree_mb":1000,"swaptotal_mb":512,"swapfree_mb":511,"memory_mb":{"real":{"total":2000,"used":1000,"free":1000},"nocache":{"free":1030,"used":970},"swap":{"total":512,"free":511,"used":1,"cached":0}}}"#
        );
    }
}
