//! The `rowlore` binary.
fn main() {}
