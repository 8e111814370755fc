//! `cargo xtask bench …`: builds the benchmarks and runs them on the server that the tests would use.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::server_packages;

/// Hands the arguments on; `Ok(false)` when the benchmark failed, which says why itself.
pub(crate) fn run(arguments: &[String]) -> Result<bool, String> {
    let server = server_packages::ensure(None)?;
    println!("==> {} in {}", server.version, server.binaries.display());
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command.args(["run", "--release", "--quiet", "--package", "rowlore-bench", "--"]).args(arguments);
    if arguments.first().is_some_and(|name| name == "capture" || name == "reads") {
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
        command.arg("--work").arg(target.join("bench"));
    }
    command.env("ROWLORE_PG_BIN", &server.binaries).stdin(Stdio::null());
    let status = command.status().map_err(|error| format!("cargo: {error}"))?;
    Ok(status.success())
}
