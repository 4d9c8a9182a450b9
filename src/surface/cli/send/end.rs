//! Each end of a send: one sentence and one code.

use std::time::Duration;

use super::super::{Exit, Failure};
use crate::wire::MessageReply;

/// That it was queued, and what it waits for.
pub fn queued(message: &MessageReply) -> String {
    let MessageReply { id, agent, .. } = message;
    format!("message {id} for {agent} is {}{}", standing(message), why(message))
}

/// How a message that was waited for stands.
pub fn verified(
    message: &MessageReply,
    spent_ms: u64,
    timeout: Duration,
) -> Result<String, Failure> {
    let MessageReply { id, agent, state, .. } = message;
    match state.as_str() {
        "accepted" => Ok(format!("accepted by {agent} after {spent_ms} ms: message {id}")),
        "accepted_queued" => Ok(format!(
            "accepted by {agent} after {spent_ms} ms, behind its running turn: message {id}"
        )),
        _ => Err(not_accepted(message, timeout)),
    }
}

/// Why the runtime is not known to have it.
fn not_accepted(message: &MessageReply, timeout: Duration) -> Failure {
    let MessageReply { id, agent, state, .. } = message;
    let why = why(message);
    match state.as_str() {
        "rejected" => Failure::new(
            Exit::Rejected,
            format!("{agent} did not take message {id}{why}"),
            &format!("`mosaic agent explain {agent}` shows what it does"),
        ),
        "typed_not_submitted" => Failure::new(
            Exit::NotSubmitted,
            format!("message {id} was typed and {agent} has not taken it{why}"),
            &format!(
                "`mosaic attach {agent}` and press Enter there, or send it again: what stands there \
                 unchanged makes room for the next message"
            ),
        ),
        "unknown" => Failure::new(
            Exit::Unknown,
            format!("nobody can say whether {agent} has message {id}{why}"),
            &format!("look (`mosaic watch {agent}`) before you send it again; mosaic never does"),
        ),
        "expired" => Failure::new(
            Exit::Expired,
            format!("message {id} waited too long for {agent}{why}; nothing was typed"),
            &format!("`mosaic agent explain {agent}` says why it waited"),
        ),
        "cancelled" => Failure::new(
            Exit::Cancelled,
            format!("message {id} for {agent} was taken back{why}; nothing was typed"),
            &format!("`mosaic message show {id}` says when, and has its text"),
        ),
        _ => left_alone(
            Exit::Timeout,
            format!(
                "message {id} for {agent} is still {} after {} s{why}",
                standing(message),
                timeout.as_secs()
            ),
            &[message],
        ),
    }
}

/// The state, in a sentence: a message that goes over a channel is typed by nobody.
fn standing(message: &MessageReply) -> &str {
    if message.state == "typing" { "on its way" } else { &message.state }
}

/// Why it is so, where the state does not say it already.
fn why(message: &MessageReply) -> String {
    let why = message.reason.as_ref().filter(|_| message.state != "typing");
    why.map_or_else(String::new, |why| format!(": {why}"))
}

/// We stop waiting, the messages go on.
pub fn left_alone(exit: Exit, said: String, messages: &[&MessageReply]) -> Failure {
    let hint = match messages {
        [MessageReply { id, agent, .. }] => format!(
            "`mosaic message show {id}` tells how far it is, `mosaic events --agent {agent} \
             --follow` what becomes of it"
        ),
        _ => "`mosaic message show ID` tells how far each is".to_owned(),
    };
    Failure::new(exit, said, &hint)
}
