//! What a guest says, by its role; tokens are compared by decide, never here.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::channel::activity;
use super::guest::Guest;
use super::hook::hook;
use super::pane::exited;
use super::receipts::{receipt, submitted};
use super::short::{DETAIL_CHARS_MAX, short};
use crate::daemon::hands::Hands;
use crate::fleet::{AgentName, ChannelKind, Grade, MessageId, Observation, SessionId};
use crate::protocol::{FromGuest, Role, ToGuest, VERSION};

/// Somebody has piped a pane elsewhere, and may do so again: we do not fight about it.
const BROUGHT_AGAIN_AFTER: Duration = Duration::from_secs(10);

impl Guest {
    /// It has come.
    pub async fn came(&self, hands: &Arc<Hands>, agent: &AgentName) {
        match self.hello.role {
            Role::Pane => self.pane_came(hands, agent).await,
            Role::Runtime => self.offer(hands, agent, ChannelKind::Native).await,
            Role::Mcp | Role::Hook => {
                hands.guests.say(self.connection, ToGuest::Welcome { v: VERSION });
            }
        }
    }

    /// It has gone.
    pub async fn went(&self, hands: &Hands, agent: &AgentName) {
        let (agent, connection) = (agent.clone(), self.connection);
        match self.hello.role {
            Role::Pane => {
                hands.saw(Observation::PaneDisconnected { agent, connection }).await;
            }
            Role::Runtime | Role::Mcp => {
                let goodbye = None;
                hands.saw(Observation::ChannelClosed { agent, connection, goodbye }).await;
            }
            Role::Hook => {}
        }
    }

    /// It says something; false when it was its last word.
    pub async fn said(&self, hands: &Arc<Hands>, agent: &AgentName, frame: FromGuest) -> bool {
        // Of a runtime only what shows the token of the present life counts.
        if self.hello.role == Role::Runtime && !self.is_current(hands, agent) {
            self.distrust(hands, agent);
            return true;
        }
        if let (Role::Runtime, FromGuest::Bye { reason }) = (self.hello.role, &frame) {
            let said = reason.as_deref().filter(|reason| !reason.trim().is_empty());
            let goodbye = Some(short(said.unwrap_or("it did not say why"), DETAIL_CHARS_MAX));
            let (agent, connection) = (agent.clone(), self.connection);
            hands.saw(Observation::ChannelClosed { agent, connection, goodbye }).await;
            return false;
        }
        self.heard(hands, agent, frame).await;
        true
    }

    async fn heard(&self, hands: &Arc<Hands>, agent: &AgentName, frame: FromGuest) {
        match (self.hello.role, frame) {
            (Role::Pane, FromGuest::Started { session, pid }) => {
                let (agent, session) = (agent.clone(), SessionId(session));
                hands.saw(Observation::SessionStarted { agent, session, pid }).await;
            }
            (Role::Pane, FromGuest::Exited(record)) => exited(hands, agent, record).await,
            (Role::Pane, FromGuest::Output(news)) => self.output(hands, agent, news).await,
            (Role::Pane, FromGuest::Tapped) => hands.guests.waits_at(self.connection, None),
            (Role::Pane, FromGuest::Untapped { tap }) => {
                hands.guests.waits_at(self.connection, Some(tap));
                let (hands, agent) = (Arc::clone(hands), agent.clone());
                tokio::spawn(async move {
                    sleep(BROUGHT_AGAIN_AFTER).await;
                    hands.saw(Observation::Untapped { agent }).await;
                });
            }
            (Role::Mcp, FromGuest::Ready) => self.offer(hands, agent, ChannelKind::Mcp).await,
            (Role::Runtime | Role::Mcp, FromGuest::Answer(answered)) => {
                self.answered(hands, agent, answered).await;
            }
            (Role::Runtime, FromGuest::Activity { state, detail, until_ms }) => {
                if let Some(activity) = activity(state, detail, until_ms) {
                    let (agent, session) = (agent.clone(), self.session());
                    hands.saw(Observation::ActivityReported { agent, session, activity }).await;
                }
            }
            (Role::Runtime, FromGuest::Submitted { text, queued }) => {
                let grade = if queued { Grade::AcceptedQueued } else { Grade::Accepted };
                submitted(hands, agent, &text, Some(grade), None).await;
            }
            (Role::Runtime, FromGuest::Receipt { message_id, outcome, reason }) => {
                receipt(hands, agent, MessageId(message_id), outcome, reason).await;
            }
            (Role::Hook, FromGuest::Hook { event, payload, .. }) => {
                if self.is_current(hands, agent) {
                    hook(hands, agent, &self.session(), &event, &payload).await;
                }
                // Untold, the hook spools it, and it is read once the journal takes events again.
                if hands.journaled().await {
                    hands.guests.say(self.connection, ToGuest::HookTaken);
                }
            }
            // Frames of another role say nothing.
            _ => {}
        }
    }
}
