//! What escapes the capture: tables that nobody tracks, gaps that the database has, times at which it was suspended.

use rowlore::TableName;
use rowlore::engine::Suspension;
use rowlore::found::{Found, FoundTable, TableKind};
use rowlore::plan::Plan;
use serde_json::json;

use crate::answer::Failure;
use crate::commands::Call;
use crate::moment;
use crate::output::{count, safe, who};
use crate::settings::Settings;

/// What a check found beside differences.
pub(super) struct Coverage {
    /// Tables that are neither declared nor left out on purpose, with what a person should know about each.
    pub(super) untracked: Vec<(TableName, Option<&'static str>)>,
    /// What keeps changes from being recorded.
    pub(super) gaps: Vec<String>,
    suspended: Vec<Suspension>,
}

/// More than these suspensions are counted.
const SUSPENSIONS_SHOWN: usize = 5;

impl Coverage {
    pub(super) fn new(
        plan: &Plan,
        found: &Found,
        suspended: Vec<Suspension>,
        settings: &Settings,
    ) -> Result<Self, Failure> {
        let covered = |name: &TableName| {
            let captures = plan.installations().iter().map(|one| &one.capture);
            captures.into_iter().any(|one| one.table == *name || one.children.contains(name))
        };
        let mut untracked = Vec::new();
        for table in found.tables.iter().filter(|table| holds_rows(table) && !covered(&table.name)) {
            if !settings.leaves_out(&table.name)? {
                let without_key = table.primary_key.is_empty().then_some("has no primary key");
                untracked.push((table.name.clone(), without_key));
            }
        }
        Ok(Self { untracked, gaps: found.gaps.clone(), suspended })
    }

    pub(super) fn show(&self, call: &mut Call<'_>, all_tables: bool) -> Result<(), Failure> {
        let look = call.screen.look().clone();
        if !self.gaps.is_empty() {
            call.screen.line(&look.paint.strong("What keeps changes from being recorded"))?;
        }
        for gap in &self.gaps {
            call.screen.line(&format!("  {} {}", look.paint.old("✗"), safe(gap)))?;
        }
        if !self.suspended.is_empty() {
            let title = format!("Suspended {} so far, latest first", count(self.suspended.len(), "time"));
            call.screen.advice(&look.paint.strong(title))?;
        }
        for Suspension { trackers, at, xid: _, context } in self.suspended.iter().take(SUSPENSIONS_SHOWN) {
            let trackers: Vec<String> = trackers.iter().map(|name| safe(name)).collect();
            let by = who(context).map(|who| format!(" by {}", look.paint.who(who))).unwrap_or_default();
            let why = context.reason.as_deref().map(|why| format!(" “{}”", safe(why))).unwrap_or_default();
            let at = moment::show(*at, &look.zone);
            call.screen.advice(&format!("  {} {at}{by}{why}", trackers.join(", ")))?;
        }
        if self.untracked.is_empty() {
            return Ok(());
        }
        let mark = if all_tables { look.paint.old("✗") } else { look.paint.dim("·") };
        let mut text =
            format!("{}\n", look.paint.strong(count(self.untracked.len(), "table") + " not tracked"));
        for (table, note) in &self.untracked {
            let note = note.map(|note| look.paint.dim(format!(": {note}"))).unwrap_or_default();
            text.push_str(&format!("  {mark} {}{note}\n", safe(&table.to_string())));
        }
        // JSON's escapes are among TOML's.
        let first = json!(self.untracked[0].0.to_string());
        let advice =
            format!("Declare them, or say that nobody needs to: untracked = [{first}] in [database]\n");
        text.push_str(&look.paint.dim(advice));
        if all_tables { call.screen.print(&text) } else { call.screen.advice(text.trim_end()) }
    }

    /// One object each.
    pub(super) fn objects(&self, call: &mut Call<'_>) -> Result<(), Failure> {
        let Self { untracked, gaps, suspended } = self;
        for gap in gaps {
            call.screen.object(&json!({"gap": gap}))?;
        }
        for Suspension { trackers, at, xid, context } in suspended {
            call.screen.object(&json!({"suspended": trackers, "at": at, "xid": xid, "context": context}))?;
        }
        for (table, note) in untracked {
            call.screen.object(&json!({"untracked": table, "note": note}))?;
        }
        Ok(())
    }
}

/// Whether rows are written to it by its own name.
fn holds_rows(table: &FoundTable) -> bool {
    match table.kind {
        TableKind::Table | TableKind::Partitioned => true,
        TableKind::Partition | TableKind::View | TableKind::Foreign => false,
    }
}
