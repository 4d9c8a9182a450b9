//! `fleet down`: ends the supervisor, and is done when its process is gone and its units have
//! stopped. It never kills by itself.

use std::time::Duration;

use super::{LocalError, enable};
use crate::host::process::{self, KeptBy, PidFd};
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
    // Opened before it is asked, so that its pid cannot have become somebody else's.
    let holder = process::holder(&places.lock()).ok().flatten();
    let in_unit = holder.as_ref().is_some_and(|holder| holder.how == KeptBy::Systemd);
    let supervisor = holder.and_then(|holder| PidFd::open(holder.pid).ok());
    let mut reply = client.stop(&StopAsked { keep_agents: asked.keep_agents }).await?;
    let Some(supervisor) = supervisor else { return Ok(reply) };
    match tokio::time::timeout(GONE_DEADLINE, supervisor.gone()).await {
        Ok(_) => {
            // Its units are stopped by systemd, some of them after it.
            if in_unit {
                enable::wait_until_left().await?;
            }
            reply.said = done(asked.keep_agents).to_owned();
            Ok(reply)
        }
        Err(_) => Err(LocalError::Late {
            message: format!(
                "the supervisor still runs {} s after it was told to leave",
                GONE_DEADLINE.as_secs()
            ),
            hint: format!("its log says what it waits for: {}", places.log().display()),
        }),
    }
}

/// What is so when the supervisor is gone.
fn done(keep_agents: bool) -> &'static str {
    if keep_agents {
        "the supervisor left; its agents live on, and `mosaic fleet up` takes them up again"
    } else {
        "the fleet is down"
    }
}
