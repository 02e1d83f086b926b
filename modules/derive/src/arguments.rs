//! `#[derive(Arguments)]`, and the part of `#[derive(Module)]` that is the same: the table of arguments and its reader.

use crate::attributes::{ModuleAttributes, Relations};
use crate::field::{ArgField, Role};
use proc_macro2::TokenStream;
use quote::quote;
use std::collections::HashSet;
use syn::{Data, DeriveInput, Error, Fields, Result};

/// The derive for a group of arguments.
pub fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let attributes = ModuleAttributes::read(input, true)?;
    let implementation = implement(input, &attributes.relations, &fields(input)?);
    Ok(quote! { const _: () = { #implementation }; })
}

/// The fields of a struct, read and checked.
pub fn fields(input: &DeriveInput) -> Result<Vec<ArgField>> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(input, "arguments are declared by a struct"));
    };
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(&input.generics, "arguments have no type parameters"));
    }
    let fields = match &data.fields {
        Fields::Named(named) => named.named.iter().map(ArgField::read).collect::<Result<Vec<_>>>()?,
        Fields::Unit => Vec::new(),
        Fields::Unnamed(_) => return Err(Error::new_spanned(&data.fields, "the fields of a module have names")),
    };
    let mut seen = HashSet::new();
    for field in fields.iter().filter(|f| matches!(f.role, Role::Argument | Role::Options)) {
        for name in field.names() {
            if !seen.insert(name) {
                return Err(Error::new(field.ident.span(), format!("argument `{name}` is declared twice")));
            }
        }
    }
    Ok(fields)
}

/// The items inside `const _`: the table `OWN` and `impl Arguments`.
pub fn implement(input: &DeriveInput, relations: &Relations, fields: &[ArgField]) -> TokenStream {
    let name = &input.ident;
    let own: Vec<&ArgField> = fields.iter().filter(|f| matches!(f.role, Role::Argument | Role::Options)).collect();
    let specs = own.iter().map(|f| f.spec());
    let checks = own.iter().map(|f| f.default_check());
    let flattened: Vec<_> = fields.iter().filter(|f| matches!(f.role, Role::Flatten)).map(|f| &f.ty).collect();
    let mut index = 0usize;
    let reads = fields.iter().map(|field| {
        let (ident, ty) = (&field.ident, &field.ty);
        let read = match field.role {
            Role::Flatten => quote!(<#ty as ::hostler_sdk::Arguments>::read(from)?),
            Role::Rest => quote!(from.rest(<Self as ::hostler_sdk::Arguments>::ARGS)),
            Role::Argument | Role::Options => {
                let at = index;
                index += 1;
                match field.role {
                    Role::Options => quote!(from.options(&OWN[#at])?),
                    _ => quote!(from.arg(&OWN[#at])?),
                }
            }
        };
        quote!(#ident: #read)
    });
    let reads: Vec<TokenStream> = reads.collect();
    let relations = relations_expression(relations);
    quote! {
        const OWN: &[::hostler_sdk::ArgSpec] = &[#(#specs),*];
        const PARTS: &[&[::hostler_sdk::ArgSpec]] =
            &[OWN, #(<#flattened as ::hostler_sdk::Arguments>::ARGS),*];
        const ALL: [::hostler_sdk::ArgSpec; ::hostler_sdk::arguments::total(PARTS)] =
            ::hostler_sdk::arguments::concat(PARTS);
        #(#checks)*
        #[automatically_derived]
        impl ::hostler_sdk::Arguments for #name {
            const ARGS: &'static [::hostler_sdk::ArgSpec] = &ALL;
            const RELATIONS: ::hostler_sdk::arguments::Relations = #relations;
            fn read(
                from: &::hostler_sdk::arguments::Reader<'_>,
            ) -> ::std::result::Result<Self, ::hostler_sdk::ArgError> {
                let _ = from;
                Ok(Self { #(#reads),* })
            }
        }
    }
}

fn relations_expression(relations: &Relations) -> TokenStream {
    let sets = |sets: &[Vec<String>]| {
        let sets = sets.iter().map(|set| quote!(&[#(#set),*]));
        quote!(&[#(#sets),*])
    };
    let exclusive = sets(&relations.mutually_exclusive);
    let together = sets(&relations.required_together);
    let one_of = sets(&relations.required_one_of);
    let conditional =
        relations.required_if.iter().map(|(argument, value, needed)| quote!((#argument, #value, &[#(#needed),*])));
    quote! {
        ::hostler_sdk::arguments::Relations {
            mutually_exclusive: #exclusive,
            required_together: #together,
            required_one_of: #one_of,
            required_if: &[#(#conditional),*],
        }
    }
}
