//! The start and the end of a supervisor: lock, journal, sockets, tmux, loop; then in reverse.

use std::io::{ErrorKind, Write as _};
use std::os::unix::net::UnixListener as StdListener;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UnixListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::api::{self, ApiState};
use super::dispatcher::{Core, Parts};
use super::error::SuperviseError;
use super::hands::Hands;
use super::reads::Reader;
use super::reread::reread;
use super::spans::{Labels, Projector};
use super::units::{self, Units};
use super::{Dispatcher, Snapshot, figures, guest_socket, leaving, sockets, tmux};
use crate::clock;
use crate::fleet::{Consent, Fleet, Host, Observation, Tenant, fold};
use crate::host::files::{self, DirectoryError};
use crate::host::journal::Journal;
use crate::host::process::{self, Holder, KeptBy, Lock, LockError};
use crate::host::systemd::notify;
use crate::places::{self, Places};
use crate::telemetry::Telemetry;

/// Commands that wait for one turn; a caller beyond that waits at its own end.
const ASKS_MAX: usize = 256;

/// Reports that wait for one turn: heartbeats of a thousand agents within one commit.
const REPORTS_MAX: usize = 4096;

/// What tasks get to end in when the supervisor leaves.
const END_WITHIN: Duration = Duration::from_secs(4);

/// Supervises until it is asked to leave.
pub fn supervise(places: &Places, kept_by: &str) -> Result<(), SuperviseError> {
    // Before any thread runs: it reads and clears what systemd put into the environment.
    let given = notify::listen_fds();
    process::close_inherited_files();
    let telemetry = Arc::new(Telemetry::start(env!("CARGO_PKG_VERSION")));
    let files = process::raise_file_limit();
    let how = kept(kept_by);
    let _lock = prepare(places, how)?;
    let replayed = replay(places)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| SuperviseError::Place(format!("start the async runtime: {error}")))?;
    let ended =
        runtime.block_on(run(places, replayed, given, Arc::clone(&telemetry), (how, files)));
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

/// What the journal tells.
struct Replayed {
    fleet: Fleet,
    projector: Projector,
    journal: Journal,
}

fn replay(places: &Places) -> Result<Replayed, SuperviseError> {
    let mut fleet = Fleet::default();
    let mut projector = Projector::default();
    let journal = Journal::open(&places.journal(), |stored| {
        let recorded = stored.recorded()?;
        fold(&mut fleet, &recorded);
        let labels = Labels { tenant: &stored.tenant_label, host: &stored.host_label };
        projector.take(labels, &recorded, stored.traceparent.as_deref(), stored.cause.as_deref());
        Ok(())
    })
    .map_err(SuperviseError::Journal)?;
    Ok(Replayed { fleet, projector, journal })
}

