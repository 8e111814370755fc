//! `rowlore demo`: all of it on a small shop, without a server.

use super::Call;
use crate::answer::{Answer, Failure};

/// Show all of it on a small shop, without a server
///
/// Example:
///   rowlore demo
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Where to put the database and its declarations
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: std::path::PathBuf,
}

pub(super) async fn run(_args: &Args, _call: &mut Call<'_>) -> Result<Answer, Failure> {
    Ok(Answer::Yes)
}
