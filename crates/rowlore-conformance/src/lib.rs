//! The proof: what rowlore promises, one file per promise, and the private servers to prove it on.
//!
//! A promise is a function over a [`Db`], written once. An engine shows itself as a [`Subject`](subject::Subject)
//! and calls [`conformance!`] in its test binary, which makes one `#[test]` of each promise.

pub mod subject;

mod db;

mod story;

mod promises;

mod postgres;

pub mod server;

pub use db::{Db, OtherSession, wanted};
pub use promises::{Promise, keep, names, names_postgres};
pub use story::{line, story};
