//! Routes about messages: queue one, see how far it has come, take it back. Never types.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tokio::time::sleep;

use super::ApiError;
use super::asked::{Asked, Named, Numbered, Queried};
use super::caller::Asking;
use super::state::{Api, left};
use crate::clock;
use crate::daemon::Snapshot;
use crate::fleet::{Agent, Answer, Command, Lifecycle, Message, MessageId, Receipt, Refusal, way};
use crate::wire::{CommandReply, ErrorCode, ErrorReply, MessageReply, SendAsked};

/// A text longer than this is a file, and belongs into one.
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// An agent may be held over a night; who wants less says so.
const EXPIRES_MS: u64 = 24 * 60 * 60 * 1000;

/// After a month nobody means it any more.
const EXPIRES_MS_MAX: u64 = 30 * EXPIRES_MS;

/// Longer than any caller should hold one request open; it asks again.
const WAIT_MS_MAX: u64 = 10 * 60 * 1000;

/// Queues a message, durably, and says where it stands.
#[utoipa::path(
    post,
    path = "/v1/agents/{name}/messages",
    request_body = SendAsked,
    params(
        ("name" = String, Path, description = "the agent"),
        ("Idempotency-Key" = Option<String>, Header, description = "the same key gets the first answer again"),
    ),
    responses((status = 200, description = "as asked", body = MessageReply), (status = "default", description = "an error", body = ErrorReply))
)]
pub async fn send(
    State(api): State<Api>,
    Named(agent): Named,
    asking: Asking,
    Asked(asked): Asked<SendAsked>,
) -> Result<Json<MessageReply>, ApiError> {
    if asked.text.is_empty() || asked.text.len() > TEXT_BYTES_MAX {
        return Err(ApiError::bad_request(format!(
            "the text has {} bytes; it takes 1 to {TEXT_BYTES_MAX}",
            asked.text.len()
        ))
        .hint("put a long text into a file and send its path"));
    }
    // Without the pid: a retry with the same key from another process is the same request.
    let from = asked.from.unwrap_or_else(|| format!("cli:uid={}", asking.peer.uid));
    let expires_ms = asked.expires_ms.unwrap_or(EXPIRES_MS).clamp(1, EXPIRES_MS_MAX);
    let command = Command::Send { agent, text: asked.text, from, expires_ms };
    let done = api.ask(command, asking.caller).await?;
    let id = match done.answer {
        Answer::Queued(id) => id,
        Answer::Done | Answer::Said(_) | Answer::Changes(_) | Answer::AttachTo { .. } => {
            return Err(ApiError::new(ErrorCode::Failed, "the supervisor gave the message no id"));
        }
    };
    let snapshot = api.snapshot_with(done.seq).await?;
    standing(&snapshot, &id).map(Json)
}

/// How a message is asked for.
#[derive(Debug, Deserialize)]
pub struct Wait {
    wait_ms: Option<u64>,
}

/// How far a message has come; with `wait_ms`, once it is final or the time is up.
#[utoipa::path(
    get,
    path = "/v1/messages/{id}",
    params(
        ("id" = String, Path, description = "the message"),
        ("wait_ms" = Option<u64>, Query, description = "wait so long for its end; at most 600000"),
    ),
    responses((status = 200, description = "as asked", body = MessageReply), (status = "default", description = "an error", body = ErrorReply))
)]
pub async fn message(
    State(mut api): State<Api>,
    Numbered(id): Numbered,
    Queried(wait): Queried<Wait>,
) -> Result<Json<MessageReply>, ApiError> {
    let wait = Duration::from_millis(wait.wait_ms.unwrap_or(0).min(WAIT_MS_MAX));
    let mut until = std::pin::pin!(sleep(wait));
    let mut snapshots = api.dispatcher.snapshots();
    loop {
        let snapshot = snapshots.borrow_and_update().clone();
        let reply = standing(&snapshot, &id)?;
        if reply.is_final || wait.is_zero() {
            return Ok(Json(reply));
        }
        tokio::select! {
            changed = snapshots.changed() => changed.map_err(|_| ApiError::leaving())?,
            () = until.as_mut() => return Ok(Json(reply)),
            () = left(&mut api.leaving) => return Ok(Json(reply)),
        }
    }
}

/// Takes a message back that was not typed yet.
#[utoipa::path(
    delete,
    path = "/v1/messages/{id}",
    params(
        ("id" = String, Path, description = "the message"),
        ("Idempotency-Key" = Option<String>, Header, description = "the same key gets the first answer again"),
    ),
    responses((status = 200, description = "as asked", body = CommandReply), (status = "default", description = "an error", body = ErrorReply))
)]
pub async fn cancel(
    State(api): State<Api>,
    Numbered(id): Numbered,
    asking: Asking,
) -> Result<Json<CommandReply>, ApiError> {
    let said = format!("the message {id} is taken back; nothing of it was typed");
    let done = api.ask(Command::CancelMessage { id }, asking.caller).await?;
    Ok(Json(super::agents::reply(done, &said)))
}

/// Where a message stands, as of a snapshot.
fn standing(snapshot: &Snapshot, id: &MessageId) -> Result<MessageReply, ApiError> {
    let Some((name, message)) = snapshot.fleet.message(id) else {
        return Err(ApiError::from(Refusal::NoSuchMessage { asked: id.0.clone() }));
    };
    let agent = snapshot.fleet.agent(name);
    let position = agent.and_then(|agent| position(agent, message));
    Ok(MessageReply {
        as_of_seq: snapshot.seq,
        id: id.0.clone(),
        tenant: snapshot.fleet.tenant.label.clone(),
        host: snapshot.fleet.host.label.clone(),
        agent: name.to_string(),
        state: message.receipt.word().to_owned(),
        reason: reason(agent, message, position),
        position,
        at_ms: message.receipt_at.wall_ms,
        is_final: message.receipt.is_final(),
    })
}

/// How many queued messages stand before this one.
fn position(agent: &Agent, message: &Message) -> Option<u32> {
    let mut queued = agent.mailbox.iter().filter(|other| other.receipt == Receipt::Queued);
    queued.position(|other| other.id == message.id).and_then(|place| u32::try_from(place).ok())
}

fn reason(agent: Option<&Agent>, message: &Message, position: Option<u32>) -> Option<String> {
    match &message.receipt {
        Receipt::Queued => agent.and_then(|agent| why_queued(agent, position)),
        Receipt::Typing => Some("it is going out".to_owned()),
        Receipt::Typed => Some("the runtime has not said yet that it has it".to_owned()),
        Receipt::Rejected { reason } | Receipt::Unknown { reason } => Some(reason.clone()),
        Receipt::Expired => Some("it waited longer than it was given".to_owned()),
        Receipt::Accepted { .. } | Receipt::Cancelled => None,
    }
}

/// What a queued message waits for; the nearest obstacle is named.
fn why_queued(agent: &Agent, position: Option<u32>) -> Option<String> {
    if let Some(before) = position.filter(|before| *before > 0) {
        return Some(format!("{before} queued before it"));
    }
    if let Some(other) = agent.on_its_way() {
        return Some(format!("the message {} is on its way", other.id));
    }
    if let Lifecycle::Held { reason, .. } = &agent.lifecycle {
        return Some(format!("the agent is held: {reason}"));
    }
    // The rule by which it is sent is the one that says why it is not.
    if let Err(why) = way(agent) {
        return Some(why);
    }
    let pause_ms = agent.deliver_after.mono_ms.saturating_sub(clock::mono_ms());
    (pause_ms > 0).then(|| format!("nothing of it went out; it is tried again in {pause_ms} ms"))
}
