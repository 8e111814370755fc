//! What the figures were measured on, so that a reader can tell how much to believe.

use std::fs;
use std::time::Instant;

use crate::pghistory::Pghistory;

/// The machine and its load.
#[derive(Debug)]
pub(crate) struct Machine {
    /// Processor and cores.
    pub(crate) processor: String,
    /// The peer's versions, or why it is not there.
    pub(crate) peer: String,
    /// What the server was told beyond what the page says, each as `name = value`.
    pub(crate) settings: String,
    /// Load averages of the last minute, when the run began and when it ended.
    pub(crate) load: (String, String),
    /// How long the run took.
    pub(crate) seconds: u64,
    begun: Instant,
}

impl Machine {
    /// At the beginning of a run.
    pub(crate) fn look(peer: &Result<Pghistory, String>, settings: &[(String, String)]) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        let about = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = about.lines().find_map(|line| line.strip_prefix("model name"));
        let model = model.map_or("unknown processor", |rest| rest.trim_start_matches([' ', '\t', ':']));
        let peer = match peer {
            Ok(found) => found.versions.clone(),
            Err(reason) => format!("django-pghistory not measured: {reason}"),
        };
        let processor = format!("{cores} cores, {model}");
        let settings: Vec<String> =
            settings.iter().map(|(name, value)| format!(" · {name} = {value}")).collect();
        Self {
            processor,
            peer,
            settings: settings.concat(),
            load: (load(), String::new()),
            seconds: 0,
            begun: Instant::now(),
        }
    }

    /// At its end.
    pub(crate) fn look_again(&mut self) {
        self.load.1 = load();
        self.seconds = self.begun.elapsed().as_secs();
    }
}

fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("unknown").to_owned()
}
