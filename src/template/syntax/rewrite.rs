//! Where minijinja reads something otherwise than Jinja2 does, the source is rewritten before it is parsed: string
//! escapes, no-break spaces, unary plus, bare tuples, `do`, the newline after `{% raw %}`. Each edit is remembered, so
//! that places still name the operator's own text.

use super::{FileSyntax, Span};
use minijinja::machinery::{Span as MjSpan, Token, Tokenizer};
use minijinja::syntax::SyntaxConfig;

/// The variable that stands for "nowhere": `{% do x %}` is read as `{% set THIS = x %}`.
pub(crate) const DO: &str = "__do__";

/// One replaced stretch.
#[derive(Clone, Copy, Debug)]
struct Edit {
    /// Where it starts in the rewritten text, and how long it is there.
    at: usize,
    len: usize,
    /// The same in the original.
    from: usize,
    from_len: usize,
}

/// The text for the parser, and the way back from its places.
#[derive(Debug, Default)]
pub(crate) struct Rewritten {
    pub text: String,
    edits: Vec<Edit>,
    base: usize,
}

impl Rewritten {
    /// A place of the rewritten text in the original.
    pub fn original(&self, offset: usize) -> usize {
        let mut shift = self.base as isize;
        for edit in &self.edits {
            if offset < edit.at {
                break;
            }
            if offset < edit.at + edit.len {
                let inside = if edit.len == edit.from_len { offset - edit.at } else { 0 };
                return self.base + edit.from + inside;
            }
            shift = self.base as isize + (edit.from + edit.from_len) as isize - (edit.at + edit.len) as isize;
        }
        offset.saturating_add_signed(shift)
    }

    /// A span of the rewritten text in the original.
    pub fn span(&self, span: MjSpan) -> Span {
        Span {
            start: self.original(span.start_offset as usize) as u32,
            end: self.original(span.end_offset as usize) as u32,
        }
    }
}

/// How a text is to be read.
pub(crate) struct Reading<'a> {
    pub syntax: &'a FileSyntax,
    pub config: &'a SyntaxConfig,
    /// Whether it is a bare expression.
    pub expression: bool,
    /// Whether backslashes of strings inside `{{ }}` stand for themselves, as in texts that YAML has unescaped before.
    pub literal_backslashes: bool,
}

/// Rewrites `source`, whose first byte is `base` bytes into the operator's text.
pub(crate) fn rewrite(source: &str, base: usize, reading: &Reading<'_>) -> Rewritten {
    let mut changes: Vec<(usize, usize, String)> = Vec::new();
    let mut text = std::borrow::Cow::Borrowed(source);
    if source.contains('\u{a0}') {
        // Same length in bytes, so no edit is needed: a no-break space is two bytes, and so are two spaces.
        text = spaces(source, reading).into();
    }
    if text.contains("raw") && reading.syntax.trim_blocks && !reading.expression {
        raw_newlines(&text, reading.syntax, &mut changes);
    }
    tokens(&text, reading, &mut changes);
    if changes.is_empty() {
        return Rewritten { text: text.into_owned(), edits: Vec::new(), base };
    }
    changes.sort_by_key(|c| c.0);
    let mut out = Rewritten { text: String::with_capacity(text.len() + 64), edits: Vec::new(), base };
    let mut copied = 0;
    for (from, to, with) in changes {
        if from < copied {
            continue;
        }
        out.text.push_str(&text[copied..from]);
        out.edits.push(Edit { at: out.text.len(), len: with.len(), from, from_len: to - from });
        out.text.push_str(&with);
        copied = to;
    }
    out.text.push_str(&text[copied..]);
    out
}

/// Python's white space includes the no-break space; minijinja stops at it.
fn spaces(source: &str, reading: &Reading<'_>) -> String {
    let mut text = source.to_owned();
    loop {
        let mut tokenizer = Tokenizer::new(&text, "", reading.expression, reading.config.clone());
        let mut at = 0;
        let failed = loop {
            match tokenizer.next_token() {
                Ok(Some((_, span))) => at = span.end_offset as usize,
                Ok(None) => return text,
                Err(_) => break text[at..].find('\u{a0}').map(|n| at + n),
            }
        };
        let Some(found) = failed else { return text };
        text.replace_range(found..found + 2, "  ");
    }
}

/// Jinja2 keeps the newline after `{% raw %}`; minijinja drops one, so it gets another.
fn raw_newlines(text: &str, syntax: &FileSyntax, changes: &mut Vec<(usize, usize, String)>) {
    let mut from = 0;
    while let Some(found) = text[from..].find(syntax.block_start.as_str()) {
        from += found + syntax.block_start.len();
        let rest = text[from..].trim_start_matches(['-', '+']).trim_start();
        let Some(rest) = rest.strip_prefix("raw") else { continue };
        let Some(rest) = rest.trim_start().strip_prefix(syntax.block_end.as_str()) else { continue };
        if rest.starts_with('\n') {
            let at = text.len() - rest.len();
            changes.push((at, at, "\n".to_owned()));
        }
    }
}

/// The tokens between two markers, as far as rewriting needs them.
struct Piece {
    kind: Kind,
    start: usize,
    end: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Value,
    Text,
    Comma,
    Plus,
    Open,
    Close,
    Other,
}

