//! The texts of our units, and their filling; writes nothing.

use std::path::{Path, PathBuf};

use crate::places::Places;

/// The tmux server, with every agent in it.
pub const TMUX: &str = "mosaic-tmux.service";
/// The supervisor.
pub const SUPERVISOR: &str = "mosaic-supervisor.service";
/// Its control socket, which wakes it.
pub const CONTROL: &str = "mosaic-supervisor.socket";

/// Every unit, in the order in which they start.
pub const ALL: [&str; 3] = [CONTROL, TMUX, SUPERVISOR];

/// How a unit file begins that we wrote, and may therefore replace and remove.
const MARK: &str = "# Written by `mosaic fleet enable`.";

/// What differs from one installation to the next.
#[derive(Debug, Clone, Copy)]
pub struct Filling<'a> {
    /// The installed `mosaic`, absolute.
    pub mosaic: &'a Path,
    /// The tmux that serves, absolute.
    pub tmux: &'a Path,
    /// The state directory, absolute.
    pub state: &'a Path,
}

/// A path that cannot stand in a unit file as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfitPath(pub String);

/// The text of each unit with its name, in the order of [`ALL`].
pub fn texts(filling: Filling<'_>) -> Result<Vec<(&'static str, String)>, UnfitPath> {
    let mosaic = word(filling.mosaic)?;
    let tmux = word(filling.tmux)?;
    let configuration = word(&filling.state.join("tmux.conf"))?;
    let environment = line(&filling.state.join("tmux.env"))?;
    let templates = [
        (CONTROL, include_str!("../../../systemd/mosaic-supervisor.socket")),
        (TMUX, include_str!("../../../systemd/mosaic-tmux.service")),
        (SUPERVISOR, include_str!("../../../systemd/mosaic-supervisor.service")),
    ];
    let fill = |text: &str| {
        text.replace("@MOSAIC@", &mosaic)
            .replace("@TMUX@", &tmux)
            .replace("@STATE@/tmux.conf", &configuration)
            .replace("@STATE@/tmux.env", &environment)
    };
    Ok(templates.into_iter().map(|(name, text)| (name, fill(text))).collect())
}

/// Where the unit files of this user lie: `~/.config/systemd/user`.
pub fn directory(places: &Places) -> PathBuf {
    let configuration = places.config.parent().unwrap_or(&places.config);
    configuration.join("systemd/user")
}

/// Whether a unit file was written by us.
pub fn is_ours(text: &str) -> bool {
    text.starts_with(MARK)
}

/// The program that a unit starts, read back from its text.
pub(super) fn program(text: &str) -> Option<String> {
    let command = text.lines().find_map(|line| line.strip_prefix("ExecStart="))?;
    let program = match command.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => command.split(' ').next()?,
    };
    Some(program.replace("%%", "%"))
}

/// A path as one word of `ExecStart=`, where a space ends a word.
fn word(path: &Path) -> Result<String, UnfitPath> {
    let text = line(path)?;
    Ok(if text.contains(' ') { format!("\"{text}\"") } else { text })
}

/// A path as the rest of a line: `%` begins a specifier. What systemd would read as a quote, an
/// escape or a variable is refused.
fn line(path: &Path) -> Result<String, UnfitPath> {
    let unfit = |text: &str| text.chars().any(|c| c.is_control() || "\"'\\$".contains(c));
    match path.to_str() {
        Some(text) if path.is_absolute() && !unfit(text) => Ok(text.replace('%', "%%")),
        _ => Err(UnfitPath(path.display().to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(mosaic: &str) -> Result<Vec<(&'static str, String)>, UnfitPath> {
        texts(Filling {
            mosaic: Path::new(mosaic),
            tmux: Path::new("/usr/bin/tmux"),
            state: Path::new("/home/ada/.local/state/mosaic"),
        })
    }

    #[test]
    fn every_unit_is_ours_and_filled() {
        for (name, text) in filled("/home/ada/.local/bin/mosaic").unwrap() {
            assert!(is_ours(&text), "{name} does not begin with the mark");
            for hole in ["@MOSAIC@", "@TMUX@", "@STATE@"] {
                assert!(!text.contains(hole), "{name} still has {hole}");
            }
        }
    }

    #[test]
    fn the_program_of_a_unit_is_read_back_as_it_was_written() {
        for mosaic in ["/home/ada/.local/bin/mosaic", "/home/ada b/100%/mosaic"] {
            let units = filled(mosaic).unwrap();
            let (_, supervisor) = units.iter().find(|(name, _)| *name == SUPERVISOR).unwrap();
            assert_eq!(program(supervisor).as_deref(), Some(mosaic));
        }
    }

    #[test]
    fn a_path_that_systemd_would_read_otherwise_is_refused() {
        for mosaic in ["/home/a$b/mosaic", "/home/a\"b/mosaic", "/home/a\\b", "/a\nb", "mosaic"] {
            assert_eq!(filled(mosaic), Err(UnfitPath(mosaic.to_owned())));
        }
    }
}
