//! The user manager of systemd: its list of our units, and jobs that are waited for to their end.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::time::timeout;
use zbus::message::Type;
use zbus::{Connection, MatchRule, MessageStream, ObjectPath, OwnedObjectPath};

use super::SystemdError;
use super::bus::{SystemdProxy, UnitRow, attempted, connect, is_nobody};

/// The longest job is the start of the supervisor, which its unit gives 60 s, after the stop
/// of the old one, which has 10 s.
const JOB_WITHIN: Duration = Duration::from_secs(80);

/// What the manager is called on a bus.
pub(super) const MANAGER: &str = "org.freedesktop.systemd1";

/// Our units, as a pattern of systemd.
const OUR_UNITS: &str = "mosaic-*";

/// Where paths of our units begin: systemd writes `-` as `_2d`.
const OUR_PATHS: &str = "/org/freedesktop/systemd1/unit/mosaic_2d";

/// A loaded unit, as systemd saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitSeen {
    /// `mosaic-tmux.service`.
    pub name: String,
    /// `loaded`, `not-found`, `masked`, …
    pub load: String,
    /// `active`, `activating`, `inactive`, `failed`, …
    pub active: String,
    /// `running`, `dead`, `auto-restart`, …
    pub sub: String,
    /// What is queued or done for it: `start`, `stop`, …; empty: nothing.
    pub job: String,
}

impl UnitSeen {
    /// Whether it runs, comes or goes: whether there is something to stop.
    pub fn is_up(&self) -> bool {
        !matches!(self.active.as_str(), "inactive" | "failed")
    }

    /// Whether it stops, or is about to.
    pub fn is_leaving(&self) -> bool {
        self.active == "deactivating" || self.job == "stop"
    }
}

/// The manager of this uid's units.
#[derive(Debug)]
pub struct Manager {
    socket: PathBuf,
    systemd: SystemdProxy<'static>,
}

/// Finds the user manager. `None`: none runs for this uid. An error: it could not be asked, so
/// nothing is known.
pub async fn manager() -> Result<Option<Manager>, SystemdError> {
    Manager::behind(&bus_socket()).await
}

/// Where the user bus has its socket while there is one.
pub fn bus_socket() -> PathBuf {
    PathBuf::from(format!("/run/user/{}/bus", nix::unistd::getuid()))
}

impl Manager {
    /// The manager that answers on this bus.
    pub(super) async fn behind(socket: &Path) -> Result<Option<Self>, SystemdError> {
        if let Err(error) = std::fs::symlink_metadata(socket)
            && error.kind() == std::io::ErrorKind::NotFound
        {
            return Ok(None);
        }
        let connection = connect(socket).await?;
        let systemd = proxy(&connection).await?;
        match systemd.unit_path().await {
            Ok(_) => Ok(Some(Self { socket: socket.to_owned(), systemd })),
            Err(error) if is_nobody(&error) => Ok(None),
            Err(error) => Err(attempted("ask the user manager where its units lie")(error)),
        }
    }

    /// Every loaded unit of ours. A unit that is neither enabled nor active is not loaded.
    pub async fn units(&self) -> Result<Vec<UnitSeen>, SystemdError> {
        let rows = self
            .systemd
            .list_units_by_patterns(&[], &[OUR_UNITS])
            .await
            .map_err(attempted("list the units \"mosaic-*\""))?;
        let seen = |row: UnitRow| UnitSeen {
            name: row.0,
            load: row.2,
            active: row.3,
            sub: row.4,
            job: row.8,
        };
        Ok(rows.into_iter().map(seen).collect())
    }

    /// Where the manager looks for unit files.
    pub async fn unit_path(&self) -> Result<Vec<PathBuf>, SystemdError> {
        let path = self.systemd.unit_path().await;
        let path = path.map_err(attempted("ask the user manager where its units lie"))?;
        Ok(path.into_iter().map(PathBuf::from).collect())
    }

    /// Starts a unit, and waits until it has started; one that runs stays as it is.
    pub async fn start(&self, unit: &str) -> Result<(), SystemdError> {
        self.job(Verb::Start, unit).await
    }

    /// Stops a unit, and waits until it has stopped.
    pub async fn stop(&self, unit: &str) -> Result<(), SystemdError> {
        self.job(Verb::Stop, unit).await
    }

    /// Restarts a unit, and waits until it has started again.
    pub async fn restart(&self, unit: &str) -> Result<(), SystemdError> {
        self.job(Verb::Restart, unit).await
    }

    /// Queues the stop of units without waiting: for a supervisor that is in one of them itself.
    pub async fn stop_later(&self, units: &[&str]) -> Result<(), SystemdError> {
        for unit in units {
            self.queue(Verb::Stop, unit).await?;
        }
        Ok(())
    }

    /// Forgets that a unit failed, so that its start limit does not keep it down.
    pub async fn reset_failed(&self, unit: &str) -> Result<(), SystemdError> {
        let reset = self.systemd.reset_failed_unit(unit).await;
        reset.map_err(attempted(format!("forget that {unit} failed")))
    }

