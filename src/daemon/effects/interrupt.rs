//! The polite interrupt of a running turn, for a message that asked for it; nothing else presses it.

use std::time::Duration;

use tokio::time::timeout;

use super::keyboard::{CHANGED, Keyboard, kind_of};
use crate::daemon::hands::Hands;
use crate::fleet::{Activity, Agent, AgentName};
use crate::host::runtime::{self, Composer};
use crate::host::tmux::Pasted;

/// A runtime ends its turn within a second or so; one that does not gets the message behind it.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

/// Interrupts the running turn and waits for its end; why not, when nothing was pressed.
pub async fn interrupt(hands: &Hands, agent: &AgentName) -> Result<(), String> {
    let kind = kind_of(hands, agent).ok_or("it is gone")?;
    let snapshot = hands.snapshots.borrow().clone();
    let known = snapshot.fleet.agent(agent);
    let pane = known.and_then(|agent| agent.pane.as_ref()).ok_or("it has no pane")?.id.clone();
    let keyboard = Keyboard::of(hands, agent, kind, pane);
    let keyboard = keyboard.ok_or("our tmux server does not answer")?;
    let key = runtime::interrupt(kind).ok_or("no key is known that interrupts this runtime")?;
    if let Some(who) = keyboard.in_the_way().await {
        return Err(who);
    }
    // In a dialog the same key would answer it.
    let seen = keyboard.look("").await.map_err(|error| error.to_string())?;
    match &seen.composer {
        Composer::Dialog(what) => return Err(format!("a dialog is up: {what}")),
        Composer::Unclear(why) => return Err(why.clone()),
        Composer::Empty | Composer::HoldsOnly | Composer::HoldsOther => {}
    }
    let mut snapshots = hands.snapshots.clone();
    let is_busy = |agent: &Agent| agent.activity.0 == Activity::Busy;
    if !snapshots.borrow_and_update().fleet.agent(agent).is_some_and(is_busy) {
        return Ok(());
    }
    match keyboard.press(&seen, key).await {
        Ok(Pasted::Done) => {}
        Ok(Pasted::Changed) => return Err(CHANGED.to_owned()),
        Ok(Pasted::Refused(reason)) => return Err(reason),
        Err(error) => return Err(error.to_string()),
    }
    let over = snapshots.wait_for(|seen| !seen.fleet.agent(agent).is_some_and(is_busy));
    let _behind_the_turn = timeout(ENDS_WITHIN, over).await;
    Ok(())
}
