//! Whether the fleet would come back after a reboot, from files alone: cheap enough for every
//! `ps`. Asks nobody and changes nothing.

use std::io;
use std::path::{Path, PathBuf};

use super::linger::LINGER;
use super::units;
use crate::places::{self, Places};

/// What a reboot would find. A part that cannot be seen is `None`, and so is what hangs on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootReadiness {
    /// Whether the user manager starts at boot.
    pub linger: Option<bool>,
    /// Whether it then starts our units.
    pub units_enabled: Option<bool>,
    /// What is missing, each a sentence with its cure.
    pub missing: Vec<String>,
}

impl BootReadiness {
    /// Whether the fleet would come back; `None` when that cannot be known.
    pub fn effective(&self) -> Option<bool> {
        match (self.linger, self.units_enabled) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            (None, _) | (_, None) => None,
        }
    }

    /// A fleet that cannot have units.
    fn never(sentence: &str) -> Self {
        let missing = vec![sentence.to_owned()];
        Self { linger: Some(false), units_enabled: Some(false), missing }
    }
}

/// Where systemd says that it booted this host.
const SYSTEMD: &str = "/run/systemd/system";

/// Whether systemd booted this host: without it nobody has a user manager, ever.
pub fn is_booted() -> bool {
    Path::new(SYSTEMD).is_dir()
}

/// Looks whether this fleet would come back.
pub fn boot(places: &Places) -> BootReadiness {
    if places.moved {
        let sentence = "MOSAIC_HOME names a second fleet, and units are only for the one in the \
                        home directory; start this one with \"mosaic fleet up\"";
        return BootReadiness::never(sentence);
    }
    look(&Host {
        unit_files: units::directory(places),
        global: PathBuf::from("/etc/systemd/user"),
        linger: PathBuf::from(LINGER),
        systemd: PathBuf::from(SYSTEMD),
        user: places::user_name(),
    })
}

/// The files that are looked at.
struct Host {
    unit_files: PathBuf,
    global: PathBuf,
    linger: PathBuf,
    systemd: PathBuf,
    user: String,
}

fn look(host: &Host) -> BootReadiness {
    if !host.systemd.is_dir() {
        let sentence = "this host was not booted by systemd, so nothing starts the fleet after a \
                        reboot; run \"mosaic fleet up\" from what starts this host";
        return BootReadiness::never(sentence);
    }
    let mut missing = Vec::new();
    let linger = known(host.linger.join(&host.user).try_exists(), "linger", &mut missing);
    if linger == Some(false) {
        let user = &host.user;
        missing.push(format!(
            "the user manager of {user} ends with the last login; run \"sudo loginctl \
             enable-linger {user}\""
        ));
    }
    let mut enabled = Some(true);
    for (unit, target) in
        [(units::CONTROL, "sockets"), (units::TMUX, "default"), (units::SUPERVISOR, "default")]
    {
        let starts = known(starts_at_boot(host, unit, target, &mut missing), unit, &mut missing);
        enabled = match (enabled, starts) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            (None, _) | (_, None) => None,
        };
    }
    BootReadiness { linger, units_enabled: enabled, missing }
}

/// What was seen; what could not be is said.
fn known(seen: io::Result<bool>, what: &str, missing: &mut Vec<String>) -> Option<bool> {
    match seen {
        Ok(seen) => Some(seen),
        Err(error) => {
            missing.push(format!("{what} cannot be looked at: {error}; ask who runs this host"));
            None
        }
    }
}

/// Whether a unit is linked below its target, there and able to start.
fn starts_at_boot(
    host: &Host,
    unit: &str,
    target: &str,
    missing: &mut Vec<String>,
) -> io::Result<bool> {
    let link = Path::new(&format!("{target}.target.wants")).join(unit);
    let linked = is_there(&host.unit_files.join(&link))? || is_there(&host.global.join(&link))?;
    if !linked {
        missing.push(format!("{unit} is not enabled; run \"mosaic fleet enable\""));
        return Ok(false);
    }
    let file = host.unit_files.join(unit);
    match std::fs::read_to_string(&file) {
        // A masked unit is a link to /dev/null.
        Ok(text) if text.is_empty() => {
            missing.push(format!("{unit} is masked; run \"systemctl --user unmask {unit}\""));
            Ok(false)
        }
        Ok(text) => starts(unit, &text, missing),
        // Root may have put it elsewhere for every user.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let elsewhere = is_there(&host.global.join(&link))?;
            if !elsewhere {
                missing.push(format!("{unit} is gone; run \"mosaic fleet enable\""));
            }
            Ok(elsewhere)
        }
        Err(error) => Err(error),
    }
}

/// Whether the program that the unit starts is there.
fn starts(unit: &str, text: &str, missing: &mut Vec<String>) -> io::Result<bool> {
    let Some(program) = units::program(text) else {
        return Ok(true);
    };
    if Path::new(&program).try_exists()? {
        return Ok(true);
    }
    missing.push(format!(
        "{unit} starts {program}, which is gone; install it again and run \"mosaic fleet enable\""
    ));
    Ok(false)
}

/// Whether a link is there, wherever it points.
fn is_there(link: &Path) -> io::Result<bool> {
    match std::fs::symlink_metadata(link) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
