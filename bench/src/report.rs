//! The figures as Markdown, aligned so that it reads in a terminal too.

mod grid;

mod targets;

use std::fmt::Write as _;

pub(crate) use self::grid::{Grid, number};
use self::grid::{percent, times};
use crate::figures::Measure;
use crate::machine::Machine;
use crate::rounds::{Measured, Size};
use crate::variants::Variant;

/// The whole page.
pub(crate) fn markdown(machine: &Machine, size: &Size, servers: &[Measured]) -> String {
    let mut page = head(machine, size, servers);
    page.push_str("\n## Targets\n\n");
    page.push_str(&targets::grid(servers).to_string());
    page.push_str(targets::NOTE);
    for server in servers {
        let fsync = if server.fsync { "on" } else { "off" };
        let _ = write!(page, "\n## fsync {fsync}\n");
        for (measure, rows, what) in [
            (Measure::Update, size.rows, "Update of"),
            (Measure::Insert, size.half, "Insert of"),
            (Measure::Delete, size.half, "Delete of"),
        ] {
            if was_measured(server, measure) {
                let _ = write!(page, "\n### {what} {} rows in one statement\n\n", grouped(rows));
                page.push_str(&bulk(server, measure, rows).to_string());
            }
        }
        let count = grouped(size.transactions);
        for (measure, what) in [
            (Measure::Single, "begin, update, commit"),
            (Measure::SingleContext, "begin, who acts, update, commit"),
        ] {
            if was_measured(server, measure) {
                let _ = write!(page, "\n### One row by its key, {count} transactions: {what}\n\n");
                page.push_str(&single(server, measure, size).to_string());
            }
        }
        if was_measured(server, Measure::SomeUsed) {
            page.push_str("\n### After single rows in the same session\n\n");
            page.push_str(&flat(server, size).to_string());
        }
    }
    page
}

fn was_measured(server: &Measured, measure: Measure) -> bool {
    !server.figures.rounds(measure, Variant::Untracked).is_empty()
}

fn head(machine: &Machine, size: &Size, servers: &[Measured]) -> String {
    let version = servers.first().map_or("", |server| server.version.as_str());
    let quick = if size.quick { "\n**A quick run: the figures prove nothing.**\n" } else { "" };
    format!(
        include_str!("report/head.md"),
        quick = quick,
        version = version,
        processor = machine.processor,
        peer = machine.peer,
        load_begin = machine.load.0,
        load_end = machine.load.1,
        minutes = machine.seconds.div_ceil(60),
        rounds = size.rounds,
        settings = machine.settings,
        rows = grouped(size.rows),
    )
}

fn bulk(server: &Measured, measure: Measure, rows: u32) -> Grid {
    let mut grid = Grid::new(&[
        "table",
        "wall ms",
        "CPU ms",
        "× untracked, wall",
        "× untracked, CPU",
        "CPU of pghistory row",
        "CPU of pghistory statement",
        "WAL B/row",
        "event heap B/row",
        "event index B/row",
    ]);
    let (figures, rows) = (&server.figures, f64::from(rows));
    for variant in &server.variants {
        let over = |base, of: fn(&crate::session::Cost) -> f64| {
            figures.ratio((measure, *variant), (measure, base), of)
        };
        let each = |of: fn(&crate::session::Cost) -> f64| figures.median(measure, *variant, of);
        grid.row([
            variant.to_string(),
            number(each(|cost| cost.wall_ms), 0),
            number(each(|cost| cost.cpu_ms), 0),
            times(over(Variant::Untracked, |cost| cost.wall_ms)),
            times(over(Variant::Untracked, |cost| cost.cpu_ms)),
            percent(over(Variant::PghistoryRow, |cost| cost.cpu_ms)),
            percent(over(Variant::PghistoryStatement, |cost| cost.cpu_ms)),
            number(each(|cost| cost.wal_bytes).map(|bytes| bytes / rows), 0),
            number(each(|cost| cost.heap_bytes).map(|bytes| bytes / rows), 0),
            number(each(|cost| cost.index_bytes).map(|bytes| bytes / rows), 0),
        ]);
    }
    grid
}

fn single(server: &Measured, measure: Measure, size: &Size) -> Grid {
    let mut grid = Grid::new(&[
        "table",
        "CPU µs",
        "wall µs",
        "added CPU µs",
        "added, of pghistory row",
        "added, of pghistory statement",
    ]);
    let figures = &server.figures;
    let micros = |ms: Option<f64>| number(ms.map(|ms| ms * 1e3 / f64::from(size.transactions)), 1);
    for variant in &server.variants {
        let share = |base| percent(figures.added_ratio(measure, *variant, base));
        let tracked = *variant != Variant::Untracked;
        let unless = |text: String| if tracked { text } else { "–".to_owned() };
        grid.row([
            variant.to_string(),
            micros(figures.median(measure, *variant, |cost| cost.cpu_ms)),
            micros(figures.median(measure, *variant, |cost| cost.wall_ms)),
            unless(micros(figures.added(measure, *variant))),
            unless(share(Variant::PghistoryRow)),
            unless(share(Variant::PghistoryStatement)),
        ]);
    }
    grid
}

fn flat(server: &Measured, size: &Size) -> Grid {
    let mut grid =
        Grid::new(&["table", "rows", "fresh session, CPU ms", "after single rows, CPU ms", "after / fresh"]);
    let figures = &server.figures;
    for variant in &server.variants {
        let capped = *variant == Variant::PghistoryStatement;
        let some = if capped { size.some_capped } else { size.some };
        for (fresh, used, rows) in
            [(Measure::SomeFresh, Measure::SomeUsed, some), (Measure::AllFresh, Measure::AllUsed, size.rows)]
        {
            if figures.rounds(used, *variant).is_empty() {
                continue;
            }
            let stopped = figures.rounds(used, *variant).iter().any(|cost| cost.stopped);
            let more = if stopped { " at least (stopped after 60 s)" } else { "" };
            let cpu = |measure| number(figures.median(measure, *variant, |cost| cost.cpu_ms), 0);
            let ratio = figures.ratio((used, *variant), (fresh, *variant), |cost| cost.cpu_ms);
            grid.row([
                variant.to_string(),
                grouped(rows),
                cpu(fresh),
                format!("{}{more}", cpu(used)),
                times(ratio),
            ]);
        }
    }
    grid
}

/// 100000 as 100,000.
pub(crate) fn grouped(count: u32) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
