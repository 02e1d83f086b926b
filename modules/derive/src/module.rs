//! `#[derive(Module)]`: the declaration, the parser, and the entry in the registry.

use crate::attributes::{Kind, ModuleAttributes};
use crate::field::Role;
use crate::{arguments, docs};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{DeriveInput, Error, Result};

/// The derive.
pub fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let attributes = ModuleAttributes::read(input, false)?;
    let Some(kind) = attributes.kind else {
        let message = "say what it is: #[module(kind = \"resource\")], or action, facts, declaration";
        return Err(Error::new(Span::call_site(), message));
    };
    let fields = arguments::fields(input)?;
    let struct_name = &input.ident;
    let (summary, description) = docs::summary(&docs::text(&input.attrs));
    if summary.is_empty() {
        return Err(Error::new(struct_name.span(), "a module needs a doc comment: it is the module's documentation"));
    }
    let arguments = arguments::implement(input, &attributes.relations, &fields);
    let name = attributes.name.unwrap_or_else(|| snake_case(&struct_name.to_string()));
    let collection = attributes.collection.unwrap_or_else(|| "ansible.builtin".to_owned());
    let aliases = &attributes.aliases;
    let argument = |attribute: &str, named: &Option<String>| match named {
        Some(arg) if !fields.iter().any(|f| f.name == *arg) => {
            Err(Error::new(struct_name.span(), format!("{attribute} names no argument: `{arg}`")))
        }
        Some(arg) => Ok(quote!(Some(#arg))),
        None => Ok(quote!(None)),
    };
    let free_form = argument("free_form", &attributes.free_form)?;
    let idle_user = argument("idle_user", &attributes.idle_user)?;
    let any_args = attributes.any_args || fields.iter().any(|f| matches!(f.role, Role::Rest));
    let (looks_beyond, diff) = (attributes.looks_beyond, attributes.diff);
    let check = match attributes.check.as_deref() {
        None | Some("full") => quote!(Full),
        Some("partial") => quote!(Partial),
        _ => quote!(None),
    };
    let returns = attributes.returns.iter().map(|triple| {
        let (name, ty, doc) = (&triple[0], &triple[1], &triple[2]);
        quote!(::hostler_sdk::spec::ReturnSpec { name: #name, ty: #ty, doc: #doc })
    });
    let examples = attributes.examples.unwrap_or_default();
    let registration = registration(kind, struct_name);
    Ok(quote! {
        const _: () = {
            #arguments
            #[automatically_derived]
            impl ::hostler_sdk::Module for #struct_name {
                const SPEC: &'static ::hostler_sdk::ModuleSpec = {
                    const RELATIONS: ::hostler_sdk::arguments::Relations =
                        <#struct_name as ::hostler_sdk::Arguments>::RELATIONS;
                    &::hostler_sdk::ModuleSpec {
                        name: #name,
                        collection: #collection,
                        aliases: &[#(#aliases),*],
                        summary: #summary,
                        description: #description,
                        args: &ALL,
                        required_together: RELATIONS.required_together,
                        mutually_exclusive: RELATIONS.mutually_exclusive,
                        required_one_of: RELATIONS.required_one_of,
                        required_if: RELATIONS.required_if,
                        free_form: #free_form,
                        any_args: #any_args,
                        check: ::hostler_sdk::CheckSupport::#check,
                        diff: #diff,
                        looks_beyond: #looks_beyond,
                        idle_user: #idle_user,
                        returns: &[#(#returns),*],
                        examples: #examples,
                    }
                };
                fn parse(
                    args: &::hostler_sdk::Args,
                ) -> ::std::result::Result<Self, ::hostler_sdk::ArgError> {
                    ::hostler_sdk::arguments::parse::<Self>(args)
                }
            }
            #registration
        };
    })
}

fn registration(kind: Kind, name: &syn::Ident) -> TokenStream {
    let adapter = match kind {
        Kind::Resource => quote!(ResourceModule),
        Kind::Action => quote!(ActionModule),
        Kind::Facts => quote!(FactsModule),
        Kind::Declaration => return TokenStream::new(),
    };
    quote! {
        #[allow(unsafe_code)]
        #[::hostler_sdk::linkme::distributed_slice(::hostler_sdk::registry::MODULES)]
        #[linkme(crate = ::hostler_sdk::linkme)]
        static REGISTERED: ::hostler_sdk::Registered = ::hostler_sdk::Registered {
            spec: <#name as ::hostler_sdk::Module>::SPEC,
            module: &::hostler_sdk::registry::#adapter::<#name>(::std::marker::PhantomData),
        };
    }
}

/// `GetUrl` -> `get_url`.
pub fn snake_case(name: &str) -> String {
    let mut out = String::new();
    for (at, c) in name.char_indices() {
        if c.is_uppercase() && at > 0 {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}
