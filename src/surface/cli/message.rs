//! `message show|cancel`: one message, rung by rung; and taking one back.

use std::time::Duration;

use super::arguments::{CancelAsked, MessageVerb};
use super::patience::Patience;
use super::table::shown;
use super::{Desk, Failure, Machine, output};
use crate::fleet::rfc3339;
use crate::wire::{MessageReply, RungReply};

/// Serves a verb of messages.
pub async fn run(desk: &Desk<impl Machine>, verb: &MessageVerb) -> Result<(), Failure> {
    match verb {
        MessageVerb::Show { message, wait, json } => {
            let told = told(desk, untagged(message), wait.unwrap_or(Duration::ZERO)).await?;
            if *json {
                return desk.pages.json(&told).await;
            }
            desk.pages.write(&drawn(&told)).await
        }
        MessageVerb::Cancel(asked) => cancel(desk, asked).await,
    }
}

/// The message and its rungs; waited for over a restart of the supervisor, once it was found.
async fn told(
    desk: &Desk<impl Machine>,
    id: &str,
    wait: Duration,
) -> Result<MessageReply, Failure> {
    let mut told = desk.client.message_told(id, Duration::ZERO).await?;
    let mut patience = Patience::of(wait);
    while !told.is_final && !patience.left().is_zero() {
        match desk.client.message_told(&told.id, patience.left()).await {
            Ok(now) => {
                told = now;
                if !told.is_final {
                    patience.pause().await;
                }
            }
            Err(error) => {
                patience.bear(error, "the message is on the disk, and is waited for").await?;
            }
        }
    }
    Ok(told)
}

/// Takes a message back.
pub async fn cancel(desk: &Desk<impl Machine>, asked: &CancelAsked) -> Result<(), Failure> {
    let reply = desk.client.cancel(untagged(&asked.message)).await?;
    if asked.json { output::json(&reply) } else { output::line(&shown(&reply.said)) }
}

/// An id as it stands on a screen, `[m-k3x9]`, is that id.
fn untagged(asked: &str) -> &str {
    let inside = asked.strip_prefix('[').unwrap_or(asked);
    let inside = inside.strip_suffix(']').unwrap_or(inside);
    inside.strip_prefix("m-").unwrap_or(inside)
}

fn drawn(told: &MessageReply) -> String {
    let state = match (&told.reason, told.position) {
        (Some(why), Some(place)) => format!("{}, place {}: {why}", told.state, place + 1),
        (Some(why), None) => format!("{}: {why}", told.state),
        (None, _) => told.state.clone(),
    };
    let expires = (told.state == "queued").then(|| rfc3339(told.expires_at_ms));
    let heads = [
        ("message", Some(told.id.clone())),
        ("for", Some(format!("{}@{}/{}", told.agent, told.host, told.tenant))),
        ("from", Some(format!("{}, class {}", told.from, told.class))),
        ("state", Some(state)),
        ("expires", expires),
    ];
    let said = heads.into_iter().filter_map(|(name, what)| what.map(|what| (name, what)));
    let heads = said.map(|(name, what)| format!("{name:<9}{}\n", shown(&what)));
    let rungs = told.ladder.iter().flatten().map(|rung| drawn_rung(rung, told.queued_at_ms));
    let text = told.envelope.iter().chain(&told.text).flat_map(|text| text.lines());
    let text = text.map(|line| format!("    {}\n", shown(line)));
    let blank = || std::iter::once("\n".to_owned());
    heads.chain(blank()).chain(rungs).chain(blank()).chain(text).collect()
}

fn drawn_rung(rung: &RungReply, queued_at_ms: u64) -> String {
    let after = format!("+{}", span(rung.at_ms.saturating_sub(queued_at_ms)));
    let (at, word) = (rfc3339(rung.at_ms), shown(&rung.rung));
    let detail = rung.detail.as_deref().map(shown).unwrap_or_default();
    format!("{}\n", format!("{at}  {after:>9}  {word:<19}  {detail}").trim_end())
}

/// Milliseconds while they say something, else seconds or hours.
fn span(ms: u64) -> String {
    match ms {
        0..10_000 => format!("{ms} ms"),
        10_000..600_000 => format!("{} s", ms / 1000),
        600_000..36_000_000 => format!("{} min", ms / 60_000),
        _ => format!("{} h", ms / 3_600_000),
    }
}

#[cfg(test)]
mod tests {
    use super::untagged;

    #[test]
    fn an_id_may_be_copied_from_a_screen() {
        for asked in ["k3x9", "m-k3x9", "[m-k3x9]"] {
            assert_eq!(untagged(asked), "k3x9");
        }
    }
}
