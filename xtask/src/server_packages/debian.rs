//! The server as Debian and its children package it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{is_root, is_server};

/// One folder per major version.
const FOLDER: &str = "/usr/lib/postgresql";

/// The package would make and start a cluster of its own, which nobody asked for: a file in its
/// configuration says no for as long as the installation takes.
const INSTALL: &str = r#"
export DEBIAN_FRONTEND=noninteractive
folder=/etc/postgresql-common/createcluster.d
mkdir -p "$folder"
trap 'rm -f "$folder/rowlore.conf"' EXIT
echo 'create_main_cluster = false' > "$folder/rowlore.conf"
apt-get -q -o DPkg::Lock::Timeout=300 update
apt-get -q -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold \
    install -y --no-install-recommends postgresql
"#;

/// The newest server of the machine, or the one of that major version.
pub(super) fn installed(wanted: Option<u32>) -> Option<PathBuf> {
    let servers = fs::read_dir(FOLDER).ok()?.flatten().filter_map(|entry| {
        let major: u32 = entry.file_name().to_str()?.parse().ok()?;
        let folder = entry.path().join("bin");
        (wanted.is_none_or(|wanted| wanted == major) && is_server(&folder)).then_some((major, folder))
    });
    servers.max_by_key(|(major, _)| *major).map(|(_, folder)| folder)
}

/// Installs the release's own server; without a password or not at all.
pub(super) fn install() -> Result<(), String> {
    let works = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if !works("apt-get", &["--version"]) {
        return Err("not on this system".to_owned());
    }
    let words: &[&str] = if is_root() {
        &["sh"]
    } else if works("sudo", &["-n", "true"]) {
        &["sudo", "-n", "sh"]
    } else {
        return Err("needs root, and sudo would ask for a password".to_owned());
    };
    let mut command = Command::new(words[0]);
    let status = command.args(&words[1..]).args(["-eu", "-c", INSTALL]).stdin(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("ended with {status}; its messages are above")),
        Err(error) => Err(error.to_string()),
    }
}
