//! The derives of the sdk. `Module` turns a documented struct into its declaration, parser and registration; `Arguments`
//! does the same for a group of arguments or of sub-options; `Choice` turns an enum into a set of allowed words.

mod arguments;
mod attributes;
mod choice;
mod docs;
mod field;
mod module;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// A module from a documented struct: `SPEC`, `parse` and the registration. See `docs/writing-a-module.md`.
#[proc_macro_derive(Module, attributes(module, arg))]
pub fn module(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    module::expand(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// A group of arguments that several modules share (`#[arg(flatten)]`), or the sub-options of one argument
/// (`#[arg(options)]`).
#[proc_macro_derive(Arguments, attributes(module, arg))]
pub fn arguments(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    arguments::expand(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// An enum whose variants are the allowed words of an argument (snake case, or `#[arg(rename = "...")]`; further
/// spellings with `#[arg(alias = "...")]`).
#[proc_macro_derive(Choice, attributes(arg))]
pub fn choice(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    choice::expand(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
