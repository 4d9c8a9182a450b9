//! Messages on their way: handed over, or typed, looked at, and only then submitted.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::interrupt::interrupt;
use super::keyboard::{kind_of, look, somebody_types};
use super::leftover::clear_away;
use crate::daemon::hands::Hands;
use crate::fleet::{AgentName, Message, Observation, RuntimeKind, Way};
use crate::host::runtime::{self, Composer};
use crate::host::tmux::{Pasted, Tmux, TmuxError};
use crate::protocol::ToGuest;

/// When a pasted text is looked for in the composer, milliseconds after the paste: a program
/// needs one turn of its loop to show it, which a busy host may withhold for seconds, and tmux
/// offers no event for a line of a screen.
const LOOKS_MS: [u64; 15] = [2, 3, 6, 15, 30, 60, 120, 240, 480, 960, 960, 960, 960, 960, 960];

/// How a try to type ended.
enum Typed {
    /// Enter went out behind the whole text.
    Whole,
    /// Nothing that could submit went out.
    Nothing(String),
    /// The text cannot be typed to this runtime at all.
    Never(String),
    /// It stands in the composer with something else, and Enter was not pressed.
    NotSubmitted(String),
    /// Nobody can say.
    Doubt(String),
}

/// Brings a message to its runtime: over its channel or by keys, the running turn interrupted first
/// when that was asked for.
pub async fn deliver(
    hands: Arc<Hands>,
    agent: AgentName,
    message: Message,
    way: Way,
    interrupts: bool,
) {
    let trace = hands.take_trace(&message.id.0);
    if interrupts && let Err(reason) = interrupt(&hands, &agent).await {
        return hands.saw(Observation::MessageNotTyped { agent, id: message.id, reason }).await;
    }
    match way {
        Way::Structured { connection } => {
            hand_over(&hands, agent, message, connection, trace).await;
        }
        Way::Keystrokes { pane } => type_in(&hands, agent, message, pane).await,
    }
}

/// Hands a message over on a channel that carries its id.
async fn hand_over(
    hands: &Hands,
    agent: AgentName,
    message: Message,
    connection: u64,
    traceparent: Option<String>,
) {
    let (text, id) = (message.whole().into_owned(), message.id);
    let frame = ToGuest::Deliver { message_id: id.to_string(), text, traceparent };
    let observation = if hands.guests.say(connection, frame) {
        Observation::MessageTyped { agent, id }
    } else {
        let reason = "the channel to the runtime was gone".to_owned();
        Observation::MessageNotTyped { agent, id, reason }
    };
    hands.saw(observation).await;
}

/// Types a message: composer free, paste, look, Enter.
async fn type_in(hands: &Hands, agent: AgentName, message: Message, pane: String) {
    let Some(kind) = kind_of(hands, &agent) else { return };
    let typed = match hands.tmux() {
        Some(tmux) => type_text(hands, &tmux, kind, (&agent, &message), &pane).await,
        None => Typed::Nothing("our tmux server does not answer".to_owned()),
    };
    let id = message.id;
    hands
        .saw(match typed {
            Typed::Whole => Observation::MessageTyped { agent, id },
            Typed::Nothing(reason) => Observation::MessageNotTyped { agent, id, reason },
            Typed::Never(reason) => Observation::MessageRejected { agent, id, reason },
            Typed::NotSubmitted(reason) => Observation::MessageNotSubmitted { agent, id, reason },
            Typed::Doubt(reason) => Observation::MessageDoubtful { agent, id, reason },
        })
        .await;
}

async fn type_text(
    hands: &Hands,
    tmux: &Tmux,
    kind: RuntimeKind,
    (agent, message): (&AgentName, &Message),
    pane: &str,
) -> Typed {
    if let Err(reason) = runtime::sendable(kind, true, &message.text) {
        return Typed::Never(reason);
    }
    let tag = message.id.tag();
    // Both are asked at once; room is made only where nobody types.
    let (somebody, mut stands) =
        tokio::join!(somebody_types(tmux, pane), look(tmux, kind, pane, &tag));
    if let Some(reason) = somebody {
        return Typed::Nothing(reason);
    }
    if matches!(stands, Ok(Composer::HoldsOther))
        && clear_away(hands, tmux, kind, agent, pane).await
    {
        stands = Ok(Composer::Empty);
    }
    if let Err(reason) = make_room(tmux, kind, pane, &tag, stands).await {
        return Typed::Nothing(reason);
    }
    match tmux.paste(pane, &format!("{tag}{}", message.whole())).await {
        Ok(Pasted::Done) => {}
        Ok(Pasted::Refused(reason)) => return Typed::Nothing(reason),
        Err(error) if error.may_have_acted() => return Typed::Doubt(error.to_string()),
        Err(error) => return Typed::Nothing(error.to_string()),
    }
    let mut seen = Typed::Doubt("the text never showed in the composer".to_owned());
    for wait in LOOKS_MS {
        sleep(Duration::from_millis(wait)).await;
        match look(tmux, kind, pane, tag.trim_end()).await {
            Ok(Composer::HoldsOnly) => return submit(tmux, kind, pane).await,
            Ok(Composer::HoldsOther) => {
                let why = "the composer holds something beside the text; Enter was not pressed";
                seen = Typed::NotSubmitted(why.to_owned());
            }
            Ok(Composer::Dialog(what)) => {
                return Typed::Doubt(format!("a dialog came up after the paste: {what}"));
            }
            Ok(Composer::Empty) => {}
            Ok(Composer::Unclear(why)) => {
                seen = Typed::Doubt(format!("{why}; Enter was not pressed"));
            }
            Err(error) => seen = Typed::Doubt(error.to_string()),
        }
    }
    seen
}

/// Makes the composer ours, without submitting or erasing what a person wrote in it.
async fn make_room(
    tmux: &Tmux,
    kind: RuntimeKind,
    pane: &str,
    tag: &str,
    stands: Result<Composer, TmuxError>,
) -> Result<(), String> {
    let keys = runtime::prelude(kind);
    match stands.map_err(|error| error.to_string())? {
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

async fn submit(tmux: &Tmux, kind: RuntimeKind, pane: &str) -> Typed {
    match tmux.press(pane, runtime::submit(kind)).await {
        Ok(Pasted::Done) => Typed::Whole,
        Ok(Pasted::Refused(reason)) => Typed::NotSubmitted(format!("Enter was refused: {reason}")),
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

/// Nothing came of it: what stands in the composer now says how it ended. Presses nothing.
pub async fn last_look(hands: Arc<Hands>, agent: AgentName, message: Message, pane: String) {
    let (Some(kind), Some(tmux)) = (kind_of(&hands, &agent), hands.tmux()) else { return };
    let id = message.id;
    let what = match look(&tmux, kind, &pane, id.tag().trim_end()).await {
        Ok(Composer::HoldsOnly) => {
            return hands.saw(Observation::MessageStands { agent, id }).await;
        }
        Ok(Composer::Empty) => "the composer is empty".to_owned(),
        Ok(Composer::HoldsOther) => "something else stands in the composer".to_owned(),
        Ok(Composer::Dialog(what)) => format!("a dialog is up: {what}"),
        Ok(Composer::Unclear(why)) => why,
        // The deadline behind this look ends it.
        Err(_) => return,
    };
    let reason = format!("no receipt came after Enter; {what}");
    hands.saw(Observation::MessageDoubtful { agent, id, reason }).await;
}
