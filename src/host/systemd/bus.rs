//! The methods that we call on systemd and logind, and how a bus is reached; decides nothing.

use std::path::Path;
use std::time::Duration;

use zbus::connection::Builder;
use zbus::{Connection, DBusError as _, ObjectPath, OwnedObjectPath};

use super::SystemdError;

/// A bus answers within a millisecond; a manager that reloads 1000 units took 0.2 s.
const REPLY_WITHIN: Duration = Duration::from_secs(10);

/// One row of `ListUnitsByPatterns`: name, description, load, active, sub, following, path,
/// job, its type, its path.
pub type UnitRow =
    (String, String, String, String, String, String, OwnedObjectPath, u32, String, OwnedObjectPath);

/// What was done to a link: `symlink` or `unlink`, where it lies, where it points.
pub type LinkChange = (String, String, String);

/// The manager of systemd, one for each user and one for the host.
#[zbus::proxy(
    interface = "org.freedesktop.systemd1.Manager",
    default_service = "org.freedesktop.systemd1",
    default_path = "/org/freedesktop/systemd1"
)]
pub trait Systemd {
    /// Asks it to send signals to this connection.
    fn subscribe(&self) -> zbus::Result<()>;
    /// Lists loaded units.
    fn list_units_by_patterns(
        &self,
        states: &[&str],
        patterns: &[&str],
    ) -> zbus::Result<Vec<UnitRow>>;
    /// Queues a start; the job is not done when this returns.
    fn start_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;
    /// Queues a stop.
    fn stop_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;
    /// Queues a restart.
    fn restart_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;
    /// Forgets that a unit failed, and how often it was started.
    fn reset_failed_unit(&self, name: &str) -> zbus::Result<()>;
    /// Makes the links of `[Install]`.
    fn enable_unit_files(
        &self,
        files: &[&str],
        runtime: bool,
        force: bool,
    ) -> zbus::Result<(bool, Vec<LinkChange>)>;
    /// Removes them.
    fn disable_unit_files(&self, files: &[&str], runtime: bool) -> zbus::Result<Vec<LinkChange>>;
    /// Reads the unit files again.
    fn reload(&self) -> zbus::Result<()>;
    /// Where it looks for unit files.
    #[zbus(property(emits_changed_signal = "const"))]
    fn unit_path(&self) -> zbus::Result<Vec<String>>;
    /// A job has ended.
    #[zbus(signal)]
    fn job_removed(
        &self,
        id: u32,
        job: ObjectPath<'_>,
        unit: String,
        result: String,
    ) -> zbus::Result<()>;
}

/// logind.
#[zbus::proxy(
    interface = "org.freedesktop.login1.Manager",
    default_service = "org.freedesktop.login1",
    default_path = "/org/freedesktop/login1"
)]
pub trait Login {
    /// Keeps a user's manager without a login, or no longer.
    fn set_user_linger(&self, uid: u32, enable: bool, interactive: bool) -> zbus::Result<()>;
}

/// Connects to the bus whose socket lies at `socket`.
pub async fn connect(socket: &Path) -> Result<Connection, SystemdError> {
    let attempt = || format!("connect to the bus at {}", socket.display());
    let bus_error = |source| SystemdError::Bus { attempt: attempt(), source: Box::new(source) };
    let address = format!("unix:path={}", socket.display());
    let connecting = Builder::address(address.as_str()).method_timeout(REPLY_WITHIN).build();
    match tokio::time::timeout(REPLY_WITHIN, connecting).await {
        Ok(connected) => connected.map_err(bus_error),
        Err(_) => Err(SystemdError::Deadline { attempt: attempt(), waited: REPLY_WITHIN }),
    }
}

/// Puts the attempt before what the bus said.
pub fn attempted(attempt: impl Into<String>) -> impl FnOnce(zbus::Error) -> SystemdError {
    let attempt = attempt.into();
    move |source| SystemdError::Bus { attempt, source: Box::new(source) }
}

/// Whether the bus says that nobody of that name is there: an absence, not a failure.
pub fn is_nobody(error: &zbus::Error) -> bool {
    is_named(
        error,
        &["org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner"],
    )
}

/// Whether a method was answered with one of these errors. zbus keeps the standard ones in
/// another variant than the rest.
pub fn is_named(error: &zbus::Error, names: &[&str]) -> bool {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others are no answers")]
    match error {
        zbus::Error::MethodError(name, _, _) => names.contains(&name.as_str()),
        zbus::Error::FDO(standard) => names.contains(&standard.name().as_str()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_there_is_told_from_a_failure() {
        let standard = |error: zbus::fdo::Error| zbus::Error::FDO(Box::new(error));
        assert!(is_nobody(&standard(zbus::fdo::Error::ServiceUnknown(String::new()))));
        assert!(is_nobody(&standard(zbus::fdo::Error::NameHasNoOwner(String::new()))));
        assert!(!is_nobody(&standard(zbus::fdo::Error::NoReply(String::new()))));
        assert!(!is_nobody(&zbus::Error::Failure(String::new())));
    }
}
