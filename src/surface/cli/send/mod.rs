//! `agent send`: queues messages; with `--verify`, waits for the runtimes' own receipts.

mod end;
mod recipients;
mod text;

use std::time::Duration;

use serde_json::{Value, json};

use super::arguments::SendAsked;
use super::patience::Patience;
use super::{Desk, Exit, Failure, Machine, interrupted, output};
use crate::clock;
use crate::wire;
use crate::wire::MessageReply;
use crate::wire::client::{Client, ClientError};
use recipients::Recipients;

/// One wait for a message; the supervisor may be restarted between two.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// Whose answer is lost asks again for so long, where no time is given: a restart takes less.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);

/// What became of one recipient's message.
enum Sent {
    Queued(Box<MessageReply>),
    Refused { agent: String, failure: Failure },
}

/// Sends, and waits when asked to.
pub async fn run(desk: &Desk<impl Machine>, asked: &SendAsked) -> Result<(), Failure> {
    let mut words = asked.text.clone();
    if recipients::are_chosen(asked) {
        words.splice(0..0, asked.agent.clone());
    } else if asked.agent.is_none() {
        let hint = "`mosaic send NAME TEXT`; `mosaic agent list` names the agents";
        return Err(Failure::new(Exit::Usage, "no agent is named", hint));
    }
    let text = text::read(&words, asked.file.as_deref())?;
    let from = asked.from.clone().or_else(this_agent);
    let body = wire::SendAsked {
        text,
        from: from.clone(),
        class: asked.class.clone(),
        expires_ms: asked.expires.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
        interrupt: asked.interrupt,
        wait_idle: asked.wait_idle,
    };
    let queued = async {
        let recipients = recipients::find(desk, asked, from.as_deref()).await?;
        let time = if asked.verify { asked.timeout } else { ANSWERED_WITHIN };
        Ok::<_, Failure>((queue(desk, &recipients, &body, time).await, recipients.is_list))
    };
    let (mut sent, is_list) = tokio::select! {
        queued = queued => queued?,
        () = interrupted() => {
            let whose = asked.agent.clone().unwrap_or_else(|| "NAME".to_owned());
            let hint = format!("`mosaic agent inbox {whose} --ended 9` shows it");
            let message = "interrupted before the supervisor answered: the message may be queued";
            return Err(Failure::new(Exit::Interrupted, message, &hint));
        }
    };
    let started = clock::mono_ms();
    if asked.verify {
        let ids: Vec<MessageReply> = messages(&sent).cloned().collect();
        let waited = tokio::select! {
            waited = verify(desk, &mut sent, asked.timeout) => waited,
            () = interrupted() => return Err(stopped(&ids)),
        };
        if let Err(failure) = waited {
            // Whoever reads JSON gets the ids, and how far the messages were.
            if asked.json {
                in_json(&sent, is_list)?;
            }
            return Err(failure);
        }
    }
    let spent_ms = clock::mono_ms().saturating_sub(started);
    tell(asked, &sent, is_list, spent_ms)
}

/// The agent in whose session we run: what it sends is sent in its name.
fn this_agent() -> Option<String> {
    let said = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let agent = said("MOSAIC_AGENT")?;
    Some(match (said("MOSAIC_HOST"), said("MOSAIC_TENANT")) {
        (Some(host), Some(tenant)) => format!("{agent}@{host}/{tenant}"),
        _ => agent,
    })
}

/// A message for each; what one of them refuses keeps none from the others.
async fn queue(
    desk: &Desk<impl Machine>,
    recipients: &Recipients,
    body: &wire::SendAsked,
    time: Duration,
) -> Vec<Sent> {
    let mut sent = Vec::new();
    let mut patience = Patience::of(time);
    for name in &recipients.names {
        sent.push(match send(&desk.client, name, body, &mut patience).await {
            Ok(message) => Sent::Queued(Box::new(message)),
            Err(failure) => Sent::Refused { agent: name.clone(), failure },
        });
    }
    sent
}

