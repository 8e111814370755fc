//! Django and Alembic, from PyPI.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::Place;

/// What is installed; a change here makes the folder anew.
const PACKAGES: &str = "django~=5.2 alembic~=1.16 psycopg[binary]~=3.2";

/// Python with the tools, once for all tests. None where it can't be had, and why is printed.
fn python() -> Option<&'static Path> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    PYTHON
        .get_or_init(|| match install() {
            Ok(python) => Some(python),
            Err(why) if std::env::var_os("CI").is_none() => {
                // Not by a macro: what those print of a test that passes, nobody sees.
                let said = format!("LEFT OUT: the migrations of Django and Alembic were not run, since pip can't install them here: {why}\n");
                std::io::stderr().write_all(said.as_bytes()).unwrap();
                None
            }
            Err(why) => panic!("CI must have Django and Alembic: {why}"),
        })
        .as_deref()
}

fn install() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("migration-tools");
    let (python, stamp) = (folder.join("bin/python"), folder.join("packages"));
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == PACKAGES) {
        return Ok(python);
    }
    let run = |program: &Path, words: &[&str]| {
        let output = Command::new(program).args(words).output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(said) }
    };
    run(Path::new("python3"), &["-m", "venv", "--clear", folder.to_str().unwrap()])?;
    let mut words = vec!["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    words.extend(PACKAGES.split(' '));
    run(&python, &words)?;
    std::fs::write(&stamp, PACKAGES).map_err(|error| error.to_string())?;
    Ok(python)
}

/// Runs a module of Python in the folder of the place.
fn module(python: &Path, place: &Place, words: &[&str]) -> String {
    let mut command = Command::new(python);
    command.current_dir(place.bench.path("")).env("DJANGO_SETTINGS_MODULE", "settings");
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONPATH", ".");
    let output = command.arg("-m").args(words).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{words:?}\n{out}\n{err}");
    out.into_owned()
}

fn django(place: &Place) {
    let Some(python) = python() else { return };
    let database = match &place.postgres {
        Some(database) => {
            let host = database.url.split("host=").nth(1).unwrap();
            format!(
                "\"ENGINE\": \"django.db.backends.postgresql\", \"NAME\": \"{}\", \"USER\": \"postgres\", \"HOST\": \"{host}\"",
                database.name
            )
        }
        None => "\"ENGINE\": \"django.db.backends.sqlite3\", \"NAME\": \"shop.db\"".to_owned(),
    };
    place.bench.write(
        "settings.py",
        &format!("SECRET_KEY = \"x\"\nINSTALLED_APPS = [\"shop\"]\nDATABASES = {{\"default\": {{{database}}}}}\nUSE_TZ = True\n"),
    );
    std::fs::create_dir_all(place.bench.path("shop/migrations")).unwrap();
    place.bench.write("shop/__init__.py", "");
    place.bench.write("shop/migrations/__init__.py", "");
    place.bench.write(
        "shop/migrations/0001_books.py",
        "from django.db import migrations\nclass Migration(migrations.Migration):\n    dependencies = []\n    operations = []\n",
    );
    let made = place
        .run("plan --format django --app shop --after 0001_books --name track_books --out shop/migrations")
        .done();
    assert!(made.contains("shop/migrations/0002_track_books.py"), "{made}");
    let migrate = |to: &str| drop(module(python, place, &["django", "migrate", "-v0", "shop", to]));
    place.life(|| migrate("0002"), Some(&|| migrate("0001")));
    if place.postgres.is_some() {
        let sql = module(python, place, &["django", "sqlmigrate", "shop", "0002"]);
        assert!(sql.contains("create table rowlore.meta"), "{sql}");
    }
}

#[test]
fn django_on_postgres() {
    django(&Place::postgres("django"));
}

#[test]
fn django_on_sqlite() {
    django(&Place::sqlite());
}

const ENV: &str = "
from alembic import context
from sqlalchemy import create_engine
url = context.config.get_main_option('sqlalchemy.url')
if context.is_offline_mode():
    context.configure(url=url)
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(url).connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
";

fn alembic(place: &Place) {
    let Some(python) = python() else { return };
    let url = match &place.postgres {
        Some(database) => database.url.replace("postgres://", "postgresql+psycopg://"),
        None => "sqlite:///shop.db".to_owned(),
    };
    std::fs::create_dir_all(place.bench.path("tool/versions")).unwrap();
    place.bench.write("alembic.ini", &format!("[alembic]\nscript_location = tool\nsqlalchemy.url = {url}\n"));
    place.bench.write("tool/env.py", ENV);
    place.bench.write(
        "tool/versions/aaa111_books.py",
        "revision = \"aaa111\"\ndown_revision = None\ndef upgrade():\n    pass\ndef downgrade():\n    pass\n",
    );
    place.run("plan --format alembic --after aaa111 --name track_books --out tool/versions").done();
    let migrate = |words: &[&str]| module(python, place, &[&["alembic"], words].concat());
    let (up, down) = (|| drop(migrate(&["upgrade", "head"])), || drop(migrate(&["downgrade", "aaa111"])));
    place.life(up, Some(&down));
    if place.postgres.is_some() {
        let sql = migrate(&["upgrade", "aaa111:head", "--sql"]);
        assert!(sql.contains("create table rowlore.meta"), "{sql}");
    }
}

#[test]
fn alembic_on_postgres() {
    alembic(&Place::postgres("alembic"));
}

#[test]
fn alembic_on_sqlite() {
    alembic(&Place::sqlite());
}
