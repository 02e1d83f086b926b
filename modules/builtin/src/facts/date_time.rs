//! The host's clock in all the forms of `ansible_date_time`.

use hostler_sdk::Map;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

pub(super) fn facts(now: &ZonedDateTime) -> Map {
    let utc = now.timestamp().to_zoned_datetime(TimeZone::UTC);
    let mut out = Map::new();
    let local = |format: &str| now.strftime(format).to_string();
    let micros = format!("{:06}", now.subsec_nanosecond() / 1000);
    let weekday = now.weekday().to_sunday_zero_offset();
    out.set("year", local("%Y"));
    out.set("month", local("%m"));
    out.set("weekday", local("%A"));
    out.set("weekday_number", weekday.to_string());
    out.set("weeknumber", week_of_year(i64::from(now.day_of_year()), i64::from(weekday)));
    out.set("day", local("%d"));
    out.set("hour", local("%H"));
    out.set("minute", local("%M"));
    out.set("second", local("%S"));
    out.set("epoch", now.timestamp().as_second().to_string());
    out.set("epoch_int", now.timestamp().as_second().to_string());
    out.set("date", local("%Y-%m-%d"));
    out.set("time", local("%H:%M:%S"));
    out.set("iso8601_micro", format!("{}.{micros}Z", utc.strftime("%Y-%m-%dT%H:%M:%S")));
    out.set("iso8601", utc.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    out.set("iso8601_basic", format!("{}{micros}", local("%Y%m%dT%H%M%S")));
    out.set("iso8601_basic_short", local("%Y%m%dT%H%M%S"));
    out.set("tz", local("%Z"));
    out.set("tz_dst", summer_name(now));
    out.set("tz_offset", local("%z"));
    out
}

/// `%W`: weeks that start on Monday; days before the first Monday are in week 00.
fn week_of_year(day_of_year: i64, sunday_zero_weekday: i64) -> String {
    let days_since_monday = (sunday_zero_weekday + 6) % 7;
    format!("{:02}", (day_of_year - 1 + 7 - days_since_monday) / 7)
}

/// The zone's name in summer, found as Python finds `time.tzname[1]`: by looking at two moments half a year apart.
fn summer_name(now: &ZonedDateTime) -> String {
    const YEAR: i64 = (365 * 24 + 6) * 3600;
    let start = now.timestamp().as_second().div_euclid(YEAR) * YEAR;
    let at = |second| {
        let moment =
            Timestamp::from_second(second).unwrap_or(now.timestamp()).to_zoned_datetime(now.time_zone().clone());
        (moment.offset().seconds(), moment.strftime("%Z").to_string())
    };
    let (january, july) = (at(start), at(start + YEAR / 2));
    if january.0 > july.0 { january.1 } else { july.1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64, zone: &str) -> Map {
        let zone = TimeZone::get(zone).expect("zone");
        facts(
            &(Timestamp::from_second(second).expect("time") + jiff::SignedDuration::from_micros(42))
                .to_zoned_datetime(zone),
        )
    }

    /// Values of CPython 3.11 with the same `TZ`.
    #[test]
    fn every_form_is_as_python_prints_it() {
        let winter = at(1_735_686_000, "Europe/Berlin");
        for (key, want) in [
            ("date", "2025-01-01"),
            ("time", "00:00:00"),
            ("weekday", "Wednesday"),
            ("weekday_number", "3"),
            ("weeknumber", "00"),
            ("epoch", "1735686000"),
            ("iso8601", "2024-12-31T23:00:00Z"),
            ("iso8601_micro", "2024-12-31T23:00:00.000042Z"),
            ("iso8601_basic", "20250101T000000000042"),
            ("tz", "CET"),
            ("tz_dst", "CEST"),
            ("tz_offset", "+0100"),
        ] {
            assert_eq!(winter.str(key), Some(want), "{key}");
        }
        assert_eq!(at(1_735_686_000, "UTC").str("tz_dst"), Some("UTC"));
        assert_eq!(at(1_735_686_000, "Australia/Sydney").str("tz_dst"), Some("AEDT"));
    }

    #[test]
    fn weeks_start_on_monday() {
        // 2024-01-01 was a Monday, 2023-01-01 a Sunday.
        assert_eq!(week_of_year(1, 1), "01");
        assert_eq!(week_of_year(1, 0), "00");
        assert_eq!(week_of_year(2, 1), "01");
    }
}
