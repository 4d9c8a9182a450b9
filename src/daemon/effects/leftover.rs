//! What was typed of messages that ended and still stands in the composer: taken away when the next
//! message needs the place, and never where anything else stands with it.

use std::time::Duration;

use tokio::time::sleep;

use super::keyboard::{Keyboard, Seen};
use crate::daemon::hands::Hands;
use crate::fleet::{AgentName, MessageId, Observation};
use crate::host::runtime::{self, Composer};
use crate::host::tmux::Pasted;

/// When the composer is looked at after the key, milliseconds: one turn of the runtime's loop.
const LOOKS_MS: [u64; 8] = [2, 8, 20, 50, 100, 200, 400, 800];

/// Takes away what was seen; the empty composer, when that is what came of it.
pub async fn clear_away(
    hands: &Hands,
    keyboard: &Keyboard,
    agent: &AgentName,
    seen: &Seen,
) -> Option<Seen> {
    let key = runtime::clear(keyboard.kind())?;
    let snapshot = hands.snapshots.borrow().clone();
    // A loop that has turned since has had every Enter that was pressed, and made nothing of it.
    let beat = snapshot.beats.get(agent);
    let turned_at = beat.and_then(|beat| beat.answer).map_or(0, |answer| answer.sent_at().mono_ms);
    let typed = |id: &MessageId| {
        let (whose, message) = snapshot.fleet.message(id)?;
        let is_over = whose == agent
            && message.receipt.can_be_late()
            && message.receipt_at.mono_ms < turned_at;
        is_over.then(|| message.whole().into_owned())
    };
    let ids = runtime::leftover(keyboard.kind(), seen.screen(), &typed)?;
    if !matches!(keyboard.press(seen, key).await, Ok(Pasted::Done)) {
        return None;
    }
    for wait in LOOKS_MS {
        sleep(Duration::from_millis(wait)).await;
        let look = keyboard.look("").await.ok();
        if let Some(empty) = look.filter(|look| look.composer == Composer::Empty) {
            for id in ids {
                hands.saw(Observation::MessageCleared { agent: agent.clone(), id }).await;
            }
            return Some(empty);
        }
    }
    None
}
