//! `mosaic fleet enable` and `disable`: the boot service of this tenant. Says "enabled" only
//! once that would survive a power cut; never stops an agent unasked.

use std::path::{Path, PathBuf};

mod detached;
mod error;
mod files;
mod started;

#[cfg(test)]
mod inside;
#[cfg(test)]
mod tests;

pub use error::EnableError;
pub use started::{Keeper, start_enabled, wait_until_left};

use crate::host::systemd::{self, Linger, Manager, UnitSeen, units};
use crate::places::{self, Places};
use detached::Detached;

/// What `mosaic fleet enable` was told.
#[derive(Debug, Clone, Default)]
pub struct EnableOptions {
    /// The installed program; `None`: the one that runs.
    pub mosaic: Option<PathBuf>,
    /// Start at once, not only at the next boot.
    pub now: bool,
}

/// What `mosaic fleet disable` was told.
#[derive(Debug, Clone, Default)]
pub struct DisableOptions {
    /// Stop at once, agents included.
    pub now: bool,
}

/// Has the fleet of this tenant come back after every boot; says what was done.
pub async fn enable(
    places: &Places,
    options: EnableOptions,
    ask: &mut impl AsyncFnMut(&str) -> bool,
) -> Result<Vec<String>, EnableError> {
    may_have_units(places)?;
    let mosaic = installed(options.mosaic)?;
    let tmux_program = find_tmux()?;
    let mut done = vec![linger().await?];
    let manager = systemd::manager_coming_up().await?.ok_or_else(EnableError::no_manager)?;
    let directory = units::directory(places);
    searches(&manager, &directory).await?;
    started::wait_for_leaving(&manager).await?;
    let before = manager.units().await?;
    let detached = detached::find(places, &before).await?;
    if options.now && !detached.is_empty() {
        may_restart(&detached, ask).await?;
    }

    let filling = units::Filling { mosaic: &mosaic, tmux: &tmux_program, state: &places.state };
    let texts = units::texts(filling).map_err(EnableError::unfit_path)?;
    files::write_configuration(&places.tmux_configuration())?;
    files::write_socket(places)?;
    let changed = files::write_units(&directory, &texts)?;
    manager.reload().await?;
    manager.enable(&units::ALL).await?;
    files::sync_links(&directory)?;
    files::sync_linger();
    done.push(format!("enabled {} for {}", units::ALL.join(", "), mosaic.display()));

    if options.now {
        done.extend(detached::end(detached).await?);
        done.extend(started::start(&manager, &before, &changed).await?);
    } else {
        done.push(later(&detached, &before));
    }
    Ok(done)
}

/// Has the fleet of this tenant no longer come back after a boot; says what was done.
pub async fn disable(
    places: &Places,
    options: DisableOptions,
    ask: &mut impl AsyncFnMut(&str) -> bool,
) -> Result<Vec<String>, EnableError> {
    may_have_units(places)?;
    let manager = systemd::manager().await?.ok_or_else(EnableError::no_manager)?;
    let directory = units::directory(places);
    let written = files::written_units(&directory)?;
    if written.is_empty() {
        return Ok(vec![format!("nothing was enabled in {}", directory.display())]);
    }
    started::wait_for_leaving(&manager).await?;
    let up = manager.units().await?.iter().any(UnitSeen::is_up);
    if options.now && up {
        let question = "this stops the supervisor and the tmux server with every agent in it";
        if !ask(question).await {
            return Err(EnableError::Refused(format!("{question}; run it again with --yes")));
        }
    }
    manager.disable(&written).await?;
    files::sync_links(&directory)?;
    let mut done = vec![format!("disabled {}", written.join(", "))];
    if up && !options.now {
        done.push(
            "agents, tmux server and supervisor run on in their units; \"mosaic fleet disable \
             --now\" stops them"
                .to_owned(),
        );
    } else {
        if up {
            for unit in [units::CONTROL, units::SUPERVISOR, units::TMUX] {
                manager.stop(unit).await?;
            }
            done.push("stopped the supervisor, the tmux server and every agent in it".to_owned());
        }
        files::remove_units(&directory, &written)?;
        manager.reload().await?;
        done.push(format!("removed the unit files from {}", directory.display()));
    }
    let user = places::user_name();
    done.push(format!(
        "{user} still lingers, for other services may need it; \"loginctl disable-linger {user}\" \
         ends that"
    ));
    Ok(done)
}

