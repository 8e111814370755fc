//! The one test binary of this engine: its own cases; the promises it shares with every engine are in the
//! conformance suite.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used)]

mod conformance;

mod regressions;

mod regressions_reads;

mod rendering;

mod scopes;

mod several;

mod smoke;

mod statements;

mod upgrade;
