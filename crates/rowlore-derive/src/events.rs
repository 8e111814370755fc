//! `events(…)`: how one event table is made.

use syn::Result;
use syn::meta::ParseNestedMeta;

use crate::attributes::{self, Problems};
use crate::declaration::{Events, Extra};
use crate::fields::{self, Field};

const WORDS: &[&str] =
    &["name", "schema", "no_key", "context", "time", "partition", "changeable", "index", "extra"];

/// Reads one `events(…)`; what is wrong in it goes to `problems`.
pub(crate) fn read(meta: &ParseNestedMeta<'_>, fields: &[Field], problems: &mut Problems) -> Result<Events> {
    if !meta.input.peek(syn::token::Paren) {
        return Err(meta.error("write events(name = \"…\") or events(context = \"json\")"));
    }
    let mut events = Events::default();
    if attributes::is_plain(meta) {
        attributes::skip_value(meta)?;
        return Ok(events);
    }
    meta.parse_nested_meta(|meta| {
        match attributes::word(&meta).as_str() {
            word @ ("name" | "schema") => {
                let text = attributes::text(&meta)?.value();
                let slot = if word == "name" { &mut events.name } else { &mut events.schema };
                attributes::once(slot, text, &meta, problems);
            }
            "no_key" => attributes::flag(&mut events.no_key, &meta, problems)?,
            "changeable" => attributes::flag(&mut events.changeable, &meta, problems)?,
            "context" => one_of(&mut events.context, &["reference", "json", "none"], &meta, problems)?,
            "time" => one_of(&mut events.time, &["statement", "transaction"], &meta, problems)?,
            "partition" => one_of(&mut events.partition, &["day", "week", "month", "year"], &meta, problems)?,
            "index" => {
                let columns = attributes::names(&meta)?;
                events.indexes.push(fields::columns(columns, fields, problems));
            }
            "extra" => events.extra.extend(extra(&meta, problems)?),
            _ => attributes::unknown(&meta, "events(…)", WORDS, problems)?,
        }
        Ok(())
    })?;
    Ok(events)
}

fn one_of(
    slot: &mut Option<String>,
    known: &[&str],
    meta: &ParseNestedMeta<'_>,
    problems: &mut Problems,
) -> Result<()> {
    if let Some(word) = attributes::one_of(meta, known, problems)? {
        attributes::once(slot, word, meta, problems);
    }
    Ok(())
}

/// `extra(name = "tenant", type = "text", value = "…")`.
fn extra(meta: &ParseNestedMeta<'_>, problems: &mut Problems) -> Result<Option<Extra>> {
    let form = "write extra(name = \"tenant\", type = \"text\")";
    if !meta.input.peek(syn::token::Paren) {
        return Err(meta.error(form));
    }
    let place = meta.path.clone();
    let (mut name, mut sql_type, mut value) = (None, None, None);
    meta.parse_nested_meta(|meta| {
        let slot = match attributes::word(&meta).as_str() {
            "name" => &mut name,
            "type" => &mut sql_type,
            "value" => &mut value,
            _ => return attributes::unknown(&meta, "extra(…)", &["name", "type", "value"], problems),
        };
        let text = attributes::text(&meta)?.value();
        attributes::once(slot, text, &meta, problems);
        Ok(())
    })?;
    match (name, sql_type) {
        (Some(name), Some(sql_type)) => Ok(Some(Extra { name, sql_type, value })),
        _ => {
            problems.at(place, format!("an extra column needs a name and a type: {form}"));
            Ok(None)
        }
    }
}
