//! INI text as Python's `configparser` reads it: local facts of hosts, and the lookup `ini` of the controller.

/// Options with their values, `None` for those without one.
pub type Options = Vec<(String, Option<String>)>;

/// How a text is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reading {
    /// Whether the names of options keep their case.
    pub case: bool,
    /// Whether an option may be without a value.
    pub allow_empty: bool,
}

/// Why a text could not be read.
#[derive(Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It is no such text, in words.
    Syntax(String),
    /// An option of this name is there twice.
    Twice(String),
}

/// A text that was read.
#[derive(Debug)]
pub struct Ini {
    reading: Reading,
    defaults: Options,
    sections: Vec<(String, Options)>,
}

/// The section that all others inherit from.
const DEFAULT: &str = "DEFAULT";

/// Replacements within replacements that Python follows.
const DEPTH: usize = 10;

impl Ini {
    /// Reads a text.
    ///
    /// # Errors
    /// A text that Python would not read.
    pub fn read(text: &str, reading: Reading) -> Result<Self, Wrong> {
        let mut ini = Ini { reading, defaults: Vec::new(), sections: Vec::new() };
        // Where options go: the defaults' place is `None`; and how far the last one stands from the margin.
        let mut at: Option<Option<usize>> = None;
        let (mut open, mut margin) = (false, 0);
        for line in text.lines() {
            let trimmed = line.trim();
            if trimmed.starts_with(['#', ';']) {
                continue;
            }
            let indent = line.chars().take_while(|c| c.is_whitespace()).count();
            if let Some(options) = at.and_then(|at| ini.options(at)).filter(|_| open)
                && let Some((_, Some(value))) = options.last_mut()
                && (trimmed.is_empty() || indent > margin)
            {
                value.push('\n');
                value.push_str(trimmed);
                continue;
            }
            if trimmed.is_empty() {
                continue;
            }
            margin = indent;
            if let Some(name) = header(trimmed) {
                at = Some(ini.begin(name)?);
                open = false;
                continue;
            }
            let Some(options) = at.and_then(|at| ini.options(at)) else {
                return Err(Wrong::Syntax("File contains no section headers.".to_owned()));
            };
            let (name, value) = match trimmed.split_once(['=', ':']) {
                Some((name, value)) if !name.is_empty() => (name.trim(), Some(value.trim().to_owned())),
                None if reading.allow_empty => (trimmed, None),
                _ => return Err(Wrong::Syntax(format!("Source contains parsing errors: '{trimmed}'"))),
            };
            let name = reading.name(name);
            if options.iter().any(|(known, _)| *known == name) {
                return Err(Wrong::Twice(name));
            }
            options.push((name, value));
            open = true;
        }
        let all = ini.sections.iter_mut().flat_map(|(_, options)| options).chain(&mut ini.defaults);
        // Empty lines within a value belong to it, those behind it do not.
        all.filter_map(|(_, value)| value.as_mut()).for_each(|value| value.truncate(value.trim_end().len()));
        Ok(ini)
    }

    fn options(&mut self, at: Option<usize>) -> Option<&mut Options> {
        match at {
            None => Some(&mut self.defaults),
            Some(n) => self.sections.get_mut(n).map(|(_, options)| options),
        }
    }

    fn begin(&mut self, name: &str) -> Result<Option<usize>, Wrong> {
        if name == DEFAULT {
            return Ok(None);
        }
        if self.sections.iter().any(|(known, _)| known == name) {
            return Err(Wrong::Syntax(format!("section '{name}' already exists")));
        }
        self.sections.push((name.to_owned(), Vec::new()));
        Ok(Some(self.sections.len() - 1))
    }

