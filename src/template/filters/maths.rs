//! Numbers: `int`, `float`, `round`, `abs`, logarithms, sizes for people.

use super::Filter;
use crate::template::engine::{Args, Bound, Eval, Fault, Session, Val, convert};
use hostler_sdk::Value;
use std::rc::Rc;

pub(super) const FILTERS: &[Filter] = &[
    Filter::new("int", int),
    Filter::new("float", |_, v, a| {
        let [default] = a.bind("float", ["default"])?;
        Ok(convert::float(&v).map_or_else(|| default.unwrap_or_else(|| Val::from(0.0)), Val::from))
    }),
    Filter::new("abs", |_, v, a| {
        a.none("abs")?;
        match &v {
            Val::Plain(Value::Float(f)) => Ok(Val::from(f.abs())),
            other => match other.as_int() {
                Some(i) => Ok(Val::from(i.abs())),
                None => Err(Fault::new(format!("bad operand type for abs(): '{}'", v.type_name()))),
            },
        }
    }),
    Filter::new("round", round),
    Filter::new("log", |_, v, a| {
        let [base] = a.bind("log", ["base"])?;
        let x = number(&v, "log() can only be used on numbers")?;
        let base = base.map_or(Ok(std::f64::consts::E), |b| number(&b, "log() can only be used on numbers"))?;
        if x <= 0.0 || base <= 0.0 {
            return Err(Fault::new("math domain error"));
        }
        Ok(Val::from(if base == 10.0 {
            x.log10()
        } else if base == std::f64::consts::E {
            x.ln()
        } else {
            x.ln() / base.ln()
        }))
    }),
    Filter::new("pow", |_, v, a| {
        let [y] = a.bind("pow", ["y"])?;
        let wrong = "pow() can only be used on numbers";
        Ok(Val::from(number(&v, wrong)?.powf(number(&y.required("pow", "y")?, wrong)?)))
    }),
    Filter::new("root", |_, v, a| {
        let [base] = a.bind("root", ["base"])?;
        let wrong = "root() can only be used on numbers";
        let (x, base) = (number(&v, wrong)?, base.map_or(Ok(2.0), |b| number(&b, wrong))?);
        if x < 0.0 {
            return Err(Fault::new(wrong));
        }
        Ok(Val::from(if base == 2.0 { x.sqrt() } else { x.powf(1.0 / base) }))
    }),
    Filter::new("human_readable", human_readable),
    Filter::new("human_to_bytes", human_to_bytes),
];

fn number(value: &Val, wrong: &str) -> Eval<f64> {
    match value.as_str() {
        None => convert::float(value).ok_or_else(|| Fault::new(wrong)),
        Some(_) => Err(Fault::new(wrong)),
    }
}

fn int(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [default, base] = args.bind("int", ["default", "base"])?;
    let default = default.unwrap_or_else(|| Val::from(0));
    let base = u32::try_from(base.int(10)?).ok().filter(|b| *b == 0 || (2..=36).contains(b));
    let base = base.ok_or_else(|| Fault::new("int() base must be >= 2 and <= 36, or 0"))?;
    Ok(match input.as_str() {
        Some(text) => convert::int_text(text, base)
            .or_else(|| convert::float_text(text).filter(|f| f.is_finite()).map(|f| f.trunc() as i128))
            .map_or(default, Val::from),
        None => convert::int(&input).map_or(default, Val::from),
    })
}

