//! `fleet apply`: shows what a roster would change, asks where an agent that lives would be stopped
//! or restarted, and has exactly that done.

use std::time::Duration;

use serde_json::{Value, json};

use super::arguments::ApplyAsked;
use super::output::{Paint, Tone};
use super::table::shown;
use super::{Desk, Exit, Failure, Machine, Settled, Wait, output, roster_file, waiting};
use crate::wire::{
    AgreedTo, ApplyAsked as Asked, ApplyReply, Change, DriftCell, PlanAsked, PlanReply,
    PlannedChange,
};

/// Plans, shows, asks, applies.
pub async fn run(desk: &Desk<impl Machine>, asked: &ApplyAsked) -> Result<(), Failure> {
    let wait = asked.wait.time()?;
    let path = roster_file::checked(desk, asked.roster.as_deref())?;
    let path = path.to_string_lossy().into_owned();
    let plan = desk.client.plan(&PlanAsked { path: path.clone() }).await?;
    if asked.plan && asked.json {
        return output::json(&plan);
    }
    if !asked.json {
        output::write(&page(&plan, asked.restart_busy, desk.paint))?;
    }
    if asked.plan {
        plan.warnings.iter().for_each(|warning| output::note(warning));
        return Ok(());
    }
    let agreed = agreed(&plan, asked.restart_busy);
    consent(&agreed, asked.yes).await?;
    // What follows this event belongs to the change; what was seen before it belongs to none.
    let seq = match wait {
        Some(_) => desk.client.status().await?.head_seq,
        None => 0,
    };
    let applied = desk.client.apply(&Asked { path, start: false, agreed: Some(agreed) }).await?;
    let Some(wait) = wait else {
        return if asked.json { output::json(&applied) } else { tell(&applied) };
    };
    let awaited = touched(&plan, &applied, seq, wait);
    if !asked.json {
        tell(&applied)?;
    }
    let settled = waiting::waited(desk, &awaited).await?;
    if asked.json {
        output::json(&report(&applied, &awaited, &settled)?)?;
    } else {
        waiting::ends(&awaited, &settled).try_for_each(|end| output::line(&end))?;
    }
    waiting::verdict(&settled.over, &settled.pending, wait)
}

/// Who has been touched. What is in force for an agent at rest only counts at its next start.
fn touched(plan: &PlanReply, applied: &ApplyReply, seq: u64, wait: Duration) -> Wait {
    let lives = |agent: &str| plan.changes.iter().any(|one| one.agent == agent && one.live);
    let mut awaited = Wait { seq, up: Vec::new(), down: Vec::new(), wait };
    for Change { agent, what, .. } in &applied.changes {
        match what.as_str() {
            "starting" | "restarting" => awaited.up.push(agent.clone()),
            "updated" if lives(agent) => awaited.up.push(agent.clone()),
            "stopping" => awaited.down.push(agent.clone()),
            _ => {}
        }
    }
    awaited
}

/// The reply of the API; each awaited agent has its verdict and its row beside the change.
fn report(applied: &ApplyReply, awaited: &Wait, settled: &Settled) -> Result<Value, Failure> {
    let mut reply = serde_json::to_value(applied).map_err(std::io::Error::other)?;
    for change in reply["changes"].as_array_mut().into_iter().flatten() {
        let Some(agent) = change["agent"].as_str().map(str::to_owned) else { continue };
        if awaited.up.contains(&agent) || awaited.down.contains(&agent) {
            change["verdict"] = json!(waiting::word(settled, &agent));
            change["row"] = json!(waiting::row(settled, &agent));
        }
    }
    Ok(reply)
}

/// What is asked for: all of the plan, but for the restarts that would cut off work.
fn agreed(plan: &PlanReply, restart_busy: bool) -> AgreedTo {
    let names = |what: &str| {
        let is_it = |change: &&PlannedChange| change.what == what && !waits(change, restart_busy);
        plan.changes.iter().filter(is_it).map(|change| change.agent.clone()).collect()
    };
    AgreedTo {
        digest: plan.digest.clone(),
        start: names("start"),
        stop: names("stop"),
        restart: names("restart"),
        restart_busy,
    }
}

/// Whether a restart is left for later, since it would cut off work.
fn waits(change: &PlannedChange, restart_busy: bool) -> bool {
    change.what == "restart" && change.in_use.is_some() && !restart_busy
}

