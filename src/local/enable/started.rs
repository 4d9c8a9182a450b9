//! The units as they run: started where one does not, waited for where one leaves.

use super::{EnableError, detached};
use crate::host::systemd::{self, Manager, UnitSeen, units};
use crate::places::{self, Places};

/// Who keeps a fleet that is brought up now.
#[derive(Debug)]
pub enum Keeper {
    /// systemd; what was started, a sentence each.
    Units(Vec<String>),
    /// Nobody; where units are enabled all the same: why they do not.
    Nobody(Option<String>),
}

/// Starts the units if they are enabled here and nothing of the fleet lives outside of them.
pub async fn start_enabled(places: &Places) -> Result<Keeper, EnableError> {
    let boot = systemd::boot(places);
    if boot.units_enabled != Some(true) {
        return Ok(Keeper::Nobody(None));
    }
    let without = |why: String| {
        let sentence = format!("the units are enabled, and the fleet is started without: {why}");
        Ok(Keeper::Nobody(Some(sentence)))
    };
    // In units that end with the last login, a fleet would too.
    if boot.linger == Some(false) {
        return without(boot.missing.join("; "));
    }
    let Some(manager) = systemd::manager().await? else {
        return without(format!("no user manager runs for {}", places::user_name()));
    };
    wait_for_leaving(&manager).await?;
    let before = manager.units().await?;
    let outside = detached::find(places, &before).await?;
    if !outside.is_empty() {
        let sentence = detached::sentence(&outside);
        return without(format!("{sentence}; \"mosaic fleet enable --now\" does that"));
    }
    Ok(Keeper::Units(start(&manager, &before, &[]).await?))
}

/// Starts what does not run. A supervisor with a new unit restarts; tmux never does, for that
/// would end every agent.
pub async fn start(
    manager: &Manager,
    before: &[UnitSeen],
    changed: &[&str],
) -> Result<Vec<String>, EnableError> {
    let is_up = |unit: &str| before.iter().any(|seen| seen.name == unit && seen.is_up());
    let mut done = Vec::new();
    for unit in units::ALL {
        let failed = before.iter().any(|seen| seen.name == unit && seen.active == "failed");
        if failed {
            manager.reset_failed(unit).await?;
        }
        if unit == units::SUPERVISOR && is_up(unit) && changed.contains(&unit) {
            manager.restart(unit).await?;
            done.push(format!("restarted {unit}, which had changed; no agent was touched"));
        } else if !is_up(unit) {
            manager.start(unit).await?;
            done.push(format!("started {unit}"));
        } else if changed.contains(&unit) {
            done.push(format!("{unit} has changed and takes that up at its next start"));
        }
    }
    if done.is_empty() {
        done.push("everything runs already".to_owned());
    }
    Ok(done)
}

/// Waits until what was told to stop has stopped.
pub async fn wait_until_left() -> Result<(), EnableError> {
    match systemd::manager().await? {
        Some(manager) => wait_for_leaving(&manager).await,
        None => Ok(()),
    }
}

/// A unit that leaves is neither up nor down: it would not be started, and would be stopped.
pub async fn wait_for_leaving(manager: &Manager) -> Result<(), EnableError> {
    for unit in manager.units().await?.iter().filter(|unit| unit.is_leaving()) {
        // A second stop joins the first, and ends with it.
        manager.stop(&unit.name).await?;
    }
    Ok(())
}
