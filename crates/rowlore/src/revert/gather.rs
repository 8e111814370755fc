//! What a revert has to know before anything can be decided, asked of the engine.

use super::{Revert, RevertPlan};
use crate::engine::Engine;
use crate::{Error, Result};

/// The plan of a revert; nothing is written.
pub(crate) async fn plan<E: Engine>(_engine: &E, _revert: &Revert) -> Result<RevertPlan> {
    Err(Error::bug("reverts are not built yet"))
}
