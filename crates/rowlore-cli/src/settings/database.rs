//! The database's URL: where it comes from, what it means, and how to name it without its password.

use std::fmt;
use std::path::{Path, PathBuf};

use rowlore::declare::file;
use rowlore::{Error, Result};

/// A database, by what is needed to connect to it.
#[derive(Clone, PartialEq)]
pub(crate) struct Database {
    /// Which engine, and where.
    pub(crate) place: Place,
    /// Who named it.
    pub(crate) source: Source,
}

/// Which engine, and where.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A server; the URL may hold a password.
    Postgres(String),
    /// A file.
    Sqlite(PathBuf),
}

/// Who named the database.
#[derive(Clone, PartialEq)]
pub(crate) enum Source {
    /// `--database`.
    Option,
    /// The declaration file, in these words.
    File(file::Address),
    /// `DATABASE_URL`.
    Environment,
}

impl Source {
    /// Who it is, for a sentence.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Option => "--database".to_owned(),
            Self::File(file::Address { url_file: Some(name), .. }) => format!("the file {name}"),
            Self::File(_) => "the declaration file".to_owned(),
            Self::Environment => "DATABASE_URL".to_owned(),
        }
    }
}

impl fmt::Display for Database {
    /// Never with a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Postgres(url) => f.write_str(&without_password(url)),
            Place::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Reads a URL; a relative SQLite file is looked for in `folder`.
///
/// # Errors
/// When it is no URL of an engine we have. The error does not repeat it: it may hold a password.
pub(crate) fn read(url: &str, folder: &Path, source: Source) -> Result<Database> {
    let url = url.trim();
    let hint = "write `postgres://user@host/database` or `sqlite:FILE`";
    let place = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        Place::Postgres(url.to_owned())
    } else if let Some(path) = url.strip_prefix("sqlite:") {
        if path.is_empty() || path.starts_with("//") || path == ":memory:" {
            let message = format!("`{url}` names no SQLite file");
            return Err(Error::request(message).hint("write `sqlite:shop.db` or `sqlite:/data/shop.db`"));
        }
        Place::Sqlite(folder.join(path))
    } else {
        let scheme = url.split_once("://").map(|(scheme, _)| format!(" `{scheme}://…`"));
        let message = format!("the database's URL{} is of no engine known here", scheme.unwrap_or_default());
        return Err(Error::request(message).hint(hint));
    };
    Ok(Database { place, source })
}

/// What `[database]` of a file says, with the environment filled in. Relative paths are from the file's folder,
/// but a URL that comes from the environment whole means what it would mean there.
///
/// # Errors
/// When a name is not in the environment, or a `url_file` can't be read.
pub(crate) fn of_file(
    said: &file::Address,
    path: &Path,
    folder: &Path,
    environment: fn(&str) -> Option<String>,
) -> Result<Option<Database>> {
    let url = match (&said.url, &said.url_file) {
        (Some(url), _) => fill_in(url, path, environment)?,
        (None, Some(name)) => {
            let name = folder.join(fill_in(name, path, environment)?);
            let text = std::fs::read_to_string(&name).map_err(|error| {
                Error::request(format!("the `url_file` {} can't be read: {error}", name.display()))
                    .hint("it holds nothing but the database's URL")
            })?;
            text.trim().to_owned()
        }
        (None, None) => return Ok(None),
    };
    let foreign = said.url.as_ref().is_some_and(|words| words.starts_with("${"));
    let folder = if foreign { Path::new("") } else { folder };
    read(&url, folder, Source::File(said.clone())).map(Some)
}

/// Puts values of the environment in the place of each `${NAME}`.
fn fill_in(text: &str, path: &Path, environment: fn(&str) -> Option<String>) -> Result<String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else {
            let message = format!("{} has a `${{` without its `}}`", path.display());
            return Err(Error::request(message).hint("write `${NAME}`"));
        };
        let value = environment(name).ok_or_else(|| {
            let message = format!("{} needs {name} from the environment, which is not set", path.display());
            Error::request(message).hint(format!("set {name}, or give --database URL"))
        })?;
        filled.push_str(before);
        filled.push_str(&value);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// The URL without its password, wherever that stands.
pub(crate) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (rest, None),
    };
    // The last @: a password may hold one that should have been escaped.
    let rest = match rest.rsplit_once('@') {
        Some((user, host)) => format!("{}@{host}", user.split(':').next().unwrap_or_default()),
        None => rest.to_owned(),
    };
    let kept: Vec<&str> = query
        .into_iter()
        .flat_map(|query| query.split('&'))
        .filter(|pair| !pair.to_lowercase().contains("password"))
        .collect();
    let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    format!("{scheme}://{rest}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        let cases = [
            ("postgres://ada:se:cret@db:5432/shop", "postgres://ada@db:5432/shop"),
            ("postgres://ada:se@cret@db/shop", "postgres://ada@db/shop"),
            ("postgres://ada@db/shop?password=secret&host=/run", "postgres://ada@db/shop?host=/run"),
            ("postgres://db/shop?sslpassword=secret", "postgres://db/shop"),
            ("postgres://db/shop", "postgres://db/shop"),
        ];
        for (url, expected) in cases {
            assert_eq!(without_password(url), expected);
            let database = read(url, Path::new(""), Source::Option).unwrap();
            assert!(!format!("{database} {database:?}").contains("cret"));
        }
    }

    #[test]
    fn a_url_of_the_environment_is_not_of_the_files_folder() {
        let shown = |url: &str| {
            let said = file::Address { url: Some(url.to_owned()), url_file: None };
            let environment: fn(&str) -> Option<String> = |_| Some("sqlite:shop.db".to_owned());
            let found = of_file(&said, Path::new("a/r.toml"), Path::new("a"), environment).unwrap();
            found.unwrap().to_string()
        };
        assert_eq!(shown("${DATABASE_URL}"), "sqlite:shop.db");
        assert_eq!(shown("sqlite:shop.db"), "sqlite:a/shop.db");
    }

    #[test]
    fn refuses_what_is_no_url_without_repeating_it() {
        for url in ["mysql://ada:secret@db/shop", "host=db password=secret", "shop.db", ""] {
            let error = read(url, Path::new(""), Source::Option).unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
            assert!(error.hint_text().is_some());
        }
        for url in ["sqlite:", "sqlite://shop.db", "sqlite::memory:"] {
            assert!(read(url, Path::new(""), Source::Option).is_err(), "{url}");
        }
    }
}
