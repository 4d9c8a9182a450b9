//! The signals that a supervisor hears.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};

use super::Dispatcher;
use super::reread::reread;
use crate::fleet::Consent;
use crate::places::Places;

/// TERM and INT: leave, agents stay. HUP: read the roster again, touch nobody.
pub async fn follow(
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
