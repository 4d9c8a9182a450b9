//! Routes about messages: queue one, see how far it has come, take it back. Never types.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tokio::time::sleep;

use super::ApiError;
use super::asked::{Asked, Named, Numbered, Queried};
use super::caller::Asking;
use super::standing::{events_of, listed, meant, standing, told};
use super::state::{Api, left};
use crate::fleet::{Answer, Class, Command, MAILBOX_MAX, Manner, Message, Refusal, ladder, way};
use crate::wire::{CommandReply, ErrorCode, InboxReply, MessageReply, SendAsked};

/// A text longer than this is a file, and belongs into one.
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// An agent may be held over a night; who wants less says so.
const EXPIRES_MS: u64 = 24 * 60 * 60 * 1000;

/// After a month nobody means it any more.
const EXPIRES_MS_MAX: u64 = 30 * EXPIRES_MS;

/// Longer than any caller should hold one request open; it asks again.
const WAIT_MS_MAX: u64 = 10 * 60 * 1000;

/// A name or an address, not a text.
const FROM_CHARS_MAX: usize = 200;

/// As many as a screen shows.
const ENDED_MAX: usize = 100;

/// Queues a message, durably, and says where it stands.
#[utoipa::path(
    post,
    path = "/v1/agents/{name}/messages",
    request_body = SendAsked,
    params(Named, Asking),
    responses((status = 200, description = "as asked", body = MessageReply))
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
    let manner = manner(&asked)?;
    // Without the pid: a retry with the same key from another process is the same request.
    let from = match asked.from {
        Some(from) => sender(from)?,
        None => format!("cli:uid={}", asking.peer.uid),
    };
    let expires_ms = asked.expires_ms.unwrap_or(EXPIRES_MS).clamp(1, EXPIRES_MS_MAX);
    let command = Command::Send { agent, text: asked.text, from, expires_ms, manner };
    let done = api.ask(command, asking.caller).await?;
    let id = match done.answer {
        Answer::Queued(id) => id,
        Answer::Done | Answer::Said(_) | Answer::Changes(_) | Answer::AttachTo { .. } => {
            return Err(ApiError::new(ErrorCode::Failed, "the supervisor gave the message no id"));
        }
    };
    let snapshot = api.snapshot_with(done.seq).await?;
    match standing(&snapshot, &id) {
        Some(reply) => Ok(Json(reply)),
        // The key is an old one, and memory has lost its message.
        None => told(&api, &id).await.map(Json),
    }
}

fn manner(asked: &SendAsked) -> Result<Manner, ApiError> {
    let class = asked.class.as_ref().map(|word| {
        let found = Class::ALL.into_iter().find(|class| class.word() == word);
        found.ok_or_else(|| {
            let words = Class::ALL.map(Class::word).join(", ");
            ApiError::bad_request(format!("\"{word}\" is no class; it is one of {words}"))
        })
    });
    if asked.interrupt && asked.wait_idle {
        let why = "`interrupt` and `wait_idle` exclude each other: one ends the running turn, the \
                   other waits for its end";
        return Err(ApiError::bad_request(why));
    }
    let (interrupts, waits_for_idle) = (asked.interrupt, asked.wait_idle);
    Ok(Manner { class: class.transpose()?, interrupts, waits_for_idle })
}

fn sender(from: String) -> Result<String, ApiError> {
    let formed = !from.trim().is_empty()
        && from.chars().count() <= FROM_CHARS_MAX
        && !from.chars().any(char::is_control);
    if formed {
        return Ok(from);
    }
    Err(ApiError::bad_request(format!(
        "\"from\" is 1 to {FROM_CHARS_MAX} characters on one line, and no control characters"
    ))
    .hint("name an agent, as `ada` or `ada@host/tenant`, or say in a word who sends it"))
}

/// How a message is asked for.
#[derive(Debug, Deserialize)]
pub struct Wait {
    wait_ms: Option<u64>,
    #[serde(default)]
    ladder: bool,
}

