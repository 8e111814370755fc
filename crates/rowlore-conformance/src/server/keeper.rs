//! Makes sure that a private server ends with the process that started it.
//!
//! A static is not dropped when a test process exits, and nothing is dropped when one is killed. So a small
//! shell waits on a pipe whose other end only this process holds: the pipe closes when we drop it, exit,
//! crash or are killed, and the shell then stops the server and removes the folder. It ignores the
//! signals of the terminal and has a process group of its own, so that Ctrl-C reaches the tests alone.
//!
//! Not covered: when everything is killed at once (a container that ends), the folder stays in the temporary
//! folder; the server itself is gone then too. When the process is killed in the very moment the server
//! starts, the server notices that its folder has gone and ends within a minute.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::binaries::Installation;
use super::wait_until;

/// `$1` is `pg_ctl`, `$2` the folder. Stopping fails when the server was killed before: that is as good.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
read -r _
"$1" -D "$2/data" -m immediate -w stop
rm -rf "$2"
"#;

/// The waiting shell. Dropping it ends the server and returns when the folder is gone.
#[derive(Debug)]
pub(super) struct Keeper {
    shell: Child,
    folder: PathBuf,
}

impl Keeper {
    pub(super) fn start(installation: &Installation, folder: &Path) -> io::Result<Self> {
        let mut command = installation.command(Path::new("sh"));
        command.args(["-c", SCRIPT, "sh"]).arg(installation.binaries().join("pg_ctl")).arg(folder);
        // Its output goes nowhere: whoever reads the tests' output must not wait for the keeper to end.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self { shell: command.spawn()?, folder: folder.to_owned() })
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
        // The lesser user may empty the folder but not remove it from one that only we may write.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Kills a process and its children at once and waits until all are gone.
pub(super) fn kill_tree(parent: u32) -> io::Result<()> {
    // Stopped first, so that it can start no further child while we look for them.
    signal("STOP", &[parent])?;
    let mut doomed = children(parent)?;
    doomed.push(parent);
    signal("KILL", &doomed)?;
    if wait_until(Duration::from_secs(10), || doomed.iter().all(|pid| status(*pid).is_none())) {
        return Ok(());
    }
    Err(io::Error::other(format!("killed, but still there: {doomed:?}")))
}

/// By the shell's own `kill`: the system call would need unsafe code, and small systems lack the program.
fn signal(name: &str, pids: &[u32]) -> io::Result<()> {
    let mut command = Command::new("sh");
    command.args(["-c", "kill -s \"$@\"", "sh", name]).args(pids.iter().map(u32::to_string));
    // A child may have ended by itself in between; the wait afterwards is what decides.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().map(drop)
}

fn children(parent: u32) -> io::Result<Vec<u32>> {
    let processes = fs::read_dir("/proc")?.flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    Ok(pids.filter(|pid| status(*pid) == Some(parent)).collect())
}

/// The parent of a living process; `None` when it is gone or only waits to be reaped.
fn status(pid: u32) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The program's name is in parentheses and may hold anything, a parenthesis too.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    if state == "Z" { None } else { Some(parent) }
}