/// Whether this fleet can have units at all.
fn may_have_units(places: &Places) -> Result<(), EnableError> {
    if places.moved {
        return Err(EnableError::Refused(
            "MOSAIC_HOME names a second fleet, and the units belong to the fleet in the home \
             directory; unset it, or start this fleet with `mosaic fleet up`"
                .to_owned(),
        ));
    }
    if !systemd::is_booted() {
        return Err(EnableError::no_systemd());
    }
    Ok(())
}

/// The program that the units start: one that stays where it is.
fn installed(mosaic: Option<PathBuf>) -> Result<PathBuf, EnableError> {
    let mosaic = match mosaic {
        Some(mosaic) => mosaic,
        None => std::env::current_exe().map_err(|source| {
            EnableError::files("find the running program", Path::new(""), source)
        })?,
    };
    // Cargo marks what it builds in, and what may be removed at any time.
    let marks = [".rustc_info.json", "CACHEDIR.TAG"];
    let built = |folder: &Path| marks.iter().any(|mark| folder.join(mark).exists());
    if mosaic.ancestors().skip(1).any(built) {
        return Err(EnableError::Refused(format!(
            "{} is where cargo builds, and the next build or clean would take it from under the \
             units; install it first, for example to ~/.local/bin, and run that one",
            mosaic.display()
        )));
    }
    if !mosaic.is_file() {
        return Err(EnableError::Refused(format!(
            "{} is not there (replaced while it ran?); install it, and run that one",
            mosaic.display()
        )));
    }
    Ok(mosaic)
}

fn find_tmux() -> Result<PathBuf, EnableError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut candidates = std::env::split_paths(&path).map(|folder| folder.join("tmux"));
    candidates.find(|tmux| tmux.is_absolute() && tmux.is_file()).ok_or_else(EnableError::no_tmux)
}

/// Without linger the units would end with the last login: then nothing is enabled.
async fn linger() -> Result<String, EnableError> {
    let user = places::user_name();
    if systemd::lingers() == Some(true) {
        return Ok(format!("{user} lingers: the user manager starts at boot"));
    }
    match systemd::ask_linger().await? {
        Linger::Granted => Ok(format!("{user} lingers now: the user manager starts at boot")),
        Linger::NeedsRoot(command) => Err(EnableError::Refused(format!(
            "the user manager of {user} ends with the last login, and only root may change that; \
             run \"{command}\", then \"mosaic fleet enable\" again; nothing was changed"
        ))),
    }
}

/// A manager that does not look into our directory would start nothing from it.
async fn searches(manager: &Manager, directory: &Path) -> Result<(), EnableError> {
    if manager.unit_path().await?.iter().any(|searched| searched == directory) {
        return Ok(());
    }
    Err(EnableError::Refused(format!(
        "the user manager does not look for units in {}; HOME is {}, and the manager was started \
         with another; run this with the home directory of {} in HOME",
        directory.display(),
        places::home().unwrap_or_default().display(),
        places::user_name()
    )))
}

/// Asks before what was started detached is ended.
async fn may_restart(
    detached: &[Detached],
    ask: &mut impl AsyncFnMut(&str) -> bool,
) -> Result<(), EnableError> {
    let sentence = detached::sentence(detached);
    if ask(&sentence).await {
        return Ok(());
    }
    Err(EnableError::Refused(format!(
        "{sentence}; run it again with --yes, or without --now to change nothing before the next \
         boot; nothing was changed"
    )))
}

/// What an `enable` without `--now` leaves as it is.
fn later(detached: &[Detached], before: &[UnitSeen]) -> String {
    if !detached.is_empty() {
        let sentence = detached::sentence(detached);
        return format!("until the next boot nothing changes: {sentence}, with --now at once");
    }
    if before.iter().any(UnitSeen::is_up) {
        return "the units run already".to_owned();
    }
    "the fleet starts at the next boot; \"mosaic fleet enable --now\" starts it at once".to_owned()
}
