//! What the project set out to reach, beside what was measured.

use super::grid::{Grid, percent, times};
use crate::figures::Measure;
use crate::rounds::Measured;
use crate::session::Cost;
use crate::variants::Variant;

/// The whole update, times the untracked one; with and without the filter of unchanged rows.
const UPDATE_TIMES_MAX: [(Variant, f64); 2] = [(Variant::Rowlore, 2.8), (Variant::RowloreRecord, 2.0)];

/// CPU that a single-row update costs more, of what the peer adds.
const SINGLE_SHARE_MAX: f64 = 0.55;

/// Flat: as much noise as two runs of the same thing have on a busy machine.
const FLAT_TIMES_MAX: f64 = 1.3;

pub(super) const NOTE: &str = "
Judged by CPU, since it hardly depends on what else the machine does; bulk statements by wall time stand in brackets.
";

/// Every target on every server.
pub(super) fn grid(servers: &[Measured]) -> Grid {
    let mut grid = Grid::new(&["target", "fsync", "at most", "measured", ""]);
    for server in servers {
        let fsync = if server.fsync { "on" } else { "off" };
        let mut row = |what: String, most: String, shown: String, met: Option<bool>| {
            let verdict = met.map_or("not measured", |met| if met { "met" } else { "missed" });
            grid.row([what, fsync.to_owned(), most, shown, verdict.to_owned()]);
        };
        updates(server, &mut row);
        singles(server, &mut row);
        flat(server, &mut row);
    }
    grid
}

type AddRow<'a> = &'a mut dyn FnMut(String, String, String, Option<bool>);

fn updates(server: &Measured, row: AddRow<'_>) {
    for (variant, most) in UPDATE_TIMES_MAX {
        let over = |of: fn(&Cost) -> f64| {
            server.figures.ratio((Measure::Update, variant), (Measure::Update, Variant::Untracked), of)
        };
        let (cpu, wall) = (over(|cost| cost.cpu_ms), over(|cost| cost.wall_ms));
        let what = format!("update of all rows, {variant}, times untracked");
        let shown = format!("{} ({})", times(cpu), times(wall));
        row(what, times(Some(most)), shown, cpu.map(|cpu| cpu <= most));
    }
}

fn singles(server: &Measured, row: AddRow<'_>) {
    for (measure, context) in [(Measure::Single, "without context"), (Measure::SingleContext, "with context")]
    {
        for peer in [Variant::PghistoryRow, Variant::PghistoryStatement] {
            let share = server.figures.added_ratio(measure, Variant::Rowlore, peer);
            let what = format!("single row {context}, CPU rowlore adds, of what {peer} adds");
            let met = share.map(|share| share <= SINGLE_SHARE_MAX);
            row(what, percent(Some(SINGLE_SHARE_MAX)), percent(share), met);
        }
    }
}

fn flat(server: &Measured, row: AddRow<'_>) {
    let pairs =
        [(Measure::SomeFresh, Measure::SomeUsed, "some"), (Measure::AllFresh, Measure::AllUsed, "all")];
    for variant in [Variant::Rowlore, Variant::RowloreRecord].into_iter().filter(|_| !server.fsync) {
        for (fresh, used, rows) in pairs {
            let ratio = server.figures.ratio((used, variant), (fresh, variant), |cost| cost.cpu_ms);
            let what = format!("update of {rows} rows after single rows, {variant}, times a fresh session");
            row(what, times(Some(FLAT_TIMES_MAX)), times(ratio), ratio.map(|ratio| ratio <= FLAT_TIMES_MAX));
        }
    }
}
