//! What is given to shells of hosts: words that mean exactly themselves, and scripts that pass any login shell as they are.

use std::fmt::Write as _;

pub use hostler_sdk::backend::shell::quoted as word;

/// The line that has `/bin/sh` run a script, whatever shell the line is given to: POSIX shells, csh, fish.
///
/// They agree on single quotes only as long as there is no `!` (csh's history), line end (csh) or backslash (fish) within them. A
/// script with any of these is written in octal numbers.
pub fn login_line(script: &str) -> String {
    if !script.contains(['!', '\n', '\\']) {
        return format!("exec /bin/sh -c {}", word(script));
    }
    format!("exec /bin/sh -c '{}'", in_numbers(script))
}

/// A script that does the same as `script`, with what programs on the way could make something of in octal numbers.
pub fn in_numbers(script: &str) -> String {
    let mut numbers = String::new();
    for c in script.chars() {
        match c {
            '!'..='/' | ':'..='@' | '['..='`' | '{'..='~' | '\n'
                if !matches!(c, '/' | '-' | '_' | '.' | ',' | '=' | ':' | '+') =>
            {
                // Writing to a string cannot fail.
                let _ = write!(numbers, "\\0{:03o}", u32::from(c));
            }
            c => numbers.push(c),
        }
    }
    format!("eval \"$(printf %b \"{numbers}\")\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use std::process::{Command, Stdio};

    /// Login shells that people have, each with the words that have it run a line.
    const SHELLS: &[&[&str]] = &[
        &["sh", "-c"],
        &["dash", "-c"],
        &["bash", "-c"],
        &["busybox", "sh", "-c"],
        &["mksh", "-c"],
        &["ksh93", "-c"],
        &["zsh", "-c"],
        &["tcsh", "-c"],
        &["fish", "-c"],
    ];

    fn there(program: &str) -> bool {
        let found = std::env::split_paths(&std::env::var_os("PATH").unwrap()).any(|dir| dir.join(program).exists());
        if !found {
            assert!(std::env::var_os("CI").is_none(), "{program} is missing");
            eprintln!("skipped: {program} is missing");
        }
        found
    }

    fn said(shell: &[&str], line: &str) -> Vec<u8> {
        let home = std::env::temp_dir();
        let output = Command::new(shell[0])
            .args(&shell[1..])
            .arg(line)
            // Start-up files are not what is tested.
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", &home)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{shell:?} {line:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Text that some shell would make something of.
    fn odd_text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            4 => prop::sample::select(vec![
                "'", "\"", "\\", "!", "!!", "!x", "$", "$HOME", "${x}", "`id`", "$(id)", "\n", "\t", " ", ";", "&", "|", "<", ">", "(", ")",
                "{", "}", "{a,b}", "[", "]", "*", "?", "~", "#", "=", "%", "%s", "\\n", "\\'", "\\0041", "''", "-", "--", "^", "^]", "@", "\r",
            ]).prop_map(str::to_owned),
            2 => "[a-z0-9]{1,6}",
            1 => "\\PC{1,3}",
        ];
        vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

        /// Privilege escalation, "shell quoting": no text is too odd for a word, and no word for the way through a login shell.
        #[test]
        fn words_arrive_as_they_were(words in vec(odd_text(), 1..8)) {
            let list: Vec<String> = words.iter().map(|text| word(text)).collect();
            let script = format!("printf '%s\\0' {}", list.join(" "));
            let inner = format!("exec sh -c {} x", word(&script));
            let wanted: Vec<u8> = words.iter().flat_map(|text| [text.as_bytes(), b"\0"].concat()).collect();
            for shell in SHELLS.iter().filter(|shell| there(shell[0])) {
                for script in [&script, &inner] {
                    let line = login_line(script);
                    prop_assert_eq!(said(shell, &line), wanted.clone(), "{:?} {:?}", shell, line);
                }
            }
        }
    }

    #[test]
    fn what_all_shells_agree_on_stays_readable() {
        assert_eq!(login_line("id -u '$x'"), r"exec /bin/sh -c 'id -u '\''$x'\'''");
        assert_eq!(login_line("a!"), r#"exec /bin/sh -c 'eval "$(printf %b "a\0041")"'"#);
        assert_eq!(word("a'b"), r"'a'\''b'");
    }
}
