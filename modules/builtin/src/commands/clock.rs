//! Times in the results of commands, printed as Python prints `datetime` and `timedelta`.

use jiff::ZonedDateTime;
use jiff::civil::DateTime;
use std::time::Duration;

/// `str(datetime)` of a moment on the host's own clock: microseconds are left out when they are zero.
pub(super) fn datetime(at: &ZonedDateTime) -> String {
    civil(at.datetime())
}

fn civil(at: DateTime) -> String {
    let micros = at.subsec_nanosecond() / 1000;
    let seconds = at.strftime("%Y-%m-%d %H:%M:%S");
    if micros == 0 { seconds.to_string() } else { format!("{seconds}.{micros:06}") }
}

/// `str(timedelta)`: `0:00:01.002003`, `1 day, 2:00:00`.
pub(super) fn delta(took: Duration) -> String {
    let (seconds, micros) = (took.as_secs(), took.subsec_micros());
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let mut out = match days {
        0 => String::new(),
        1 => "1 day, ".to_owned(),
        n => format!("{n} days, "),
    };
    out.push_str(&format!("{}:{:02}:{:02}", rest / 3600, rest % 3600 / 60, rest % 60));
    if micros > 0 {
        out.push_str(&format!(".{micros:06}"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_prints_as_python_does() {
        assert_eq!(civil(jiff::civil::datetime(2025, 11, 3, 4, 5, 6, 7_000)), "2025-11-03 04:05:06.000007");
        assert_eq!(civil(jiff::civil::datetime(2025, 11, 3, 4, 5, 6, 999)), "2025-11-03 04:05:06");
    }

    #[test]
    fn a_span_prints_as_python_does() {
        for (micros, text) in [
            (0, "0:00:00"),
            (1_500, "0:00:00.001500"),
            (61_000_000, "0:01:01"),
            (36_000_000_000, "10:00:00"),
            (86_400_000_001, "1 day, 0:00:00.000001"),
            (180_000_000_000, "2 days, 2:00:00"),
        ] {
            assert_eq!(delta(Duration::from_micros(micros)), text);
        }
    }
}
