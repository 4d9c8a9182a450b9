//! The socket of panes, runtimes, MCP servers and hooks: frames in, observations out.

mod channel;
mod connection;
mod guest;
mod heard;
mod hook;
mod pace;
mod pane;
mod receipts;
mod short;
mod spool;

use std::sync::Arc;
use std::time::Duration;

use tokio::net::UnixListener;
use tokio::sync::watch;
use tokio::time::sleep;

use super::hands::Hands;
use crate::fleet::{AgentName, Counters};
pub use pane::exited;
pub use spool::follow_spool;

/// Guests at once: a thousand agents have a pane, a runtime and a hook each.
const CONNECTIONS_MAX: usize = 4096;

/// When accepting fails (out of file descriptors), nothing tells when it works again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Takes guests until the supervisor leaves.
pub async fn serve(hands: Arc<Hands>, listener: UnixListener, mut leaving: watch::Receiver<bool>) {
    loop {
        let accepted = tokio::select! {
            _ = leaving.wait_for(|leaving| *leaving) => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) if hands.guests.present() < CONNECTIONS_MAX => {
                let (hands, leaving) = (Arc::clone(&hands), leaving.clone());
                tokio::spawn(connection::run(hands, stream, leaving));
            }
            Ok(_) => tracing::warn!("a guest was turned away: {CONNECTIONS_MAX} are connected"),
            Err(error) => {
                hands.strain.failed("accept a guest", &error);
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Counts one more of something of an agent that a guest names; how many there are now. Nothing is
/// kept for a name that no agent has.
fn count_known(
    hands: &Hands,
    agent: &AgentName,
    which: fn(&mut Counters) -> &mut u64,
) -> Option<u64> {
    let is_known = hands.snapshots.borrow().fleet.agent(agent).is_some();
    is_known.then(|| hands.guests.count(agent, which))
}
