//! Versions of Debian packages: which is newer (deb-version(7)).

use std::cmp::Ordering;

/// Compares two versions, epoch first, then upstream version, then revision.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let (ea, ua, ra) = parts(a);
    let (eb, ub, rb) = parts(b);
    ea.cmp(&eb).then_with(|| text(ua, ub)).then_with(|| text(ra, rb))
}

fn parts(version: &str) -> (u64, &str, &str) {
    let (epoch, rest) = match version.split_once(':') {
        Some((epoch, rest)) => (epoch.trim().parse().unwrap_or(0), rest),
        None => (0, version),
    };
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, "0"));
    (epoch, upstream, revision)
}

/// Text and numbers in turn: letters before other signs, `~` before everything, even the end.
fn text(mut a: &str, mut b: &str) -> Ordering {
    loop {
        let word_a = a.find(|c: char| c.is_ascii_digit()).unwrap_or(a.len());
        let word_b = b.find(|c: char| c.is_ascii_digit()).unwrap_or(b.len());
        let order = words(&a[..word_a], &b[..word_b]);
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (&a[word_a..], &b[word_b..]);
        let number_a = a.find(|c: char| !c.is_ascii_digit()).unwrap_or(a.len());
        let number_b = b.find(|c: char| !c.is_ascii_digit()).unwrap_or(b.len());
        let (na, nb) = (a[..number_a].trim_start_matches('0'), b[..number_b].trim_start_matches('0'));
        let order = na.len().cmp(&nb.len()).then_with(|| na.cmp(nb));
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (&a[number_a..], &b[number_b..]);
        if a.is_empty() && b.is_empty() {
            return Ordering::Equal;
        }
    }
}

fn words(a: &str, b: &str) -> Ordering {
    let weight = |c: Option<u8>| match c {
        Some(b'~') => -1,
        None => 0,
        Some(c) if c.is_ascii_alphabetic() => i32::from(c),
        Some(c) => i32::from(c) + 256,
    };
    let length = a.len().max(b.len());
    let (a, b) = (a.as_bytes(), b.as_bytes());
    (0..length)
        .map(|at| weight(a.get(at).copied()).cmp(&weight(b.get(at).copied())))
        .find(|order| *order != Ordering::Equal)
        .unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers of `dpkg --compare-versions`.
    #[test]
    fn versions_are_ordered_as_dpkg_orders_them() {
        for (a, order, b) in [
            ("1.0", Ordering::Equal, "1.0-0"),
            ("1.0-1", Ordering::Less, "1.0-2"),
            ("1.9", Ordering::Less, "1.10"),
            ("1.0~rc1", Ordering::Less, "1.0"),
            ("1.0", Ordering::Less, "1.0a"),
            ("1.0a", Ordering::Less, "1.0+b"),
            ("1:0.1", Ordering::Greater, "9.9"),
            ("5.2.15-2+b8", Ordering::Less, "5.2.15-2+b13"),
            ("2.0-1~bpo1", Ordering::Less, "2.0-1"),
            ("1.2.3-1.1", Ordering::Greater, "1.2.3-1"),
            ("007", Ordering::Equal, "7"),
        ] {
            assert_eq!(compare(a, b), order, "{a} {b}");
            assert_eq!(compare(b, a), order.reverse(), "{b} {a}");
        }
    }
}
