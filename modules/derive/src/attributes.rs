//! What stands in `#[module(...)]` over a struct.

use syn::meta::ParseNestedMeta;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{DeriveInput, Error, LitStr, Result, Token, parenthesized};

/// What the struct becomes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Resource,
    Action,
    Facts,
    Declaration,
}

/// Sets of arguments that depend on each other.
#[derive(Default)]
pub struct Relations {
    pub mutually_exclusive: Vec<Vec<String>>,
    pub required_together: Vec<Vec<String>>,
    pub required_one_of: Vec<Vec<String>>,
    /// Argument, value, needed arguments.
    pub required_if: Vec<(String, String, Vec<String>)>,
}

/// The whole attribute.
#[derive(Default)]
pub struct ModuleAttributes {
    pub kind: Option<Kind>,
    pub name: Option<String>,
    pub collection: Option<String>,
    pub aliases: Vec<String>,
    pub free_form: Option<String>,
    pub any_args: bool,
    pub looks_beyond: bool,
    pub idle_user: Option<String>,
    pub diff: bool,
    pub check: Option<String>,
    pub relations: Relations,
    pub returns: Vec<Vec<String>>,
    pub examples: Option<String>,
}

impl ModuleAttributes {
    /// Reads every `#[module(...)]` of the struct; `group` allows only what a group of arguments can say.
    pub fn read(input: &DeriveInput, group: bool) -> Result<Self> {
        let mut out = ModuleAttributes::default();
        for attribute in input.attrs.iter().filter(|a| a.path().is_ident("module")) {
            attribute.parse_nested_meta(|meta| out.take(&meta, group))?;
        }
        Ok(out)
    }

    fn take(&mut self, meta: &ParseNestedMeta, group: bool) -> Result<()> {
        let Some(name) = meta.path.get_ident().map(ToString::to_string) else {
            return Err(meta.error("expected a word"));
        };
        match name.as_str() {
            "mutually_exclusive" => self.relations.mutually_exclusive.push(words(meta)?),
            "required_together" => self.relations.required_together.push(words(meta)?),
            "required_one_of" => self.relations.required_one_of.push(words(meta)?),
            "required_if" => {
                let mut all = words(meta)?;
                if all.len() < 3 {
                    return Err(meta.error("required_if(\"argument\", \"value\", \"needed\", ...)"));
                }
                let needed = all.split_off(2);
                let value = all.pop().unwrap_or_default();
                let argument = all.pop().unwrap_or_default();
                self.relations.required_if.push((argument, value, needed));
            }
            other if group => {
                return Err(meta.error(format!("`{other}` belongs to a module, not to a group of arguments")));
            }
            "kind" => {
                let word: LitStr = meta.value()?.parse()?;
                self.kind = Some(match word.value().as_str() {
                    "resource" => Kind::Resource,
                    "action" => Kind::Action,
                    "facts" => Kind::Facts,
                    "declaration" => Kind::Declaration,
                    _ => return Err(Error::new(word.span(), "one of: resource, action, facts, declaration")),
                });
            }
            "name" => self.name = Some(string(meta)?),
            "collection" => self.collection = Some(string(meta)?),
            "aliases" | "alias" => self.aliases.extend(words(meta)?),
            "free_form" => self.free_form = Some(string(meta)?),
            "any_args" => self.any_args = true,
            "looks_beyond" => self.looks_beyond = true,
            "idle_user" => self.idle_user = Some(string(meta)?),
            "diff" => self.diff = true,
            "check" => {
                let word: LitStr = meta.value()?.parse()?;
                if !["full", "partial", "none"].contains(&word.value().as_str()) {
                    return Err(Error::new(word.span(), "one of: full, partial, none"));
                }
                self.check = Some(word.value());
            }
            "returns" => self.returns.extend(triples(meta)?),
            "examples" => self.examples = Some(string(meta)?),
            other => return Err(meta.error(format!("a module has no attribute `{other}`"))),
        }
        Ok(())
    }
}

/// `name = "text"`.
pub fn string(meta: &ParseNestedMeta) -> Result<String> {
    Ok(meta.value()?.parse::<LitStr>()?.value())
}

/// `name = "one"` or `name("one", "two")`.
pub fn words(meta: &ParseNestedMeta) -> Result<Vec<String>> {
    if meta.input.peek(Token![=]) {
        return Ok(vec![string(meta)?]);
    }
    let content;
    parenthesized!(content in meta.input);
    literals(&content)
}

fn literals(input: ParseStream) -> Result<Vec<String>> {
    let all = Punctuated::<LitStr, Token![,]>::parse_terminated(input)?;
    Ok(all.iter().map(LitStr::value).collect())
}

/// `returns(("name", "type", "meaning"), ...)`.
fn triples(meta: &ParseNestedMeta) -> Result<Vec<Vec<String>>> {
    let content;
    parenthesized!(content in meta.input);
    let all = Punctuated::<Vec<String>, Token![,]>::parse_terminated_with(&content, |input| {
        let inner;
        parenthesized!(inner in input);
        let three = literals(&inner)?;
        if three.len() == 3 { Ok(three) } else { Err(inner.error("expected (\"name\", \"type\", \"meaning\")")) }
    })?;
    Ok(all.into_iter().collect())
}
