//! The day an account ends, as the tools and `/etc/shadow` write it.

use jiff::ToSpan;
use jiff::civil::date;

/// What `expires` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expiry {
    /// Never: a negative time.
    Never,
    /// The account ends on this day, counted from 1970-01-01.
    Day(i64),
}

impl Expiry {
    /// From seconds since the epoch.
    pub(super) fn from_seconds(seconds: f64) -> Option<Self> {
        if seconds < 0.0 {
            return Some(Expiry::Never);
        }
        let day = (seconds / 86_400.0).floor();
        (day.is_finite() && day <= 4_000_000.0).then_some(Expiry::Day(day as i64))
    }

    /// The value of `useradd -e`: a date, empty for never.
    pub(super) fn date(self) -> String {
        match self {
            Expiry::Never => String::new(),
            Expiry::Day(day) => {
                let at = date(1970, 1, 1).checked_add(day.days());
                at.map_or_else(|_| String::new(), |at| at.strftime("%Y-%m-%d").to_string())
            }
        }
    }

    /// The value of `lchage -E`.
    pub(super) fn days(self) -> i64 {
        match self {
            Expiry::Never => -1,
            Expiry::Day(day) => day,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Expiry;

    #[test]
    fn days_have_dates() {
        for (seconds, text, days) in [(-1.0, "", -1), (0.0, "1970-01-01", 0), (1_422_403_387.0, "2015-01-28", 16463)] {
            let expiry = Expiry::from_seconds(seconds).expect("a time");
            assert_eq!((expiry.date().as_str(), expiry.days()), (text, days));
        }
        assert_eq!(Expiry::from_seconds(f64::INFINITY), None);
    }
}
