//! A table as it was, for readers that speak SQL only: two functions and a view.

use rowlore::capture::{Capture, EventTable};
use rowlore::declare::TimeSource;
use rowlore::engine::Object;
use rowlore::found::{ObjectId, ObjectKind};
use rowlore::plan::Lock;
use rowlore::{fingerprint, quote_name, quote_text};

use super::body::dollar_quotes;
use super::capture::named_after;
use super::{SAFE_PATH, catalogue, events_sql, function, table_sql};
use crate::template::fill;

/// From how many events a row on it is cheaper to go from row to row than to read all events in their order: measured
/// with a million events, 8 to 12 µs a row against 1 to 2 µs an event.
const MANY_EVENTS: &str = "8";

/// The end of the functions' name.
pub(super) const FUNCTION_END: &str = "_at";

/// Where its past can be read.
pub(super) fn objects(capture: &Capture) -> Vec<Object> {
    let Some(events) = capture.complete_events() else { return Vec::new() };
    let past = Past::new(capture, events);
    vec![past.functions(), past.view()]
}

/// The pieces of SQL that both functions are made of.
struct Past<'a> {
    capture: &'a Capture,
    events: &'a EventTable,
    function: String,
    view: String,
    /// Columns with their types.
    columns: String,
    /// Key columns with their types.
    key: Vec<(&'a str, &'a str)>,
}

impl<'a> Past<'a> {
    fn new(capture: &'a Capture, events: &'a EventTable) -> Self {
        let column = |(name, kind): (&str, &str)| format!("{} {kind}", quote_name(name));
        let columns = events.columns.iter().map(|one| column((&one.name, &one.event_type)));
        Self {
            capture,
            events,
            function: named_after("", &capture.table, FUNCTION_END),
            view: named_after("", &capture.table, "_as_of"),
            columns: columns.collect::<Vec<_>>().join(", "),
            key: crate::key::columns(capture),
        }
    }

    fn functions(&self) -> Object {
        let (all, row) = (
            self.body(include_str!("../../sql/tracked/past_all.sql")),
            self.body(include_str!("../../sql/tracked/past_row.sql")),
        );
        let parameter = |(name, kind): &(&str, &str)| format!("{} {kind}", quote_name(&parameter(name)));
        let parameters: Vec<String> = self.key.iter().map(parameter).collect();
        let view_sql = self.view_sql();
        let (names_all, types_all) = self.signature(false);
        let (names_row, types_row) = self.signature(true);
        let values = [
            ("function", &*quote_name(&self.function)),
            ("function_text", &quote_text(&self.function)),
            ("view", &quote_name(&self.view)),
            ("names_all", &names_all),
            ("types_all", &types_all),
            ("names_row", &names_row),
            ("types_row", &types_row),
            ("columns", &self.columns),
            ("key_params", &parameters.join(", ")),
            ("body_all", &all),
            ("body_row", &row),
            ("create_view", view_sql.trim_end()),
            ("quote", &dollar_quotes(&format!("{all}{row}{names_row}{}", self.function))),
        ];
        let sql = fill(include_str!("../../sql/tracked/past.sql"), &values);
        // The catalogue's form of both, one after the other: see `sql/inspect/installed.sql`.
        let settings = catalogue(&[SAFE_PATH, ("jit", "off")]);
        let both = format!("{all}\ninvoker|{settings}|{row}");
        function(&self.function, sql, false, &settings, &both)
    }

    fn view(&self) -> Object {
        let id = ObjectId { kind: ObjectKind::View, name: self.view.clone(), table: None };
        let fingerprint = fingerprint(&self.view_fingerprint());
        Object { id, sql: self.view_sql(), fingerprint, lock: Lock::None }
    }

    fn view_sql(&self) -> String {
        let name = quote_name(&self.view);
        let values = [
            ("view", &*name),
            ("view_text", &quote_text(&format!("rowlore.{name}"))),
            ("function", &quote_name(&self.function)),
            ("fingerprint", &self.view_fingerprint()),
            ("quote", &dollar_quotes(&name)),
        ];
        fill(include_str!("../../sql/tracked/past_view.sql"), &values)
    }