fn round(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [precision, method] = args.bind("round", ["precision", "method"])?;
    let precision = i32::try_from(precision.int(0)?).unwrap_or(0);
    let wrong = || Fault::new(format!("type {} doesn't define __round__ method", input.type_name()));
    if input.as_str().is_some() {
        return Err(wrong());
    }
    let x = convert::float(&input).ok_or_else(wrong)?;
    let whole = input.as_int();
    let scaled = |f: fn(f64) -> f64| f(x * 10f64.powi(precision)) / 10f64.powi(precision);
    Ok(match method.string()?.as_deref() {
        // Python rounds whole numbers to themselves, and floats to the nearest, half to even.
        None | Some("common") => match whole {
            Some(i) if precision >= 0 => Val::from(i),
            Some(i) => {
                let step = 10i128.pow(precision.unsigned_abs());
                let down = i.div_euclid(step) * step;
                let rest = i - down;
                let up = rest * 2 > step || rest * 2 == step && (down / step) % 2 != 0;
                Val::from(if up { down + step } else { down })
            }
            None if precision >= 0 => {
                // The decimal text rounds exactly as Python does.
                Val::from(format!("{x:.*}", precision as usize).parse::<f64>().unwrap_or(x))
            }
            None => Val::from(scaled(f64::round_ties_even)),
        },
        Some("ceil") => Val::from(scaled(f64::ceil)),
        Some("floor") => Val::from(scaled(f64::floor)),
        Some(_) => return Err(Fault::new("method must be common, ceil or floor")),
    })
}

const UNITS: [(&str, f64); 9] = [
    ("Y", 1208925819614629174706176.0),
    ("Z", 1180591620717411303424.0),
    ("E", 1152921504606846976.0),
    ("P", 1125899906842624.0),
    ("T", 1099511627776.0),
    ("G", 1073741824.0),
    ("M", 1048576.0),
    ("K", 1024.0),
    ("B", 1.0),
];

fn human_readable(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [bits, unit] = args.bind("human_readable", ["isbits", "unit"])?;
    let base = if bits.flag(false)? { "bits" } else { "Bytes" };
    let unit = unit.string()?;
    let size = number(&input, "human_readable() can't interpret the input")?;
    let chosen = UNITS.iter().find(|(suffix, limit)| match &unit {
        None => size >= *limit,
        Some(unit) => unit.to_uppercase().starts_with(suffix),
    });
    // What is below one byte is still told in bytes.
    let (suffix, limit) = chosen.copied().unwrap_or(("B", 1.0));
    let suffix = if suffix == "B" { base.to_owned() } else { format!("{suffix}{}", &base[..1]) };
    Ok(Val::from(format!("{:.2} {suffix}", size / limit)))
}

fn human_to_bytes(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [default, bits] = args.bind("human_to_bytes", ["default_unit", "isbits"])?;
    let bits = bits.flag(false)?;
    let text = input.to_text()?;
    let text = text.trim();
    let wrong = || Fault::new("human_to_bytes() can't interpret the input");
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let size: f64 = text[..end].parse().map_err(|_| wrong())?;
    let unit = text[end..].trim();
    let unit = match (unit, default.string()?) {
        ("", Some(default)) => default,
        (unit, _) => unit.to_owned(),
    };
    if unit.is_empty() {
        return Ok(Val::from(size.round_ties_even() as i128));
    }
    let letter = unit.chars().next().map(|c| c.to_ascii_uppercase().to_string()).unwrap_or_default();
    let (_, limit) = UNITS.iter().find(|(s, _)| *s == letter).ok_or_else(wrong)?;
    let rest = &unit[1..];
    let fits = if letter == "B" {
        rest.is_empty()
            || unit.eq_ignore_ascii_case(if bits { "bits" } else { "bytes" })
            || unit.eq_ignore_ascii_case(if bits { "bit" } else { "byte" })
    } else if bits {
        matches!(rest, "" | "b") || rest.eq_ignore_ascii_case("bit") || rest.eq_ignore_ascii_case("bits")
    } else {
        matches!(rest, "" | "B")
            || unit == "kb"
            || rest.eq_ignore_ascii_case("byte")
            || rest.eq_ignore_ascii_case("bytes")
            || unit.chars().all(char::is_lowercase) && rest == "b"
    };
    if !fits {
        return Err(wrong());
    }
    Ok(Val::from((size * limit).round_ties_even() as i128))
}
