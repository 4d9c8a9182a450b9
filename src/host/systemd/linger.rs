//! Linger: whether a user's manager runs without a login; asks logind for it, never sudo.

use std::path::Path;

use super::SystemdError;
use super::bus::{LoginProxy, attempted, connect, is_named};
use crate::places;

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
const ASKS_ROOT: [&str; 3] = [
    "org.freedesktop.DBus.Error.AccessDenied",
    "org.freedesktop.DBus.Error.AuthFailed",
    "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
];
