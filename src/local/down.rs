//! `fleet down`: ends the supervisor, and is done when its lock is free. It never kills by itself.

use std::fs::File;
use std::time::Duration;

use nix::fcntl::{Flock, FlockArg};

use super::LocalError;
use crate::places::Places;
use crate::wire::client::Client;
use crate::wire::{CommandReply, StopAsked};

/// The longest grace of an agent is minutes at most; past this something hangs.
const GONE_DEADLINE: Duration = Duration::from_secs(120);

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Down {
    /// Leave agents and tmux alive.
    pub keep_agents: bool,
}

/// Stops the fleet and waits until the supervisor is gone.
pub async fn down(places: &Places, asked: Down) -> Result<CommandReply, LocalError> {
    let client = Client::new(&places.control());
    let reply = client.stop(&StopAsked { keep_agents: asked.keep_agents }).await?;
    match tokio::time::timeout(GONE_DEADLINE, free(places)).await {
        Ok(()) => Ok(reply),
        Err(_) => Err(LocalError::Late {
            message: format!(
                "the supervisor still runs {} s after it was told to leave",
                GONE_DEADLINE.as_secs()
            ),
            hint: format!("its log says what it waits for: {}", places.log().display()),
        }),
    }
}

/// Ends when nobody holds the supervisor's lock: the kernel wakes us when its process is gone.
async fn free(places: &Places) {
    let path = places.lock();
    let (done, wait) = tokio::sync::oneshot::channel();
    // A thread of its own, because it may wait for ever; it ends with this process.
    std::thread::spawn(move || {
        // Shared, and let go at once: nobody is kept from taking it.
        let taken = File::open(path).map(|file| Flock::lock(file, FlockArg::LockShared).is_ok());
        drop(done.send(taken));
    });
    drop(wait.await);
}
