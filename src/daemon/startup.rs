//! The start of a supervisor up to its journal: directories, lock, replay.

use std::io::ErrorKind;
use std::sync::Arc;

use super::error::SuperviseError;
use super::readiness;
use super::running::{Begun, END_WITHIN, run};
use super::sockets;
use super::spans::{Labels, Projector};
use crate::clock;
use crate::fleet::{Fleet, fold};
use crate::host::files::{self, DirectoryError};
use crate::host::journal::Journal;
use crate::host::process::{self, Holder, KeptBy, Lock, LockError};
use crate::host::systemd::notify;
use crate::places::Places;
use crate::telemetry::Telemetry;

/// Supervises until it is asked to leave.
pub fn supervise(places: &Places, kept_by: &str) -> Result<(), SuperviseError> {
    let ended = start(places, kept_by);
    if matches!(ended, Err(SuperviseError::Forbidden(_))) && kept(kept_by) == KeptBy::Detached {
        readiness::forbidden();
    }
    ended
}

fn start(places: &Places, kept_by: &str) -> Result<(), SuperviseError> {
    // Before any thread runs: it reads and clears what systemd put into the environment.
    let given = notify::listen_fds();
    process::close_inherited_files();
    let telemetry = Arc::new(Telemetry::start(env!("CARGO_PKG_VERSION")));
    let files = process::raise_file_limit();
    let how = kept(kept_by);
    let _lock = prepare(places, how)?;
    let (fleet, projector, journal) = replay(places)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| SuperviseError::Place(format!("start the async runtime: {error}")))?;
    let told = Arc::clone(&telemetry);
    let begun = Begun { how, files, given, telemetry: told, fleet, projector, journal };
    let ended = runtime.block_on(run(places, begun));
    runtime.shutdown_timeout(END_WITHIN);
    telemetry.shutdown();
    ended
}

/// Who keeps us: systemd says so itself, and the one who starts us tells the rest.
fn kept(by: &str) -> KeptBy {
    match by {
        _ if notify::kept_by_systemd() => KeptBy::Systemd,
        "detached" => KeptBy::Detached,
        _ => KeptBy::Foreground,
    }
}

/// Directories and the lock; nothing is touched that another supervisor holds.
fn prepare(places: &Places, how: KeptBy) -> Result<Lock, SuperviseError> {
    for directory in [&places.state, &places.exits(), &places.spool()] {
        files::private_directory(directory).map_err(|error| no_directory(&error))?;
    }
    let holder = Holder::this_process(how, clock::now().wall_ms, env!("CARGO_PKG_VERSION"));
    let lock = Lock::take(&places.lock(), &holder).map_err(|error| match &error {
        LockError::Held(_) | LockError::HeldUnnamed(_) => SuperviseError::Held(error.to_string()),
        LockError::Io { source, .. } => refused(format!("{error}: {source}"), source.kind()),
    })?;
    files::private_directory(&sockets::directory(places)).map_err(|error| no_directory(&error))?;
    Ok(lock)
}

/// With what the kernel said: nobody else asks for it.
fn no_directory(error: &DirectoryError) -> SuperviseError {
    match error {
        DirectoryError::Foreign { .. } => SuperviseError::Forbidden(error.to_string()),
        DirectoryError::Link(_) | DirectoryError::NotADirectory(_) => {
            SuperviseError::Place(error.to_string())
        }
        DirectoryError::Io { source, .. } => refused(format!("{error}: {source}"), source.kind()),
    }
}

fn refused(why: String, kind: ErrorKind) -> SuperviseError {
    match kind == ErrorKind::PermissionDenied {
        true => SuperviseError::Forbidden(why),
        false => SuperviseError::Place(why),
    }
}

/// What the journal tells: the fleet, and the spans that are not over.
fn replay(places: &Places) -> Result<(Fleet, Projector, Journal), SuperviseError> {
    let mut fleet = Fleet::default();
    let mut projector = Projector::default();
    let journal = Journal::open(&places.journal(), |stored, recorded| {
        fold(&mut fleet, &recorded);
        let labels = Labels { tenant: &stored.tenant_label, host: &stored.host_label };
        projector.take(labels, &recorded, stored.traceparent.as_deref(), stored.cause.as_deref());
        Ok(())
    })
    .map_err(|error| match error.is_forbidden() {
        true => SuperviseError::Forbidden(error.whole()),
        false => SuperviseError::Journal(error),
    })?;
    Ok((fleet, projector, journal))
}