    /// What the view is made of; it stands in the view's comment.
    fn view_fingerprint(&self) -> String {
        fingerprint(&format!("{}\n{}", include_str!("../../sql/tracked/past_view.sql"), self.columns))
    }

    /// The names and types of the arguments and columns as the catalogue has them.
    fn signature(&self, of_row: bool) -> (String, String) {
        let key = self.key.iter().filter(|_| of_row);
        let key = key.map(|(name, kind)| (parameter(name), (*kind).to_owned()));
        let columns = self.events.columns.iter().map(|one| (one.name.clone(), one.event_type.clone()));
        let at = ("rl_at".to_owned(), "timestamp with time zone".to_owned());
        let (names, types): (Vec<_>, Vec<_>) = std::iter::once(at)
            .chain(key)
            .chain(columns)
            .map(|(name, kind)| (quote_text(&name), quote_text(&kind)))
            .unzip();
        (
            format!("array[{}]::text[]", names.join(", ")),
            format!("array[{}]::regtype[]::oid[]", types.join(", ")),
        )
    }

    /// The moment of an event's statement, whatever the time of events was when it was recorded.
    fn moment(&self, alias: &str) -> String {
        match self.events.time {
            TimeSource::Transaction => format!("coalesce({alias}.rl_statement_at, {alias}.rl_at)"),
            // The column is there if the time of the transaction was declared once. Few events are asked.
            TimeSource::Statement => {
                format!("coalesce((to_jsonb({alias}) ->> 'rl_statement_at')::timestamptz, {alias}.rl_at)")
            }
        }
    }

    fn body(&self, template: &str) -> String {
        let each = |alias: &str, end: &str| {
            let column = |(name, _): &(&str, &str)| format!("{alias}.{}{end}", quote_name(name));
            self.key.iter().map(column).collect::<Vec<_>>()
        };
        let key_json =
            self.key.iter().zip(each("e", "")).map(|((name, kind), sql)| {
                format!("{}, {}", quote_text(name), crate::key::settled(&sql, kind))
            });
        let key_json = format!("jsonb_build_object({})", key_json.collect::<Vec<_>>().join(", "));
        let same_key =
            each("e", "").into_iter().zip(2..).map(|(column, place)| format!("{column} = ${place}"));
        let key_names: Vec<String> = self.key.iter().map(|(name, _)| quote_text(name)).collect();
        let values = self.events.columns.iter().map(|one| format!("e.{}", quote_name(&one.name)));
        let events = events_sql(self.events);
        let (key, first_of_t) = (each("e", ""), each("t", "").into_iter().next().unwrap_or_default());
        let first = key.first().cloned().unwrap_or_default();
        let there = [
            ("events", &*events),
            ("key_json", &key_json),
            ("moment_of_m", &self.moment("m")),
            ("moment_of_e", &self.moment("e")),
        ];
        let there = fill(include_str!("../../sql/tracked/past_there.sql").trim_end(), &there);
        let fields = [
            // So that what it gives is part of what is compared.
            ("signature", &*self.columns.replace('\n', " ")),
            ("schema", &quote_text(&self.capture.table.schema)),
            ("table", &quote_text(&self.capture.table.name)),
            ("table_sql", &quote_text(&table_sql(&self.capture.table))),
            ("events", &events),
            ("events_text", &quote_text(&events)),
            ("key", &key.join(", ")),
            ("key_desc", &each("e", " desc").join(", ")),
            ("key_last", &each("l", "").join(", ")),
            ("key_names", &format!("array[{}]::text[]", key_names.join(", "))),
            ("first", &first),
            ("first_of_t", &first_of_t),
            ("same_key", &same_key.collect::<Vec<_>>().join(" and ")),
            ("values", &values.collect::<Vec<_>>().join(", ")),
            ("there", &there),
            ("many", MANY_EVENTS),
        ];
        fill(template, &fields)
    }
}

/// The parameter for a key column: columns and parameters of a function must have different names.
fn parameter(column: &str) -> String {
    rowlore::shortened(&format!("rl_key_{column}"), "")
}
