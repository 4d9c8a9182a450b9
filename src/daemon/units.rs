//! What systemd says of our units: listed once, and again at each hint that something changed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use crate::fleet::UnitCell;
use crate::host::files::arrived;
use crate::host::systemd::{self, SystemdError};

/// After a bus that was lost, does not answer, or has no manager yet: none of these tells when it is
/// over. A bus that is not there does, by its socket.
const AGAIN: Duration = Duration::from_secs(5);

/// What is known of our units.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Units {
    /// Nobody has been asked yet.
    #[default]
    NotAsked,
    /// No user manager runs here.
    NoManager,
    /// Asking failed.
    Unknown(String),
    /// Each loaded unit's state.
    Listed(BTreeMap<String, String>),
}

impl Units {
    /// The cell of whatever runs in this unit of ours, or in none.
    pub fn cell(&self, unit: Option<&str>) -> UnitCell {
        let (name, state) = match (self, unit) {
            (Self::NoManager, _) => (None, "n/a".to_owned()),
            (Self::NotAsked | Self::Unknown(_), unit) => (unit, "unknown".to_owned()),
            (Self::Listed(_), None) => (None, "detached".to_owned()),
            (Self::Listed(states), Some(unit)) => {
                let state = states.get(unit).cloned();
                (Some(unit), state.unwrap_or_else(|| "detached".to_owned()))
            }
        };
        UnitCell { name: name.map(str::to_owned), state }
    }
}

/// Follows our units until the supervisor leaves.
pub async fn follow(say: watch::Sender<Units>, mut leaving: watch::Receiver<bool>) {
    loop {
        let followed = tokio::select! {
            followed = once(&say) => followed,
            _ = leaving.wait_for(|leaving| *leaving) => return,
        };
        match followed {
            Ok(false) => {
                say.send_replace(Units::NoManager);
                // A log-in may bring one, but never where no systemd runs.
                if !systemd::is_booted() {
                    return;
                }
            }
            Ok(true) => {}
            Err(error) => {
                say.send_replace(Units::Unknown(error.to_string()));
            }
        }
        tokio::select! {
            () = hint() => {}
            _ = leaving.wait_for(|leaving| *leaving) => return,
        }
    }
}

/// Waits until it is worth asking again.
async fn hint() {
    let socket = systemd::bus_socket();
    if socket.symlink_metadata().is_ok() {
        return sleep(AGAIN).await;
    }
    if let Err(error) = arrived(&socket).await {
        tracing::debug!(%error, "wait for the user bus; it is looked for now and then");
        sleep(AGAIN).await;
    }
}

/// False when there is no manager; true when the bus was lost.
async fn once(say: &watch::Sender<Units>) -> Result<bool, SystemdError> {
    let Some(manager) = systemd::manager().await? else { return Ok(false) };
    let manager = Arc::new(manager);
    let mut changes = manager.changes().await?;
    loop {
        let seen = manager.units().await?;
        let states = seen.into_iter().map(|unit| (unit.name, unit.active)).collect();
        say.send_replace(Units::Listed(states));
        if changes.next().await.is_none() {
            return Ok(true);
        }
    }
}
