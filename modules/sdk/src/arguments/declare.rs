//! Functions that the derives call at compile time, so that a declaration is a constant.

use crate::args::FromValue;
use crate::spec::{ArgSpec, ArgType};

/// The number of arguments in all parts together.
pub const fn total(parts: &[&[ArgSpec]]) -> usize {
    let (mut sum, mut at) = (0, 0);
    while at < parts.len() {
        sum += parts[at].len();
        at += 1;
    }
    sum
}

/// The parts in a row; `N` is their [`total`].
pub const fn concat<const N: usize>(parts: &[&[ArgSpec]]) -> [ArgSpec; N] {
    const NOTHING: ArgSpec = ArgSpec {
        name: "",
        aliases: &[],
        ty: ArgType::Raw,
        elements: None,
        required: false,
        default: None,
        choices: &[],
        secret: false,
        options: &[],
        doc: "",
    };
    let mut all = [NOTHING; N];
    let (mut part, mut to) = (0, 0);
    while part < parts.len() {
        let mut from = 0;
        while from < parts[part].len() {
            all[to] = parts[part][from];
            from += 1;
            to += 1;
        }
        part += 1;
    }
    all
}

/// Whether `default` can be the default of a field of this type: one of the choices, where there are any. Lists of
/// choices are checked when they are read.
pub const fn may_default<T: FromValue>(default: &str) -> bool {
    if T::CHOICES.is_empty() || T::ELEMENTS.is_some() {
        return true;
    }
    let mut at = 0;
    while at < T::CHOICES.len() {
        if same(T::CHOICES[at], default) {
            return true;
        }
        at += 1;
    }
    false
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}
