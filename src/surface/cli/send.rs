//! `agent send`: queues a message; with `--verify`, waits for the runtime's own receipt.

use std::io::{IsTerminal as _, Read as _};
use std::time::Duration;

use super::arguments::SendAsked;
use super::{Desk, Exit, Failure, Machine, interrupted, output};
use crate::clock;
use crate::wire;
use crate::wire::MessageReply;

/// As much as the supervisor takes.
const TEXT_BYTES_MAX: u64 = 64 * 1024;

/// One wait for a message; the supervisor may be restarted between two.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// Sends, and waits when asked to.
pub async fn run(desk: &Desk<impl Machine>, asked: &SendAsked) -> Result<(), Failure> {
    let text = text(asked.text.as_deref())?;
    let body = wire::SendAsked { text, from: None, expires_ms: None };
    let queued = tokio::select! {
        queued = desk.client.send(&asked.agent, &body) => queued?,
        () = interrupted() => {
            let hint = format!("`mosaic events --agent {} --from 1` shows it", asked.agent);
            let message = "interrupted before the supervisor answered: the message may be queued";
            return Err(Failure::new(Exit::Interrupted, message, &hint));
        }
    };
    if !asked.verify {
        return told(asked, &queued, || {
            let place = match queued.position {
                Some(place) if place > 0 => format!(", {place} before it"),
                _ => String::new(),
            };
            let standing = standing(&queued);
            format!(
                "message {} for {} is {standing}{place}{}",
                queued.id,
                queued.agent,
                why(&queued)
            )
        });
    }
    let started = clock::mono_ms();
    tokio::select! {
        message = verified(desk, &queued, asked.timeout) => end(asked, &message?, started),
        () = interrupted() => Err(left_alone(
            Exit::Interrupted,
            format!("interrupted; message {} is left alone", queued.id),
            &queued.agent,
        )),
    }
}

/// The text of the argument, or of standard input up to its last newline.
fn text(argument: Option<&str>) -> Result<String, Failure> {
    let usage = |message: &str, hint: &str| Err(Failure::new(Exit::Usage, message, hint));
    let text = match argument {
        Some(text) if text != "-" => text.to_owned(),
        None if std::io::stdin().is_terminal() => {
            return usage(
                "no text",
                "`mosaic send NAME TEXT`, or `-` to type it here, Ctrl-D at its end",
            );
        }
        _ => {
            let mut bytes = Vec::new();
            std::io::stdin().take(TEXT_BYTES_MAX + 2).read_to_end(&mut bytes).map_err(|why| {
                Failure::new(Exit::Failed, format!("read standard input: {why}"), "")
            })?;
            if bytes.last() == Some(&b'\n') {
                bytes.pop();
            }
            match String::from_utf8(bytes) {
                Ok(text) => text,
                // A long text may have been cut inside a character.
                Err(cut) if cut.as_bytes().len() as u64 > TEXT_BYTES_MAX => {
                    String::from_utf8_lossy(cut.as_bytes()).into_owned()
                }
                Err(_) => {
                    return usage(
                        "standard input is not UTF-8",
                        "send text; put other bytes into a file",
                    );
                }
            }
        }
    };
    match text.len() as u64 {
        0 => usage("the text is empty", "`mosaic send NAME TEXT`, or a pipe into it"),
        1..=TEXT_BYTES_MAX => Ok(text),
        _ => usage("the text is longer than 64 KiB", "put it into a file and send the file's path"),
    }
}

/// Waits until nothing more will happen to the message, or the time is up.
async fn verified(
    desk: &Desk<impl Machine>,
    queued: &MessageReply,
    timeout: Duration,
) -> Result<MessageReply, Failure> {
    let started = clock::mono_ms();
    let mut message = queued.clone();
    while !message.is_final {
        let spent = Duration::from_millis(clock::mono_ms().saturating_sub(started));
        let Some(left) = timeout.checked_sub(spent).filter(|left| !left.is_zero()) else {
            break;
        };
        message = match desk.client.message(&queued.id, left.min(WAIT_MAX)).await {
            Ok(message) => message,
            Err(error) => {
                let failure = Failure::from(error);
                let message =
                    format!("message {} was queued, then: {}", queued.id, failure.message);
                return Err(Failure { message, ..failure });
            }
        };
    }
    Ok(message)
}

/// The end of a verified send: one sentence and one code each.
fn end(asked: &SendAsked, message: &MessageReply, started_ms: u64) -> Result<(), Failure> {
    let MessageReply { id, agent, state, .. } = message;
    let spent = clock::mono_ms().saturating_sub(started_ms);
    match state.as_str() {
        "accepted" => {
            return told(asked, message, || {
                format!("accepted by {agent} after {spent} ms: message {id}")
            });
        }
        "accepted_queued" => {
            return told(asked, message, || {
                format!(
                    "accepted by {agent} after {spent} ms, behind its running turn: message {id}"
                )
            });
        }
        _ => {}
    }
    if asked.json {
        output::json(message)?;
    }
    Err(not_accepted(asked, message))
}

/// Why the runtime is not known to have it.
fn not_accepted(asked: &SendAsked, message: &MessageReply) -> Failure {
    let MessageReply { id, agent, state, .. } = message;
    let why = why(message);
    match state.as_str() {
        "rejected" => Failure::new(
            Exit::Rejected,
            format!("{agent} did not take message {id}{why}"),
            &format!("`mosaic agent explain {agent}` shows what it does"),
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
            "",
        ),
        _ => left_alone(
            Exit::Timeout,
            format!(
                "message {id} for {agent} is still {} after {} s{why}",
                standing(message),
                asked.timeout.as_secs()
            ),
            agent,
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

/// We stop waiting, the message goes on.
fn left_alone(exit: Exit, message: String, agent: &str) -> Failure {
    let hint = format!("`mosaic events --agent {agent} --follow` shows what becomes of it");
    Failure::new(exit, message, &hint)
}

fn told(
    asked: &SendAsked,
    message: &MessageReply,
    sentence: impl FnOnce() -> String,
) -> Result<(), Failure> {
    if asked.json { output::json(message) } else { output::line(&sentence()) }
}
