//! Messages on their way: handed over, or typed, looked at, and only then submitted.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::interrupt::interrupt;
use super::keyboard::{CHANGED, Keyboard, Seen, kind_of};
use super::leftover::clear_away;
use crate::daemon::hands::Hands;
use crate::fleet::{AgentName, Message, Observation, Way};
use crate::host::runtime::{self, Composer};
use crate::host::tmux::{Pasted, TmuxError};
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
    let typed = match Keyboard::of(hands, &agent, kind, pane) {
        Some(keyboard) => type_text(hands, &keyboard, (&agent, &message)).await,
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

/// What is typed for a message.
fn whole(message: &Message) -> String {
    format!("{}{}", message.id.tag(), message.whole())
}

async fn type_text(
    hands: &Hands,
    keyboard: &Keyboard,
    (agent, message): (&AgentName, &Message),
) -> Typed {
    if let Err(reason) = runtime::sendable(keyboard.kind(), true, &message.text) {
        return Typed::Never(reason);
    }
    let ours = whole(message);
    // Both are asked at once; room is made only where nobody types.
    let (in_the_way, mut stands) = tokio::join!(keyboard.in_the_way(), keyboard.look(&ours));
    if let Some(reason) = in_the_way {
        return Typed::Nothing(reason);
    }
    if let Ok(seen) = &stands
        && seen.composer == Composer::HoldsOther
        && let Some(empty) = clear_away(hands, keyboard, agent, seen).await
    {
        stands = Ok(empty);
    }
    if let Err(reason) = make_room(keyboard, agent, &ours, stands).await {
        return Typed::Nothing(reason);
    }
    match keyboard.paste(&ours).await {
        Ok(Pasted::Done) => {}
        Ok(Pasted::Refused(reason)) => return Typed::Nothing(reason),
        Ok(Pasted::Changed) => return Typed::Nothing(CHANGED.to_owned()),
        Err(error) if error.may_have_acted() => return Typed::Doubt(error.to_string()),
        Err(error) => return Typed::Nothing(error.to_string()),
    }
    let mut seen = Typed::Doubt("the text never showed in the composer".to_owned());
    for wait in LOOKS_MS {
        sleep(Duration::from_millis(wait)).await;
        let (in_the_way, look) = tokio::join!(keyboard.in_the_way(), keyboard.look(&ours));
        match look.as_ref().map(|look| &look.composer) {
            Ok(Composer::HoldsOnly) => {
                if let Some(who) = in_the_way {
                    seen = Typed::NotSubmitted(format!("{who}; Enter was not pressed"));
                } else if let Ok(look) = &look {
                    match submit(keyboard, look).await {
                        Some(typed) => return typed,
                        None => seen = Typed::NotSubmitted(CHANGED.to_owned()),
                    }
                }
            }
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
    keyboard: &Keyboard,
    agent: &AgentName,
    ours: &str,
    stands: Result<Seen, TmuxError>,
) -> Result<(), String> {
    let keys = runtime::prelude(keyboard.kind());
    let seen = stands.map_err(|error| error.to_string())?;
    match &seen.composer {
        Composer::Empty => Ok(()),
        Composer::HoldsOnly | Composer::HoldsOther if !keys.is_empty() => {
            match keyboard.press(&seen, keys).await {
                Ok(Pasted::Done) => {}
                Ok(Pasted::Refused(reason)) => return Err(reason),
                Ok(Pasted::Changed) => return Err(CHANGED.to_owned()),
                Err(error) => return Err(error.to_string()),
            }
            for wait in LOOKS_MS {
                sleep(Duration::from_millis(wait)).await;
                let look = keyboard.look(ours).await;
                if look.is_ok_and(|seen| seen.composer == Composer::Empty) {
                    return Ok(());
                }
            }
            Err(format!("{}, and could not be put aside", stands_there(keyboard, agent, &seen)))
        }
        Composer::HoldsOnly | Composer::HoldsOther => Err(stands_there(keyboard, agent, &seen)),
        Composer::Dialog(what) => Err(format!("a dialog is up: {what}")),
        Composer::Unclear(why) => Err(why.clone()),
    }
}

/// What keeps a message from going, and who can do what about it.
fn stands_there(keyboard: &Keyboard, agent: &AgentName, seen: &Seen) -> String {
    let what = match runtime::tagged(keyboard.kind(), seen.screen()) {
        Some(id) => format!(
            "what was typed of message {id} stands in the composer, and was changed since or is not \
             shown whole"
        ),
        None => "a draft stands in the composer".to_owned(),
    };
    format!("{what} (`mosaic attach {agent}` submits or clears it)")
}

/// Presses Enter behind the text; nothing where that may not be any more as it was seen.
async fn submit(keyboard: &Keyboard, seen: &Seen) -> Option<Typed> {
    match keyboard.press(seen, runtime::submit(keyboard.kind())).await {
        Ok(Pasted::Done) => Some(Typed::Whole),
        Ok(Pasted::Changed) => None,
        Ok(Pasted::Refused(reason)) => {
            Some(Typed::NotSubmitted(format!("Enter was refused: {reason}")))
        }
        Err(error) => Some(Typed::Doubt(error.to_string())),
    }
}

/// The receipt is late: Enter once more, and only when the text still stands there alone.
pub async fn look_again(hands: Arc<Hands>, agent: AgentName, message: Message, pane: String) {
    let Some(kind) = kind_of(&hands, &agent) else { return };
    let Some(keyboard) = Keyboard::of(&hands, &agent, kind, pane) else { return };
    let ours = whole(&message);
    let (in_the_way, look) = tokio::join!(keyboard.in_the_way(), keyboard.look(&ours));
    if let (None, Ok(seen)) = (in_the_way, look)
        && seen.composer == Composer::HoldsOnly
    {
        // Whatever comes of it, the receipt or its absence tells.
        drop(submit(&keyboard, &seen).await);
    }
}

/// Nothing came of it: what stands in the composer now says how it ended. Presses nothing.
pub async fn last_look(hands: Arc<Hands>, agent: AgentName, message: Message, pane: String) {
    let Some(kind) = kind_of(&hands, &agent) else { return };
    let Some(keyboard) = Keyboard::of(&hands, &agent, kind, pane) else { return };
    let ours = whole(&message);
    let mut look = keyboard.look(&ours).await;
    if look.as_ref().is_ok_and(|seen| seen.composer == Composer::HoldsOther) {
        // Our own Enter may have been taken as a new line.
        look = keyboard.look(&format!("{ours}\n")).await;
    }
    let id = message.id;
    let what = match look.map(|seen| seen.composer) {
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
