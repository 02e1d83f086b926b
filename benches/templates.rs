//! Templates on the hot path: one file of two kilobytes with thirty variables, and a thousand conditions.
//! `cargo bench --bench templates`

#![allow(clippy::unwrap_used, reason = "a bench says so by failing")]

mod sample;

use divan::{Bencher, black_box};
use hostler::template::{FileSyntax, Jinja, JinjaOptions};
use sample::{conditions, file, place, scope};

fn main() {
    divan::main();
}

#[divan::bench]
fn render_two_kilobytes(bencher: Bencher<'_, '_>) {
    let jinja = Jinja::new(JinjaOptions::default());
    let scope = scope(&jinja);
    let text = file();
    let template = jinja.file(&text, place(&text), FileSyntax::default()).unwrap();
    bencher.bench(|| jinja.render_text(black_box(&template), &scope).unwrap());
}

#[divan::bench]
fn compile_two_kilobytes(bencher: Bencher<'_, '_>) {
    let jinja = Jinja::new(JinjaOptions::default());
    let text = file();
    bencher.bench(|| jinja.file(black_box(&text), place(&text), FileSyntax::default()).unwrap());
}

#[divan::bench]
fn a_thousand_conditions(bencher: Bencher<'_, '_>) {
    let jinja = Jinja::new(JinjaOptions::default());
    let scope = scope(&jinja);
    let conditions = conditions(&jinja);
    bencher.bench(|| conditions.iter().filter(|c| jinja.test(black_box(c), &scope).unwrap()).count());
}