    /// Makes the links that start these units at boot; they are durable only once the caller
    /// has synced their directories.
    pub async fn enable(&self, units: &[&str]) -> Result<(), SystemdError> {
        let enabled = self.systemd.enable_unit_files(units, false, false).await;
        enabled.map(drop).map_err(attempted(format!("enable {}", units.join(", "))))
    }

    /// Removes the links that start these units at boot.
    pub async fn disable(&self, units: &[&str]) -> Result<(), SystemdError> {
        let disabled = self.systemd.disable_unit_files(units, false).await;
        disabled.map(drop).map_err(attempted(format!("disable {}", units.join(", "))))
    }

    /// Has the manager read its unit files again.
    pub async fn reload(&self) -> Result<(), SystemdError> {
        self.systemd.reload().await.map_err(attempted("reload the user manager"))
    }

    /// Hints that something about our units may have changed; to be polled without pause.
    pub async fn changes(&self) -> Result<Changes, SystemdError> {
        let connection = connect(&self.socket).await?;
        subscribe(&connection).await?;
        let rule = MatchRule::builder()
            .msg_type(Type::Signal)
            .sender(MANAGER)
            .build()
            .map_err(attempted("listen to the user manager"))?;
        let signals = MessageStream::for_match_rule(rule, &connection, None).await;
        Ok(Changes { signals: signals.map_err(attempted("listen to the user manager"))? })
    }

    /// Queues a job, and waits for its end on a connection of its own: a connection whose
    /// signals nobody takes stops delivering replies.
    async fn job(&self, verb: Verb, unit: &str) -> Result<(), SystemdError> {
        let attempt = format!("{} {unit}", verb.word());
        let connection = connect(&self.socket).await?;
        let listener = subscribe(&connection).await?;
        let ended = listener.receive_job_removed().await;
        let mut ended = ended.map_err(attempted("listen for the end of jobs"))?;
        let job = self.queue(verb, unit).await?;
        let waiting = async {
            while let Some(signal) = ended.next().await {
                let end = signal.args().map_err(attempted(attempt.clone()))?;
                if *end.job() == *job {
                    return Ok(end.result().clone());
                }
            }
            let lost = zbus::Error::Failure("the bus closed before the job ended".to_owned());
            Err(attempted(attempt.clone())(lost))
        };
        match timeout(JOB_WITHIN, waiting).await {
            Ok(Ok(result)) if result == "done" => Ok(()),
            Ok(Ok(result)) => Err(SystemdError::Job { attempt, result, unit: unit.to_owned() }),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(SystemdError::Deadline { attempt, waited: JOB_WITHIN }),
        }
    }

    async fn queue(&self, verb: Verb, unit: &str) -> Result<OwnedObjectPath, SystemdError> {
        let queued = match verb {
            Verb::Start => self.systemd.start_unit(unit, "replace").await,
            Verb::Stop => self.systemd.stop_unit(unit, "replace").await,
            Verb::Restart => self.systemd.restart_unit(unit, "replace").await,
        };
        queued.map_err(attempted(format!("{} {unit}", verb.word())))
    }
}

/// What a job does.
#[derive(Debug, Clone, Copy)]
enum Verb {
    Start,
    Stop,
    Restart,
}

impl Verb {
    fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
        }
    }
}

/// A stream of hints: after each, the list is the truth.
#[derive(Debug)]
pub struct Changes {
    signals: MessageStream,
}

impl Changes {
    /// Waits for the next hint; `None` once the bus is lost: connect anew, and list.
    pub async fn next(&mut self) -> Option<()> {
        while let Some(signal) = self.signals.next().await {
            if concerns_us(&signal.ok()?) {
                return Some(());
            }
        }
        None
    }
}

/// Whether a signal is about a unit of ours.
fn concerns_us(signal: &zbus::Message) -> bool {
    let header = signal.header();
    if header.path().is_some_and(|path| path.starts_with(OUR_PATHS)) {
        return true;
    }
    match header.member().map(zbus::names::MemberName::as_str) {
        Some("UnitNew" | "UnitRemoved") => {
            let body = signal.body();
            let named = body.deserialize::<(&str, ObjectPath<'_>)>();
            named.is_ok_and(|(unit, _)| unit.starts_with("mosaic-"))
        }
        // Links of `[Install]` were made or removed.
        Some("UnitFilesChanged") => true,
        _ => false,
    }
}

/// Methods of the manager behind a connection.
pub(super) async fn proxy(connection: &Connection) -> Result<SystemdProxy<'static>, SystemdError> {
    // Nothing is cached: a property is asked when it is needed.
    let builder = SystemdProxy::builder(connection);
    let built = builder.cache_properties(zbus::proxy::CacheProperties::No).build().await;
    built.map_err(attempted("reach the user manager"))
}

/// Asks the manager to send signals to this connection.
pub(super) async fn subscribe(
    connection: &Connection,
) -> Result<SystemdProxy<'static>, SystemdError> {
    let listener = proxy(connection).await?;
    listener.subscribe().await.map_err(attempted("subscribe to the user manager"))?;
    Ok(listener)
}
