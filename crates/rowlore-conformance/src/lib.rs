//! The proof: what rowlore promises, one file per promise, and the private servers to prove it on.

pub mod server;
