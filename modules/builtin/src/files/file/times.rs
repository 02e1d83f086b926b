//! Access and modification times as the `file` module takes them: left alone, the moment of the run, or a moment given.

use hostler_sdk::backend::Times;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Change, Map, Meta};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::time::{SystemTime, UNIX_EPOCH};

/// One time of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stamp {
    /// Seconds since the epoch.
    At(f64),
    /// Whatever it is when it is set.
    Now,
}

/// Both times of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stamps {
    pub(super) modified: Stamp,
    pub(super) accessed: Stamp,
}

/// What is asked for; `None` leaves a time as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Wanted {
    pub(super) modified: Option<Stamp>,
    pub(super) accessed: Option<Stamp>,
}

impl Stamps {
    pub(super) fn of(meta: &Meta) -> Self {
        Stamps { modified: Stamp::At(meta.mtime), accessed: Stamp::At(meta.atime) }
    }

    pub(super) fn with(self, wanted: Wanted) -> Self {
        Stamps {
            modified: wanted.modified.unwrap_or(self.modified),
            accessed: wanted.accessed.unwrap_or(self.accessed),
        }
    }

    /// Sets those of `wanted` that differ.
    pub(super) fn apply(self, change: &Change, path: &str, wanted: Stamps, follow: bool) -> Result<()> {
        if self == wanted {
            return Ok(());
        }
        let now = now();
        let time = |was: Stamp, will: Stamp| match will {
            _ if was == will => None,
            Stamp::At(seconds) => Some(seconds),
            Stamp::Now => Some(now),
        };
        let times = Times { mtime: time(self.modified, wanted.modified), atime: time(self.accessed, wanted.accessed) };
        change.set_times(path, times, follow).map_err(|e| {
            Failure::new(format!("Error while updating modification or access time: {}", e.cause)).with("path", path)
        })
    }

    /// What differs, added to the sides of a diff.
    pub(super) fn diff(self, wanted: Stamps, before: &mut Map, after: &mut Map) {
        let seconds = |stamp| match stamp {
            Stamp::At(seconds) => seconds,
            Stamp::Now => now(),
        };
        for (name, was, will) in [("mtime", self.modified, wanted.modified), ("atime", self.accessed, wanted.accessed)]
        {
            if was != will {
                before.set(name, seconds(was));
                after.set(name, seconds(will));
            }
        }
    }
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// `preserve`, `now`, or a moment in the host's time zone, written as `format` says.
pub(super) fn parse(text: &str, format: &str) -> Result<Option<Stamp>> {
    match text {
        "preserve" => return Ok(None),
        "now" => return Ok(Some(Stamp::Now)),
        _ => {}
    }
    let wrong = |cause: String| {
        Failure::new(format!("Error while obtaining timestamp for time {text} using format {format}: {cause}"))
    };
    let moment = DateTime::strptime(format, text)
        .or_else(|_| jiff::civil::Date::strptime(format, text).map(DateTime::from))
        .map_err(|_| wrong(format!("time data '{text}' does not match format '{format}'")))?;
    let moment = moment.to_zoned_datetime(TimeZone::system()).map_err(|e| wrong(e.to_string()))?;
    Ok(Some(Stamp::At(moment.timestamp().as_second() as f64)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        assert_eq!(parse("preserve", "").unwrap(), None);
        assert_eq!(parse("now", "").unwrap(), Some(Stamp::Now));
        let zone = |text: &str| text.parse::<DateTime>().unwrap().to_zoned_datetime(TimeZone::system()).unwrap();
        for (text, format, want) in [
            ("202001020304.05", "%Y%m%d%H%M.%S", "2020-01-02T03:04:05"),
            ("2020-01-02", "%Y-%m-%d", "2020-01-02T00:00:00"),
        ] {
            let want = zone(want).timestamp().as_second() as f64;
            assert_eq!(parse(text, format).unwrap(), Some(Stamp::At(want)), "{text}");
        }
        assert!(parse("yesterday", "%Y").unwrap_err().msg.contains("does not match format '%Y'"));
    }
}
