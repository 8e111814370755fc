//! The words of rowlore, and everything that can be decided without touching a database.
//!
//! Data flows one way, and each stage has its own type, so that no value can skip one:
//!
//! | stage | in | out |
//! |---|---|---|
//! | declare | `rowlore.toml`, `#[derive(Tracked)]`, a builder | [`TrackedTable`](declare::TrackedTable) |
//! | [`check`] | | [`Declarations`](declare::check::Declarations), or all problems at once |
//! | inspect | the database, by an [`Engine`] | [`Found`](found::Found) |
//! | [`plan`](plan::plan) | both | [`Plan`](plan::Plan): steps with their final SQL |
//! | apply | the plan, by the engine | triggers and event tables |
//! | capture | (the database alone) | events |
//! | read | a question | [`Change`]s |
//!
//! [`Lore`] strings them together over one engine. This crate opens no connection, file or socket.
//!
//! ```
//! use rowlore::declare::TrackedTable;
//! let declarations = rowlore::check([TrackedTable::new("books")]).unwrap();
//! assert_eq!(declarations.iter().count(), 1);
//! ```

pub mod declare;

pub mod found;

pub mod capture;

pub mod plan;

pub mod engine;

pub mod change;

pub mod read;

pub mod revert;

mod lore;

mod typed;

mod error;

mod fingerprint;

mod name;

mod problem;

pub use change::{Change, Context, Op, Row};
pub use declare::check::check;
pub use engine::{Dialect, Engine};
pub use error::{Error, ErrorKind, Result};
pub use fingerprint::fingerprint;
pub use jiff::Timestamp;
pub use lore::{Diff, History, Lore};
pub use name::{TableName, nearest, quote_name, quote_text, shortened};
pub use problem::{Problem, Problems};
#[cfg(feature = "derive")]
pub use rowlore_derive::Tracked;
pub use serde_json::Value;
pub use typed::{Column, Tracked, TypedChange, TypedQuery};
