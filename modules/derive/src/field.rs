//! One field of a struct: an argument, a flattened group, an argument with sub-options, or the rest.

use crate::attributes::words;
use crate::docs;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Field, GenericArgument, Ident, Lit, PathArguments, Result, Type};

/// What a field takes from the arguments.
pub enum Role {
    /// One argument.
    Argument,
    /// One argument whose members are declared by another struct.
    Options,
    /// The arguments of another struct, at the same level.
    Flatten,
    /// Every argument that no other field declares.
    Rest,
}

/// A field as declared.
pub struct ArgField {
    pub ident: Ident,
    pub ty: Type,
    pub role: Role,
    pub name: String,
    aliases: Vec<String>,
    default: Option<String>,
    required: bool,
    secret: bool,
    doc: String,
}

impl ArgField {
    /// Reads the field and refuses what is unsafe or undocumented.
    pub fn read(field: &Field) -> Result<Self> {
        let Some(ident) = field.ident.clone() else {
            return Err(Error::new_spanned(field, "the fields of a module have names"));
        };
        let mut out = ArgField {
            name: plain_name(&ident),
            ident,
            ty: field.ty.clone(),
            role: Role::Argument,
            aliases: Vec::new(),
            default: None,
            required: false,
            secret: is_secret(&field.ty),
            doc: docs::text(&field.attrs),
        };
        let (mut public, mut says_secret) = (false, false);
        for attribute in field.attrs.iter().filter(|a| a.path().is_ident("arg")) {
            attribute.parse_nested_meta(|meta| {
                let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
                match word.as_str() {
                    "alias" | "aliases" => out.aliases.extend(words(&meta)?),
                    "name" | "rename" => out.name = meta.value()?.parse::<syn::LitStr>()?.value(),
                    "default" => out.default = Some(default_text(&meta.value()?.parse::<Lit>()?)?),
                    "required" => out.required = true,
                    "secret" => says_secret = true,
                    "public" => public = true,
                    "flatten" => out.role = Role::Flatten,
                    "options" => out.role = Role::Options,
                    "rest" => out.role = Role::Rest,
                    other => return Err(meta.error(format!("an argument has no attribute `{other}`"))),
                }
                Ok(())
            })?;
        }
        if matches!(out.role, Role::Flatten | Role::Rest) {
            return Ok(out);
        }
        if out.doc.is_empty() {
            let message = format!("argument `{}` needs a doc comment: it is the argument's documentation", out.name);
            return Err(Error::new(out.ident.span(), message));
        }
        if says_secret && !out.secret {
            return Err(Error::new_spanned(
                &out.ty,
                "a secret argument has the type `Secret<...>`, so that it cannot be printed",
            ));
        }
        if !out.secret && !public && std::iter::once(&out.name).chain(&out.aliases).any(|name| sounds_secret(name)) {
            let message = format!(
                "argument `{}` sounds like a secret: give it the type `Secret<...>`, or mark it `#[arg(public)]` if it may be shown",
                out.name
            );
            return Err(Error::new_spanned(&out.ty, message));
        }
        if out.required && out.default.is_some() {
            return Err(Error::new(out.ident.span(), "a required argument has no use for a default"));
        }
        Ok(out)
    }

    /// The expression of its `ArgSpec`.
    pub fn spec(&self) -> TokenStream {
        let ArgField { name, aliases, ty, secret, doc, .. } = self;
        let (default, needed) = match (&self.default, self.required) {
            (Some(text), _) => (quote!(Some(#text)), quote!(false)),
            (None, true) => (quote!(None), quote!(true)),
            (None, false) => (quote!(None), quote!(!<#ty as Source>::OPTIONAL)),
        };
        let (source, choices, options) = match self.role {
            Role::Options => (quote!(::hostler_sdk::arguments::Options), quote!(&[]), quote!(<#ty as Source>::ARGS)),
            _ => (quote!(::hostler_sdk::FromValue), quote!(<#ty as Source>::CHOICES), quote!(&[])),
        };
        quote! {{
            use #source as Source;
            ::hostler_sdk::ArgSpec {
                name: #name,
                aliases: &[#(#aliases),*],
                ty: <#ty as Source>::TYPE,
                elements: <#ty as Source>::ELEMENTS,
                required: #needed,
                default: #default,
                choices: #choices,
                secret: #secret,
                options: #options,
                doc: #doc,
            }
        }}
    }

    /// A check at compile time that the default is one of the choices.
    pub fn default_check(&self) -> TokenStream {
        let ty = &self.ty;
        match (&self.role, &self.default) {
            (Role::Argument, Some(text)) => {
                let message = format!("the default of `{}` is not one of its choices", self.name);
                quote! {
                    const _: () = assert!(::hostler_sdk::arguments::may_default::<#ty>(#text), #message);
                }
            }
            _ => TokenStream::new(),
        }
    }
}

/// `r#type` and `type_` are `type`.
fn plain_name(ident: &Ident) -> String {
    let text = ident.to_string();
    let text = text.strip_prefix("r#").unwrap_or(&text);
    text.strip_suffix('_').unwrap_or(text).to_owned()
}

fn default_text(literal: &Lit) -> Result<String> {
    match literal {
        Lit::Str(s) => Ok(s.value()),
        Lit::Int(i) => Ok(i.base10_digits().to_owned()),
        Lit::Float(x) => Ok(x.base10_digits().to_owned()),
        Lit::Bool(b) => Ok(b.value.to_string()),
        other => Err(Error::new_spanned(other, "a default is text, a number or a boolean")),
    }
}

/// Whether `Secret` occurs in the type.
fn is_secret(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path.segments.iter().any(|segment| {
        segment.ident == "Secret"
            || matches!(&segment.arguments, PathArguments::AngleBracketed(generic)
                if generic.args.iter().any(|a| matches!(a, GenericArgument::Type(inner) if is_secret(inner))))
    })
}

fn sounds_secret(name: &str) -> bool {
    const WORDS: [&str; 9] =
        ["password", "passwd", "passphrase", "token", "secret", "passwords", "tokens", "secrets", "credentials"];
    let name = name.to_lowercase();
    name.split(['_', '-']).any(|part| WORDS.contains(&part))
        || ["private_key", "api_key", "apikey", "access_key"].iter().any(|end| name.ends_with(end))
}

impl ArgField {
    /// The name and the aliases.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}
