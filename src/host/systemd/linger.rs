//! Linger: whether a user's manager runs without a login; asks logind for it, never sudo.

use std::path::Path;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::time::timeout;

use super::SystemdError;
use super::bus::{LoginProxy, attempted, connect, is_named};
use super::manager::{Manager, manager, proxy, subscribe};
use crate::places;

/// A user manager was up within a second of linger on every host that was measured.
const UP_WITHIN: Duration = Duration::from_secs(20);

/// The bus of the host, at the address that its standard fixes.
const SYSTEM_BUS: &str = "/run/dbus/system_bus_socket";

/// Where logind keeps one empty file for each user that lingers.
pub(super) const LINGER: &str = "/var/lib/systemd/linger";

/// What came of asking for linger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Linger {
    /// This user lingers now.
    Granted,
    /// Only root may grant it, by this command.
    NeedsRoot(String),
}

/// Whether this user lingers; `None` where its file may not be looked at.
pub fn lingers() -> Option<bool> {
    Path::new(LINGER).join(places::user_name()).try_exists().ok()
}

/// Asks logind to let this user linger. The manager comes up soon after, not at once.
pub async fn ask_linger() -> Result<Linger, SystemdError> {
    let user = places::user_name();
    let connection = connect(Path::new(SYSTEM_BUS)).await?;
    let login = LoginProxy::new(&connection).await.map_err(attempted("reach logind"))?;
    // Not interactive: an agent's supervisor must never raise a password dialog.
    match login.set_user_linger(nix::unistd::getuid().as_raw(), true, false).await {
        Ok(()) => Ok(Linger::Granted),
        Err(error) if is_named(&error, &ASKS_ROOT) => {
            Ok(Linger::NeedsRoot(format!("sudo loginctl enable-linger {user}")))
        }
        Err(error) => Err(attempted(format!("ask logind to let {user} linger"))(error)),
    }
}

/// What logind answers to somebody who may not do it himself.
const ASKS_ROOT: [&str; 4] = [
    "org.freedesktop.DBus.Error.AccessDenied",
    "org.freedesktop.DBus.Error.AuthFailed",
    "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
    // polkit, which could have said yes, was switched off on this host.
    "org.freedesktop.systemd1.UnitMasked",
];

/// The user manager; where linger has just called it, waits until it has come up.
pub async fn manager_coming_up() -> Result<Option<Manager>, SystemdError> {
    // Mostly it runs; then PID 1, which a tenant may be kept from, is not asked.
    if let Some(manager) = manager().await? {
        return Ok(Some(manager));
    }
    let unit = format!("user@{}.service", nix::unistd::getuid());
    let attempt = format!("wait for {unit}");
    let signals = connect(Path::new(SYSTEM_BUS)).await?;
    let ended = subscribe(&signals).await?.receive_job_removed().await;
    let mut ended = ended.map_err(attempted(attempt.clone()))?;
    // Asked on another connection than the one whose signals queue up meanwhile.
    let asking = connect(Path::new(SYSTEM_BUS)).await?;
    let listed = proxy(&asking).await?.list_units_by_patterns(&[], &[&unit]).await;
    let listed = listed.map_err(attempted(attempt.clone()))?;
    let comes = listed.iter().any(|row| row.7 != 0 || row.3 == "activating");
    if !comes {
        return manager().await;
    }
    let waiting = async {
        while let Some(signal) = ended.next().await {
            if signal.args().is_ok_and(|end| *end.unit() == unit) {
                break;
            }
        }
    };
    match timeout(UP_WITHIN, waiting).await {
        Ok(()) => manager().await,
        Err(_) => Err(SystemdError::Deadline { attempt, waited: UP_WITHIN }),
    }
}
