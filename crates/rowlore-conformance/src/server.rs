//! A private PostgreSQL for tests: a throwaway cluster in a temporary folder, reached by a unix socket only.
//!
//! Nothing on the machine is touched, and nothing outlives the test process: `server/keeper.rs`
//! says how that holds even after `kill -9`. The server speaks to the tests only through [`TestDatabase::url`],
//! so every suite brings whatever client it likes; this file itself needs no async runtime.

mod binaries;
mod keeper;
mod wire;

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use self::binaries::Installation;
use self::keeper::Keeper;
pub use self::wire::Row;

/// Not UTC on purpose: a time that forgets its zone must fail a test.
const TIME_ZONE: &str = "America/New_York";

/// The longest folder that still leaves room for `/socket/.s.PGSQL.5432` in the 104 bytes of a socket address.
const FOLDER_BYTES_MAX: usize = 60;

/// What a private server may be asked to do differently.
#[derive(Clone, Debug, Default)]
pub struct ServerOptions {
    /// Flush to disk as a production server does. Off by default: tests need speed, not durability.
    pub fsync: bool,
    /// Further lines of `postgresql.conf`, name and value; the value is quoted here.
    pub settings: Vec<(String, String)>,
}

/// A running private cluster. Dropping it stops the server and removes its folder.
#[derive(Debug)]
pub struct PrivatePostgres {
    installation: Installation,
    folder: PathBuf,
    databases: AtomicU32,
    version_major: u32,
    // Last, and never read: the folder is removed when this is dropped.
    _keeper: Keeper,
}

/// A fresh, empty database of a [`PrivatePostgres`]; it goes away with the server.
#[derive(Clone, Debug)]
pub struct TestDatabase {
    /// `postgres://postgres@/name?host=/socket/folder`
    pub url: String,
    /// The database's name: the hint and a number.
    pub name: String,
}

