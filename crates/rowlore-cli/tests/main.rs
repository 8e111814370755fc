//! The real binary, run as a person or a CI job runs it.

#![expect(clippy::unwrap_used, reason = "a helper of a test that can't go on has nothing better to do")]

mod bench;

mod coverage;

mod demo;

mod help;

mod json;

mod life;

mod migrations;

mod postgres;

mod probes;

mod reading;

mod refusals;

mod reverting;

mod several;
