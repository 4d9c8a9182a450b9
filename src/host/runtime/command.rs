//! Any program: started as the roster says; nobody knows how to ask it or how to read it.

use super::environment::environment;
use super::plan::{Launch, LaunchAsked, LaunchError};
use super::program::find_program;
use super::stub::begun;

/// The roster's program with its arguments.
pub fn launch(asked: &LaunchAsked<'_>) -> Result<Launch, LaunchError> {
    let definition = asked.definition;
    let command = definition.command.as_ref().ok_or(LaunchError::NoCommand)?;
    let env = environment(asked)?;
    let mut argv = vec![find_program(command, &env, &definition.workspace, None)?];
    argv.extend(definition.args.iter().cloned());
    Ok(Launch {
        argv,
        env,
        cwd: definition.workspace.clone(),
        conversation: begun(asked.conversation),
        resumes: false,
    })
}
