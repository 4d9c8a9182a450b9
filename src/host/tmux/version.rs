//! Which tmux is installed, and whether we can rely on it; never talks to a server.

use std::io;
use std::path::PathBuf;

use super::TmuxError;
use super::server::program;

/// The oldest tmux that we have tested: Debian 12 has it.
const VERSION_MIN: &str = "3.3a";

/// The version of the installed tmux, as it says it; too old or missing is an error.
pub fn version() -> Result<String, TmuxError> {
    let output = match program("tmux").arg("-V").output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(TmuxError::Missing),
        Err(source) => return Err(TmuxError::Host { attempt: "run `tmux -V`".into(), source }),
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let found = text.trim().strip_prefix("tmux ").unwrap_or(text.trim()).to_owned();
    if is_new_enough(&found) {
        Ok(found)
    } else {
        Err(TmuxError::TooOld { found, least: VERSION_MIN })
    }
}

/// Where a tmux would be found: one place for each directory of `PATH`, whether there is one or not.
pub fn places() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    let directories = std::env::split_paths(&path).filter(|directory| directory.is_absolute());
    directories.map(|directory| directory.join("tmux")).collect()
}

/// Whether a version is at least `VERSION_MIN`; a build without a number is taken as new.
fn is_new_enough(found: &str) -> bool {
    match (parts(found), parts(VERSION_MIN)) {
        (Some(found), Some(least)) => found >= least,
        // `master` and `openbsd-7.5` are newer than any release that we know.
        _ => !found.is_empty(),
    }
}

/// `3.3a` and `next-3.4` as something that can be compared.
fn parts(version: &str) -> Option<(u32, u32, String)> {
    let version = version.strip_prefix("next-").unwrap_or(version);
    let (major, rest) = version.split_once('.')?;
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let letter = rest[digits..].chars().take_while(char::is_ascii_lowercase).collect();
    Some((major.parse().ok()?, rest[..digits].parse().ok()?, letter))
}

#[cfg(test)]
mod tests {
    use super::is_new_enough;

    #[test]
    fn versions_from_3_3a_on_are_taken() {
        for new in ["3.3a", "3.4", "3.3b", "3.10", "4.0", "next-3.7", "3.5a-1", "master"] {
            assert!(is_new_enough(new), "{new}");
        }
        for old in ["3.3", "3.2a", "2.9", "1.8", "next-3.3", ""] {
            assert!(!is_new_enough(old), "{old}");
        }
    }

    #[test]
    fn the_installed_tmux_tells_its_version() {
        assert!(super::version().unwrap().starts_with(|c: char| c.is_ascii_digit()));
    }
}
