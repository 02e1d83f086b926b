//! What a text allows when it is written as YAML: without quotes, in which quotes, as a block. PyYAML's `analyze_scalar`.

/// The ways a text can be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Analysis {
    pub multiline: bool,
    /// Without quotes, inside of braces.
    pub flow_plain: bool,
    /// Without quotes, elsewhere.
    pub block_plain: bool,
    pub single_quoted: bool,
    /// As a `|` block.
    pub block: bool,
}

/// Whether a character ends a line.
pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_white(c: char) -> bool {
    is_break(c) || matches!(c, '\0' | ' ' | '\t' | '\r')
}

fn printable(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10fffe}')
        && c != '\u{feff}'
}

impl Analysis {
    pub fn new(text: &str, allow_unicode: bool) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let (Some(first), Some(last)) = (chars.first().copied(), chars.last().copied()) else {
            return Analysis {
                multiline: false,
                flow_plain: false,
                block_plain: true,
                single_quoted: true,
                block: false,
            };
        };
        let marker = text.starts_with("---") || text.starts_with("...");
        let (mut in_block, mut in_flow) = (marker, marker);
        let (mut special, mut break_space, mut space_break) = (false, false, false);
        let mut before: Option<char> = None;
        for (at, c) in chars.iter().copied().enumerate() {
            let ends_word = chars.get(at + 1).is_none_or(|next| is_white(*next));
            match c {
                '#' if at == 0 => (in_flow, in_block) = (true, true),
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' if at == 0 => {
                    (in_flow, in_block) = (true, true);
                }
                '?' if at == 0 => {
                    in_flow = true;
                    in_block |= ends_word;
                }
                ':' => {
                    in_flow = true;
                    in_block |= ends_word;
                }
                '-' if at == 0 && ends_word => (in_flow, in_block) = (true, true),
                ',' | '?' | '[' | ']' | '{' | '}' => in_flow = true,
                '#' if before.is_some_and(is_white) => (in_flow, in_block) = (true, true),
                _ => {}
            }
            special |= !(c == '\n' || matches!(c, ' '..='~') || printable(c) && allow_unicode);
            break_space |= c == ' ' && before.is_some_and(is_break);
            space_break |= is_break(c) && before == Some(' ');
            before = Some(c);
        }
        let multiline = chars.iter().any(|c| is_break(*c));
        let edges = [first, last].iter().any(|c| *c == ' ' || is_break(*c));
        let plain = !(edges || break_space || space_break || special || multiline);
        Analysis {
            multiline,
            flow_plain: plain && !in_flow,
            block_plain: plain && !in_block,
            single_quoted: !(break_space || space_break || special),
            block: !(last == ' ' || space_break || special),
        }
    }
}
