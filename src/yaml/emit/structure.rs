//! Lists and mappings: indicators, indentation, and what stands in one line.

use super::analysis::Analysis;
use super::{EmitOptions, LineBreak, Node, Style};

/// The longest key that is written as `key: value`.
const SIMPLE_KEY: usize = 128;

/// What a node is for.
#[derive(Clone, Copy, Default)]
struct Context {
    mapping: bool,
    simple_key: bool,
}

/// The text so far and what decides how it goes on.
pub(super) struct Emitter<'a> {
    pub out: String,
    pub options: &'a EmitOptions,
    pub indent_step: usize,
    pub width: usize,
    pub column: usize,
    /// Whether the last thing written was white space.
    pub whitespace: bool,
    /// Whether only indentation and `-`, `?`, `:` stand in this line.
    pub indention: bool,
    /// Whether the document must be closed by `...`.
    pub open_ended: bool,
    pub indent: Option<usize>,
    flow_level: usize,
}

impl<'a> Emitter<'a> {
    pub fn new(options: &'a EmitOptions) -> Self {
        let indent_step = if (2..10).contains(&options.indent) { options.indent } else { 2 };
        let width = if options.width > indent_step * 2 { options.width } else { 80 };
        Emitter {
            out: String::new(),
            options,
            indent_step,
            width,
            column: 0,
            whitespace: true,
            indention: true,
            open_ended: false,
            indent: None,
            flow_level: 0,
        }
    }

    pub fn finish(self) -> String {
        self.out
    }

    pub fn document(&mut self, root: &Node) {
        if let Some((major, minor)) = self.options.version {
            self.indicator(&format!("%YAML {major}.{minor}"), true, false, false);
            self.write_indent();
        }
        if self.options.explicit_start || self.options.canonical || self.options.version.is_some() {
            self.write_indent();
            self.indicator("---", true, false, false);
            if self.options.canonical {
                self.write_indent();
            }
        }
        self.node(root, Context::default());
        self.write_indent();
        if self.options.explicit_end || self.open_ended {
            self.indicator("...", true, false, false);
            self.write_indent();
        }
    }

    fn node(&mut self, node: &Node, context: Context) {
        match node {
            Node::Scalar { text, plain, quoted, block, tag } => {
                let analysis = Analysis::of(text, self.options.allow_unicode);
                let wanted = if *block { Some(Style::Literal) } else { self.options.default_style };
                let style = self.style(text, *plain, wanted, &analysis, context);
                if let Some(tag) = tag {
                    self.indicator(tag, true, false, false);
                }
                if style != Style::Plain && !quoted && tag.is_none() {
                    self.indicator("!", true, false, false);
                }
                let outer = self.indent;
                self.deeper(true, false);
                self.scalar(text, style, !context.simple_key);
                self.indent = outer;
            }
            Node::List { items, flow } if self.in_line(*flow || items.is_empty()) => self.flow_list(items),
            Node::List { items, .. } => self.block_list(items, context),
            Node::Map { pairs, flow } if self.in_line(*flow || pairs.is_empty()) => self.flow_map(pairs),
            Node::Map { pairs, .. } => self.block_map(pairs),
        }
    }

    /// Whether a list or mapping stands between brackets.
    fn in_line(&self, wanted: bool) -> bool {
        self.flow_level > 0 || self.options.canonical || wanted
    }

    fn style(&self, text: &str, plain: bool, wanted: Option<Style>, analysis: &Analysis, context: Context) -> Style {
        let mut style = if self.options.canonical { Style::DoubleQuoted } else { wanted.unwrap_or(Style::Plain) };
        if context.simple_key && analysis.multiline {
            style = Style::DoubleQuoted;
        }
        let flow = self.flow_level > 0;
        if style == Style::Plain {
            let possible = if flow { analysis.flow_plain } else { analysis.block_plain };
            let empty = text.is_empty() && (flow || context.simple_key);
            if !possible || empty || !plain {
                style = Style::SingleQuoted;
            }
        }
        match style {
            Style::SingleQuoted if !analysis.single_quoted => Style::DoubleQuoted,
            Style::Literal | Style::Folded if !analysis.block || flow || context.simple_key => Style::DoubleQuoted,
            style => style,
        }
    }

