//! Python's `'%s' % value`.

use super::format::{Spec, format_float, format_int, pad};
use crate::template::engine::{Eval, Fault, Val, access, convert};
use hostler_sdk::Value;

/// `template % values`.
pub(crate) fn percent(template: &str, values: &Val) -> Eval<String> {
    let items: Vec<Val> = match values {
        Val::Tuple(items) => items.as_ref().clone(),
        other => vec![other.clone()],
    };
    let mut next = 0;
    let mut out = String::with_capacity(template.len());
    let mut chars = template.chars().peekable();
    let mut named = false;
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut spec = Spec::default();
        let mut key = None;
        if chars.peek() == Some(&'(') {
            chars.next();
            let name: String = chars.by_ref().take_while(|c| *c != ')').collect();
            key = Some(name);
            named = true;
        }
        while let Some(flag) = chars.next_if(|c| "-+ #0".contains(*c)) {
            match flag {
                '-' => spec.align = Some('<'),
                '0' => spec.zero = true,
                '#' => spec.alternate = true,
                sign => spec.sign = if spec.sign == Some('+') { spec.sign } else { Some(sign) },
            }
        }
        let mut number = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| -> Eval<Option<usize>> {
            if chars.next_if_eq(&'*').is_some() {
                let n = items.get(next).and_then(Val::as_int).ok_or_else(|| Fault::new("* wants int"))?;
                next += 1;
                return Ok(usize::try_from(n).ok());
            }
            let mut digits = String::new();
            while let Some(d) = chars.next_if(char::is_ascii_digit) {
                digits.push(d);
            }
            Ok(digits.parse().ok())
        };
        spec.width = number(&mut chars)?.unwrap_or(0);
        if chars.next_if_eq(&'.').is_some() {
            spec.precision = Some(number(&mut chars)?.unwrap_or(0));
        }
        while chars.next_if(|c| "hlL".contains(*c)).is_some() {}
        let Some(kind) = chars.next() else { return Err(Fault::new("incomplete format")) };
        if kind == '%' {
            out.push('%');
            continue;
        }
        let value = match key {
            Some(key) => access::attribute(values, &key)?.strict()?,
            None => {
                let value =
                    items.get(next).cloned().ok_or_else(|| Fault::new("not enough arguments for format string"))?;
                next += 1;
                value.strict()?
            }
        };
        out.push_str(&one(kind, &value, &spec)?);
    }
    if !named && next < items.len() && !values.is_mapping() {
        return Err(Fault::new("not all arguments converted during string formatting"));
    }
    Ok(out)
}

fn one(kind: char, value: &Val, spec: &Spec) -> Eval<String> {
    let spec = &Spec { align: spec.align.or(Some('>')), ..spec.clone() };
    let integer = || -> Eval<i128> {
        match value {
            Val::Plain(Value::Float(f)) => Ok(f.trunc() as i128),
            other => other.as_int().ok_or_else(|| {
                Fault::new(format!("%{kind} format: a real number is required, not {}", value.type_name()))
            }),
        }
    };
    Ok(match kind {
        's' | 'r' | 'a' => {
            let text = if kind == 's' { value.to_text()?.to_string() } else { value.repr()? };
            let text = spec.precision.map_or(text.clone(), |n| text.chars().take(n).collect());
            pad(&text, &Spec { zero: false, ..spec.clone() }, '>')
        }
        'd' | 'i' | 'u' => format_int(integer()?, &Spec { kind: Some('d'), ..whole(spec) }),
        'x' | 'X' | 'o' => format_int(integer()?, &Spec { kind: Some(kind), ..whole(spec) }),
        'f' | 'F' | 'e' | 'E' | 'g' | 'G' => {
            let number = convert::float(value)
                .filter(|_| value.as_str().is_none())
                .ok_or_else(|| Fault::new(format!("must be real number, not {}", value.type_name())))?;
            format_float(number, &Spec { kind: Some(kind), ..number_spec(spec) })
        }
        'c' => {
            let text = match value.as_int() {
                Some(n) => u32::try_from(n).ok().and_then(char::from_u32).map(String::from),
                None => value.as_str().filter(|s| s.chars().count() == 1).map(str::to_owned),
            };
            pad(&text.ok_or_else(|| Fault::new("%c requires an int or a unicode character"))?, spec, '>')
        }
        other => return Err(Fault::new(format!("unsupported format character '{other}'"))),
    })
}

/// For whole numbers a precision means leading zeros; it is folded into the width.
fn whole(spec: &Spec) -> Spec {
    number_spec(spec)
}

fn number_spec(spec: &Spec) -> Spec {
    // A minus flag wins over zeros.
    Spec {
        zero: spec.zero && spec.align != Some('<'),
        align: if spec.align == Some('<') { Some('<') } else { None },
        ..spec.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_as_python_does() {
        let t = |items: Vec<Val>| Val::tuple(items);
        for (template, values, want) in [
            ("%s is %d", t(vec![Val::text("a"), Val::from(3)]), "a is 3"),
            ("%05.1f|%-5s|%5s|", t(vec![Val::from(2.25), Val::text("x"), Val::text("y")]), "002.2|x    |    y|"),
            ("%x %X %#x %o", t(vec![Val::from(255), Val::from(255), Val::from(255), Val::from(8)]), "ff FF 0xff 10"),
            ("%r %%", Val::text("it's"), "\"it's\" %"),
            ("%03d", Val::from(-5), "-05"),
            ("%+d", Val::from(5), "+5"),
            ("%.2s", Val::text("abc"), "ab"),
            ("%e %g", t(vec![Val::from(12345.678), Val::from(0.0001)]), "1.234568e+04 0.0001"),
        ] {
            assert_eq!(percent(template, &values).map_err(|f| f.message()).unwrap(), want, "{template}");
        }
        assert!(percent("%d", &Val::text("x")).is_err());
        assert!(percent("%s", &t(vec![Val::from(1), Val::from(2)])).is_err());
    }
}
