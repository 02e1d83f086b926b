//! What the fuzz targets share. The readers and their examples are those of `tests/mutation`; the link is talked to by a server of this
//! process, without sockets and with a clock that never makes anyone wait.
//!
//!     cargo install cargo-fuzz
//!     cargo fuzz run --sanitizer none yaml -- -dict=fuzz/dictionaries/yaml.dict -max_total_time=600
//!
//! A target's first run writes its corpus and its dictionary. No sanitizer: they want a nightly compiler, and there is no unsafe code here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a fuzz target says so by failing")]

pub mod call;
#[path = "../../tests/mutation/readers.rs"]
mod readers;
pub mod stranger;
#[path = "../../tests/mutation/targets.rs"]
pub mod targets;

use std::path::Path;
use targets::Target;

/// Has libFuzzer begin with the target's examples and the words of its grammar.
pub fn prepare(target: &Target) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (corpus, dictionaries) = (here.join("corpus").join(target.name), here.join("dictionaries"));
    for folder in [&corpus, &dictionaries] {
        std::fs::create_dir_all(folder).unwrap();
    }
    for (number, example) in (target.examples)().into_iter().enumerate() {
        std::fs::write(corpus.join(format!("example{number}")), example).unwrap();
    }
    let escaped = |word: &str| word.bytes().map(|byte| format!("\\x{byte:02x}")).collect::<String>();
    let words: String = target.words.iter().map(|word| format!("\"{}\"\n", escaped(word))).collect();
    std::fs::write(dictionaries.join(format!("{}.dict", target.name)), words).unwrap();
}