impl PrivatePostgres {
    /// The server all tests of this process share; started by the first that asks.
    ///
    /// Tests that stop or kill a server [`start`](Self::start) their own.
    ///
    /// # Panics
    /// When no server can be started, with the reason and what to do.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<PrivatePostgres> = OnceLock::new();
        SHARED.get_or_init(|| match Self::start() {
            Ok(server) => server,
            Err(error) => panic!("no private PostgreSQL for this test: {error}"),
        })
    }

    /// A server of one's own, with fsync off.
    ///
    /// # Errors
    /// When no server is installed, or it does not start; its log is part of the error.
    pub fn start() -> io::Result<Self> {
        Self::start_with(&ServerOptions::default())
    }

    /// A server of one's own.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_with(options: &ServerOptions) -> io::Result<Self> {
        let temporary = tempfile::Builder::new().prefix("rowlore-pg-").tempdir_in(base_folder())?;
        let installation = Installation::find(temporary.path())?;
        installation.hand_over(temporary.path())?;
        // From here on the keeper removes the folder, whatever happens to this process.
        let keeper = Keeper::start(&installation, temporary.path())?;
        let folder = temporary.keep();
        let mut server =
            Self { installation, folder, databases: AtomicU32::new(0), version_major: 0, _keeper: keeper };
        server.initialise(options)?;
        server.launch()?;
        server.version_major = server.read_version_major()?;
        Ok(server)
    }

    /// A fresh, empty database; the hint makes its name readable in the server's log.
    ///
    /// # Panics
    /// When the server refuses, for example because a fault test killed it.
    pub fn database(&self, name_hint: &str) -> TestDatabase {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let hint: String =
            name_hint.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(40).collect();
        let name = format!("{}_{number}", hint.to_ascii_lowercase());
        // Measured 20 ms against 33 through the WAL; 14 has no choice and knows no such option.
        let strategy = if self.version_major >= 15 { " strategy file_copy" } else { "" };
        let sql = format!("create database \"{name}\" template template0{strategy}");
        match self.run("postgres", &sql) {
            Ok(_) => TestDatabase { url: self.url(&name), name },
            Err(error) => panic!("the private PostgreSQL made no database {name}: {error}"),
        }
    }

    /// The address of a database of this server, in the form every client library reads.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@/{database}?host={}", self.socket_folder().display())
    }

    /// Runs SQL as the superuser and returns the rows as text; for set-up without any client library.
    ///
    /// # Errors
    /// The server's own message when it refuses a statement.
    pub fn run(&self, database: &str, sql: &str) -> io::Result<Vec<Row>> {
        wire::run(&self.socket_folder(), database, sql)
    }

    /// 14, 15, 16, 17 or 18: for the few expectations that differ.
    pub fn version_major(&self) -> u32 {
        self.version_major
    }

    /// Where the socket is: the `host` of a connection.
    pub fn socket_folder(&self) -> PathBuf {
        self.folder.join("socket")
    }

    /// Where the data is, for tests that look at or copy the cluster's files.
    pub fn data_folder(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Where `pg_recvlogical`, `pg_dump` and friends are, as far as this installation has them.
    pub fn binaries_folder(&self) -> &Path {
        self.installation.binaries()
    }

    /// Everything the server has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("server.log")).unwrap_or_default()
    }

    /// Kills every process of the server at once, as a power cut would; [`restart`](Self::restart) recovers.
    ///
    /// # Errors
    /// When the server does not run, or its processes do not go away.
    pub fn kill_nine(&self) -> io::Result<()> {
        keeper::kill_tree(self.postmaster_pid()?)?;
        // The pids in these files may still name a zombie, which a new postmaster would take for a living rival.
        let _ = fs::remove_file(self.data_folder().join("postmaster.pid"));
        let _ = fs::remove_file(self.socket_folder().join(format!("{}.lock", wire::SOCKET_NAME)));
        Ok(())
    }

    /// Stops the server if it runs (connections are closed) and starts it again on the same data.
    ///
    /// # Errors
    /// When it does not stop or start; its log is part of the error.
    pub fn restart(&self) -> io::Result<()> {
        if self.postmaster_pid().is_ok() {
            let data = self.data_folder();
            self.installation.run("pg_ctl", &["-D", path_text(&data)?, "-s", "-w", "-m", "fast", "stop"])?;
        }
        self.launch()
    }

    fn initialise(&self, options: &ServerOptions) -> io::Result<()> {
        let data = self.data_folder();
        let arguments = ["-D", path_text(&data)?, "-U", "postgres", "-A", "trust", "-E", "UTF8"];
        let quick = ["--locale=C", "--no-sync", "--no-instructions"];
        self.installation.run("initdb", &[&arguments[..], &quick[..]].concat())?;
        fs::create_dir(self.socket_folder())?;
        self.installation.hand_over(&self.socket_folder())?;
        let mut configuration = fs::read_to_string(data.join("postgresql.conf"))?;
        for (name, value) in self.settings(options) {
            let _ = writeln!(configuration, "{name} = '{}'", value.replace('\'', "''"));
        }
        fs::write(data.join("postgresql.conf"), configuration)
    }

    fn settings(&self, options: &ServerOptions) -> Vec<(String, String)> {
        let socket = self.socket_folder().display().to_string();
        let fsync = if options.fsync { "on" } else { "off" };
        let ours = [
            ("listen_addresses", ""),
            ("unix_socket_directories", socket.as_str()),
            ("wal_level", "logical"),
            ("max_connections", "100"),
            ("max_prepared_transactions", "10"),
            ("timezone", TIME_ZONE),
            ("log_timezone", "UTC"),
            ("fsync", fsync),
        ];
        let ours = ours.map(|(name, value)| (name.to_owned(), value.to_owned()));
        ours.into_iter().chain(options.settings.iter().cloned()).collect()
    }

    fn launch(&self) -> io::Result<()> {
        let (data, log) = (self.data_folder(), self.folder.join("server.log"));
        let arguments = ["-D", path_text(&data)?, "-l", path_text(&log)?, "-s", "-w", "-t", "120", "start"];
        self.installation
            .run("pg_ctl", &arguments)
            .map_err(|error| io::Error::other(format!("{error}\nthe server's log:\n{}", self.log())))
    }

    fn read_version_major(&self) -> io::Result<u32> {
        let rows = self.run("postgres", "select current_setting('server_version_num')::int / 10000")?;
        let text = rows.first().and_then(|row| row.first()).and_then(Option::as_deref);
        text.and_then(|text| text.parse().ok()).ok_or_else(|| io::Error::other("the server has no version"))
    }

    fn postmaster_pid(&self) -> io::Result<u32> {
        let text = fs::read_to_string(self.data_folder().join("postmaster.pid"))?;
        let first = text.lines().next().unwrap_or_default();
        first.trim().parse().map_err(|_| io::Error::other("postmaster.pid holds no number"))
    }
}

/// The temporary folder of the machine, unless its path is too long for a socket in it, or goes through a
/// folder that the user the server runs as may not enter.
fn base_folder() -> PathBuf {
    let usual = std::env::temp_dir();
    let is_short = usual.as_os_str().len() <= FOLDER_BYTES_MAX - "/rowlore-pg-123456".len();
    let is_open =
        |folder: &Path| fs::metadata(folder).is_ok_and(|found| found.permissions().mode() & 0o001 != 0);
    if is_short && usual.ancestors().all(is_open) { usual } else { PathBuf::from("/tmp") }
}

fn path_text(path: &Path) -> io::Result<&str> {
    path.to_str().ok_or_else(|| io::Error::other(format!("{} is not UTF-8", path.display())))
}

/// Polls because neither a foreign process nor a file tells when it is gone; gives up after `limit`.
fn wait_until(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    while !done() {
        if begun.elapsed() > limit {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    true
}

#[cfg(test)]
mod tests;
