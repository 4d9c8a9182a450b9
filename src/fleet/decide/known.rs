//! Whom a command means: an exact name, or a refusal that names the nearest one.

use super::Draft;
use crate::fleet::{Agent, AgentName, Refusal};

/// The agent of this name; the nearest one is told where there is none.
pub fn known<'d>(draft: &'d Draft<'_>, name: &AgentName) -> Result<&'d Agent, Refusal> {
    if let Some(agent) = draft.agent(name) {
        return Ok(agent);
    }
    Err(Refusal::no_such_agent(name.as_str(), draft.fleet()))
}
