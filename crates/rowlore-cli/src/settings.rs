//! Options, file and environment → the one answer to each question a command has.

mod database;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rowlore::declare::check::Declarations;
use rowlore::declare::file::{self, File};
use rowlore::{Error, Problems, TableName};

use crate::answer::Failure;
#[cfg(test)]
pub(crate) use database::read as read_url;
pub(crate) use database::{Database, Place, Source, without_password};

/// The file that is read when no other is named.
pub(crate) const DEFAULT_FILE: &str = "rowlore.toml";

/// The options that every command takes.
#[derive(clap::Args, Debug, Clone, Default)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Options {
    /// The declarations [default: rowlore.toml in the working folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// `postgres://…`, `sqlite:FILE` or a name in the file [default: the file's, else the environment's DATABASE_URL]
    #[arg(long, global = true, value_name = "NAME|URL")]
    pub(crate) database: Option<String>,
    /// Answer as JSON, one object a line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print results only: no advice, no progress
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Do not ask before changing something
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,
}

/// What a command was told, by options, file and environment.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    options: Options,
    file: Arc<Found>,
    environment: Environment,
}

/// What was found at the declaration file's path; a command that does not need the file does not mind.
#[derive(Debug)]
enum Found {
    Nothing,
    Unreadable(std::io::Error),
    Wrong(Problems),
    File(File),
}

/// How names of the environment are looked up, so that tests bring their own.
type Environment = fn(&str) -> Option<String>;

impl Settings {
    /// Reads the declaration file, if there is one. What is wrong with it is said when it is needed.
    pub(crate) fn load(options: Options, environment: Environment) -> Self {
        let mut settings = Self { options, file: Arc::new(Found::Nothing), environment };
        let path = settings.path();
        let file = match std::fs::read_to_string(&path) {
            Ok(text) => match file::parse(&path.display().to_string(), &text) {
                Ok(file) => Found::File(file),
                Err(problems) => Found::Wrong(problems),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Found::Nothing,
            Err(error) => Found::Unreadable(error),
        };
        settings.file = Arc::new(file);
        settings
    }

    /// These settings for each database of the file on its own, with its name; empty where one is meant.
    pub(crate) fn each(&self) -> Vec<(String, Self)> {
        let Found::File(file) = &*self.file else { return Vec::new() };
        if self.options.database.is_some() || file.single().is_some() {
            return Vec::new();
        }
        let one = |name: &str| {
            let options = Options { database: Some(name.to_owned()), ..self.options.clone() };
            (name.to_owned(), Self { options, ..self.clone() })
        };
        file.names().map(one).collect()
    }

    /// Whether the file says that nobody needs to track this table.
    ///
    /// # Errors
    /// When the file does not hold together, or it is not clear which database is meant.
    pub(crate) fn leaves_out(&self, table: &TableName) -> Result<bool, Failure> {
        Ok(self.chosen()?.is_some_and(|database| database.leaves_out(table)))
    }

    /// The declaration file's path, whether or not it is there.
    pub(crate) fn path(&self) -> PathBuf {
        self.options.config.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_FILE))
    }

    /// The checked declarations of the file.
    ///
    /// # Errors
    /// When there is no file, or what it declares does not hold together.
    pub(crate) fn declarations(&self) -> Result<Declarations, Failure> {
        let Some(database) = self.chosen()? else { return Err(self.no_file()) };
        Ok(rowlore::check(database.tables.clone())?)
    }

    /// The database of the file that is meant: the one that `--database` calls by its name, else the only one.
    fn chosen(&self) -> Result<Option<&file::Database>, Failure> {
        let Some(file) = self.file()? else { return Ok(None) };
        if let Some(named) = self.options.database.as_deref().and_then(|name| file.named(name)) {
            return Ok(Some(named));
        }
        if let Some(only) = file.single() {
            return Ok(Some(only));
        }
        let names: Vec<&str> = file.names().collect();
        let message = format!("{} has several databases", self.path().display());
        Err(Error::request(message).hint(format!("name one: --database {}", names.join(" or "))).into())
    }

    fn file(&self) -> Result<Option<&File>, Failure> {
        match &*self.file {
            Found::Nothing => Ok(None),
            Found::File(file) => Ok(Some(file)),
            Found::Wrong(problems) => Err(problems.clone().into()),
            Found::Unreadable(error) => {
                let message = format!("{} can't be read: {error}", self.path().display());
                Err(Error::request(message).hint("name another file with --config").into())
            }
        }
    }

    /// Where the tables are: the option, else the file, else the environment.
    ///
    /// # Errors
    /// When none names a database, or what names it is no URL.
    pub(crate) fn database(&self) -> Result<Database, Failure> {
        let nowhere = Path::new("");
        if let Some(url) = self.options.database.as_deref().filter(|url| !self.is_name(url)) {
            return Ok(database::read(url, nowhere, Source::Option)?);
        }
        let file = self.chosen()?;
        // A named file that is not there is a mistake, whatever the environment says.
        if file.is_none() && self.options.config.is_some() {
            return Err(self.no_file());
        }
        if let Some(file) = file {
            let path = self.path();
            let folder = path.parent().unwrap_or(nowhere);
            if let Some(found) = database::of_file(&file.address, &path, folder, self.environment)? {
                return Ok(found);
            }
        }
        if let Some(url) = (self.environment)("DATABASE_URL").filter(|url| !url.is_empty()) {
            return Ok(database::read(&url, nowhere, Source::Environment)?);
        }
        let hint = "give --database URL, write `[database] url = …` in rowlore.toml, or set DATABASE_URL";
        Err(Error::request("no database is named").hint(hint).into())
    }

    /// Whether the file has a database of that name.
    fn is_name(&self, text: &str) -> bool {
        matches!(&*self.file, Found::File(file) if file.named(text).is_some())
    }

    /// As [`database`](Self::database) for `init`, which makes the file and so does not need it.
    pub(crate) fn database_before_file(&self) -> Result<Database, Failure> {
        match &*self.file {
            Found::File(_) => self.database(),
            _ => {
                let options = Options { config: None, ..self.options.clone() };
                Self { options, file: Arc::new(Found::Nothing), environment: self.environment }.database()
            }
        }
    }

    /// Whether to go on without asking.
    pub(crate) fn yes(&self) -> bool {
        self.options.yes
    }

    /// A command line of ours that works where this one did: the same file, the same database.
    pub(crate) fn command(&self, rest: &str) -> String {
        let database = self.options.database.iter();
        let database = database.map(|url| format!("--database {} ", shell_word(&without_password(url))));
        self.command_by_file(&format!("{}{rest}", database.collect::<String>()))
    }

    /// The same where the file alone says which database.
    pub(crate) fn command_by_file(&self, rest: &str) -> String {
        let config = self.options.config.iter();
        let config = config.map(|path| format!(" --config {}", shell_word(&path.display().to_string())));
        format!("{}{} {rest}", self.program(), config.collect::<String>())
    }

    /// How this program was called, to be typed again.
    pub(crate) fn program(&self) -> String {
        let called = std::env::args().next().unwrap_or_default();
        program(&called, (self.environment)("CARGO_MANIFEST_DIR").is_some())
    }

    fn no_file(&self) -> Failure {
        let message = format!("there is no file {}", self.path().display());
        Error::request(message).hint("`rowlore init` writes one from your database").into()
    }
}

