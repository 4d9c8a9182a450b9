//! What systemd and whoever started us are told: that we serve, that we turn, that we leave.

use std::io::Write as _;

use tokio::sync::watch;

use crate::host::process::KeptBy;
use crate::host::systemd::notify;
use crate::places::Places;

/// We serve.
pub fn serving(places: &Places, how: KeptBy) {
    let serves = format!("serves {}", places.control().display());
    if let Err(error) = notify::ready().and_then(|()| notify::status(&serves)) {
        tracing::warn!(%error, "tell systemd that the supervisor is ready");
    }
    if how == KeptBy::Detached {
        tell_starter("ready\n");
    }
}

/// We end before we serve, since something belongs to another user: `fleet up` ends with the code
/// for that.
pub fn forbidden() {
    tell_starter("forbidden\n");
}

/// We leave.
pub fn stopping() {
    if let Err(error) = notify::stopping() {
        tracing::warn!(%error, "tell systemd that the supervisor leaves");
    }
}

/// Tells systemd that the loop turns. It runs in the loop's own thread: one that hangs says nothing.
pub async fn watchdog(mut leaving: watch::Receiver<bool>) {
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

/// Says to `fleet up`, which reads our standard output, how we began. It may have left.
fn tell_starter(word: &str) {
    let mut starter = std::io::stdout().lock();
    drop(starter.write_all(word.as_bytes()).and_then(|()| starter.flush()));
}
