//! A supervisor from its sockets to its end: what it is made of, and in which order it is let go.

use std::os::unix::net::UnixListener as StdListener;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UnixListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::api::{self, ApiState};
use super::dispatcher::{Core, Parts};
use super::error::SuperviseError;
use super::hands::Hands;
use super::reads::Reader;
use super::reread::reread;
use super::spans::Projector;
use super::units::{self, Units};
use super::{
    Dispatcher, Snapshot, figures, guest_socket, leaving, readiness, signals, sockets, tmux,
};
use crate::clock;
use crate::fleet::{Consent, Fleet, Host, Observation, Tenant};
use crate::host::journal::Journal;
use crate::host::process::{self, KeptBy};
use crate::host::systemd::notify;
use crate::places::{self, Places};
use crate::telemetry::Telemetry;

/// Commands that wait for one turn; a caller beyond that waits at its own end.
const ASKS_MAX: usize = 256;

/// Reports that wait for one turn: heartbeats of a thousand agents within one commit.
const REPORTS_MAX: usize = 4096;

/// What tasks get to end in when the supervisor leaves.
pub const END_WITHIN: Duration = Duration::from_secs(4);

/// What is there before anything is served.
pub struct Begun {
    /// Who keeps us.
    pub how: KeptBy,
    /// How many files an agent may have open.
    pub files: Option<u64>,
    /// The sockets that systemd hands us, by their names.
    pub given: Vec<(String, StdListener)>,
    /// Where spans go.
    pub telemetry: Arc<Telemetry>,
    /// The fleet as the journal tells it.
    pub fleet: Fleet,
    /// Open spans, as the journal tells them.
    pub projector: Projector,
    /// Where events go.
    pub journal: Journal,
}

/// Serves until it is asked to leave.
pub async fn run(places: &Places, begun: Begun) -> Result<(), SuperviseError> {
    let Begun { how, files, mut given, telemetry, fleet, projector, journal } = begun;
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
        tokio::spawn(signals::follow(
            places.clone(),
            dispatcher.clone(),
            say_leave,
            leaving.clone(),
        )),
        tokio::spawn(readiness::watchdog(leaving.clone())),
        tokio::spawn(guest_socket::follow_spool(Arc::clone(&hands), leaving)),
    ];
    if notify::kept_by_systemd() && never_applied {
        tokio::spawn(reread(places.clone(), dispatcher, Consent::Starts));
    }
    readiness::serving(places, how);
    let left = core.run(leave).await;
    readiness::stopping();
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

async fn serve_api(listener: UnixListener, state: ApiState, leaving: watch::Receiver<bool>) {
    if let Err(error) = api::serve(listener, state, leaving).await {
        tracing::error!(%error, "serve the control socket");
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
