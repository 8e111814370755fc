//! Changes made by hand, for the tests of what they look like.

use jiff::tz::TimeZone;
use rowlore::Change;
use serde_json::{Value, json};

use super::{Look, Paint};

/// A look without colours, or with.
pub(super) fn look(width: usize, colour: bool) -> Look {
    Look { paint: Paint::new(colour), width, zone: TimeZone::UTC }
}

/// One change of every kind, the life of a book.
pub(super) fn life_of_a_book() -> Vec<Change> {
    let ada = json!({"actor": "user:ada", "reason": "spring prices", "request": "req-81", "data": {"ip": "10.0.0.1"}});
    let psql = json!({"actor": null, "db_user": "shop", "application": "psql"});
    let book = json!({"id": 1, "title": "The Left Hand of Darkness", "price": "9.50", "note": null});
    [
        json!({"op": "baseline", "label": "baseline", "new": book, "context": {}}),
        json!({"op": "update", "label": "price.raised", "xid": 1234, "old": book,
               "new": {"id": 1, "title": "The Left Hand of Darkness", "price": "11.00", "note": "so\nlong"},
               "changed": ["price", "note"], "context": ada}),
        json!({"op": "update", "label": "update", "key": {"id": 2}, "old_key": {"id": 1},
               "old": {"id": 1, "price": "11.00"}, "new": {"id": 2, "price": "12.00"}, "changed": ["id", "price"],
               "context": psql}),
        json!({"op": "update", "label": "touched", "new": {"id": 2}, "context": {}}),
        json!({"op": "update", "label": "was", "old": {"id": 2, "price": "12.00"}, "context": {}}),
        json!({"op": "update", "label": "update", "old": {"id": 2}, "new": {"id": 2}, "changed": [], "context": {}}),
        json!({"op": "manual", "label": "printed", "new": {"id": 2}, "context": {"actor": "job:\u{1b}[31mprint"}}),
        json!({"op": "delete", "label": "delete", "old": {"id": 2, "price": "12.00"}, "context": {"application": "sqlite3"}}),
        json!({"op": "insert", "label": "insert", "new": {"id": 2, "price": null}, "context": {"actor": "user:bo"}}),
        json!({"op": "truncate", "label": "truncate", "key": {}, "context": psql}),
    ]
    .into_iter()
    .zip(1..)
    .map(|(change, number)| complete(change, number))
    .collect()
}

fn complete(mut change: Value, number: u32) -> Change {
    change["table"] = json!("public.books");
    change["event_id"] = json!(number);
    change["at"] = json!(format!("2026-11-20T18:{number:02}:00.123456Z"));
    if change.get("key").is_none() {
        change["key"] = json!({"id": if number < 3 { 1 } else { 2 }});
    }
    serde_json::from_value(change).unwrap()
}
