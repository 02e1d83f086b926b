//! How a template is read: delimiters, trimming, newlines, and the `#jinja2:` line that sets them inside a file.

use minijinja::syntax::SyntaxConfig;

/// The settings of one template; Ansible's defaults, not Jinja's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSyntax {
    /// `{{`
    pub variable_start: String,
    /// `}}`
    pub variable_end: String,
    /// `{%`
    pub block_start: String,
    /// `%}`
    pub block_end: String,
    /// `{#`
    pub comment_start: String,
    /// `#}`
    pub comment_end: String,
    /// Whether a newline after a block is dropped (Ansible: yes).
    pub trim_blocks: bool,
    /// Whether white space before a block is dropped (no).
    pub lstrip_blocks: bool,
    /// What each newline of the output is written as.
    pub newline: String,
    /// Whether Jinja keeps a last newline. Ansible says no and puts the lost ones back afterwards.
    pub keep_trailing_newline: bool,
    /// Lines that start with this are statements.
    pub line_statement: Option<String>,
    /// What starts a comment to the end of the line.
    pub line_comment: Option<String>,
}

impl Default for FileSyntax {
    fn default() -> Self {
        FileSyntax {
            variable_start: "{{".into(),
            variable_end: "}}".into(),
            block_start: "{%".into(),
            block_end: "%}".into(),
            comment_start: "{#".into(),
            comment_end: "#}".into(),
            trim_blocks: true,
            lstrip_blocks: false,
            newline: "\n".into(),
            keep_trailing_newline: false,
            line_statement: None,
            line_comment: None,
        }
    }
}

/// The line that Ansible reads settings from.
pub(crate) const HEADER: &str = "#jinja2:";

impl FileSyntax {
    /// Whether a text holds anything that Jinja would read.
    pub fn is_template(&self, text: &str) -> bool {
        text.starts_with(HEADER)
            || [&self.variable_start, &self.block_start, &self.comment_start].iter().any(|s| text.contains(s.as_str()))
    }

    /// Reads a `#jinja2:` line; gives the settings and where the template itself starts. Errors are sentences.
    pub(crate) fn with_header(&self, text: &str) -> Result<(FileSyntax, usize), String> {
        let mut syntax = self.clone();
        let Some(rest) = text.strip_prefix(HEADER) else { return Ok((syntax, 0)) };
        let Some(end) = rest.find('\n') else { return Err(format!("missing newline after `{HEADER}`")) };
        for pair in rest[..end].split(',') {
            let pair = pair.trim();
            let (key, value) = pair
                .split_once(':')
                .ok_or_else(|| format!("Missing key-value separator `:` in `{HEADER}`: `{pair}`"))?;
            syntax.set(key.trim(), value.trim())?;
        }
        Ok((syntax, HEADER.len() + end + 1))
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let text = || literal(value).ok_or_else(|| format!("`{key}` needs quoted text, found `{value}`"));
        let flag = || match value {
            "True" => Ok(true),
            "False" => Ok(false),
            _ => Err(format!("`{key}` needs `True` or `False`, found `{value}`")),
        };
        let optional = || if value == "None" { Ok(None) } else { text().map(Some) };
        match key {
            "variable_start_string" => self.variable_start = text()?,
            "variable_end_string" => self.variable_end = text()?,
            "block_start_string" => self.block_start = text()?,
            "block_end_string" => self.block_end = text()?,
            "comment_start_string" => self.comment_start = text()?,
            "comment_end_string" => self.comment_end = text()?,
            "trim_blocks" => self.trim_blocks = flag()?,
            "lstrip_blocks" => self.lstrip_blocks = flag()?,
            "newline_sequence" => self.newline = text()?,
            "keep_trailing_newline" => self.keep_trailing_newline = flag()?,
            "line_statement_prefix" => self.line_statement = optional()?,
            "line_comment_prefix" => self.line_comment = optional()?,
            _ => return Err(format!("`{HEADER}` knows no `{key}`")),
        }
        Ok(())
    }

    /// The same for minijinja's reader, which never sees the newline setting.
    pub(crate) fn config(&self) -> Result<SyntaxConfig, String> {
        let mut builder = SyntaxConfig::builder();
        builder
            .variable_delimiters(self.variable_start.clone(), self.variable_end.clone())
            .block_delimiters(self.block_start.clone(), self.block_end.clone())
            .comment_delimiters(self.comment_start.clone(), self.comment_end.clone())
            .trim_blocks(self.trim_blocks)
            .lstrip_blocks(self.lstrip_blocks)
            .keep_trailing_newline(self.keep_trailing_newline);
        if let Some(prefix) = &self.line_statement {
            builder.line_statement_prefix(prefix.clone());
        }
        if let Some(prefix) = &self.line_comment {
            builder.line_comment_prefix(prefix.clone());
        }
        builder.build().map_err(|_| "block, variable and comment start strings must be different".to_owned())
    }
}

/// A Python string literal as it stands in a header.
fn literal(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    Some(super::escapes::unescape(inner).unwrap_or_else(|| inner.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_sets_what_it_names() {
        let text = "#jinja2: lstrip_blocks: True, variable_start_string: '[['\nx";
        let (syntax, start) = FileSyntax::default().with_header(text).unwrap();
        assert!(syntax.lstrip_blocks && syntax.trim_blocks);
        assert_eq!((syntax.variable_start.as_str(), &text[start..]), ("[[", "x"));
        assert!(FileSyntax::default().with_header("#jinja2: nonsense: True\n").is_err());
        assert!(FileSyntax::default().with_header("#jinja2: trim_blocks:yes\n").is_err());
        assert!(FileSyntax::default().with_header("#jinja2: trim_blocks:True").is_err());
    }
}
