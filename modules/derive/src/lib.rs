//! The derives of the sdk. `Module` turns a documented struct into its declaration, parser and registration; `Choice`
//! an enum into a set of allowed words.

use proc_macro::TokenStream;

/// See `docs/writing-a-module.md`.
#[proc_macro_derive(Module, attributes(module, arg))]
pub fn module(_input: TokenStream) -> TokenStream {
    TokenStream::new()
}

/// An enum whose variants are the allowed words of an argument (snake case, or `#[arg(rename = "...")]`).
#[proc_macro_derive(Choice, attributes(arg))]
pub fn choice(_input: TokenStream) -> TokenStream {
    TokenStream::new()
}
