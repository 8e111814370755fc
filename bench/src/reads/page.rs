//! The figures as Markdown.

use super::Peer;
use super::questions::Answer;
use super::shop::TABLES;
use crate::machine::Machine;
use crate::report::{Grid, grouped, number};

/// The whole page.
pub(super) fn markdown(
    machine: &Machine,
    events: u64,
    version: u32,
    rounds: usize,
    answers: &[Answer],
    peer: &Peer,
) -> String {
    let mut grid =
        Grid::new(&["question", "found", "median ms", "worst ms", "first time ms", "target ms", "kept"]);
    for answer in answers {
        let Answer { question, target_ms, found, first_ms, figures_ms } = answer;
        let median = figures_ms.get(figures_ms.len() / 2).copied();
        let kept = target_ms.zip(median).map_or("", |(target, is)| if is < target { "yes" } else { "no" });
        grid.row([
            (*question).to_owned(),
            found.to_string(),
            number(median, 1),
            number(figures_ms.last().copied(), 1),
            number(Some(*first_ms), 1),
            target_ms.map_or_else(String::new, |target| format!("{target:.0}")),
            kept.to_owned(),
        ]);
    }
    format!(
        include_str!("head.md"),
        version = version,
        processor = machine.processor,
        load_begin = machine.load.0,
        load_end = machine.load.1,
        minutes = machine.seconds.div_ceil(60),
        events = grouped(u32::try_from(events).unwrap_or(u32::MAX)),
        tables = TABLES,
        rounds = rounds,
        grid = grid,
        peer = peer_text(peer, &machine.peer),
    )
}

fn peer_text(peer: &Peer, versions: &str) -> String {
    let figures = match peer {
        Ok(figures) => figures,
        Err(reason) => return format!("Not measured here: {reason}.\n"),
    };
    let figure = |name: &str| number(figures.iter().find(|(known, _)| known == name).map(|(_, ms)| *ms), 1);
    let mut grid = Grid::new(&["question", "median ms of 3"]);
    grid.row(["the newest 100 of one table's events".to_owned(), figure("newest")]);
    grid.row(["the events of one row (10)".to_owned(), figure("object")]);
    format!("{versions}: its `Events`, asked for one table of 200,000 events, on the same server.\n\n{grid}")
}
