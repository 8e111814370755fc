//! One module a page, so that a failing block names its page.

macro_rules! pages {
    ($($name:ident = $path:literal,)*) => {$(
        #[doc = include_str!(concat!("../../", $path))]
        mod $name {}
    )*};
}

pages! {
    readme = "README.md",
    track_a_table = "docs/guide/01-track-a-table.md",
    trackers_and_conditions = "docs/guide/02-trackers-and-conditions.md",
    context = "docs/guide/03-context.md",
    reading = "docs/guide/04-reading.md",
    baseline = "docs/guide/05-baseline.md",
    changing_tables = "docs/guide/06-changing-tables.md",
    postgres_notes = "docs/guide/07-postgres-notes.md",
    sqlite_notes = "docs/guide/08-sqlite-notes.md",
}
