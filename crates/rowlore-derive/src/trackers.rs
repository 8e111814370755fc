//! `tracker(…)`: one rule.

use quote::ToTokens;
use syn::Ident;
use syn::Result;
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;

use crate::attributes::{self, Choice, Problems};
use crate::declaration::{Condition, Tracker};
use crate::fields::{self, Field};
use crate::names;

const WORDS: &[&str] = &[
    "label",
    "operations",
    "image",
    "columns",
    "except",
    "ignore",
    "manual",
    "events",
    "when",
    "any_changed",
    "all_changed",
    "any_unchanged",
    "all_unchanged",
];

const OPERATIONS: [&str; 4] = ["insert", "update", "delete", "truncate"];

/// Reads one `tracker(…)`; what is wrong in it goes to `problems`.
pub(crate) fn read(meta: &ParseNestedMeta<'_>, fields: &[Field], problems: &mut Problems) -> Result<Tracker> {
    let mut tracker = Tracker::default();
    // The default rule, as an empty `[[table.tracker]]` is.
    if attributes::is_plain(meta) {
        attributes::skip_value(meta)?;
        return Ok(tracker);
    }
    let mut columns: Option<Choice> = None;
    meta.parse_nested_meta(|meta| {
        match attributes::word(&meta).as_str() {
            word @ ("label" | "events") => {
                let text = attributes::text(&meta)?.value();
                let slot = if word == "label" { &mut tracker.label } else { &mut tracker.events };
                attributes::once(slot, text, &meta, problems);
            }
            "operations" => tracker.operations = operations(&meta, problems)?,
            "image" => {
                if let Some(word) = attributes::one_of(&meta, &["old", "new"], problems)? {
                    attributes::once(&mut tracker.image, word, &meta, problems);
                }
            }
            word @ ("columns" | "except") => {
                let names = attributes::names(&meta)?;
                let choice = if word == "columns" { Choice::Only(names) } else { Choice::Except(names) };
                if columns.replace(choice).is_some() {
                    problems.at(&meta.path, "choose columns once: with `columns(…)` or with `except(…)`");
                }
            }
            "ignore" => {
                let columns = fields::columns(attributes::names_or_none(&meta)?, fields, problems);
                attributes::once(&mut tracker.ignore, columns, &meta, problems);
            }
            "manual" => attributes::flag(&mut tracker.manual, &meta, problems)?,
            "when" => {
                let expression = attributes::text(&meta)?.value();
                set_condition(&meta, &mut tracker, Condition::When(expression), problems);
            }
            word @ ("any_changed" | "all_changed" | "any_unchanged" | "all_unchanged") => {
                let columns = fields::resolve(attributes::choice(&meta)?, fields, problems);
                set_condition(&meta, &mut tracker, Condition::Compares(compares(word), columns), problems);
            }
            _ => attributes::unknown(&meta, "tracker(…)", WORDS, problems)?,
        }
        Ok(())
    })?;
    tracker.columns = columns.map(|choice| fields::resolve(choice, fields, problems));
    Ok(tracker)
}

fn compares(word: &str) -> &'static str {
    match word {
        "any_changed" => "AnyChanged",
        "all_changed" => "AllChanged",
        "any_unchanged" => "AnyUnchanged",
        _ => "AllUnchanged",
    }
}

fn set_condition(
    meta: &ParseNestedMeta<'_>,
    tracker: &mut Tracker,
    condition: Condition,
    problems: &mut Problems,
) {
    if tracker.condition.replace(condition).is_some() {
        let word = meta.path.to_token_stream();
        let hint = "keep one, or join them in one `when` with `and`";
        problems.at(&meta.path, format!("`{word}` is a second condition: {hint}"));
    }
}

fn operations(meta: &ParseNestedMeta<'_>, problems: &mut Problems) -> Result<Vec<&'static str>> {
    if !meta.input.peek(syn::token::Paren) {
        return Err(meta.error("write operations(update, delete)"));
    }
    let content;
    syn::parenthesized!(content in meta.input);
    let words: Punctuated<Ident, syn::Token![,]> = Punctuated::parse_terminated(&content)?;
    let mut all = Vec::new();
    for word in words {
        match OPERATIONS.into_iter().find(|operation| word == operation) {
            Some(operation) => all.push(operation),
            None => {
                let hint = names::suggest(&word.to_string(), OPERATIONS);
                problems.at(&word, format!("there is no operation `{word}`: {hint}"));
            }
        }
    }
    Ok(all)
}
