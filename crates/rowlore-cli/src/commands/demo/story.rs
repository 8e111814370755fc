//! The demo as a story: every line that the newcomer reads, and nothing that is decided.

use rowlore::{Change, Row, TableName};

use super::shop::Act;
use crate::output::{Look, count, table, timeline, timeline_title};

/// A teller of the story: text in the right colours.
pub(super) struct Story<'a> {
    /// How it looks.
    pub(super) look: &'a Look,
    /// How to call this program with the demo's declarations.
    pub(super) program: String,
}

impl Story<'_> {
    /// What is there before anything is tracked.
    pub(super) fn opening(&self, database: &str) -> String {
        let title = self.look.paint.strong("A small bookshop, and a database that remembers");
        format!(
            "{title}\n\n\
             {database} is a new SQLite file with four tables: customers, books, orders, order_lines.\n\
             Until now it is like any other: change a row, and what was there before is gone.\n"
        )
    }

    /// The tracking begins.
    pub(super) fn tracking(&self, config: &str, steps: usize, rows: u64) -> String {
        let rows = count(usize::try_from(rows).unwrap_or(usize::MAX), "row");
        format!(
            "{}\
             {config} names the four tables, no more. `rowlore apply` turned that into event tables and\n\
             triggers that fill them: {}, in one transaction. The {rows} that were there already got a\n\
             first event, so that not even the first change loses what was before it.\n",
            self.heading("Tracking begins"),
            count(steps, "step"),
        )
    }

    /// What everybody does, seen from outside.
    pub(super) fn day(&self, acts: &[Act], events: usize) -> String {
        let mut text = self.heading("A day in the shop");
        for act in acts {
            let who = format!("{:>10}", act.who());
            text.push_str(&format!("{} {}\n", self.look.paint.who(who), act.what));
            for line in act.sql.trim().lines() {
                text.push_str(&format!("{:>12}{}\n", "", self.look.paint.dim(line)));
            }
        }
        let events = self.look.paint.strong(count(events, "event"));
        text + &format!(
            "\nNone of that SQL mentions rowlore. Its triggers recorded {events}, one for each row that changed.\n"
        )
    }

    /// One row through the day.
    pub(super) fn row(&self, table: &TableName, key: &Row, history: &[Change]) -> String {
        let shown = timeline_title(table, key, history.len(), self.look)
            + "\n"
            + &timeline(history, Some(table), self.look);
        format!("{}{}\n{}", self.heading("What became of book 1?"), self.prompt("history books 1"), shown)
    }

    /// The day's events by whoever made them.
    pub(super) fn who(&self, events_newest_first: &[Change]) -> String {
        let mut text = self.heading("Who did what?");
        let mut actors: Vec<Option<&str>> = Vec::new();
        for change in events_newest_first.iter().rev() {
            let actor = change.context.actor.as_deref();
            if !actors.contains(&actor) {
                actors.push(actor);
            }
        }
        for actor in actors {
            let theirs: Vec<&Change> = events_newest_first
                .iter()
                .rev()
                .filter(|change| change.context.actor.as_deref() == actor)
                .collect();
            let who = format!("{:>10}", actor.unwrap_or("(no name)"));
            let number = count(theirs.len(), "event");
            text.push_str(&format!("{}  {}\n", self.look.paint.who(who), self.look.paint.strong(number)));
            for line in grouped(&theirs) {
                text.push_str(&format!("{:>12}{line}\n", ""));
            }
        }
        text + "\nThe cascade is recorded row by row, and raw SQL like everything else: it only lacks a name.\n\
                The row that the import upserted without a change left no event.\n"
    }

    /// The table as it was.
    pub(super) fn before(&self, at: &str, rows: &[Row]) -> String {
        format!(
            "{}{}\n{}",
            self.heading("What did the books cost before the spring prices?"),
            self.prompt(&format!("as-of books {at}")),
            table(rows, self.look)
        )
    }

    /// A change is undone, and that is a change.
    pub(super) fn revert(&self, event: i64, last: &[Change]) -> String {
        format!(
            "{}Book 1 goes back to what it cost before event {event}. History is not rewritten: going back is\n\
             one more change, with its own who and why. The end of the timeline is now:\n\n{}",
            self.heading("Taking one thing back"),
            timeline(last, None, self.look)
        )
    }

    /// What to try next; each line is a command that works.
    pub(super) fn next(&self, commands: &[(String, &str)]) -> String {
        let mut text = self.heading("Now you");
        for (command, what) in commands {
            text.push_str(&format!("{}\n", self.look.paint.dim(format!("# {what}"))));
            text.push_str(&format!("{}\n", self.look.paint.command(format!("{} {command}", self.program))));
        }
        text
    }

    fn heading(&self, text: &str) -> String {
        let rule = "─".repeat(70_usize.saturating_sub(console::measure_text_width(text) + 4));
        format!(
            "\n{} {} {}\n\n",
            self.look.paint.dim("──"),
            self.look.paint.strong(text),
            self.look.paint.dim(rule)
        )
    }

    fn prompt(&self, command: &str) -> String {
        format!("{} {}\n", self.look.paint.dim("$ rowlore"), self.look.paint.command(command))
    }
}

/// `4 × update of books, “spring prices”`, in the order of the first of each.
fn grouped(changes: &[&Change]) -> Vec<String> {
    let mut groups: Vec<(String, usize)> = Vec::new();
    for change in changes {
        let why = change.context.reason.as_ref().map(|why| format!(", “{why}”")).unwrap_or_default();
        let what = format!("{} of {}{why}", change.label, change.table);
        match groups.iter_mut().find(|(other, _)| *other == what) {
            Some((_, number)) => *number += 1,
            None => groups.push((what, 1)),
        }
    }
    groups.into_iter().map(|(what, number)| format!("{number} × {what}")).collect()
}
