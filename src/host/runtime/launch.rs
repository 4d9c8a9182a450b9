//! What it takes to start an agent: argv, environment, directory; starts nothing itself.

use super::plan::{Launch, LaunchAsked, LaunchError};
use super::{claude, command, stub};
use crate::fleet::RuntimeKind;

/// Says how the agent is started. Only claude needs files of its own: they are written here.
pub fn launch(asked: &LaunchAsked<'_>) -> Result<Launch, LaunchError> {
    if !asked.definition.workspace.is_dir() {
        return Err(LaunchError::Workspace(asked.definition.workspace.clone()));
    }
    match asked.definition.runtime {
        RuntimeKind::Stub => stub::launch(asked),
        RuntimeKind::Claude => claude::launch(asked),
        RuntimeKind::Command => command::launch(asked),
    }
}
