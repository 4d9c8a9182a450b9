//! What systemd says of our units: listed once, and again at each hint that something changed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use crate::fleet::UnitCell;
use crate::host::files::arrived;
use crate::host::systemd::{self, SystemdError};

/// From one question to the next where nothing tells when it is over: a bus, or a manager on it, that
/// does not answer. A bus that is not there tells by its socket, a manager by its name on the bus.
const AGAIN_S: [u64; 4] = [5, 10, 30, 60];

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
    let mut failed = 0;
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
            Ok(true) => failed = 0,
            Err(error) => {
                say.send_replace(Units::Unknown(error.to_string()));
            }
        }
        tokio::select! {
            () = hint(&mut failed) => {}
            _ = leaving.wait_for(|leaving| *leaving) => return,
        }
    }
}

/// Waits until it is worth asking again.
async fn hint(failed: &mut usize) {
    let socket = systemd::bus_socket();
    let told = match socket.symlink_metadata() {
        Ok(_) => systemd::appears(&socket).await.map_err(|error| error.to_string()),
        Err(_) => arrived(&socket).await.map(|()| true).map_err(|error| error.to_string()),
    };
    match told {
        Ok(true) => *failed = 0,
        // A manager that is there already was asked in vain.
        Ok(false) | Err(_) => {
            tracing::debug!(?told, "wait for the user manager; it is asked now and then");
            sleep(Duration::from_secs(AGAIN_S[(*failed).min(AGAIN_S.len() - 1)])).await;
            *failed += 1;
        }
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