async fn run(
    places: &Places,
    replayed: Replayed,
    mut given: Vec<(String, StdListener)>,
    telemetry: Arc<Telemetry>,
    (how, files): (KeptBy, Option<u64>),
) -> Result<(), SuperviseError> {
    let Replayed { fleet, projector, journal } = replayed;
    let since_ms = clock::now().wall_ms;
    let (ask, asks) = mpsc::channel(ASKS_MAX);
    let (report, reports) = mpsc::channel(REPORTS_MAX);
    let (publish, snapshots) = watch::channel(Arc::new(Snapshot::default()));
    let (say_units, unit_states) = watch::channel(Units::default());
    let (say_leaving, leaving) = watch::channel(false);
    let mosaic = std::env::current_exe()
        .map_err(|error| SuperviseError::Place(format!("find this program: {error}")))?;
    telemetry.look(|| figures::looking(snapshots.clone()));
    let hands = Arc::new(Hands::new(places.clone(), mosaic, files, snapshots.clone(), report));
    let dispatcher = Dispatcher::new(ask, snapshots);
    let reads = Arc::new(Reader::new(Arc::clone(&hands), journal.clone(), unit_states, since_ms));

    let control = sockets::listener(&mut given, "control", places, &places.control())?;
    let guest = sockets::listener(&mut given, "guest", places, &places.guest())?;
    if let Err(error) = notify::keep("guest", &guest) {
        tracing::warn!(%error, "give the guests' socket to systemd for our successor");
    }
    let never_applied = fleet.roster_path.is_none();
    hands.saw(first(&fleet)).await;

    let (say_leave, leave) = mpsc::channel(1);
    let state = ApiState {
        dispatcher: dispatcher.clone(),
        reads,
        strain: Arc::clone(&hands.strain),
        telemetry: Arc::clone(&telemetry),
    };
    let core = Core::new(Parts {
        fleet: Arc::new(fleet),
        projector,
        journal: journal.clone(),
        telemetry,
        hands: Arc::clone(&hands),
        asks,
        reports,
        snapshots: publish,
    });
    let tasks = vec![
        tokio::spawn(serve_api(control, state, leaving.clone())),
        tokio::spawn(guest_socket::serve(Arc::clone(&hands), guest, leaving.clone())),
        tokio::spawn(tmux::keep(Arc::clone(&hands), leaving.clone())),
        tokio::spawn(tmux::note_socket(Arc::clone(&hands), leaving.clone())),
        tokio::spawn(units::follow(say_units, leaving.clone())),
        tokio::spawn(signals(places.clone(), dispatcher.clone(), say_leave, leaving.clone())),
        tokio::spawn(watchdog(leaving.clone())),
        tokio::spawn(guest_socket::follow_spool(Arc::clone(&hands), leaving)),
    ];
    if notify::kept_by_systemd() && never_applied {
        tokio::spawn(reread(places.clone(), dispatcher, Consent::Starts));
    }
    let serves = format!("serves {}", places.control().display());
    if let Err(error) = notify::ready().and_then(|()| notify::status(&serves)) {
        tracing::warn!(%error, "tell systemd that the supervisor is ready");
    }
    if how == KeptBy::Detached {
        tell_starter();
    }
    let left = core.run(leave).await;
    if let Err(error) = notify::stopping() {
        tracing::warn!(%error, "tell systemd that the supervisor leaves");
    }
    say_leaving.send_replace(true);
    leaving::take_down(&hands, left).await;
    end(tasks).await;
    drop(hands);
    journal.close().await.map_err(SuperviseError::Journal)
}

fn first(fleet: &Fleet) -> Observation {
    let label = |known: &str, now: String| if known.is_empty() { now } else { known.to_owned() };
    Observation::SupervisorStarted {
        pid: std::process::id(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        boot_id: process::boot_id(),
        tenant: Tenant {
            uid: nix::unistd::getuid().as_raw(),
            label: label(&fleet.tenant.label, places::user_name()),
        },
        host: Host {
            id: process::machine_id(),
            label: label(&fleet.host.label, process::host_name()),
        },
    }
}

/// Says to `fleet up`, which reads our standard output, that we serve. It may have left.
fn tell_starter() {
    let mut starter = std::io::stdout().lock();
    drop(starter.write_all(b"ready\n").and_then(|()| starter.flush()));
}

async fn serve_api(listener: UnixListener, state: ApiState, leaving: watch::Receiver<bool>) {
    if let Err(error) = api::serve(listener, state, leaving).await {
        tracing::error!(%error, "serve the control socket");
    }
}

/// TERM and INT: leave, agents stay. HUP: read the roster again, touch nobody.
async fn signals(
    places: Places,
    dispatcher: Dispatcher,
    leave: mpsc::Sender<()>,
    mut leaving: watch::Receiver<bool>,
) {
    let all = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
        signal(SignalKind::hangup()),
    );
    let (Ok(mut term), Ok(mut int), Ok(mut hup)) = all else {
        return tracing::error!("signals cannot be listened to; TERM ends this process at once");
    };
    loop {
        tokio::select! {
            _ = term.recv() => break,
            _ = int.recv() => break,
            _ = hup.recv() => {
                tokio::spawn(reread(places.clone(), dispatcher.clone(), Consent::Nothing));
            }
            _ = leaving.wait_for(|leaving| *leaving) => return,
        }
    }
    let _nobody_waits = leave.send(()).await;
}

/// Tells systemd that the loop turns. It runs in the loop's own thread: one that hangs says nothing.
async fn watchdog(mut leaving: watch::Receiver<bool>) {
    let Some(interval) = notify::watchdog_interval() else { return };
    let mut beat = tokio::time::interval(interval / 2);
    loop {
        tokio::select! {
            _ = beat.tick() => {}
            _ = leaving.wait_for(|leaving| *leaving) => return,
        }
        if let Err(error) = notify::watchdog() {
            tracing::warn!(%error, "tell systemd's watchdog");
        }
    }
}

async fn end(tasks: Vec<JoinHandle<()>>) {
    for mut task in tasks {
        if timeout(END_WITHIN, &mut task).await.is_err() {
            tracing::warn!("a task of the supervisor does not end by itself; it is cut off");
            task.abort();
        }
    }
}