fn tokens(text: &str, reading: &Reading<'_>, changes: &mut Vec<(usize, usize, String)>) {
    let mut tokenizer = Tokenizer::new(text, "", reading.expression, reading.config.clone());
    let mut pieces: Vec<Piece> = Vec::new();
    let mut in_variable = reading.expression;
    // A text that cannot be read to its end is left to the parser, which says why.
    while let Ok(Some((token, span))) = tokenizer.next_token() {
        let (start, end) = (span.start_offset as usize, span.end_offset as usize);
        let kind = match &token {
            Token::TemplateData(_) => continue,
            Token::VariableStart | Token::BlockStart => {
                in_variable = matches!(token, Token::VariableStart);
                pieces.clear();
                continue;
            }
            Token::VariableEnd => {
                tuple(&pieces, 0, pieces.len(), changes);
                continue;
            }
            Token::BlockEnd => {
                statement(text, &pieces, changes);
                continue;
            }
            Token::Str(_) | Token::String(_) => {
                let literal = in_variable && reading.literal_backslashes;
                string(&text[start..end], start, literal, changes);
                Kind::Text
            }
            Token::Ident("and" | "or" | "not" | "if" | "else" | "elif" | "in" | "is") => Kind::Other,
            Token::Ident(_) => Kind::Word,
            Token::Int(_) | Token::Int128(_) | Token::Float(_) => Kind::Value,
            Token::Comma => Kind::Comma,
            Token::Plus => Kind::Plus,
            Token::ParenOpen | Token::BracketOpen | Token::BraceOpen => Kind::Open,
            Token::ParenClose | Token::BracketClose | Token::BraceClose => Kind::Close,
            _ => Kind::Other,
        };
        if kind == Kind::Plus {
            let operand =
                matches!(pieces.last().map(|p| p.kind), Some(Kind::Word | Kind::Value | Kind::Text | Kind::Close));
            if !operand {
                changes.push((start, end, " ".to_owned()));
            }
        }
        pieces.push(Piece { kind, start, end });
    }
    if reading.expression {
        tuple(&pieces, 0, pieces.len(), changes);
    }
}

/// Puts brackets round `a, b` in `pieces[from..to]`.
fn tuple(pieces: &[Piece], from: usize, to: usize, changes: &mut Vec<(usize, usize, String)>) {
    let mut depth = 0;
    let mut bare = false;
    for piece in &pieces[from..to] {
        match piece.kind {
            Kind::Open => depth += 1,
            Kind::Close => depth -= 1,
            Kind::Comma if depth == 0 => bare = true,
            _ => {}
        }
    }
    if let (true, Some(first), Some(last)) = (bare, pieces[from..to].first(), pieces[from..to].last()) {
        changes.push((first.start, first.start, "(".to_owned()));
        changes.push((last.end, last.end, ")".to_owned()));
    }
}

fn statement(text: &str, pieces: &[Piece], changes: &mut Vec<(usize, usize, String)>) {
    let word = |n: usize| pieces.get(n).map_or("", |p| &text[p.start..p.end]);
    match word(0) {
        "do" => {
            let first = &pieces[0];
            changes.push((first.start, first.end, format!("set {DO} =")));
        }
        "for" => {
            let Some(start) = (0..pieces.len()).find(|n| word(*n) == "in").map(|n| n + 1) else { return };
            let mut depth = 0;
            let mut end = pieces.len();
            for (n, piece) in pieces.iter().enumerate().skip(start) {
                match piece.kind {
                    Kind::Open => depth += 1,
                    Kind::Close => depth -= 1,
                    _ if depth == 0 && matches!(word(n), "if" | "recursive") => {
                        end = n;
                        break;
                    }
                    _ => {}
                }
            }
            tuple(pieces, start, end, changes);
        }
        _ => {}
    }
}

/// A string literal whose escapes minijinja would read otherwise is written so that it reads them right.
fn string(literal: &str, start: usize, literal_backslashes: bool, changes: &mut Vec<(usize, usize, String)>) {
    if !literal.contains('\\') || literal.len() < 2 {
        return;
    }
    let inner = &literal[1..literal.len() - 1];
    let value = if literal_backslashes { Some(inner.to_owned()) } else { super::escapes::unescape(inner) };
    let Some(value) = value else { return };
    let mut out = String::with_capacity(literal.len() + 8);
    out.push('"');
    for c in value.chars() {
        match c {
            '\\' | '"' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    changes.push((start, start + literal.len(), out));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(source: &str, expression: bool, literal: bool) -> Rewritten {
        let syntax = FileSyntax::default();
        let config = syntax.config().unwrap();
        rewrite(source, 0, &Reading { syntax: &syntax, config: &config, expression, literal_backslashes: literal })
    }

    #[test]
    fn rewrites_what_differs() {
        for (source, want) in [
            ("{{ a }}", "{{ a }}"),
            (r"{{ 'a\d\n' }}", "{{ \"a\\\\d\n\" }}"),
            ("{% do a.b() %}", "{% set __do__ = a.b() %}"),
            ("{{ +1 + 2 }}", "{{  1 + 2 }}"),
            ("{{ 1, 2 }}", "{{ (1, 2) }}"),
            ("{% for a in 1, 2 if a %}", "{% for a in (1, 2) if a %}"),
            ("{% raw %}\nx", "{% raw %}\n\nx"),
            ("a\u{a0}{{\u{a0}b }}", "a\u{a0}{{  b }}"),
        ] {
            assert_eq!(run(source, false, false).text, want);
        }
        assert_eq!(run(r"{{ 'a\1' }}{% set a = 'a\n' %}", false, true).text, "{{ \"a\\\\1\" }}{% set a = \"a\n\" %}");
    }

    #[test]
    fn places_lead_back() {
        let source = r"{{ 'a\d' ~ foo }}";
        let rewritten = run(source, false, false);
        let at = rewritten.text.find("foo").unwrap();
        assert_eq!(rewritten.original(at), source.find("foo").unwrap());
        assert_eq!(rewritten.original(0), 0);
    }
}
