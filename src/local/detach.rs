//! Starts a supervisor that nobody's terminal, session or environment holds on to.
//!
//! ```text
//! fleet up ──spawn──▶ supervise --detach ──spawn──▶ supervise --kept-by detached
//!                     setsid, leaves at once        child of init, in no terminal's session
//! ```
//!
//! Two programs instead of two forks, because a fork of ours would need `unsafe`. The pipe that
//! `fleet up` reads gets a line when the supervisor serves, and ends when it does: so it is known at
//! once, and so is a start that fails.

use std::ffi::OsString;
use std::fs::File;
use std::path::Path;
use std::process::Stdio;

use tokio::process::ChildStdout;

use super::{LocalError, log};
use crate::host::process;
use crate::places::Places;
use crate::wire::ErrorCode;

/// What a supervisor keeps of the environment it is started from. Above all not `MOSAIC_SESSION`:
/// what carries it is ended with that session.
const KEPT: &[&str] = &[
    "HOME",
    "PATH",
    "LANG",
    "LC_ALL",
    "USER",
    "LOGNAME",
    "TZ",
    "MOSAIC_HOME",
    "MOSAIC_LOG",
    "MOSAIC_ALLOW_TARGET",
    "RUST_LOG",
    "RUST_BACKTRACE",
];

/// Second half, in a process of its own: leaves the session and starts the supervisor.
pub fn detach(places: &Places) -> Result<(), LocalError> {
    process::close_inherited_files();
    nix::unistd::setsid().map_err(|why| failed("leave the login session", &why.to_string()))?;
    let program = program()?;
    let log = open_log(places)?;
    #[expect(clippy::disallowed_methods, reason = "this is where a supervisor is started")]
    let spawned = std::process::Command::new(&program)
        .args(["supervise", "--kept-by", "detached"])
        .env_clear()
        .envs(kept())
        .current_dir("/")
        .stdin(Stdio::null())
        .stderr(log)
        .spawn();
    // Nobody waits for it here: this process leaves, and init becomes its parent.
    spawned.map(drop).map_err(|why| failed("start the supervisor", &why.to_string()))
}

/// First half: starts the second one; what it returns ends when the supervisor ends.
pub async fn start(places: &Places) -> Result<ChildStdout, LocalError> {
    let program = program()?;
    #[expect(clippy::disallowed_methods, reason = "this is where a supervisor is started")]
    let spawned = tokio::process::Command::new(&program)
        .args(["supervise", "--detach"])
        .env_clear()
        .envs(kept())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(open_log(places)?)
        .spawn();
    let mut child =
        spawned.map_err(|why| failed(&format!("start {}", program.display()), &why.to_string()))?;
    let alive = child.stdout.take();
    let ended =
        child.wait().await.map_err(|why| failed("start the supervisor", &why.to_string()))?;
    match alive {
        Some(alive) if ended.success() => Ok(alive),
        _ => Err(failed("start the supervisor", &format!("the starter ended with {ended}"))),
    }
}

fn open_log(places: &Places) -> Result<File, LocalError> {
    let path = places.log();
    log::open(&path).map_err(|why| {
        let denied = why.kind() == std::io::ErrorKind::PermissionDenied;
        let code = if denied { ErrorCode::Forbidden } else { ErrorCode::Failed };
        let hint = "make it and its directory writable for this user, or set MOSAIC_HOME; nothing \
                    was started or changed";
        LocalError::said(code, format!("open {}: {why}", path.display()), hint)
    })
}

fn kept() -> impl Iterator<Item = (OsString, OsString)> {
    std::env::vars_os().filter(|(name, _)| {
        name.to_str().is_some_and(|name| KEPT.contains(&name) || name.starts_with("OTEL_"))
    })
}

/// This program, where it stays. One below a build directory is replaced under the feet of panes
/// that outlive many builds, so that supervisors are not started from there.
pub fn program() -> Result<std::path::PathBuf, LocalError> {
    let program = std::env::current_exe()
        .map_err(|why| failed("find out where this program lies", &why.to_string()))?;
    let is_allowed = std::env::var_os("MOSAIC_ALLOW_TARGET").is_some();
    if !is_allowed && is_built(&program) {
        return Err(LocalError::said(
            ErrorCode::Refused,
            format!(
                "{} lies in a build directory, where the next build replaces it",
                program.display()
            ),
            "install it (`cargo install --path .`, or copy it to ~/.local/bin), then run that one",
        ));
    }
    Ok(program)
}

/// Whether a program lies below a cargo target directory.
fn is_built(program: &Path) -> bool {
    let marked = |directory: &Path| {
        directory.join("CACHEDIR.TAG").exists() && directory.join(".rustc_info.json").exists()
    };
    program.ancestors().skip(1).any(marked)
}

fn failed(what: &str, why: &str) -> LocalError {
    LocalError::said(ErrorCode::Failed, format!("{what}: {why}"), "")
}

#[cfg(test)]
mod tests {
    use super::is_built;

    #[test]
    fn a_program_in_a_build_directory_is_recognised() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("anywhere");
        std::fs::create_dir_all(target.join("debug")).unwrap();
        let program = target.join("debug/mosaic");
        assert!(!is_built(&program));
        std::fs::write(target.join("CACHEDIR.TAG"), "").unwrap();
        std::fs::write(target.join(".rustc_info.json"), "").unwrap();
        assert!(is_built(&program));
    }
}
