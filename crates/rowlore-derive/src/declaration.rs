//! A struct with its attributes → plain data: what is to be declared, all problems at once.

use syn::meta::ParseNestedMeta;
use syn::{Data, DeriveInput, Error, Fields, Ident, Path, Result, Visibility};

use crate::attributes::{self, Choice, Problems};
use crate::fields::{self, Field, Key};
use crate::{events, names, trackers};

/// What the struct declares.
pub(crate) struct Declaration {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) table: String,
    pub(crate) key: Key,
    pub(crate) columns: Columns,
    pub(crate) ignore: Vec<String>,
    pub(crate) links: Vec<String>,
    pub(crate) unchanged: Option<String>,
    pub(crate) baseline: bool,
    pub(crate) events: Vec<Events>,
    pub(crate) trackers: Vec<Tracker>,
    pub(crate) fields: Vec<Field>,
}

/// One `tracker(…)`.
#[derive(Default)]
pub(crate) struct Tracker {
    pub(crate) label: Option<String>,
    pub(crate) operations: Vec<&'static str>,
    pub(crate) image: Option<String>,
    pub(crate) columns: Option<Columns>,
    pub(crate) ignore: Option<Vec<String>>,
    pub(crate) condition: Option<Condition>,
    pub(crate) manual: bool,
    pub(crate) events: Option<String>,
}

/// One `events(…)`.
#[derive(Default)]
pub(crate) struct Events {
    pub(crate) name: Option<String>,
    pub(crate) schema: Option<String>,
    pub(crate) no_key: bool,
    pub(crate) context: Option<String>,
    pub(crate) time: Option<String>,
    pub(crate) partition: Option<String>,
    pub(crate) changeable: bool,
    pub(crate) indexes: Vec<Vec<String>>,
    pub(crate) extra: Vec<Extra>,
}

/// One `extra(…)`.
pub(crate) struct Extra {
    pub(crate) name: String,
    pub(crate) sql_type: String,
    pub(crate) value: Option<String>,
}

/// When a tracker records.
pub(crate) enum Condition {
    /// The variant of `rowlore::declare::Condition`, with its columns.
    Compares(&'static str, Columns),
    When(String),
}

/// A choice of columns, by their names in the database.
pub(crate) enum Columns {
    All,
    Only(Vec<String>),
    Except(Vec<String>),
}

const WORDS: &[&str] = &[
    "table",
    "columns",
    "except",
    "only_fields",
    "ignore",
    "links",
    "unchanged",
    "no_baseline",
    "events",
    "tracker",
];

/// Reads the struct.
pub(crate) fn read(input: &DeriveInput) -> Result<Declaration> {
    let fields = named_fields(input)?;
    let mut problems = Problems::default();
    let rename_all = fields::rename_all(&input.attrs, &mut problems);
    let fields = fields::read(fields, rename_all.as_deref(), &mut problems);
    let key = fields::key(&input.ident, &fields, &mut problems);
    let mut written = Written::default();
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("rowlore")) {
        let read = attribute.parse_nested_meta(|meta| written.read(&meta, &fields, &mut problems));
        problems.take(read);
    }
    let columns = written.choice(&fields, &mut problems);
    let declaration = Declaration {
        ident: input.ident.clone(),
        vis: input.vis.clone(),
        table: written.table.unwrap_or_else(|| names::snake_case(&input.ident.to_string())),
        key,
        columns,
        ignore: written.ignore.unwrap_or_default(),
        links: written.links.unwrap_or_default(),
        unchanged: written.unchanged,
        baseline: !written.no_baseline,
        events: written.events,
        trackers: written.trackers,
        fields,
    };
    problems.unless(declaration)
}

/// What to say of a word that is known, but not here.
fn misplaced(word: &str) -> Option<String> {
    match word {
        "key" => Some("write #[rowlore(key)] on each field of the key".to_owned()),
        "label" | "operations" | "image" | "events" | "when" | "any_changed" | "all_changed"
        | "any_unchanged" | "all_unchanged" | "manual" => {
            Some(format!("`{word}` belongs to a rule: write tracker({word} …)"))
        }
        "schema" | "no_key" | "context" | "time" | "partition" | "changeable" | "index" | "extra" => {
            Some(format!("`{word}` belongs to an event table: write events({word} …)"))
        }
        _ => None,
    }
}

