//! What a text holds decides which ways of writing it can be read back.

/// Which styles are possible for a text.
pub(super) struct Analysis {
    pub multiline: bool,
    pub flow_plain: bool,
    pub block_plain: bool,
    pub single_quoted: bool,
    pub block: bool,
}

/// A line break of YAML 1.1.
pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_blank_or_end(c: Option<char>) -> bool {
    c.is_none_or(|c| matches!(c, ' ' | '\t' | '\0') || is_break(c))
}

/// What libyaml writes without an escape. It knows no characters beyond the first plane.
pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && c != '\u{feff}'
}

impl Analysis {
    pub fn of(text: &str, allow_unicode: bool) -> Analysis {
        let mut a =
            Analysis { multiline: false, flow_plain: true, block_plain: true, single_quoted: true, block: true };
        if text.is_empty() {
            (a.flow_plain, a.block) = (false, false);
            return a;
        }
        let marker = text.starts_with("---") || text.starts_with("...");
        let (mut block_indicators, mut flow_indicators) = (marker, marker);
        let (mut special, mut space_break, mut break_space) = (false, false, false);
        let (mut previous_space, mut previous_break, mut preceded) = (false, false, true);
        let mut chars = text.chars().peekable();
        let mut first = true;
        while let Some(c) = chars.next() {
            let followed = is_blank_or_end(chars.peek().copied());
            match c {
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`'
                    if first =>
                {
                    (flow_indicators, block_indicators) = (true, true);
                }
                '-' if first && followed => (flow_indicators, block_indicators) = (true, true),
                '?' | ':' if first => {
                    flow_indicators = true;
                    block_indicators |= followed;
                }
                ',' | '?' | '[' | ']' | '{' | '}' => flow_indicators = true,
                ':' => {
                    flow_indicators = true;
                    block_indicators |= followed;
                }
                '#' if preceded => (flow_indicators, block_indicators) = (true, true),
                _ => {}
            }
            special |= !is_printable(c) || (!c.is_ascii() && !allow_unicode);
            let last = chars.peek().is_none();
            if c == ' ' {
                if first || last {
                    (a.flow_plain, a.block_plain) = (false, false);
                }
                if last {
                    a.block = false;
                }
                break_space |= previous_break;
                (previous_space, previous_break) = (true, false);
            } else if is_break(c) {
                a.multiline = true;
                space_break |= previous_space;
                (previous_space, previous_break) = (false, true);
            } else {
                (previous_space, previous_break) = (false, false);
            }
            preceded = is_blank_or_end(Some(c));
            first = false;
        }
        if a.multiline || break_space || space_break || special {
            (a.flow_plain, a.block_plain) = (false, false);
        }
        if break_space || space_break || special {
            a.single_quoted = false;
        }
        if space_break || special {
            a.block = false;
        }
        a.flow_plain &= !flow_indicators;
        a.block_plain &= !block_indicators;
        a
    }
}
