//! What all attributes have in common: words, lists of columns, and problems that point at their token.

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::meta::ParseNestedMeta;
use syn::parse::ParseStream;
use syn::{Error, Ident, LitStr, Result, Token};

use crate::names;

/// Everything wrong with one struct; rustc shows each at its own token.
#[derive(Default)]
pub(crate) struct Problems(Vec<Error>);

impl Problems {
    pub(crate) fn at(&mut self, token: impl ToTokens, message: impl std::fmt::Display) {
        self.0.push(Error::new_spanned(token, message));
    }

    /// Keeps the error of a part that could not be read, so that the other parts are still looked at.
    pub(crate) fn take<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.0.push(error)).ok()
    }

    pub(crate) fn unless<T>(self, value: T) -> Result<T> {
        let combined = self.0.into_iter().reduce(|mut all, one| {
            all.combine(one);
            all
        });
        combined.map_or(Ok(value), Err)
    }
}

/// The attribute's word as written: `tracker` of `tracker(…)`.
pub(crate) fn word(meta: &ParseNestedMeta<'_>) -> String {
    meta.path.get_ident().map(ToString::to_string).unwrap_or_default()
}

/// Reports a word that is none here, and reads over what it was given.
pub(crate) fn unknown(
    meta: &ParseNestedMeta<'_>,
    place: &str,
    known: &[&str],
    problems: &mut Problems,
) -> Result<()> {
    let written = meta.path.to_token_stream().to_string();
    let hint = names::suggest(&written, known.iter().copied());
    problems.at(&meta.path, format!("unknown attribute `{written}` in {place}: {hint}"));
    skip_value(meta)
}

/// Reads over `= value` or `(…)`, up to the next comma.
pub(crate) fn skip_value(meta: &ParseNestedMeta<'_>) -> Result<()> {
    while !meta.input.is_empty() && !meta.input.peek(Token![,]) {
        meta.input.parse::<TokenTree>()?;
    }
    Ok(())
}

/// Sets what can be said once.
pub(crate) fn once<T>(slot: &mut Option<T>, value: T, meta: &ParseNestedMeta<'_>, problems: &mut Problems) {
    if slot.replace(value).is_some() {
        problems.at(&meta.path, format!("`{}` is written twice: keep one", word(meta)));
    }
}

/// `= "text"`.
pub(crate) fn text(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    let value = meta.value().map_err(|_| meta.error(format!("write {} = \"…\"", word(meta))))?;
    value.parse()
}

/// `= "word"`, one of a few.
pub(crate) fn one_of(
    meta: &ParseNestedMeta<'_>,
    known: &[&str],
    problems: &mut Problems,
) -> Result<Option<String>> {
    let text = text(meta)?;
    if known.contains(&text.value().as_str()) {
        return Ok(Some(text.value()));
    }
    let message = format!("`{}` can't be `{}`: one of {}", word(meta), text.value(), known.join(", "));
    problems.at(text, message);
    Ok(None)
}

/// A column in a list: a field of the struct, or in quotes what the database calls it.
pub(crate) enum Name {
    Field(Ident),
    Column(LitStr),
}

/// A choice of columns as written.
pub(crate) enum Choice {
    All,
    Only(Vec<Name>),
    Except(Vec<Name>),
}

/// A word alone, such as `no_key`.
pub(crate) fn flag(slot: &mut bool, meta: &ParseNestedMeta<'_>, problems: &mut Problems) -> Result<()> {
    if !meta.input.is_empty() && !meta.input.peek(Token![,]) {
        problems.at(&meta.path, format!("`{}` stands alone: leave out what follows it", word(meta)));
        skip_value(meta)?;
    }
    *slot = true;
    Ok(())
}

/// Whether nothing is said: the word alone, or with empty parentheses.
pub(crate) fn is_plain(meta: &ParseNestedMeta<'_>) -> bool {
    let rest = meta.input.fork();
    let empty = |rest: ParseStream<'_>| {
        let content;
        syn::parenthesized!(content in rest);
        Ok(content.is_empty())
    };
    !rest.peek(syn::token::Paren) || empty(&rest).unwrap_or(false)
}

/// `(price, "updated_at")`, or `()` for none.
pub(crate) fn names_or_none(meta: &ParseNestedMeta<'_>) -> Result<Vec<Name>> {
    if meta.input.peek(syn::token::Paren) && is_plain(meta) {
        skip_value(meta)?;
        return Ok(Vec::new());
    }
    names(meta)
}

/// `(price, "updated_at")`.
pub(crate) fn names(meta: &ParseNestedMeta<'_>) -> Result<Vec<Name>> {
    let word = word(meta);
    listed(meta.input, &format!("{word}(price)"))
}

/// `(price)`, `(except(notes))` or `(all)`.
pub(crate) fn choice(meta: &ParseNestedMeta<'_>) -> Result<Choice> {
    let word = word(meta);
    let example = format!("{word}(price), {word}(except(notes)) or {word}(all)");
    let fork = meta.input.fork();
    let content;
    if fork.peek(syn::token::Paren) {
        syn::parenthesized!(content in fork);
        let inner = content.fork();
        match inner.parse::<Ident>() {
            Ok(first) if first == "all" && inner.is_empty() => {
                skip_value(meta)?;
                return Ok(Choice::All);
            }
            Ok(first) if first == "except" && inner.peek(syn::token::Paren) => {
                let content;
                syn::parenthesized!(content in meta.input);
                content.parse::<Ident>()?;
                let names = listed(&content, &example)?;
                if content.is_empty() {
                    return Ok(Choice::Except(names));
                }
                return Err(content.error("nothing can follow `except(…)`"));
            }
            _ => {}
        }
    }
    listed(meta.input, &example).map(Choice::Only)
}

fn listed(input: ParseStream<'_>, example: &str) -> Result<Vec<Name>> {
    if !input.peek(syn::token::Paren) {
        return Err(input.error(format!("name columns in parentheses: {example}")));
    }
    let content;
    syn::parenthesized!(content in input);
    let names = content.parse_terminated(parse_name, Token![,])?;
    if names.is_empty() {
        return Err(content.error(format!("name at least one column: {example}")));
    }
    Ok(names.into_iter().collect())
}

fn parse_name(input: ParseStream<'_>) -> Result<Name> {
    use syn::ext::IdentExt;
    if input.peek(LitStr) {
        input.parse().map(Name::Column)
    } else {
        input.call(Ident::parse_any).map(Name::Field)
    }
}
