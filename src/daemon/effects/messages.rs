//! Messages on their way: handed over, or typed, looked at, and only then submitted.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::daemon::hands::Hands;
use crate::fleet::{AgentName, Message, Observation, RuntimeKind};
use crate::host::runtime::{self, Composer};
use crate::host::tmux::{Pasted, Tmux, TmuxError};
use crate::protocol::ToGuest;

/// When a pasted text is looked for in the composer, milliseconds after the paste: a program
/// needs one turn of its loop to show it, which a busy host may withhold for seconds, and tmux
/// offers no event for a line of a screen.
const LOOKS_MS: [u64; 14] = [4, 8, 15, 30, 60, 120, 240, 480, 960, 960, 960, 960, 960, 960];

/// Somebody whose last key is younger types now; tmux counts whole seconds.
const TYPING_MS: u64 = 3_000;

/// How a try to type ended.
enum Typed {
    /// Enter went out behind the whole text.
    Whole,
    /// Nothing that could submit went out.
    Nothing(String),
    /// The text cannot be typed to this runtime at all.
    Never(String),
    /// Nobody can say.
    Doubt(String),
}

/// Hands a message over on a channel that carries its id.
pub async fn hand_over(hands: Arc<Hands>, agent: AgentName, message: Message, connection: u64) {
    let (id, text) = (message.id, message.text);
    let frame = ToGuest::Deliver { message_id: id.to_string(), text };
    let observation = if hands.guests.say(connection, frame) {
        Observation::MessageTyped { agent, id }
    } else {
        let reason = "the channel to the runtime was gone".to_owned();
        Observation::MessageNotTyped { agent, id, reason }
    };
    hands.saw(observation).await;
}

/// Types a message: composer free, paste, look, Enter.
pub async fn type_in(hands: Arc<Hands>, agent: AgentName, message: Message, pane: String) {
    let Some(kind) = kind_of(&hands, &agent) else { return };
    let typed = match hands.tmux() {
        Some(tmux) => type_text(&tmux, kind, &message, &pane).await,
        None => Typed::Nothing("our tmux server does not answer".to_owned()),
    };
    let id = message.id;
    hands
        .saw(match typed {
            Typed::Whole => Observation::MessageTyped { agent, id },
            Typed::Nothing(reason) => Observation::MessageNotTyped { agent, id, reason },
            Typed::Never(reason) => Observation::MessageRejected { agent, id, reason },
            Typed::Doubt(reason) => Observation::MessageDoubtful { agent, id, reason },
        })
        .await;
}

async fn type_text(tmux: &Tmux, kind: RuntimeKind, message: &Message, pane: &str) -> Typed {
    if let Err(reason) = runtime::sendable(kind, true, &message.text) {
        return Typed::Never(reason);
    }
    if let Some(reason) = somebody_types(tmux, pane).await {
        return Typed::Nothing(reason);
    }
    let tag = message.id.tag();
    if let Err(reason) = make_room(tmux, kind, pane, &tag).await {
        return Typed::Nothing(reason);
    }
    match tmux.paste(pane, &format!("{tag}{}", message.text)).await {
        Ok(Pasted::Done) => {}
        Ok(Pasted::Refused(reason)) => return Typed::Nothing(reason),
        Err(error) if error.may_have_acted() => return Typed::Doubt(error.to_string()),
        Err(error) => return Typed::Nothing(error.to_string()),
    }
    let mut seen = "the text never showed in the composer".to_owned();
    for wait in LOOKS_MS {
        sleep(Duration::from_millis(wait)).await;
        match look(tmux, kind, pane, tag.trim_end()).await {
            Ok(Composer::HoldsOnly) => return submit(tmux, kind, pane).await,
            Ok(Composer::HoldsOther) => {
                "the composer holds something beside the text; Enter was not pressed"
                    .clone_into(&mut seen);
            }
            Ok(Composer::Dialog(what)) => {
                return Typed::Doubt(format!("a dialog came up after the paste: {what}"));
            }
            Ok(Composer::Empty) => {}
            Ok(Composer::Unclear(why)) => seen = format!("{why}; Enter was not pressed"),
            Err(error) => seen = error.to_string(),
        }
    }
    Typed::Doubt(seen)
}

/// Who is at the keyboard by a tmux client of their own, which takes no lease of ours.
async fn somebody_types(tmux: &Tmux, pane: &str) -> Option<String> {
    // Not to know is no reason to wait: what stands in the composer is looked at next.
    let humans = tmux.humans(pane).await.ok()?;
    let human = humans.into_iter().find(|human| human.activity_ms_ago < TYPING_MS)?;
    Some(format!("somebody types at {}", human.tty))
}

/// Makes the composer ours, without submitting or erasing what a person wrote in it.
async fn make_room(tmux: &Tmux, kind: RuntimeKind, pane: &str, tag: &str) -> Result<(), String> {
    let keys = runtime::prelude(kind);
    match look(tmux, kind, pane, tag).await.map_err(|error| error.to_string())? {
        Composer::Empty => Ok(()),
        Composer::HoldsOnly | Composer::HoldsOther if !keys.is_empty() => {
            match tmux.press(pane, keys).await {
                Ok(Pasted::Done) => {}
                Ok(Pasted::Refused(reason)) => return Err(reason),
                Err(error) => return Err(error.to_string()),
            }
            for wait in LOOKS_MS {
                sleep(Duration::from_millis(wait)).await;
                if let Ok(Composer::Empty) = look(tmux, kind, pane, tag).await {
                    return Ok(());
                }
            }
            Err("a draft stands in the composer and could not be put aside".to_owned())
        }
        Composer::HoldsOnly | Composer::HoldsOther => {
            Err("a draft stands in the composer".to_owned())
        }
        Composer::Dialog(what) => Err(format!("a dialog is up: {what}")),
        Composer::Unclear(why) => Err(why),
    }
}

async fn look(
    tmux: &Tmux,
    kind: RuntimeKind,
    pane: &str,
    tag: &str,
) -> Result<Composer, TmuxError> {
    Ok(runtime::composer(kind, &tmux.screen(pane).await?, tag))
}

async fn submit(tmux: &Tmux, kind: RuntimeKind, pane: &str) -> Typed {
    match tmux.press(pane, runtime::submit(kind)).await {
        Ok(Pasted::Done) => Typed::Whole,
        Ok(Pasted::Refused(reason)) => Typed::Doubt(format!("Enter was refused: {reason}")),
        Err(error) => Typed::Doubt(error.to_string()),
    }
}

/// The receipt is late: Enter once more, and only when the text still stands there alone.
pub async fn look_again(hands: Arc<Hands>, agent: AgentName, message: Message, pane: String) {
    let (Some(kind), Some(tmux)) = (kind_of(&hands, &agent), hands.tmux()) else { return };
    let tag = message.id.tag();
    if let Ok(Composer::HoldsOnly) = look(&tmux, kind, &pane, tag.trim_end()).await {
        // Whatever comes of it, the receipt or its absence tells.
        drop(tmux.press(&pane, runtime::submit(kind)).await);
    }
}

/// How an agent that runs was started.
pub fn kind_of(hands: &Hands, agent: &AgentName) -> Option<RuntimeKind> {
    let snapshot = hands.snapshots.borrow().clone();
    snapshot.fleet.agent(agent).map(|agent| agent.started_as().runtime)
}
