//! What a guest says, as observations; tokens are compared by decide, never here.

use std::sync::Arc;

use super::super::hands::Hands;
use crate::fleet::{
    Activity, AgentName, ChannelKind, Exit, Grade, MessageId, Observation, RuntimeKind, SessionId,
    token_hash,
};
use crate::host::runtime::{self, Heard};
use crate::protocol::{
    ActivityWord, DeliverOutcome, ExitRecord, FromGuest, Hello, Role, ToGuest, VERSION,
};

/// A guest that has said hello.
#[derive(Debug)]
pub struct Guest {
    /// Its connection.
    pub connection: u64,
    /// Its hello.
    pub hello: Hello,
    /// Its process, as the kernel says; 0 when it cannot be seen from here.
    pub pid: u32,
}

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
                hands.saw(Observation::ChannelClosed { agent, connection }).await;
            }
            Role::Hook => {}
        }
    }

    /// It says something.
    pub async fn said(&self, hands: &Arc<Hands>, agent: &AgentName, frame: FromGuest) {
        match (self.hello.role, frame) {
            (Role::Pane, FromGuest::Started { session, pid }) => {
                let (agent, session) = (agent.clone(), SessionId(session));
                hands.saw(Observation::SessionStarted { agent, session, pid }).await;
            }
            (Role::Pane, FromGuest::Exited(record)) => exited(hands, agent, record).await,
            (Role::Mcp, FromGuest::Ready) => self.offer(hands, agent, ChannelKind::Mcp).await,
            (Role::Runtime | Role::Mcp, FromGuest::Answer { nonce }) => {
                self.answered(hands, agent, &nonce).await;
            }
            (Role::Runtime, FromGuest::Activity { state, detail }) => {
                let activity = activity(state, detail);
                let (agent, session) = (agent.clone(), self.session());
                hands.saw(Observation::ActivityReported { agent, session, activity }).await;
            }
            (Role::Runtime, FromGuest::Submitted { text, queued }) => {
                let grade = if queued { Grade::AcceptedQueued } else { Grade::Accepted };
                submitted(hands, agent, &text, grade).await;
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

    /// The session that it names.
    pub fn session(&self) -> SessionId {
        SessionId(self.hello.session.clone().unwrap_or_default())
    }

    /// Whether it shows the token of the agent's current session.
    pub fn is_current(&self, hands: &Hands, agent: &AgentName) -> bool {
        let snapshot = hands.snapshots.borrow().clone();
        let session = snapshot.fleet.agent(agent).and_then(|agent| agent.session.as_ref());
        let token = self.hello.token.as_deref().unwrap_or_default();
        session.is_some_and(|s| s.id == self.session() && s.token_hash == token_hash(token))
    }

    /// What ended is told before what runs, so that nothing is taken for lost.
    async fn pane_came(&self, hands: &Arc<Hands>, agent: &AgentName) {
        hands.guests.say(self.connection, ToGuest::Welcome { v: VERSION });
        let running = match (&self.hello.session, self.hello.running_pid) {
            (Some(session), Some(pid)) => Some((SessionId(session.clone()), pid)),
            _ => None,
        };
        let hello = Observation::PaneConnected {
            agent: agent.clone(),
            pane_pid: self.pid,
            connection: self.connection,
            running,
        };
        for record in &self.hello.exits {
            exited(hands, agent, record.clone()).await;
        }
        hands.guests.is_pane(self.connection, agent, hello.clone());
        hands.saw(hello).await;
    }

    async fn offer(&self, hands: &Hands, agent: &AgentName, kind: ChannelKind) {
        hands
            .saw(Observation::ChannelOffered {
                agent: agent.clone(),
                session: self.session(),
                token_hash: token_hash(self.hello.token.as_deref().unwrap_or_default()),
                kind,
                delivers: self.hello.delivers,
                software: self.hello.software.clone().unwrap_or_default(),
                connection: self.connection,
            })
            .await;
    }

    async fn answered(&self, hands: &Hands, agent: &AgentName, nonce: &str) {
        let challenges = hands.guests.challenges(self.connection);
        let Some((sent_at, rtt_us)) = challenges.and_then(|open| open.answered(nonce)) else {
            tracing::debug!(%agent, "an answer to no open challenge was skipped");
            return;
        };
        let (agent, session) = (agent.clone(), self.session());
        hands.saw(Observation::HeartbeatAnswered { agent, session, sent_at, rtt_us }).await;
    }
}

/// A session ended: with its record come the last lines of its pane.
pub async fn exited(hands: &Hands, agent: &AgentName, record: ExitRecord) {
    let session = SessionId(record.session);
    let exit = match (record.error, record.code, record.signal) {
        (Some(error), ..) => Exit::NotStarted(error),
        (None, Some(code), _) => Exit::Code(code),
        (None, None, Some(signal)) => Exit::Signal(signal),
        (None, None, None) => Exit::Lost("its record does not say how it ended".to_owned()),
    };
    let last_words = hands.last_words(agent).await;
    hands.set_follower(agent, None);
    let (agent, left_behind) = (agent.clone(), record.left_behind);
    hands.saw(Observation::SessionExited { agent, session, exit, last_words, left_behind }).await;
}

/// What a hook of a runtime says; also read from the spool of a time without a supervisor.
pub async fn hook(
    hands: &Hands,
    agent: &AgentName,
    session: &SessionId,
    event: &str,
    payload: &serde_json::Value,
) {
    let Some(kind) = runtime_of(hands, agent) else { return };
    match runtime::heard(kind, event, payload) {
        Heard::Submitted { text, turn, conversation } => {
            let queued = turn.is_some() && hands.guests.same_turn(agent, turn);
            let grade = if queued { Grade::AcceptedQueued } else { Grade::Accepted };
            submitted(hands, agent, &text, grade).await;
            if let Some(conversation) = conversation {
                in_conversation(hands, agent, session, conversation).await;
            }
        }
        Heard::Conversation(conversation) => {
            in_conversation(hands, agent, session, conversation).await;
        }
        Heard::Nothing => {}
    }
}

async fn in_conversation(
    hands: &Hands,
    agent: &AgentName,
    session: &SessionId,
    conversation: String,
) {
    let (agent, session) = (agent.clone(), session.clone());
    hands.saw(Observation::ConversationReported { agent, session, conversation }).await;
}

/// A text was submitted to a runtime: a receipt when its tag names a message of ours.
async fn submitted(hands: &Hands, agent: &AgentName, text: &str, grade: Grade) {
    let Some((id, body)) = MessageId::of_tagged(text) else { return };
    let Some(kind) = runtime_of(hands, agent) else { return };
    let snapshot = hands.snapshots.borrow().clone();
    let Some((_, message)) = snapshot.fleet.message(&id) else { return };
    let same_text = runtime::same_text(kind, &message.text, body);
    hands.saw(Observation::Submitted { agent: agent.clone(), id, same_text, grade }).await;
}

fn runtime_of(hands: &Hands, agent: &AgentName) -> Option<RuntimeKind> {
    let snapshot = hands.snapshots.borrow().clone();
    snapshot.fleet.agent(agent).map(|agent| agent.started_as().runtime)
}

async fn receipt(
    hands: &Hands,
    agent: &AgentName,
    id: MessageId,
    outcome: DeliverOutcome,
    reason: Option<String>,
) {
    let agent = agent.clone();
    let grade = match outcome {
        DeliverOutcome::Accepted => Grade::Accepted,
        DeliverOutcome::AcceptedQueued => Grade::AcceptedQueued,
        DeliverOutcome::Rejected => {
            let reason = reason.unwrap_or_else(|| "the runtime does not say why".to_owned());
            return hands.saw(Observation::MessageRejected { agent, id, reason }).await;
        }
    };
    hands.saw(Observation::Submitted { agent, id, same_text: true, grade }).await;
}

fn activity(state: ActivityWord, detail: Option<String>) -> Activity {
    let detail = detail.unwrap_or_default();
    match state {
        ActivityWord::Idle => Activity::Idle,
        ActivityWord::Busy => Activity::Busy,
        ActivityWord::AwaitingInput => Activity::AwaitingInput { detail },
        ActivityWord::AwaitingApproval => Activity::AwaitingApproval { detail },
    }
}
