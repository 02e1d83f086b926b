//! Dates and times: `strftime`, `to_datetime`, `now()`, and the difference of two of them.

use super::Filter;
use crate::template::engine::{Args, Bound, Eval, Fault, Object, Session, Val, convert};
use hostler_sdk::Value;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ZonedDateTime};
use std::any::Any;
use std::rc::Rc;

pub(super) const FILTERS: &[Filter] = &[Filter::new("strftime", strftime), Filter::new("to_datetime", to_datetime)];

fn strftime(session: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [second, utc] = args.bind("strftime", ["second", "utc"])?;
    let zone = if utc.flag(false)? { TimeZone::UTC } else { TimeZone::system() };
    let stamp = match second {
        Some(s) if !s.is_null() => {
            let wrong = || Fault::new(format!("Invalid value for epoch value ({})", s.repr().unwrap_or_default()));
            let seconds = convert::float(&s).filter(|f| f.is_finite()).ok_or_else(wrong)?;
            Timestamp::from_second(seconds.floor() as i64).map_err(|_| wrong())?
        }
        _ => {
            session.fleeting();
            Timestamp::now()
        }
    };
    // Python's `gmtime` calls its zone so.
    let format = input.to_text()?;
    let format = if zone == TimeZone::UTC { format.replace("%Z", "GMT").into() } else { format };
    print(&format, &stamp.to_zoned_datetime(zone)).map(Val::from)
}

/// C's `strftime`; the few letters that jiff does not know are written here.
fn print(format: &str, when: &ZonedDateTime) -> Eval<String> {
    let mut out = String::new();
    let mut chars = format.chars();
    let mut pending = String::new();
    while let Some(c) = chars.next() {
        if c != '%' {
            pending.push(c);
            continue;
        }
        match chars.next() {
            Some('c') => pending.push_str("%a %b %e %H:%M:%S %Y"),
            Some('x') => pending.push_str("%m/%d/%y"),
            Some('X') => pending.push_str("%H:%M:%S"),
            Some('r') => pending.push_str("%I:%M:%S %p"),
            Some('f') => pending.push_str("%6f"),
            Some(letter) => {
                pending.push('%');
                pending.push(letter);
            }
            None => pending.push_str("%%"),
        }
    }
    let text = jiff::fmt::strtime::format(&pending, when)
        .map_err(|e| Fault::new(format!("invalid time format `{format}`: {e}")))?;
    out.push_str(&text);
    Ok(out)
}

fn to_datetime(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [format] = args.bind("to_datetime", ["format"])?;
    let format = format.string()?.unwrap_or_else(|| "%Y-%m-%d %H:%M:%S".into());
    let text = input.to_text()?;
    let wrong = |_| Fault::new(format!("time data '{text}' does not match format '{format}'"));
    let parsed = jiff::fmt::strtime::parse(&format, &*text).map_err(wrong)?;
    let when = match parsed.to_datetime() {
        Ok(when) => when,
        // A date alone is its midnight.
        Err(_) => parsed.to_date().map_err(wrong)?.at(0, 0, 0, 0),
    };
    Ok(Val::Object(Rc::new(Moment(when))))
}

/// `now(utc, fmt)`.
pub(crate) fn now(session: &Rc<Session>, args: Args) -> Eval<Val> {
    session.fleeting();
    let [utc, format] = args.bind("now", ["utc", "fmt"])?;
    let zone = if utc.flag(false)? { TimeZone::UTC } else { TimeZone::system() };
    let when = Timestamp::now().to_zoned_datetime(zone);
    match format.string()? {
        Some(format) if !format.is_empty() => print(&format, &when).map(Val::from),
        _ => Ok(Val::Object(Rc::new(Moment(when.datetime())))),
    }
}

/// `datetime - datetime` and `datetime - timedelta`; `None` for other objects.
pub(crate) fn subtract(left: &Val, right: &Val) -> Option<Eval<Val>> {
    let (Val::Object(a), Val::Object(b)) = (left, right) else { return None };
    let a = a.as_any();
    match (a.downcast_ref::<Moment>(), b.as_any().downcast_ref::<Moment>(), b.as_any().downcast_ref::<Delta>()) {
        (Some(a), Some(b), _) => Some(Ok(Val::Object(Rc::new(Delta(a.0.duration_since(b.0)))))),
        (Some(a), _, Some(b)) => Some(match a.0.checked_sub(b.0) {
            Ok(when) => Ok(Val::Object(Rc::new(Moment(when)))),
            Err(e) => Err(Fault::new(e.to_string())),
        }),
        _ => None,
    }
}

