//! Hold of our tmux server's process: whether it lives is asked of the kernel, and never of a
//! connection or a file. One that lives gets its socket back when its file is gone.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::ffi::OsStr;
use std::future::pending;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::time::sleep;

use crate::daemon::hands::Hands;
use crate::host::files;
use crate::host::process::{self, PidFd};
use crate::host::tmux;

/// From one try to the next where a socket cannot be made, as on a full disk: nothing tells when
/// it can.
const MAKE_AGAIN: Duration = Duration::from_secs(5);

/// A server that the fleet has its panes on.
pub struct Hold {
    pid: u32,
    /// Where it listens.
    socket: PathBuf,
    /// None where the kernel gave no hold of it: then what its socket says must do.
    process: Option<PidFd>,
}

impl Hold {
    /// Takes hold of a server that has just said its pid.
    pub fn of(pid: u32, socket: PathBuf) -> Self {
        let process = PidFd::open(pid);
        if let Err(error) = &process {
            tracing::warn!(pid, %error, "hold the process of our tmux server");
        }
        Self { pid, socket, process: process.ok() }
    }

    /// Takes hold of the server that a former supervisor had the fleet's panes on. A pid may be
    /// another's by now: it must be a tmux that serves our socket.
    pub fn of_fleet(hands: &Hands) -> Option<Self> {
        let socket = std::fs::read_link(hands.places.tmux()).ok()?;
        let snapshot = hands.snapshots.borrow().clone();
        let panes = snapshot.fleet.agents.values().filter_map(|agent| agent.pane.as_ref());
        let pids: BTreeSet<u32> = panes.map(|pane| pane.server_pid).collect();
        pids.into_iter().find_map(|pid| {
            // Held first: what is asked then is asked of the process that is held.
            let process = PidFd::open(pid).ok()?;
            let hold = Self { pid, socket: socket.clone(), process: Some(process) };
            serves(pid, &socket).then_some(hold)
        })
    }

    /// Waits until its process is gone; for ever where nobody can tell.
    pub async fn gone(&self) {
        if let Some(process) = &self.process
            && process.gone().await.is_ok()
        {
            return;
        }
        pending::<()>().await;
    }

    /// Has the server make its socket anew, and waits until it answers there: where it listens, or
    /// `None` when it is gone. tmux does so on SIGUSR1, and keeps its clients and sessions.
    pub async fn make_socket_anew(&self) -> Result<Option<PathBuf>, String> {
        let Some(process) = &self.process else { return Ok(None) };
        if let Some(directory) = self.socket.parent() {
            files::private_directory(directory).map_err(|error| error.to_string())?;
        }
        if process.signal(Signal::SIGUSR1 as i32).is_err() {
            return Ok(None);
        }
        let answered = tokio::select! {
            biased;
            () = self.gone() => return Ok(None),
            answered = tmux::answers_soon(&self.socket) => answered,
        };
        let (pid, socket) = (self.pid, self.socket.display());
        // Not what it says itself: to start another one there is the last thing to do.
        answered.map_err(|_| format!("tmux server {pid} lives and makes no socket at {socket}"))?;
        tracing::warn!(pid, %socket, "the socket was gone; our tmux server has made it anew");
        Ok(Some(self.socket.clone()))
    }

    /// Has it make its socket anew whenever the file goes: nobody else reaches it without, and the
    /// next supervisor would start a second server beside it.
    pub async fn keep_socket(&self) -> Infallible {
        loop {
            if let Err(error) = files::departed(&self.socket).await {
                tracing::warn!(socket = %self.socket.display(), %error, "watch a socket's file");
                return pending().await;
            }
            match self.make_socket_anew().await {
                Ok(Some(_)) => {}
                // Its connection ends, too.
                Ok(None) => return pending().await,
                Err(why) => {
                    tracing::warn!(why, "the socket of our tmux server is gone");
                    sleep(MAKE_AGAIN).await;
                }
            }
        }
    }
}

/// Whether a process is a tmux server on this socket.
fn serves(pid: u32, socket: &Path) -> bool {
    let arguments = process::arguments(pid);
    let is_tmux = arguments.first().and_then(|name| Path::new(name).file_name());
    let names = |pair: &[_]| pair[0] == *OsStr::new("-S") && pair[1] == *socket.as_os_str();
    is_tmux == Some(OsStr::new("tmux")) && arguments.windows(2).any(names)
}
