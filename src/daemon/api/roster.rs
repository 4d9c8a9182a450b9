//! Routes about the roster: what it would change, and the change.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use sha2::{Digest as _, Sha256};

use super::ApiError;
use super::asked::Asked;
use super::caller::Asking;
use super::state::Api;
use crate::fleet::{
    Agent, AgentName, Agreed, Answer, Changed, Command, Consent, Definition, DriftCell, Fleet,
    Roster, plan as planned_by,
};
use crate::roster::drift;
use crate::wire::{
    AgreedTo, ApplyAsked, ApplyReply, Change, ErrorCode, PlanAsked, PlanReply, PlannedChange,
    SCHEMA_VERSION,
};

/// Reads this roster and says what it would change, agent by agent; nothing is touched.
#[utoipa::path(
    post,
    path = "/v1/roster/plan",
    request_body = PlanAsked,
    responses((status = 200, description = "as asked", body = PlanReply))
)]
pub async fn plan(
    State(api): State<Api>,
    Asked(asked): Asked<PlanAsked>,
) -> Result<Json<PlanReply>, ApiError> {
    let (roster, warnings) = read(&api, &asked.path).await?;
    let snapshot = api.dispatcher.snapshot();
    let mut differs = differences(&snapshot.fleet, &roster);
    let changes = planned_by(&snapshot.fleet, &roster).into_iter().map(|planned| PlannedChange {
        live: snapshot.fleet.agent(&planned.agent).is_some_and(Agent::is_live),
        differs: differs.remove(planned.agent.as_str()).unwrap_or_default(),
        agent: planned.agent.to_string(),
        what: planned.step.word().to_owned(),
        in_use: planned.in_use,
    });
    Ok(Json(PlanReply {
        schema_version: SCHEMA_VERSION,
        as_of_seq: snapshot.seq,
        path: asked.path,
        digest: digest(&roster),
        changes: changes.collect(),
        warnings,
    }))
}

/// Reads this roster and takes it. With `start`, brings up what should run and does not; with
/// `agreed`, does exactly what is named there.
#[utoipa::path(
    post,
    path = "/v1/roster/apply",
    request_body = ApplyAsked,
    params(Asking),
    responses((status = 200, description = "as asked", body = ApplyReply))
)]
pub async fn apply(
    State(api): State<Api>,
    asking: Asking,
    Asked(asked): Asked<ApplyAsked>,
) -> Result<Json<ApplyReply>, ApiError> {
    let (roster, warnings) = read(&api, &asked.path).await?;
    let consent = match asked.agreed {
        Some(agreed) => Consent::Agreed(agreed_to(agreed, &roster)?),
        None if asked.start => Consent::Starts,
        None => Consent::Nothing,
    };
    // What differs is gone once it is in force.
    let mut differs = differences(&api.dispatcher.snapshot().fleet, &roster);
    let command = Command::ApplyRoster { path: asked.path, roster, consent };
    let done = api.ask(command, asking.caller).await?;
    api.snapshot_with(done.seq).await?;
    let changes = match done.answer {
        Answer::Changes(changes) => {
            changes.into_iter().map(|one| change(one, &mut differs)).collect()
        }
        Answer::Done | Answer::Said(_) | Answer::Queued(_) | Answer::AttachTo { .. } => Vec::new(),
    };
    Ok(Json(ApplyReply { seq: done.seq, changes, warnings }))
}

/// Reads a roster where blocking is allowed.
async fn read(api: &Api, path: &str) -> Result<(Roster, Vec<String>), ApiError> {
    if !std::path::Path::new(path).is_absolute() {
        let message = format!("the roster's path \"{path}\" is not absolute");
        return Err(ApiError::bad_request(message));
    }
    let (reads, owned) = (api.reads.clone(), path.to_owned());
    let reading = tokio::task::spawn_blocking(move || reads.read_roster(&owned));
    reading.await.map_err(|panic| {
        ApiError::new(ErrorCode::Failed, format!("read the roster {path}: {panic}"))
    })?
}

fn agreed_to(agreed: AgreedTo, roster: &Roster) -> Result<Agreed, ApiError> {
    if agreed.digest != digest(roster) {
        let message = "the roster is another one than that which was agreed to; nothing was done";
        return Err(ApiError::new(ErrorCode::Refused, message)
            .hint("`mosaic fleet apply --plan` shows what it would change as it is now"));
    }
    Ok(Agreed {
        start: names(&agreed.start)?,
        stop: names(&agreed.stop)?,
        restart: names(&agreed.restart)?,
        restart_busy: agreed.restart_busy,
    })
}

fn names(texts: &[String]) -> Result<BTreeSet<AgentName>, ApiError> {
    let name = |text: &String| {
        AgentName::parse(text)
            .map_err(|_| ApiError::bad_request(format!("\"{text}\" is no name of an agent")))
    };
    texts.iter().map(name).collect()
}

/// What a roster says, in one word: the same for the same definitions in the same order.
fn digest(roster: &Roster) -> String {
    // A roster is made of derived types: it always serialises.
    let text = serde_json::to_vec(roster).unwrap_or_default();
    Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The fields in which each agent differs from this roster: from what it runs as, or ran as last.
fn differences(fleet: &Fleet, roster: &Roster) -> BTreeMap<String, Vec<DriftCell>> {
    let of = |wanted: &Definition| {
        let agent = fleet.agent(&wanted.name)?;
        let running = agent.running_as.as_ref().unwrap_or(&agent.definition);
        let cells = drift(wanted, running).into_iter().map(|drift| DriftCell {
            field: drift.field,
            wanted: drift.wanted,
            running: drift.running,
        });
        Some((wanted.name.to_string(), cells.collect()))
    };
    roster.agents.iter().filter_map(of).collect()
}

fn change(changed: Changed, differs: &mut BTreeMap<String, Vec<DriftCell>>) -> Change {
    let Changed { agent, what, detail } = changed;
    let differs = match what.as_str() {
        "unchanged" => Vec::new(),
        _ => differs.remove(&agent).unwrap_or_default(),
    };
    let fields = match what.as_str() {
        "changed" => differs.iter().map(|one| one.field.clone()).collect(),
        _ => Vec::new(),
    };
    let detail = (!detail.is_empty()).then_some(detail);
    Change { agent, what, fields, differs, detail }
}
