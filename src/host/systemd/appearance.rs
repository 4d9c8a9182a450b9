//! Waits for a manager on a bus that has none yet; asks it nothing.

use std::path::Path;

use futures_util::StreamExt as _;
use zbus::fdo::DBusProxy;
use zbus::names::BusName;

use super::SystemdError;
use super::bus::{attempted, connect};
use super::manager::MANAGER;

/// Waits until a manager is on the bus that listens at `socket`: true when it came, or when the bus
/// ended meanwhile; false when it was there already. It has no deadline: none may ever come.
pub async fn appears(socket: &Path) -> Result<bool, SystemdError> {
    let attempt = "wait for the user manager on its bus";
    let connection = connect(socket).await?;
    let bus = DBusProxy::new(&connection).await.map_err(attempted(attempt))?;
    let name = || BusName::try_from(MANAGER).map_err(attempted(attempt));
    let is_there = bus.name_has_owner(name()?).await;
    if is_there.map_err(|error| attempted(attempt)(error.into()))? {
        return Ok(false);
    }
    let changes = bus.receive_name_owner_changed_with_args(&[(0, MANAGER)]).await;
    let mut changes = changes.map_err(attempted(attempt))?;
    // After the listening has begun: one that came meanwhile is seen by either. A bus that does not
    // say so any more has ended.
    if bus.name_has_owner(name()?).await.unwrap_or(true) {
        return Ok(true);
    }
    while let Some(change) = changes.next().await {
        let change = change.args().map_err(attempted(attempt))?;
        if change.new_owner().is_some() {
            break;
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::io::{BufRead as _, BufReader};
    use std::process::{Child, Command, Stdio};
    use std::time::Duration;

    use tokio::time::timeout;
    use zbus::Connection;
    use zbus::connection::Builder;

    use super::*;

    /// Long enough for anything here on a busy machine.
    const LONG: Duration = Duration::from_secs(30);

    /// A bus of our own; it ends with the value.
    struct Bus(Child);

    impl Bus {
        #[expect(clippy::disallowed_methods, reason = "a real bus of the test's own")]
        fn at(socket: &Path) -> Option<Self> {
            let address = format!("--address=unix:path={}", socket.display());
            let mut daemon = Command::new("dbus-daemon");
            daemon.args(["--session", "--nofork", "--nopidfile", "--print-address", &address]);
            let Ok(mut child) = daemon.stdout(Stdio::piped()).stderr(Stdio::null()).spawn() else {
                let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
                assert!(!is_ci, "CI lacks dbus-daemon");
                println!("SKIPPED: no dbus-daemon; ./check installs what tests need");
                return None;
            };
            // It says where it listens once it does.
            let mut listens = BufReader::new(child.stdout.take().unwrap());
            let bus = Self(child);
            listens.read_line(&mut String::new()).unwrap();
            Some(bus)
        }

        fn end(&mut self) {
            self.0.kill().unwrap();
            self.0.wait().unwrap();
        }
    }

    impl Drop for Bus {
        fn drop(&mut self) {
            drop(self.0.kill());
            drop(self.0.wait());
        }
    }

    /// Whether it came within the deadline.
    async fn waits(socket: &Path) -> bool {
        timeout(LONG, appears(socket)).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn a_manager_that_comes_is_told_and_so_is_the_end_of_its_bus() {
        let directory = tempfile::tempdir().unwrap();
        for bus_ends in [false, true] {
            let socket = directory.path().join(format!("bus-{bus_ends}"));
            let Some(mut bus) = Bus::at(&socket) else { return };
            let address = format!("unix:path={}", socket.display());
            let other = Builder::address(address.as_str()).build().await.unwrap();
            let waiting = tokio::spawn({
                let socket = socket.clone();
                async move { waits(&socket).await }
            });
            listens(&other).await;
            // Whoever else comes is no manager.
            other.request_name("org.example.Other").await.unwrap();
            assert!(!waiting.is_finished());
            if bus_ends {
                bus.end();
                assert!(waiting.await.unwrap(), "it is worth asking again");
            } else {
                other.request_name(MANAGER).await.unwrap();
                assert!(waiting.await.unwrap(), "it came");
                assert!(!waits(&socket).await, "it was there already");
            }
        }
    }

    /// Waits until somebody on the bus listens for the manager.
    async fn listens(bus: &Connection) {
        let name = "org.freedesktop.DBus";
        let debug = Some("org.freedesktop.DBus.Debug.Stats");
        let others = async {
            loop {
                let rules = bus
                    .call_method(
                        Some(name),
                        "/org/freedesktop/DBus",
                        debug,
                        "GetAllMatchRules",
                        &(),
                    )
                    .await;
                let rules = rules.unwrap().body();
                let rules: HashMap<String, Vec<String>> = rules.deserialize().unwrap();
                if rules.into_values().flatten().any(|rule| rule.contains(MANAGER)) {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        timeout(LONG, others).await.unwrap();
    }
}