/// Asks where something that lives would end.
async fn consent(agreed: &AgreedTo, yes: bool) -> Result<(), Failure> {
    let part = |verb: &str, names: &[String]| {
        (!names.is_empty()).then(|| format!("{verb} {}", names.join(", ")))
    };
    let parts = [part("stop", &agreed.stop), part("restart", &agreed.restart)];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() || yes {
        return Ok(());
    }
    let what = parts.join(" and ");
    if !output::can_ask() {
        return Err(Failure::new(
            Exit::NotATerminal,
            format!("this would {what}, and nobody can be asked here; nothing was changed"),
            "`mosaic fleet apply --yes` asks nothing, `mosaic fleet apply --plan` only shows",
        ));
    }
    if output::agrees(&format!("{}{}?", what[..1].to_uppercase(), &what[1..])).await {
        Ok(())
    } else {
        Err(Failure::new(Exit::Refused, "nothing was changed", ""))
    }
}

/// A paragraph an agent that would not stay as it is, and a line that sums them up.
fn page(plan: &PlanReply, restart_busy: bool, paint: Paint) -> String {
    let changing = || plan.changes.iter().filter(|change| change.what != "unchanged");
    let mut lines: Vec<String> =
        changing().flat_map(|change| paragraph(change, restart_busy, paint)).collect();
    lines.push(sum(plan, restart_busy));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn paragraph(change: &PlannedChange, restart_busy: bool, paint: Paint) -> Vec<String> {
    let waits = waits(change, restart_busy);
    let in_use = change.in_use.as_deref();
    let why = match (change.what.as_str(), in_use) {
        ("restart", Some(in_use)) if waits => {
            format!(" not now: {}; --restart-busy restarts it", shown(in_use))
        }
        ("restart" | "stop", Some(in_use)) => format!(", which cuts it off: {}", shown(in_use)),
        ("stop" | "remove", None) => ", gone from the roster".to_owned(),
        ("update", _) if change.live => ", in force at once".to_owned(),
        ("update", _) => " for its next start".to_owned(),
        _ => String::new(),
    };
    let tone = match change.what.as_str() {
        "stop" => Tone::Bad,
        "restart" => Tone::Warning,
        "start" => Tone::Good,
        _ => Tone::Plain,
    };
    let mut lines =
        vec![format!("{}: {}{why}", shown(&change.agent), paint.tone(tone, &change.what))];
    // What a new agent is differs from nothing, and what goes is not compared.
    lines.extend(change.differs.iter().map(|one| format!("  {}", difference(one))));
    lines
}

fn difference(one: &DriftCell) -> String {
    format!("{}: {} → {}", shown(&one.field), shown(&one.running), shown(&one.wanted))
}

fn sum(plan: &PlanReply, restart_busy: bool) -> String {
    let count = |what: &str| {
        let is_it = |change: &&PlannedChange| change.what == what && !waits(change, restart_busy);
        plan.changes.iter().filter(is_it).count()
    };
    let left = plan.changes.iter().filter(|change| waits(change, restart_busy)).count();
    let words = ["start", "stop", "restart", "update", "remove"];
    let mut parts: Vec<String> = words
        .iter()
        .map(|what| (count(what), *what))
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} to {what}"))
        .collect();
    if left > 0 {
        parts.push(format!("{left} left as drift"));
    }
    match count("unchanged") {
        all if parts.is_empty() => format!("nothing differs: {all} unchanged"),
        0 => parts.join(", "),
        unchanged => format!("{}; {unchanged} unchanged", parts.join(", ")),
    }
}

/// One line for each agent that is not as before.
pub fn tell(applied: &ApplyReply) -> Result<(), Failure> {
    applied.warnings.iter().for_each(|warning| output::note(warning));
    let changing = applied.changes.iter().filter(|change| change.what != "unchanged");
    changing.map(sentence).try_for_each(|line| output::line(&line))
}

fn sentence(change: &Change) -> String {
    let Change { agent, what, fields, differs, detail } = change;
    let detail = match detail.as_deref() {
        Some(detail) => format!("; {detail}"),
        None => String::new(),
    };
    let differs: Vec<String> = match differs.as_slice() {
        [] => fields.clone(),
        differs => differs.iter().map(difference).collect(),
    };
    let differs = match differs.as_slice() {
        // Of what starts, the plan has told.
        [] => String::new(),
        _ if matches!(what.as_str(), "starting" | "removed" | "restarting") => String::new(),
        differs => format!(" ({})", differs.join(", ")),
    };
    format!("{}: {}{}{}", shown(agent), shown(what), shown(&detail), shown(&differs))
}
