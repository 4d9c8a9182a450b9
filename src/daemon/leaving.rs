//! What a supervisor that was told to take the fleet down ends last: its tmux server, or its units.

use std::time::Duration;

use tokio::time::timeout;

use super::dispatcher::Left;
use super::hands::Hands;
use crate::fleet::SeenPane;
use crate::host::process;
use crate::host::systemd::{self, notify, units};
use crate::host::tmux::Tmux;

/// tmux hangs up on its panes, and they end, well within this.
const GONE_WITHIN: Duration = Duration::from_secs(4);

/// A fleet that went down takes its tmux server with it, unless something foreign lives there.
pub async fn take_down(hands: &Hands, left: Left) {
    let down = left == Left::Asked { keep_agents: false };
    let mut alone = false;
    let mut leaving = Vec::new();
    if let (true, Some(tmux)) = (down, hands.tmux())
        && let Ok(panes) = tmux.panes().await
    {
        let ours = || panes.iter().filter(|pane| pane.agent.is_some());
        leaving.extend(ours().filter_map(|pane| process::PidFd::open(pane.pid).ok()));
        alone = panes.iter().all(|pane| pane.role.is_some() || pane.agent.is_some());
        if !alone {
            close(&tmux, ours()).await;
        }
    }
    if notify::kept_by_systemd() && left != Left::Signal {
        let mut names = vec![units::CONTROL, units::SUPERVISOR];
        if alone {
            names.push(units::TMUX);
        }
        let stopped = match systemd::manager().await {
            Ok(Some(manager)) => manager.stop_later(&names).await.map_err(|e| e.to_string()),
            Ok(None) => Err("no user manager answers".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(why) = stopped {
            tracing::warn!(why, "ask systemd to stop our units");
        }
        // Their unit ends the panes, after this process.
        return;
    }
    if let (true, Some(tmux)) = (alone, hands.tmux())
        && let Ok(server) = process::PidFd::open(tmux.server_pid())
    {
        drop(server.signal(nix::sys::signal::Signal::SIGTERM as i32));
        leaving.push(server);
    }
    // Who hears that the fleet is down may look: the first processes of its panes are gone too,
    // and the server.
    let gone = async {
        for process in leaving {
            drop(process.gone().await);
        }
    };
    drop(timeout(GONE_WITHIN, gone).await);
}

/// A server that stays for somebody else keeps no pane of ours; nothing runs in them any more.
async fn close(tmux: &Tmux, panes: impl Iterator<Item = &SeenPane>) {
    for pane in panes {
        if let Err(error) = tmux.close_window(&pane.window).await {
            tracing::warn!(window = pane.window, %error, "close the window of a pane");
        }
    }
}