/// Queues one. Where nobody listens that is all; an answer that is lost is asked for again, with the
/// same key, for the message may be queued.
async fn send(
    client: &Client,
    name: &str,
    body: &wire::SendAsked,
    patience: &mut Patience,
) -> Result<MessageReply, Failure> {
    let key = Client::key()?;
    let mut may_be_queued = false;
    loop {
        let error = match client.send_once(name, body, &key).await {
            Ok(message) => return Ok(message),
            Err(error) => error,
        };
        may_be_queued |= matches!(error, ClientError::Left { .. } | ClientError::Broken { .. });
        if !may_be_queued {
            return Err(error.into());
        }
        if let Err(error) = patience.bear(error, "asking again for its answer").await {
            let failure = then(&format!("the message for {name} may be queued"), error);
            let hint = format!("`mosaic agent inbox {name} --ended 9` shows whether it is");
            return Err(Failure { hint: Some(hint), ..failure });
        }
    }
}

fn messages(sent: &[Sent]) -> impl Iterator<Item = &MessageReply> {
    sent.iter().filter_map(|one| match one {
        Sent::Queued(message) => Some(&**message),
        Sent::Refused { .. } => None,
    })
}

/// Waits until nothing more will happen to any of them, or the time is up. They go on side by side,
/// so that one wait after the other takes no longer than the longest.
async fn verify(
    desk: &Desk<impl Machine>,
    sent: &mut [Sent],
    timeout: Duration,
) -> Result<(), Failure> {
    let mut patience = Patience::of(timeout);
    for one in sent {
        let Sent::Queued(message) = one else { continue };
        while !message.is_final {
            let wait = patience.left().min(WAIT_MAX);
            match desk.client.message(&message.id, wait).await {
                Ok(now) => {
                    **message = now;
                    if wait.is_zero() {
                        break;
                    }
                    if !message.is_final {
                        patience.pause().await;
                    }
                }
                Err(error) => {
                    let what = format!("message {} is queued, and is waited for", message.id);
                    patience.bear(error, &what).await.map_err(|error| {
                        then(&format!("message {} was queued", message.id), error)
                    })?;
                }
            }
        }
    }
    Ok(())
}

/// What was reached before nobody answered any more.
fn then(what: &str, error: ClientError) -> Failure {
    let failure = Failure::from(error);
    Failure { message: format!("{what}, then: {}", failure.message), ..failure }
}

/// Ctrl-C ends the wait and nothing else.
fn stopped(messages: &[MessageReply]) -> Failure {
    let ids: Vec<&str> = messages.iter().map(|message| message.id.as_str()).collect();
    let said = match &ids[..] {
        [id] => format!("interrupted; message {id} is left alone"),
        ids => format!("interrupted; the messages {} are left alone", ids.join(", ")),
    };
    end::left_alone(Exit::Interrupted, said, &messages.iter().collect::<Vec<_>>())
}

/// A sentence for each, and the code of the first that is not as it should be.
fn tell(asked: &SendAsked, sent: &[Sent], is_list: bool, spent_ms: u64) -> Result<(), Failure> {
    let mut first = None;
    let mut lines = Vec::new();
    for one in sent {
        let ended = match one {
            Sent::Queued(message) => {
                if asked.verify {
                    end::verified(message, spent_ms, asked.timeout)
                } else {
                    Ok(end::queued(message))
                }
            }
            Sent::Refused { failure, .. } => Err(failure.clone()),
        };
        match ended {
            Ok(line) => lines.push(line),
            Err(failure) => {
                if let Some(earlier) = first.replace(failure.clone()) {
                    failure.tell();
                    first = Some(earlier);
                }
            }
        }
    }
    if asked.json {
        in_json(sent, is_list)?;
    } else {
        lines.iter().try_for_each(|line| output::line(line))?;
    }
    first.map_or(Ok(()), Err)
}

/// The one message, or the list of what became of each.
fn in_json(sent: &[Sent], is_list: bool) -> Result<(), Failure> {
    if !is_list {
        return messages(sent).next().map_or(Ok(()), output::json);
    }
    let told = sent.iter().map(|one| match one {
        Sent::Queued(message) => json!(message),
        Sent::Refused { agent, failure } => refused(agent, failure),
    });
    output::json(&json!({"schema_version": 1, "messages": told.collect::<Vec<_>>()}))
}

fn refused(agent: &str, failure: &Failure) -> Value {
    json!({
        "agent": agent,
        "error": {"message": failure.message, "hint": failure.hint},
        "exit_code": failure.exit.code(),
    })
}
