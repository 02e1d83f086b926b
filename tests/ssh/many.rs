//! Many endpoints at once: one sshd with many loopback addresses. `HOSTLER_ENDPOINTS=1000` makes them a thousand;
//! `benches/fleet/all.py --only connect` measures that many against `ssh`, close by and far away.

use crate::server::{call, open, server};
use hostler::link::{Connector, HostKeyPolicy, LinkOptions, Target};
use std::collections::BTreeSet;
use std::time::Duration;

fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// SSH, "concurrent first contact": every key is recorded once, no line is lost or mixed with another; then all answer.
#[tokio::test(flavor = "multi_thread")]
async fn all_are_met_for_the_first_time_at_once() {
    let count: usize = std::env::var("HOSTLER_ENDPOINTS").map_or(120, |text| text.parse().unwrap());
    let Some(server) = server(&["ListenAddress=0.0.0.0", "MaxStartups=2000", "LoginGraceTime=600"]) else { return };
    let first = server.target();
    // The runner goes there once, for all of them.
    let link = open(&first).await.unwrap();
    link.call(None, call("ping", &[]), Vec::new()).await.unwrap();
    link.close().await;
    let before = memory();
    let connector = Connector::new(&LinkOptions::default());
    let known = server.path("met");
    let mut all = tokio::task::JoinSet::new();
    let mut names = BTreeSet::new();
    for number in 0..count {
        let address = format!("127.9.{}.{}", number / 250, 1 + number % 250);
        names.insert(format!("[{address}]:{}", server.port));
        let target = Target {
            address,
            host_keys: HostKeyPolicy::AcceptNew,
            known_hosts: Some(vec![known.clone()]),
            timeout: Duration::from_secs(300),
            ..first.clone()
        };
        let connector = connector.clone();
        all.spawn(async move {
            let link = connector.open(&target).await?;
            let outcome = link.call(None, call("ping", &[]), Vec::new()).await?;
            assert_eq!(outcome.values.get("ping").map(ToString::to_string).as_deref(), Some("pong"), "{outcome:?}");
            Ok::<_, hostler::link::LinkError>(link)
        });
    }
    // All connections stand at the same time.
    let links: Vec<_> = all.join_all().await.into_iter().map(|link| link.unwrap()).collect();
    let grown = memory().saturating_sub(before);
    assert!(grown < (40 << 10) + 400 * count as u64, "{count} links take {grown} KiB");
    assert_eq!(links.len(), count);
    let text = std::fs::read_to_string(known).unwrap();
    let key = std::fs::read_to_string(server.path("host.pub")).unwrap();
    let key: Vec<&str> = key.split_whitespace().take(2).collect();
    let mut met = BTreeSet::new();
    for line in text.lines() {
        let (name, rest) = line.split_once(' ').unwrap();
        assert_eq!(rest, key.join(" "), "{line}");
        assert!(met.insert(name.to_owned()), "{name} twice");
    }
    assert_eq!(met, names);
}
