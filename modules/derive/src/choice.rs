//! `#[derive(Choice)]`: an enum of unit variants as the allowed words of an argument.

use crate::attributes::{string, words};
use crate::module::snake_case;
use proc_macro2::TokenStream;
use quote::quote;
use std::collections::HashSet;
use syn::{Data, DeriveInput, Error, Fields, Result};

/// The derive.
pub fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Enum(data) = &input.data else {
        return Err(Error::new_spanned(input, "choices are the variants of an enum"));
    };
    let mut listed = Vec::new();
    let (mut to_word, mut from_word) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(Error::new_spanned(variant, "a choice carries no data"));
        }
        let ident = &variant.ident;
        let mut word = snake_case(&ident.to_string());
        let mut aliases = Vec::new();
        for attribute in variant.attrs.iter().filter(|a| a.path().is_ident("arg")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("rename") || meta.path.is_ident("name") {
                    word = string(&meta)?;
                } else if meta.path.is_ident("alias") || meta.path.is_ident("aliases") {
                    aliases.extend(words(&meta)?);
                } else {
                    return Err(meta.error("a choice has `rename` and `alias`"));
                }
                Ok(())
            })?;
        }
        to_word.push(quote!(Self::#ident => #word));
        for spelling in std::iter::once(word).chain(aliases) {
            if !seen.insert(spelling.clone()) {
                return Err(Error::new(ident.span(), format!("the word `{spelling}` is there twice")));
            }
            from_word.push(quote!(#spelling => Some(Self::#ident)));
            listed.push(spelling);
        }
    }
    let name = &input.ident;
    Ok(quote! {
        impl #name {
            /// The word that stands for this choice.
            #[allow(dead_code)]
            pub const fn as_str(&self) -> &'static str {
                match self { #(#to_word),* }
            }
        }
        #[automatically_derived]
        impl ::hostler_sdk::FromValue for #name {
            const TYPE: ::hostler_sdk::ArgType = ::hostler_sdk::ArgType::Str;
            const CHOICES: &'static [&'static str] = &[#(#listed),*];
            fn from_value(value: &::hostler_sdk::Value) -> ::std::result::Result<Self, ::std::string::String> {
                let word = ::hostler_sdk::arguments::chosen_word(value, Self::CHOICES);
                let found = match &*word {
                    #(#from_word,)*
                    _ => None,
                };
                found.ok_or_else(|| ::std::format!("must be one of: {}, got: {}", Self::CHOICES.join(", "), word))
            }
        }
        #[automatically_derived]
        impl ::std::fmt::Display for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        #[automatically_derived]
        impl ::std::convert::From<#name> for ::hostler_sdk::Value {
            fn from(choice: #name) -> Self {
                ::hostler_sdk::Value::from(choice.as_str())
            }
        }
    })
}
