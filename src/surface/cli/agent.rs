//! `agent start`, `stop`, `restart`: a command for each name, done when the journal has it, and with
//! --wait when each agent has its verdict.

use serde_json::{Value, json};

use super::arguments::AgentAsked;
use super::table::shown;
use super::{Desk, Exit, Failure, Machine, Settled, Wait, interrupted, output};
use crate::wire;
use crate::wire::client::AgentVerb;
use crate::wire::{CommandReply, Row};

/// Brings agents up.
pub async fn start(desk: &Desk<impl Machine>, asked: &AgentAsked) -> Result<(), Failure> {
    command(desk, asked, AgentVerb::Start).await
}

/// Brings agents down.
pub async fn stop(desk: &Desk<impl Machine>, asked: &AgentAsked) -> Result<(), Failure> {
    command(desk, asked, AgentVerb::Stop).await
}

/// Ends sessions and begins the next.
pub async fn restart(desk: &Desk<impl Machine>, asked: &AgentAsked) -> Result<(), Failure> {
    command(desk, asked, AgentVerb::Restart).await
}

async fn command(
    desk: &Desk<impl Machine>,
    asked: &AgentAsked,
    verb: AgentVerb,
) -> Result<(), Failure> {
    let names = each_once(&asked.agents);
    if names.len() > 1 {
        // A name that nobody has is told before anything is done to the others.
        for name in &names {
            desk.client.explain(name).await?;
        }
    }
    // What follows this event belongs to the commands.
    let before = match asked.wait {
        Some(_) => desk.client.status().await?.head_seq,
        None => 0,
    };
    let body = wire::AgentAsked { reason: asked.reason.clone() };
    let (mut done, mut failed) = (Vec::new(), None);
    for name in &names {
        match desk.client.agent(name, verb, &body).await {
            Ok(reply) => {
                if !asked.json {
                    output::line(&shown(&reply.said))?;
                }
                done.push((name.clone(), reply));
            }
            // The others were asked for too.
            Err(error) => {
                if let Some(earlier) = failed.replace(Failure::from(error)) {
                    earlier.tell();
                }
            }
        }
    }
    let settled = match asked.wait {
        Some(wait) if !done.is_empty() => {
            let agents = done.iter().map(|(name, _)| name.clone()).collect();
            let is_up = verb != AgentVerb::Stop;
            Some(waited(desk, Wait { seq: before, agents, is_up, wait }).await?)
        }
        Some(_) | None => None,
    };
    if asked.json {
        output::json(&report(&done, settled.as_ref()))?;
    }
    match (failed, settled) {
        (Some(failure), _) => Err(failure),
        (None, Some(settled)) => verdict(&settled, asked, verb),
        (None, None) => Ok(()),
    }
}

fn each_once(names: &[String]) -> Vec<String> {
    let mut once: Vec<String> = Vec::new();
    for name in names {
        if !once.contains(name) {
            once.push(name.clone());
        }
    }
    once
}

/// Waits for the verdicts. Ctrl-C ends the wait and nothing else.
async fn waited(desk: &Desk<impl Machine>, asked: Wait) -> Result<Settled, Failure> {
    let first = asked.agents.first().cloned().unwrap_or_default();
    tokio::select! {
        settled = desk.machine.settled(&asked) => settled,
        () = interrupted() => Err(Failure::new(
            Exit::Interrupted,
            "nobody waits any more; what was asked for goes on",
            &format!("`mosaic events --agent {first} --follow` shows how it ends"),
        )),
    }
}

fn verdict(settled: &Settled, asked: &AgentAsked, verb: AgentVerb) -> Result<(), Failure> {
    if !asked.json {
        settled.reached.iter().try_for_each(|name| output::line(&sentence(settled, name)))?;
    }
    let Settled { over, pending, .. } = settled;
    if let Some(first) = over.first() {
        let message = format!("started and ended again: {}", over.join(", "));
        let hint = format!("`mosaic agent explain {first}` shows its last lines");
        return Err(Failure::new(Exit::Failed, message, &hint));
    }
    let Some(first) = pending.first() else { return Ok(()) };
    let word = if verb == AgentVerb::Stop { "stopped" } else { "up" };
    let after = asked.wait.unwrap_or_default().as_secs_f64();
    let message = format!("not {word} after {after} s: {}", pending.join(", "));
    let hint = format!("`mosaic agent explain {first}` says what it waits for");
    Err(Failure::new(Exit::Timeout, message, &hint))
}

fn sentence(settled: &Settled, name: &str) -> String {
    match row(settled, name) {
        Some(row) if row.lifecycle == "running" => {
            format!("{name}: running, health {}", shown(&row.health))
        }
        Some(row) => format!("{name}: {}", shown(&row.lifecycle)),
        None => format!("{name}: gone"),
    }
}

fn row<'s>(settled: &'s Settled, name: &str) -> Option<&'s Row> {
    settled.rows.iter().find(|row| row.managed && row.agent == name)
}

/// One object for each agent: what was said, and with --wait what came of it.
fn report(done: &[(String, CommandReply)], settled: Option<&Settled>) -> Value {
    let one = |(name, reply): &(String, CommandReply)| {
        let mut one = json!({"agent": name, "seq": reply.seq, "said": reply.said});
        if let Some(settled) = settled {
            let word = if settled.over.contains(name) {
                "ended"
            } else if settled.pending.contains(name) {
                "pending"
            } else {
                "reached"
            };
            one["verdict"] = json!(word);
            one["row"] = json!(row(settled, name));
        }
        one
    };
    json!({"schema_version": 1, "agents": done.iter().map(one).collect::<Vec<_>>()})
}
