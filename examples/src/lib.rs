//! The README and the guide, run: their Rust blocks are the doc tests of this crate, `tests/` runs the rest.
//!
//! The examples themselves stand beside this folder, one file each.

#[cfg(doctest)]
mod guide;