    fn deeper(&mut self, flow: bool, indentless: bool) {
        self.indent = match self.indent {
            None => Some(if flow { self.indent_step } else { 0 }),
            Some(n) if indentless => Some(n),
            Some(n) => Some(n + self.indent_step),
        };
    }

    /// Opens a list or mapping between brackets; the indentation around it comes back.
    fn open(&mut self, tag: &str, bracket: &str) -> Option<usize> {
        if self.options.canonical {
            self.indicator(tag, true, false, false);
        }
        self.indicator(bracket, true, true, false);
        let outer = self.indent;
        self.deeper(true, false);
        self.flow_level += 1;
        outer
    }

    fn close(&mut self, outer: Option<usize>, empty: bool, bracket: &str) {
        self.flow_level -= 1;
        self.indent = outer;
        if self.options.canonical && !empty {
            self.indicator(",", false, false, false);
            self.write_indent();
        }
        self.indicator(bracket, false, false, false);
    }

    fn flow_list(&mut self, items: &[Node]) {
        let outer = self.open("!!seq", "[");
        for (n, item) in items.iter().enumerate() {
            self.flow_separator(n);
            self.node(item, Context::default());
        }
        self.close(outer, items.is_empty(), "]");
    }

    fn flow_map(&mut self, pairs: &[(Node, Node)]) {
        let outer = self.open("!!map", "{");
        for (n, (key, value)) in pairs.iter().enumerate() {
            self.flow_separator(n);
            if !self.options.canonical && is_simple(key) {
                self.node(key, Context { mapping: true, simple_key: true });
                self.indicator(":", false, false, false);
            } else {
                self.indicator("?", true, false, false);
                self.node(key, Context { mapping: true, simple_key: false });
                self.fold();
                self.indicator(":", true, false, false);
            }
            self.node(value, Context { mapping: true, simple_key: false });
        }
        self.close(outer, pairs.is_empty(), "}");
    }

    fn flow_separator(&mut self, n: usize) {
        if n > 0 {
            self.indicator(",", false, false, false);
        }
        self.fold();
    }

    /// Goes on in the next line where this one is long.
    fn fold(&mut self) {
        if self.options.canonical || self.column > self.width {
            self.write_indent();
        }
    }

    fn block_list(&mut self, items: &[Node], context: Context) {
        let outer = self.indent;
        self.deeper(false, context.mapping && !self.indention);
        for item in items {
            self.write_indent();
            self.indicator("-", true, false, true);
            self.node(item, Context::default());
        }
        self.indent = outer;
    }

    fn block_map(&mut self, pairs: &[(Node, Node)]) {
        let outer = self.indent;
        self.deeper(false, false);
        for (key, value) in pairs {
            self.write_indent();
            if is_simple(key) {
                self.node(key, Context { mapping: true, simple_key: true });
                self.indicator(":", false, false, false);
            } else {
                self.indicator("?", true, false, true);
                self.node(key, Context { mapping: true, simple_key: false });
                self.write_indent();
                self.indicator(":", true, false, true);
            }
            self.node(value, Context { mapping: true, simple_key: false });
        }
        self.indent = outer;
    }

    pub fn indicator(&mut self, text: &str, needs_space: bool, whitespace: bool, indention: bool) {
        if needs_space && !self.whitespace {
            self.put(' ');
        }
        text.chars().for_each(|c| self.put(c));
        self.whitespace = whitespace;
        self.indention &= indention;
        self.open_ended = false;
    }

    pub fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    pub fn line_break(&mut self) {
        self.out.push_str(match self.options.line_break {
            LineBreak::Lf => "\n",
            LineBreak::Cr => "\r",
            LineBreak::CrLf => "\r\n",
        });
        self.column = 0;
    }

    /// Goes to the indentation of this level, in a new line when something stands in this one.
    pub fn write_indent(&mut self) {
        let indent = self.indent.unwrap_or(0);
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.line_break();
        }
        while self.column < indent {
            self.put(' ');
        }
        (self.whitespace, self.indention) = (true, true);
    }
}

fn is_simple(key: &Node) -> bool {
    match key {
        Node::Scalar { text, .. } => text.len() <= SIMPLE_KEY && !text.chars().any(super::analysis::is_break),
        Node::List { items, .. } => items.is_empty(),
        Node::Map { pairs, .. } => pairs.is_empty(),
    }
}
