//! What capture costs a writer. Run it with
//! `cargo test -p rowlore-sqlite --release -- --ignored --nocapture cost`.

use std::time::Instant;

use rowlore::Lore;
use rowlore::declare::TrackedTable;
use rowlore_sqlite::Sqlite;

use super::{apply, run};

const ROWS: u32 = 200_000;

/// Microseconds a row for inserts and updates, the best of five rounds.
fn microseconds(tracked: bool) -> [f64; 2] {
    let mut best = [f64::MAX; 2];
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let lore = Lore::new(Sqlite::open_or_create(folder.path().join("a.db")).unwrap());
        run(&lore, "pragma journal_mode = wal; create table books
            (id integer primary key, title text, author text, price real, pages integer, year integer, note text)");
        if tracked {
            apply(&lore, [TrackedTable::new("books").without_baseline()]);
        }
        let fill = format!(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < {ROWS})
             insert into books select i, 'title ' || i, 'author ' || (i % 100), i / 10.0, i % 900, 2000 + i % 26, 'a note' from n"
        );
        for (best, sql) in
            best.iter_mut().zip([fill.as_str(), "update books set price = price + 1, pages = pages + 1"])
        {
            let start = Instant::now();
            run(&lore, sql);
            *best = best.min(start.elapsed().as_secs_f64() * 1e6 / f64::from(ROWS));
        }
    }
    best
}

#[test]
#[ignore = "a measurement, not a check"]
fn cost_of_a_tracked_row() {
    let (plain, tracked) = (microseconds(false), microseconds(true));
    for (what, plain, tracked) in [("insert", plain[0], tracked[0]), ("update", plain[1], tracked[1])] {
        println!(
            "{what}: untracked {plain:.2} µs, tracked {tracked:.2} µs a row, {:.2} times",
            tracked / plain
        );
    }
}
