//! Where a program is: looked for as the agent itself would look.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::plan::LaunchError;

/// The absolute path of a program, found as the agent itself would find it.
pub fn find_program(
    program: &str,
    env: &[(String, String)],
    cwd: &Path,
    install: Option<&'static str>,
) -> Result<String, LaunchError> {
    let path = env.iter().find(|(name, _)| name == "PATH").map_or("", |(_, value)| value);
    let found = if program.contains('/') {
        Some(cwd.join(program)).filter(|path| is_program(path))
    } else {
        let candidates = path.split(':').filter(|folder| !folder.is_empty());
        candidates.map(|folder| cwd.join(folder).join(program)).find(|path| is_program(path))
    };
    found.and_then(|path| path.to_str().map(str::to_owned)).ok_or_else(|| {
        let path = if program.contains('/') { "that place" } else { path };
        LaunchError::ProgramMissing { program: program.to_owned(), path: path.to_owned(), install }
    })
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}
