//! The new side of diffs of files that were sent: the host only names the file, its text is here.

use crate::link::Body;
use hostler_sdk::{Diff, Outcome, Value};
use std::io::Read;

/// Largest file that is shown, in bytes: Ansible's default of `max_diff_size`.
const MAX_DIFF: u64 = 104_448;

/// Puts the text of sent files into the diffs that name them by number. `header` is what stands over the text.
pub(in crate::actions) fn show_sent(outcome: &mut Outcome, bodies: &[Body], header: &dyn Fn(usize) -> Option<String>) {
    for diff in &mut outcome.diff {
        let Value::Int(number) = diff.after else { continue };
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        match bodies.get(number).map_or_else(|| Ok(String::new()), text) {
            Ok(text) => {
                diff.after = text.into();
                diff.after_header = header(number).or(diff.after_header.take());
            }
            Err(reason) => {
                *diff = Diff { prepared: Some(format!("diff skipped: source file {reason}\n")), ..Diff::default() };
            }
        }
    }
}

fn text(body: &Body) -> Result<String, String> {
    let mut bytes = Vec::new();
    let opened = body.open().map_err(|e| format!("cannot be read: {e}"))?;
    opened.take(MAX_DIFF + 1).read_to_end(&mut bytes).map_err(|e| format!("cannot be read: {e}"))?;
    if bytes.len() as u64 > MAX_DIFF {
        return Err(format!("size is greater than {MAX_DIFF}"));
    }
    if bytes.contains(&0) {
        return Err("appears to be binary".to_owned());
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(content: &[u8]) -> Diff {
        let diff = Diff { after: Value::from(0), ..Diff::text("old", "", "/dest") };
        let mut outcome = Outcome { diff: vec![diff], ..Outcome::default() };
        show_sent(&mut outcome, &[Body::Bytes(content.into())], &|_| Some("source".into()));
        outcome.diff.remove(0)
    }

    #[test]
    fn text_is_shown_and_the_rest_is_explained() {
        assert_eq!(shown(b"new"), Diff { after_header: Some("source".into()), ..Diff::text("old", "new", "/dest") });
        assert_eq!(shown(b"\0").prepared.as_deref(), Some("diff skipped: source file appears to be binary\n"));
        assert!(shown(&vec![b'x'; 200_000]).prepared.unwrap().contains("size is greater than 104448"));
    }
}
