//! The peer: django-pghistory in a throwaway environment, its triggers made by its own migrations.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rowlore_conformance::server::PrivatePostgres;

/// What pip is asked for: the versions that the targets name.
const PACKAGES: [&str; 3] = ["django==5.2.*", "django-pghistory==3.9.*", "psycopg[binary]==3.*"];

const VERSIONS: &str = "\
import django, importlib.metadata as m
import pghistory
assert m.version('django-pghistory').startswith('3.9.')
print('django-pghistory', m.version('django-pghistory'), 'with django-pgtrigger', m.version('django-pgtrigger'),
      'on Django', django.__version__)";

/// A Python that can import pghistory.
#[derive(Debug)]
pub(crate) struct Pghistory {
    python: PathBuf,
    work: PathBuf,
    /// What was installed, for the report.
    pub(crate) versions: String,
}

/// At which level its triggers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Row,
    Statement,
}

impl Level {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Row => "row",
            Self::Statement => "statement",
        }
    }
}

impl Pghistory {
    /// Uses the environment in `work`, or makes it. The error says why there is none.
    pub(crate) fn install(work: &Path) -> Result<Self, String> {
        fs::create_dir_all(work).map_err(|error| format!("{}: {error}", work.display()))?;
        let work = work.canonicalize().map_err(|error| format!("{}: {error}", work.display()))?;
        let venv = work.join("venv");
        let python = venv.join("bin/python");
        let probe = || run(Command::new(&python).args(["-c", VERSIONS]));
        let versions = match probe() {
            Ok(versions) => versions,
            Err(_) => {
                eprintln!("bench: fetching {} with pip", PACKAGES.join(", "));
                run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
                let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
                run(Command::new(&python).args(pip).args(PACKAGES))?;
                probe()?
            }
        };
        Ok(Self { python, work, versions: versions.trim().to_owned() })
    }

    /// Makes the table of the benchmark with its history in an empty database.
    pub(crate) fn migrate(
        &self,
        server: &PrivatePostgres,
        database: &str,
        level: Level,
    ) -> Result<(), String> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("pghistory");
        // A copy of its own: a migration holds the triggers of one level.
        let project = self.work.join(format!("pghistory-{}", level.name()));
        let _ = fs::remove_dir_all(&project);
        let app = project.join("shop");
        let copy = || {
            fs::create_dir_all(&app)?;
            for file in ["settings.py", "shop/__init__.py", "shop/models.py"] {
                fs::copy(source.join(file), project.join(file))?;
            }
            Ok::<_, std::io::Error>(())
        };
        copy().map_err(|error| format!("{}: {error}", project.display()))?;
        for task in [&["makemigrations", "shop"][..], &["migrate"]] {
            let mut django = self.python(server, database, level);
            run(django.args(["-m", "django"]).args(task).args(["-v", "0"]))?;
        }
        Ok(())
    }

    /// Runs a script in the project that [`migrate`](Self::migrate) left; what it printed.
    pub(crate) fn script(
        &self,
        server: &PrivatePostgres,
        database: &str,
        level: Level,
        script: &str,
    ) -> Result<String, String> {
        run(self.python(server, database, level).args(["-c", script]))
    }

    fn python(&self, server: &PrivatePostgres, database: &str, level: Level) -> Command {
        let project = self.work.join(format!("pghistory-{}", level.name()));
        let mut python = Command::new(&self.python);
        python.current_dir(&project).env("PYTHONPATH", &project).env("DJANGO_SETTINGS_MODULE", "settings");
        python.env("BENCH_DATABASE", database).env("BENCH_HOST", server.socket_folder());
        python.env("BENCH_LEVEL", level.name());
        python
    }
}

/// What a program printed; the error is the end of what it said.
fn run(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
    Err(format!("{program} failed: {last}"))
}