/// The words that call this program, given its own name and whether cargo started it.
fn program(called: &str, by_cargo: bool) -> String {
    match called {
        "" => "rowlore".to_owned(),
        _ if by_cargo && called.contains("/release/") => "cargo run -q --release --".to_owned(),
        _ if by_cargo && called.contains("/debug/") => "cargo run -q --".to_owned(),
        _ => shell_word(called),
    }
}

/// The text as one word of a shell.
pub(crate) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing(_: &str) -> Option<String> {
        None
    }

    fn something(name: &str) -> Option<String> {
        match name {
            "DATABASE_URL" => Some("sqlite:environment.db".to_owned()),
            "SHOP" => Some("shop".to_owned()),
            _ => None,
        }
    }

    fn with_file(text: &str, option: Option<&str>, environment: Environment) -> String {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("r.toml");
        std::fs::write(&config, text).unwrap();
        let options =
            Options { config: Some(config), database: option.map(str::to_owned), ..Options::default() };
        let settings = Settings::load(options, environment);
        let shown = match settings.database() {
            Ok(database) => database.to_string(),
            Err(Failure::Error(error)) => error.to_string(),
            Err(other) => format!("{other:?}"),
        };
        shown.replace(&format!("{}/", folder.path().display()), "FOLDER/")
    }

    #[test]
    fn option_before_file_before_environment() {
        let file = "[database]\nurl = \"sqlite:file.db\"\n";
        assert_eq!(with_file(file, Some("sqlite:option.db"), something), "sqlite:option.db");
        assert_eq!(with_file(file, None, something), "sqlite:FOLDER/file.db");
        assert_eq!(with_file("", None, something), "sqlite:environment.db");
        assert_eq!(with_file("", None, nothing), "no database is named");
    }

    #[test]
    fn one_of_several_databases_is_chosen_by_its_name() {
        let file = "[[database]]\nname = \"shop\"\nurl = \"sqlite:a.db\"\n[[database]]\nname = \"crm\"\n";
        assert_eq!(with_file(file, Some("shop"), nothing), "sqlite:FOLDER/a.db");
        assert_eq!(with_file(file, Some("sqlite:b.db"), nothing), "sqlite:b.db");
        assert_eq!(with_file(file, None, something), "FOLDER/r.toml has several databases");
    }

    #[test]
    fn names_of_the_environment_are_filled_in() {
        assert_eq!(
            with_file("[database]\nurl = \"sqlite:${SHOP}.db\"\n", None, something),
            "sqlite:FOLDER/shop.db"
        );
        let missing = with_file("[database]\nurl = \"sqlite:${SHOPP}.db\"\n", None, something);
        assert_eq!(missing, "FOLDER/r.toml needs SHOPP from the environment, which is not set");
    }

    #[test]
    fn a_named_file_must_be_there() {
        let options = Options { config: Some(PathBuf::from("/nowhere/r.toml")), ..Options::default() };
        let settings = Settings::load(options, something);
        assert!(settings.database().is_err());
        assert!(settings.declarations().is_err());
    }

    #[test]
    fn a_command_to_repeat_has_no_password() {
        let options = Options {
            config: Some(PathBuf::from("my file.toml")),
            database: Some("postgres://ada:secret@db/shop".to_owned()),
            ..Options::default()
        };
        let settings = Settings { options, file: Found::Nothing.into(), environment: nothing };
        let expected = " --config 'my file.toml' --database postgres://ada@db/shop check";
        assert!(settings.command("check").ends_with(expected));
    }

    #[test]
    fn this_program_is_named_as_it_was_called() {
        assert_eq!(program("rowlore", true), "rowlore");
        assert_eq!(program("target/release/rowlore", true), "cargo run -q --release --");
        assert_eq!(program("target/debug/rowlore", true), "cargo run -q --");
        assert_eq!(program("./target/release/rowlore", false), "./target/release/rowlore");
        assert_eq!(program("/my tools/rowlore", false), "'/my tools/rowlore'");
    }
}
