//! `agent start`, `stop`, `restart`: a command for each name, done when the journal has it, and with
//! --wait when each agent has its verdict.

use serde_json::{Value, json};

use super::arguments::{AgentAsked, duration};
use super::table::shown;
use super::{Desk, Exit, Failure, Machine, Settled, Wait, output, waiting};
use crate::wire;
use crate::wire::CommandReply;
use crate::wire::client::AgentVerb;

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
    let wait = asked.wait.time()?;
    if wait.is_some() {
        no_time_for_a_name(&asked.agents)?;
    }
    let names = each_once(&asked.agents);
    if names.len() > 1 {
        // A name that nobody has is told before anything is done to the others.
        for name in &names {
            desk.client.explain(name).await?;
        }
    }
    // What follows this event belongs to the commands.
    let seq = match wait {
        Some(_) => desk.client.status().await?.head_seq,
        None => 0,
    };
    let Commanded { done, failed } = command_each(desk, asked, verb, names).await?;
    let settled = match wait {
        Some(wait) if !done.is_empty() => {
            let names = done.iter().map(|(name, _)| name.clone()).collect();
            let (up, down) = match verb {
                AgentVerb::Stop => (Vec::new(), names),
                AgentVerb::Start | AgentVerb::Restart => (names, Vec::new()),
            };
            let awaited = Wait { seq, up, down, wait };
            let settled = waiting::waited(desk, &awaited).await?;
            if !asked.json {
                waiting::ends(&awaited, &settled).try_for_each(|end| output::line(&end))?;
            }
            Some((awaited, settled))
        }
        Some(_) | None => None,
    };
    if asked.json {
        output::json(&report(&done, settled.as_ref().map(|(_, settled)| settled)))?;
    }
    match (failed, settled) {
        (Some(failure), _) => Err(failure),
        (None, Some((awaited, settled))) => {
            waiting::verdict(&settled.over, &settled.pending, awaited.wait)
        }
        (None, None) => Ok(()),
    }
}

/// A time behind `--wait` and a blank is read as a name.
fn no_time_for_a_name(names: &[String]) -> Result<(), Failure> {
    match names.iter().find(|name| duration(name).is_ok()) {
        Some(time) => Err(Failure::new(
            Exit::Usage,
            format!("\"{time}\" stands where a name does; nothing was done"),
            &format!("a time is written `--wait={time}`, or `--wait --timeout {time}`"),
        )),
        None => Ok(()),
    }
}

/// What commands to several agents came to.
struct Commanded {
    /// Whom a command was taken for, and what was said.
    done: Vec<(String, CommandReply)>,
    /// The last that was not taken; those before it are told.
    failed: Option<Failure>,
}

async fn command_each(
    desk: &Desk<impl Machine>,
    asked: &AgentAsked,
    verb: AgentVerb,
    names: Vec<String>,
) -> Result<Commanded, Failure> {
    let body = wire::AgentAsked { reason: asked.reason.clone() };
    let (mut done, mut failed) = (Vec::new(), None);
    for name in names {
        match desk.client.agent(&name, verb, &body).await {
            Ok(reply) => {
                if !asked.json {
                    output::line(&shown(&reply.said))?;
                }
                done.push((name, reply));
            }
            // The others were asked for too.
            Err(error) => {
                if let Some(earlier) = failed.replace(Failure::from(error)) {
                    earlier.tell();
                }
            }
        }
    }
    Ok(Commanded { done, failed })
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

/// One object for each agent: what was said, and with --wait what came of it.
fn report(done: &[(String, CommandReply)], settled: Option<&Settled>) -> Value {
    let one = |(name, reply): &(String, CommandReply)| {
        let mut one = json!({"agent": name, "seq": reply.seq, "said": reply.said});
        if let Some(settled) = settled {
            one["verdict"] = json!(waiting::word(settled, name));
            one["row"] = json!(waiting::row(settled, name));
        }
        one
    };
    json!({"schema_version": 1, "agents": done.iter().map(one).collect::<Vec<_>>()})
}