fn named_fields(input: &DeriveInput) -> Result<&Fields> {
    let message = "a row of a table is a struct with named fields";
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(&input.generics, "a struct for rows of one table has no generics"));
    }
    match &input.data {
        Data::Struct(data) if matches!(data.fields, Fields::Named(_)) => Ok(&data.fields),
        _ => Err(Error::new_spanned(&input.ident, message)),
    }
}

/// The struct's attributes as written.
#[derive(Default)]
struct Written {
    table: Option<String>,
    columns: Option<(Path, Choice)>,
    only_fields: Option<Path>,
    ignore: Option<Vec<String>>,
    links: Option<Vec<String>>,
    unchanged: Option<String>,
    no_baseline: bool,
    events: Vec<Events>,
    trackers: Vec<Tracker>,
}

impl Written {
    fn read(&mut self, meta: &ParseNestedMeta<'_>, fields: &[Field], problems: &mut Problems) -> Result<()> {
        match attributes::word(meta).as_str() {
            "table" => {
                let table = attributes::text(meta)?.value();
                attributes::once(&mut self.table, table, meta, problems);
            }
            word @ ("columns" | "except") => {
                let names = attributes::names(meta)?;
                let choice = if word == "columns" { Choice::Only(names) } else { Choice::Except(names) };
                if self.columns.replace((meta.path.clone(), choice)).is_some() {
                    problems.at(&meta.path, "choose columns once: with `columns(…)` or with `except(…)`");
                }
            }
            "only_fields" => self.only_fields = Some(meta.path.clone()),
            "unchanged" => {
                if let Some(word) = attributes::one_of(meta, &["skip", "record", "suppress"], problems)? {
                    attributes::once(&mut self.unchanged, word, meta, problems);
                }
            }
            "no_baseline" => self.no_baseline = true,
            word @ ("ignore" | "links") => {
                let columns = fields::columns(attributes::names(meta)?, fields, problems);
                let slot = if word == "ignore" { &mut self.ignore } else { &mut self.links };
                attributes::once(slot, columns, meta, problems);
            }
            "tracker" => self.trackers.push(trackers::read(meta, fields, problems)?),
            // `events = "…"` names the event table of a rule, `events(…)` says how one is made.
            "events" if !meta.input.peek(syn::Token![=]) => {
                self.events.push(events::read(meta, fields, problems)?);
            }
            word => {
                match misplaced(word) {
                    Some(place) => problems.at(&meta.path, place),
                    None => return attributes::unknown(meta, "#[rowlore(…)]", WORDS, problems),
                }
                attributes::skip_value(meta)?;
            }
        }
        Ok(())
    }

    /// What the struct as a whole records: `columns`, `except`, `only_fields` and the fields' `skip` in one.
    fn choice(&mut self, fields: &[Field], problems: &mut Problems) -> Columns {
        let skipped = || fields.iter().filter(|field| field.skip).map(|field| field.column.clone());
        let columns = self.columns.take();
        if let (Some(only_fields), Some(_)) = (&self.only_fields, &columns) {
            problems.at(
                only_fields,
                "`only_fields` chooses the columns already: leave out `columns` or `except`",
            );
        }
        if self.only_fields.is_some() {
            let kept = fields.iter().filter(|field| !field.skip);
            return Columns::Only(kept.map(|field| field.column.clone()).collect());
        }
        let Some((word, choice)) = columns else {
            let skipped: Vec<String> = skipped().collect();
            return if skipped.is_empty() { Columns::All } else { Columns::Except(skipped) };
        };
        let mut columns = fields::resolve(choice, fields, problems);
        match &mut columns {
            Columns::Except(names) => names.extend(skipped()),
            Columns::Only(_) if fields.iter().any(|field| field.skip) => {
                problems.at(word, "`columns(…)` says what is recorded: leave out `skip` on the fields");
            }
            Columns::All | Columns::Only(_) => {}
        }
        columns
    }
}
