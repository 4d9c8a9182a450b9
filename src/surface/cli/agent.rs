//! `agent start`, `stop`, `restart`: one command each, done when the journal has it.

use super::arguments::AgentAsked;
use super::{Desk, Failure, Machine, output};
use crate::wire;
use crate::wire::client::AgentVerb;

/// Brings an agent up.
pub async fn start(desk: &Desk<impl Machine>, asked: &AgentAsked) -> Result<(), Failure> {
    command(desk, asked, AgentVerb::Start).await
}

/// Brings an agent down.
pub async fn stop(desk: &Desk<impl Machine>, asked: &AgentAsked) -> Result<(), Failure> {
    command(desk, asked, AgentVerb::Stop).await
}

/// Ends the session and begins the next.
pub async fn restart(desk: &Desk<impl Machine>, asked: &AgentAsked) -> Result<(), Failure> {
    command(desk, asked, AgentVerb::Restart).await
}

async fn command(
    desk: &Desk<impl Machine>,
    asked: &AgentAsked,
    verb: AgentVerb,
) -> Result<(), Failure> {
    let body = wire::AgentAsked { reason: asked.reason.clone() };
    let reply = desk.client.agent(&asked.agent, verb, &body).await?;
    output::line(&reply.said)
}