/// How far a message has come; with `wait_ms`, once it is final or the time is up. Also of one that
/// ended long ago, and by the beginning of its id.
#[utoipa::path(
    get,
    path = "/v1/messages/{id}",
    params(
        ("id" = String, Path, description = "the message; the beginning of its id, when only one begins so"),
        ("wait_ms" = Option<u64>, Query, description = "wait so long for its end; at most 600000"),
        ("ladder" = Option<bool>, Query, description = "with its text and every rung, from the journal"),
    ),
    responses((status = 200, description = "as asked", body = MessageReply))
)]
pub async fn message(
    State(mut api): State<Api>,
    Numbered(asked): Numbered,
    Queried(wait): Queried<Wait>,
) -> Result<Json<MessageReply>, ApiError> {
    let id = meant(&api, asked).await?;
    let time = Duration::from_millis(wait.wait_ms.unwrap_or(0).min(WAIT_MS_MAX));
    let mut until = std::pin::pin!(sleep(time));
    let mut snapshots = api.dispatcher.snapshots();
    loop {
        let snapshot = snapshots.borrow_and_update().clone();
        let Some(reply) = standing(&snapshot, &id) else { break };
        if reply.is_final || time.is_zero() {
            break;
        }
        tokio::select! {
            changed = snapshots.changed() => changed.map_err(|_| ApiError::leaving())?,
            () = until.as_mut() => break,
            () = left(&mut api.leaving) => break,
        }
    }
    let standing = standing(&api.dispatcher.snapshot(), &id).filter(|_| !wait.ladder);
    match standing {
        Some(reply) => Ok(Json(reply)),
        None => told(&api, &id).await.map(Json),
    }
}

/// Takes a message back that was not typed yet. Its whole id is wanted.
#[utoipa::path(
    delete,
    path = "/v1/messages/{id}",
    params(("id" = String, Path, description = "the message, by its whole id"), Asking),
    responses((status = 200, description = "as asked", body = CommandReply))
)]
pub async fn cancel(
    State(api): State<Api>,
    Numbered(id): Numbered,
    asking: Asking,
) -> Result<Json<CommandReply>, ApiError> {
    let said = format!("the message {id} is taken back; nothing of it was typed");
    if api.dispatcher.snapshot().fleet.message(&id).is_none()
        && let Some((_, message, _)) = ladder(&events_of(&api, &id).await?)
    {
        // Memory has lost it: it ended long ago.
        let state = message.receipt.word().to_owned();
        return Err(ApiError::from(Refusal::MessageOnItsWay { state }));
    }
    let done = api.ask(Command::CancelMessage { id }, asking.caller).await?;
    Ok(Json(super::agents::reply(done, &said)))
}

/// How many ended messages are asked for.
#[derive(Debug, Deserialize)]
pub struct Ended {
    #[serde(default)]
    ended: usize,
}

/// What waits in the mailbox of an agent, and why.
#[utoipa::path(
    get,
    path = "/v1/agents/{name}/inbox",
    params(
        Named,
        ("ended" = Option<usize>, Query, description = "also so many of the last ones that ended; at most 100"),
    ),
    responses((status = 200, description = "as asked", body = InboxReply))
)]
pub async fn inbox(
    State(api): State<Api>,
    Named(name): Named,
    Queried(asked): Queried<Ended>,
) -> Result<Json<InboxReply>, ApiError> {
    let snapshot = api.dispatcher.snapshot();
    let fleet = &snapshot.fleet;
    let Some(agent) = fleet.agent(&name) else {
        return Err(ApiError::no_such_agent(name.as_str(), fleet));
    };
    let told = |message: &Message| listed(&snapshot, &name, message);
    let ended = fleet.ended.iter().rev().filter(|(whose, _)| *whose == name);
    Ok(Json(InboxReply {
        as_of_seq: snapshot.seq,
        tenant: fleet.tenant.label.clone(),
        host: fleet.host.label.clone(),
        agent: name.to_string(),
        waits: way(agent).err(),
        room: u32::try_from(MAILBOX_MAX).unwrap_or(u32::MAX),
        messages: agent.mailbox.iter().map(told).collect(),
        ended: ended.take(asked.ended.min(ENDED_MAX)).map(|(_, message)| told(message)).collect(),
    }))
}
