//! Routes about the whole fleet: status, rows, the end.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Deserialize;

use super::ApiError;
use super::asked::{Asked, Queried};
use super::caller::Asking;
use super::state::{Api, Form, read};
use crate::fleet::Command;
use crate::table::Paint;
use crate::wire::{
    CommandReply, PsReply, SCHEMA_VERSION, StateReply, StopAsked, SupervisorStatus, TelemetryStatus,
};

/// Who supervises, since when, over which tmux server.
#[utoipa::path(get, path = "/v1/status", responses((status = 200, description = "as asked", body = SupervisorStatus)))]
pub async fn status(State(api): State<Api>) -> Json<SupervisorStatus> {
    let told = api.telemetry.is_on().then(|| api.telemetry.told());
    let telemetry = told.map(|told| TelemetryStatus {
        spans: told.spans,
        spans_taken: told.spans_taken,
        metric_exports: told.exports,
        metric_exports_failed: told.exports_failed,
    });
    Json(SupervisorStatus { telemetry, ..api.reads.status() })
}

/// The digest of what the supervisor holds: a fold of the journal up to that event has the same.
#[utoipa::path(get, path = "/v1/state", responses((status = 200, description = "as asked", body = StateReply)))]
pub async fn state(State(api): State<Api>) -> Json<StateReply> {
    let snapshot = api.dispatcher.snapshot();
    let (as_of_seq, digest) = (snapshot.seq, snapshot.fleet.digest());
    Json(StateReply { schema_version: SCHEMA_VERSION, as_of_seq, digest })
}

/// A row for each agent and each unmanaged session.
#[utoipa::path(
    get,
    path = "/v1/ps",
    responses((status = 200, description = "as asked", body = PsReply))
)]
pub async fn ps(State(api): State<Api>) -> Result<impl IntoResponse, ApiError> {
    let body = read("make the rows", api.reads.ps(Form::Json)).await??;
    Ok(([(header::CONTENT_TYPE, "application/json")], body))
}

/// How a table is drawn. A parameter that is misspelt would silently ask for another.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawn {
    columns: Option<usize>,
    #[serde(default)]
    coloured: bool,
}

/// The same rows as the text that `mosaic ps` shows, with what stands below them.
#[utoipa::path(
    get,
    path = "/v1/ps/table",
    params(
        ("columns" = Option<usize>, Query, description = "columns of the terminal; as many as it needs without it"),
        ("coloured" = Option<bool>, Query, description = "with escape sequences"),
    ),
    responses((status = 200, description = "as asked", body = String, content_type = "text/plain"))
)]
pub async fn table(
    State(api): State<Api>,
    Queried(drawn): Queried<Drawn>,
) -> Result<impl IntoResponse, ApiError> {
    let paint = if drawn.coloured { Paint::Coloured } else { Paint::Plain };
    let form = Form::Table { columns: drawn.columns, paint };
    let body = read("make the rows", api.reads.ps(form)).await??;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], body))
}

/// Stops every agent, or leaves them, and ends the supervisor.
#[utoipa::path(
    post,
    path = "/v1/supervisor/stop",
    request_body = StopAsked,
    params(Asking),
    responses((status = 200, description = "as asked", body = CommandReply))
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