/// A date with its time, without a zone.
struct Moment(DateTime);

impl Moment {
    fn iso(&self, separator: char) -> String {
        let d = self.0;
        let mut out = format!(
            "{:04}-{:02}-{:02}{separator}{:02}:{:02}:{:02}",
            d.year(),
            d.month(),
            d.day(),
            d.hour(),
            d.minute(),
            d.second()
        );
        let micros = d.subsec_nanosecond() / 1000;
        if micros != 0 {
            out.push_str(&format!(".{micros:06}"));
        }
        out
    }
    fn zoned(&self) -> Eval<ZonedDateTime> {
        self.0.to_zoned_datetime(TimeZone::system()).map_err(|e| Fault::new(e.to_string()))
    }
}

impl Object for Moment {
    fn type_name(&self) -> &'static str {
        "datetime"
    }
    fn member(&self, name: &str) -> Option<Eval<Val>> {
        let d = self.0;
        Some(Ok(match name {
            "year" => Val::from(d.year()),
            "month" => Val::from(d.month()),
            "day" => Val::from(d.day()),
            "hour" => Val::from(d.hour()),
            "minute" => Val::from(d.minute()),
            "second" => Val::from(d.second()),
            "microsecond" => Val::from(d.subsec_nanosecond() / 1000),
            _ => return None,
        }))
    }
    fn method(&self, _: &Rc<Session>, name: &str, args: Args) -> Option<Eval<Val>> {
        Some(match name {
            "strftime" => args
                .bind(name, ["format"])
                .and_then(|[f]| print(&f.required(name, "format")?.to_text()?, &self.zoned()?).map(Val::from)),
            "isoformat" => args
                .bind(name, ["sep"])
                .and_then(|[sep]| Ok(Val::from(self.iso(sep.string()?.and_then(|s| s.chars().next()).unwrap_or('T'))))),
            "timestamp" => args.none(name).and_then(|()| {
                let stamp = self.zoned()?.timestamp();
                Ok(Val::from(stamp.as_microsecond() as f64 / 1e6))
            }),
            "weekday" => args.none(name).map(|()| Val::from(self.0.weekday().to_monday_zero_offset())),
            "isoweekday" => args.none(name).map(|()| Val::from(self.0.weekday().to_monday_one_offset())),
            "date" => args.none(name).map(|()| Val::from(self.iso(' ')[..10].to_owned())),
            "time" => args.none(name).map(|()| Val::from(self.iso(' ')[11..].to_owned())),
            _ => return None,
        })
    }
    fn text(&self) -> Eval<String> {
        Ok(self.iso(' '))
    }
    fn repr(&self) -> Eval<String> {
        let d = self.0;
        Ok(format!(
            "datetime.datetime({}, {}, {}, {}, {}, {})",
            d.year(),
            d.month(),
            d.day(),
            d.hour(),
            d.minute(),
            d.second()
        ))
    }
    fn to_value(&self) -> Eval<Value> {
        Ok(Value::from(self.iso('T')))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The time between two moments.
struct Delta(SignedDuration);

impl Delta {
    /// Days, seconds and microseconds as Python normalises them: only the days may be negative.
    fn parts(&self) -> (i128, i128, i128) {
        let micros = self.0.as_micros();
        let day = 86_400_000_000;
        let rest = micros.rem_euclid(day);
        (micros.div_euclid(day), rest / 1_000_000, rest % 1_000_000)
    }
}

impl Object for Delta {
    fn type_name(&self) -> &'static str {
        "timedelta"
    }
    fn member(&self, name: &str) -> Option<Eval<Val>> {
        let (days, seconds, micros) = self.parts();
        Some(Ok(match name {
            "days" => Val::from(days),
            "seconds" => Val::from(seconds),
            "microseconds" => Val::from(micros),
            _ => return None,
        }))
    }
    fn method(&self, _: &Rc<Session>, name: &str, args: Args) -> Option<Eval<Val>> {
        (name == "total_seconds").then(|| args.none(name).map(|()| Val::from(self.0.as_micros() as f64 / 1e6)))
    }
    fn text(&self) -> Eval<String> {
        let (days, seconds, micros) = self.parts();
        let mut out = match days {
            0 => String::new(),
            1 | -1 => format!("{days} day, "),
            _ => format!("{days} days, "),
        };
        out.push_str(&format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60));
        if micros != 0 {
            out.push_str(&format!(".{micros:06}"));
        }
        Ok(out)
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
