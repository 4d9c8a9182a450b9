//! Routes about the whole fleet: status, rows, the roster, the end.

use axum::Json;
use axum::extract::State;

use super::ApiError;
use super::asked::Asked;
use super::caller::Asking;
use super::state::{Api, read};
use crate::fleet::{AgentName, Answer, Changed, Command};
use crate::wire::{
    ApplyAsked, ApplyReply, Change, CommandReply, ErrorCode, ErrorReply, PsReply, SCHEMA_VERSION,
    StateReply, StopAsked, SupervisorStatus,
};

/// Who supervises, since when, over which tmux server.
#[utoipa::path(get, path = "/v1/status", responses((status = 200, body = SupervisorStatus)))]
pub async fn status(State(api): State<Api>) -> Json<SupervisorStatus> {
    Json(api.reads.status())
}

/// The digest of what the supervisor holds: a fold of the journal up to that event has the same.
#[utoipa::path(get, path = "/v1/state", responses((status = 200, body = StateReply)))]
pub async fn state(State(api): State<Api>) -> Json<StateReply> {
    let snapshot = api.dispatcher.snapshot();
    let (as_of_seq, digest) = (snapshot.seq, snapshot.fleet.digest());
    Json(StateReply { schema_version: SCHEMA_VERSION, as_of_seq, digest })
}

/// A row for each agent and each unmanaged session.
#[utoipa::path(
    get,
    path = "/v1/ps",
    responses((status = 200, body = PsReply), (status = "default", body = ErrorReply))
)]
pub async fn ps(State(api): State<Api>) -> Result<Json<PsReply>, ApiError> {
    read("make the rows", api.reads.ps()).await.map(Json)
}

/// Reads this roster and takes it; with `start`, brings up what should run and does not.
#[utoipa::path(
    post,
    path = "/v1/roster/apply",
    request_body = ApplyAsked,
    params(("Idempotency-Key" = Option<String>, Header, description = "the same key gets the first answer again")),
    responses((status = 200, body = ApplyReply), (status = "default", body = ErrorReply))
)]
pub async fn apply(
    State(api): State<Api>,
    asking: Asking,
    Asked(asked): Asked<ApplyAsked>,
) -> Result<Json<ApplyReply>, ApiError> {
    if !std::path::Path::new(&asked.path).is_absolute() {
        return Err(ApiError::bad_request(format!(
            "the roster's path \"{}\" is not absolute",
            asked.path
        )));
    }
    let (reads, path) = (api.reads.clone(), asked.path.clone());
    let reading = tokio::task::spawn_blocking(move || reads.read_roster(&path));
    let (roster, warnings) = reading.await.map_err(|panic| {
        ApiError::new(ErrorCode::Failed, format!("read the roster {}: {panic}", asked.path))
    })??;
    let command = Command::ApplyRoster { path: asked.path, roster, start: asked.start };
    let done = api.ask(command, asking.caller).await?;
    api.snapshot_with(done.seq).await?;
    let changes = match done.answer {
        Answer::Changes(changes) => changes.into_iter().map(|one| change(&api, one)).collect(),
        Answer::Done | Answer::Said(_) | Answer::Queued(_) | Answer::AttachTo(_) => Vec::new(),
    };
    Ok(Json(ApplyReply { seq: done.seq, changes, warnings }))
}

fn change(api: &Api, changed: Changed) -> Change {
    let fields = match AgentName::parse(&changed.agent) {
        Ok(name) if changed.what == "changed" => api.reads.drift_fields(&name),
        _ => Vec::new(),
    };
    Change { agent: changed.agent, what: changed.what.to_owned(), fields }
}

/// Stops every agent, or leaves them, and ends the supervisor.
#[utoipa::path(
    post,
    path = "/v1/supervisor/stop",
    request_body = StopAsked,
    params(("Idempotency-Key" = Option<String>, Header, description = "the same key gets the first answer again")),
    responses((status = 200, body = CommandReply), (status = "default", body = ErrorReply))
)]
pub async fn stop(
    State(api): State<Api>,
    asking: Asking,
    Asked(asked): Asked<StopAsked>,
) -> Result<Json<CommandReply>, ApiError> {
    let command = Command::StopFleet { keep_agents: asked.keep_agents };
    let done = api.ask(command, asking.caller).await?;
    let said = if asked.keep_agents {
        "the supervisor leaves; the agents stay"
    } else {
        "the agents are being stopped; the supervisor leaves after them"
    };
    Ok(Json(super::agents::reply(done, said)))
}