    /// The names of the sections.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().map(|(name, _)| name.as_str())
    }

    /// The options of a section and those it inherits.
    pub fn section(&self, name: &str) -> Option<Options> {
        if name == DEFAULT {
            return Some(self.defaults.clone());
        }
        let mut options = self.sections.iter().find(|(known, _)| known == name)?.1.clone();
        let inherited: Options =
            self.defaults.iter().filter(|(name, _)| !options.iter().any(|(own, _)| own == name)).cloned().collect();
        options.extend(inherited);
        Some(options)
    }

    /// A value with `%(name)s` replaced by other options of its section.
    ///
    /// # Errors
    /// A `%` that stands for nothing, in words.
    pub fn interpolated(&self, value: &str, options: &Options) -> Result<String, String> {
        self.interpolate(value, options, 0)
    }

    fn interpolate(&self, value: &str, options: &Options, depth: usize) -> Result<String, String> {
        let mut out = String::new();
        let mut rest = value;
        while let Some(at) = rest.find('%') {
            out.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            if let Some(more) = after.strip_prefix('%') {
                out.push('%');
                rest = more;
            } else if let Some((name, more)) = after.strip_prefix('(').and_then(|inner| inner.split_once(")s")) {
                let key = self.reading.name(name);
                let found = options.iter().find(|(known, _)| *known == key).filter(|_| depth < DEPTH);
                let Some((_, Some(found))) = found else {
                    return Err(format!("Bad value substitution: the option '{name}' is not there"));
                };
                out.push_str(&self.interpolate(found, options, depth + 1)?);
                rest = more;
            } else {
                return Err(format!("'%' must be followed by '%' or '(', found: '%{after}'"));
            }
        }
        out.push_str(rest);
        Ok(out)
    }
}

impl Reading {
    fn name(self, name: &str) -> String {
        if self.case { name.to_owned() } else { name.to_lowercase() }
    }
}

/// The name in the header of a section.
fn header(line: &str) -> Option<&str> {
    let (name, _) = line.strip_prefix('[')?.rsplit_once(']')?;
    Some(name).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Ini, Wrong> {
        Ini::read(text, Reading::default())
    }

    fn value(ini: &Ini, section: &str, name: &str) -> Option<String> {
        ini.section(section)?.into_iter().find(|(known, _)| known == name)?.1
    }

    /// Answers of Python 3.11's `configparser.ConfigParser`, here and below.
    #[test]
    fn values_go_on_in_lines_that_stand_further_in() {
        let ini = read("[a]\n  x = 1\n  y = 2\n   more\n\n   and\n\n[b]\nz=1\n  # c\n  2\n").unwrap();
        assert_eq!(value(&ini, "a", "x").unwrap(), "1");
        assert_eq!(value(&ini, "a", "y").unwrap(), "2\nmore\n\nand");
        assert_eq!(value(&ini, "b", "z").unwrap(), "1\n2");
    }

    #[test]
    fn sections_inherit() {
        let ini = read("[DEFAULT]\nx=1\n[DEFAULT]\ny=2\n[a]\nX: 3\n").unwrap();
        let own = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
        assert_eq!(ini.section("a").unwrap(), [own("x", "3"), own("y", "2")]);
        assert_eq!(ini.names().collect::<Vec<_>>(), ["a"]);
        assert_eq!(value(&ini, "DEFAULT", "x").unwrap(), "1");
        assert_eq!(ini.section("b"), None);
    }

    #[test]
    fn what_is_no_such_text_is_refused() {
        for text in ["just words\n", "a = 1\n", "[]\nx=1\n", "[a]\nx\n", "[a]\n=1\n", "[a]\nx=1\n[a]\ny=2\n"] {
            assert!(matches!(read(text), Err(Wrong::Syntax(_))), "{text}");
        }
        assert_eq!(read("[a]\nx = 1\nX = 2\n").unwrap_err(), Wrong::Twice("x".into()));
        let ini = Ini::read("[a]\nx\nX = 2\n", Reading { case: true, allow_empty: true }).unwrap();
        assert_eq!(ini.section("a").unwrap(), [("x".to_owned(), None), ("X".to_owned(), Some("2".to_owned()))]);
    }

    #[test]
    fn options_stand_for_each_other() {
        let ini = read("[a]\nx = 5 %% of %(Y)s\ny = 2\nbad = 5% of\nround = %(round)s\n").unwrap();
        let all = ini.section("a").unwrap();
        let got = |name: &str| ini.interpolated(&value(&ini, "a", name).unwrap(), &all);
        assert_eq!(got("x").unwrap(), "5 % of 2");
        assert!(got("bad").is_err() && got("round").is_err());
    }
}
