//! Where the server's programs are, and how to run them as someone PostgreSQL accepts.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Names the folder of `initdb`, `pg_ctl` and `postgres`; `cargo xtask test` sets it.
const FOLDER_VARIABLE: &str = "ROWLORE_PG_BIN";

/// Where Debian and its children put one folder per major version.
const DEBIAN_FOLDER: &str = "/usr/lib/postgresql";

/// The programs of one PostgreSQL and the user they run as.
#[derive(Debug)]
pub(super) struct Installation {
    binaries: PathBuf,
    run_as: Option<Identity>,
}

/// A user to become: PostgreSQL refuses to run as root.
#[derive(Clone, Copy, Debug)]
struct Identity {
    uid: u32,
    gid: u32,
}

impl Installation {
    /// Looks in the variable's folder, then for Debian's newest, then along the path.
    ///
    /// `ours` is any file this process has just made: its owner is the user we are, and asking the
    /// system directly would need unsafe code.
    pub(super) fn find(ours: &Path) -> io::Result<Self> {
        let binaries = find_binaries()?;
        let run_as = if fs::metadata(ours)?.uid() == 0 { Some(lesser_user()?) } else { None };
        Ok(Self { binaries, run_as })
    }

    pub(super) fn binaries(&self) -> &Path {
        &self.binaries
    }

    /// Gives a file or folder to the user the server runs as.
    pub(super) fn hand_over(&self, path: &Path) -> io::Result<()> {
        match self.run_as {
            Some(Identity { uid, gid }) => chown(path, Some(uid), Some(gid)),
            None => Ok(()),
        }
    }

    /// A command that runs as that user, knows none of the caller's `PG…` variables and finds its libraries.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("LC_ALL", "C").env("TZ", "UTC").current_dir("/").stdin(Stdio::null());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        // Servers packaged for npm bring their libraries along and do not say so in their binaries.
        let libraries = self.binaries.with_file_name("lib");
        if libraries.is_dir() {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        if let Some(Identity { uid, gid }) = self.run_as {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Runs one of the programs to its end; what it said becomes the error.
    pub(super) fn run(&self, program: &str, arguments: &[&str]) -> io::Result<()> {
        let path = self.binaries.join(program);
        let outcome = self.command(&path).args(arguments).output();
        let outcome = outcome.map_err(|error| {
            let hint = "the user it runs as must be able to reach it";
            io::Error::new(error.kind(), format!("{} did not start: {error}; {hint}", path.display()))
        })?;
        if outcome.status.success() {
            return Ok(());
        }
        let said = [outcome.stdout, outcome.stderr].concat();
        Err(io::Error::other(format!(
            "{}: {}\n{}",
            path.display(),
            outcome.status,
            String::from_utf8_lossy(&said)
        )))
    }
}

fn find_binaries() -> io::Result<PathBuf> {
    if let Some(folder) = std::env::var_os(FOLDER_VARIABLE) {
        let folder = PathBuf::from(folder);
        if is_server(&folder) {
            return Ok(folder);
        }
        let problem = format!("{FOLDER_VARIABLE} is {}, which has no initdb and pg_ctl", folder.display());
        return Err(io::Error::new(io::ErrorKind::NotFound, problem));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let along_path = std::env::split_paths(&path).find(|folder| is_server(folder));
    newest_of_debian().or(along_path).ok_or_else(|| {
        let hint =
            "run `cargo xtask test`, which installs one, or install your system's package `postgresql`";
        io::Error::new(io::ErrorKind::NotFound, format!("no PostgreSQL server on this machine: {hint}"))
    })
}

fn newest_of_debian() -> Option<PathBuf> {
    let versions = fs::read_dir(DEBIAN_FOLDER).ok()?.flatten();
    let servers = versions.filter_map(|entry| {
        let major: u32 = entry.file_name().to_str()?.parse().ok()?;
        let folder = entry.path().join("bin");
        is_server(&folder).then_some((major, folder))
    });
    servers.max_by_key(|(major, _)| *major).map(|(_, folder)| folder)
}

fn is_server(folder: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres"].iter().all(|program| folder.join(program).is_file())
}

fn lesser_user() -> io::Result<Identity> {
    let users = fs::read_to_string("/etc/passwd")?;
    let find = |wanted: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(wanted))?;
        let mut fields = line.split(':').skip(2).map(str::parse);
        Some(Identity { uid: fields.next()?.ok()?, gid: fields.next()?.ok()? })
    };
    let lesser = find("postgres").or_else(|| find("nobody"));
    lesser.ok_or_else(|| {
        io::Error::other("PostgreSQL does not run as root, and there is no other user to become")
    })
}
