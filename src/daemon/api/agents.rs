//! Routes about one agent: start, stop, restart, explain, attach, detach.

use axum::Json;
use axum::extract::State;

use super::ApiError;
use super::asked::{Asked, Named};
use super::caller::Asking;
use super::state::{Api, read};
use crate::daemon::Done;
use crate::fleet::{Answer, Command, LeaseEnd, LeaseId};
use crate::wire::{
    AgentAsked, AttachAsked, AttachReply, CommandReply, DetachAsked, ErrorCode, ExplainReply,
};

/// A holder, a terminal, a reason: a line for people, which stands in rows and events.
const NOTE_BYTES_MAX: usize = 1000;

/// Brings an agent up.
#[utoipa::path(
    post,
    path = "/v1/agents/{name}/start",
    request_body = AgentAsked,
    params(Named, Asking),
    responses((status = 200, description = "as asked", body = CommandReply))
)]
pub async fn start(
    State(api): State<Api>,
    Named(agent): Named,
    asking: Asking,
    Asked(asked): Asked<AgentAsked>,
) -> Result<Json<CommandReply>, ApiError> {
    let said = format!("\"{agent}\" is wanted up");
    let command = Command::StartAgent { agent, reason: reason(asked, &asking) };
    Ok(Json(reply(api.ask(command, asking.caller).await?, &said)))
}

/// Brings an agent down and keeps it down until somebody starts it.
#[utoipa::path(
    post,
    path = "/v1/agents/{name}/stop",
    request_body = AgentAsked,
    params(Named, Asking),
    responses((status = 200, description = "as asked", body = CommandReply))
)]
pub async fn stop(
    State(api): State<Api>,
    Named(agent): Named,
    asking: Asking,
    Asked(asked): Asked<AgentAsked>,
) -> Result<Json<CommandReply>, ApiError> {
    let said = format!("\"{agent}\" is wanted down");
    let command = Command::StopAgent { agent, reason: reason(asked, &asking) };
    Ok(Json(reply(api.ask(command, asking.caller).await?, &said)))
}

/// Ends an agent's session, if any, and begins the next one.
#[utoipa::path(
    post,
    path = "/v1/agents/{name}/restart",
    request_body = AgentAsked,
    params(Named, Asking),
    responses((status = 200, description = "as asked", body = CommandReply))
)]
pub async fn restart(
    State(api): State<Api>,
    Named(agent): Named,
    asking: Asking,
    Asked(asked): Asked<AgentAsked>,
) -> Result<Json<CommandReply>, ApiError> {
    let said = format!("\"{agent}\" is being restarted");
    let command = Command::RestartAgent { agent, reason: reason(asked, &asking) };
    Ok(Json(reply(api.ask(command, asking.caller).await?, &said)))
}

/// Why each cell of the agent's row says what it says.
#[utoipa::path(
    get,
    path = "/v1/agents/{name}/explain",
    params(Named),
    responses((status = 200, description = "as asked", body = ExplainReply))
)]
pub async fn explain(
    State(api): State<Api>,
    Named(agent): Named,
) -> Result<Json<ExplainReply>, ApiError> {
    api.known(&agent)?;
    read("gather the evidence", api.reads.explain(&agent)).await?.map(Json)
}

/// Journals that somebody takes the keyboard, and says what to run for it.
#[utoipa::path(
    post,
    path = "/v1/agents/{name}/attach",
    request_body = AttachAsked,
    params(Named, Asking),
    responses((status = 200, description = "as asked", body = AttachReply))
)]
pub async fn attach(
    State(api): State<Api>,
    Named(agent): Named,
    asking: Asking,
    Asked(asked): Asked<AttachAsked>,
) -> Result<Json<AttachReply>, ApiError> {
    if asked.who.is_empty() {
        return Err(ApiError::bad_request("\"who\" does not say who takes the keyboard"));
    }
    if asked.steal.as_deref().is_some_and(|reason| reason.trim().is_empty()) {
        let why = "\"steal\" does not say why the keyboard is taken from whoever has it";
        return Err(ApiError::bad_request(why));
    }
    let texts = [Some(&asked.who), asked.tty.as_ref(), asked.steal.as_ref()];
    if texts.into_iter().flatten().any(|text| text.len() > NOTE_BYTES_MAX) {
        let why = format!("a name, a terminal or a reason is longer than {NOTE_BYTES_MAX} bytes");
        return Err(ApiError::bad_request(why));
    }
    let AttachAsked { who, tty, resize, steal } = asked;
    let command = Command::Attach { agent, who, tty, pid: asking.caller.pid, resize, steal };
    let done = api.ask(command, asking.caller).await?;
    match done.answer {
        Answer::AttachTo { session, lease, come_within_ms } => Ok(Json(AttachReply {
            seq: done.seq,
            argv: api.reads.attach_argv(&session),
            lease: lease.0,
            come_within_ms,
        })),
        Answer::Done | Answer::Said(_) | Answer::Changes(_) | Answer::Queued(_) => Err(
            ApiError::new(ErrorCode::Failed, "the supervisor named no tmux session to attach to"),
        ),
    }
}

/// Journals that the keyboard is given back. A body is not needed.
#[utoipa::path(
    post,
    path = "/v1/agents/{name}/detach",
    request_body = DetachAsked,
    params(Named, Asking),
    responses((status = 200, description = "as asked", body = CommandReply))
)]
pub async fn detach(
    State(api): State<Api>,
    Named(agent): Named,
    asking: Asking,
    Asked(asked): Asked<DetachAsked>,
) -> Result<Json<CommandReply>, ApiError> {
    let end = if asked.lost_terminal { LeaseEnd::LostTerminal } else { LeaseEnd::Detached };
    let lease = asked.lease.map(LeaseId);
    let said = format!("the keyboard of \"{agent}\" is free");
    let done = api.ask(Command::Detach { agent, lease, end }, asking.caller).await?;
    Ok(Json(reply(done, &said)))
}

fn reason(asked: AgentAsked, asking: &Asking) -> String {
    asked.reason.unwrap_or_else(|| format!("asked for by uid {}", asking.peer.uid))
}

/// The reply to a command; `otherwise` is said when the dispatcher says nothing itself.
pub fn reply(done: Done, otherwise: &str) -> CommandReply {
    let said = match done.answer {
        Answer::Said(said) => said,
        Answer::Done | Answer::Changes(_) | Answer::Queued(_) | Answer::AttachTo { .. } => {
            otherwise.to_owned()
        }
    };
    CommandReply { seq: done.seq, said }
}
