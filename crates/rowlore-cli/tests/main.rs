//! The real binary, run as a person or a CI job runs it.

mod bench;

mod demo;

mod help;

mod json;

mod life;

mod refusals;
