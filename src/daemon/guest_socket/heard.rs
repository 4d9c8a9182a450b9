//! What a guest says, as observations; tokens are compared by decide, never here.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::count_known;
use super::receipts::{receipt, runtime_of, submitted};
use crate::daemon::guests::{Came, is_told};
use crate::daemon::hands::Hands;
use crate::fleet::{
    Activity, AgentName, ChannelKind, Exit, Grade, MessageId, Observation, OutputFact, SessionId,
    token_hash,
};
use crate::host::runtime::{self, Heard};
use crate::protocol::{
    ActivityWord, Answered, ExitRecord, FromGuest, Hello, OutputNews, OutputWhat, Role, ToGuest,
    VERSION,
};

/// Sentences for people that go into the journal: as much as a line of a table shows.
const DETAIL_CHARS_MAX: usize = 500;

/// A runtime's own names for itself, its turns and what it can.
const WORD_CHARS_MAX: usize = 100;

/// Somebody has piped a pane elsewhere, and may do so again: we do not fight about it.
const BROUGHT_AGAIN_AFTER: Duration = Duration::from_secs(10);

/// SHA-256 in hexadecimal digits.
const DIGEST_CHARS: usize = 64;

/// Words for what a runtime can that are kept; we know one.
const CAPABILITIES_MAX: usize = 16;

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
        hands.guests.waits_at(self.connection, self.hello.tap.clone());
        hands.saw(hello).await;
        for news in &self.hello.output {
            self.output(hands, agent, news.clone()).await;
        }
        if self.hello.tap.is_some() && self.hello.running_pid.is_some() {
            hands.saw(Observation::Untapped { agent: agent.clone() }).await;
        }
    }

    /// What became of a pane's output.
    async fn output(&self, hands: &Hands, agent: &AgentName, news: OutputNews) {
        let fact = match news.what {
            OutputWhat::Closed { segment, position: offset, length, sha256 } => {
                OutputFact::Closed { segment, offset, length, sha256: short(&sha256, DIGEST_CHARS) }
            }
            OutputWhat::Stopped { reason } => {
                OutputFact::Stopped { reason: short(&reason, DETAIL_CHARS_MAX) }
            }
            OutputWhat::Resumed { lost } => OutputFact::Resumed { lost_bytes: lost },
        };
        let (agent, connection, id) = (agent.clone(), self.connection, news.id);
        let session = SessionId(short(&news.session, WORD_CHARS_MAX));
        hands.saw(Observation::OutputTold { agent, connection, id, session, fact }).await;
    }

    async fn offer(&self, hands: &Hands, agent: &AgentName, kind: ChannelKind) {
        if !self.is_current(hands, agent) {
            self.distrust(hands, agent);
        }
        let words = self.hello.capabilities.iter().take(CAPABILITIES_MAX);
        let capabilities: Vec<String> = words.map(|word| short(word, WORD_CHARS_MAX)).collect();
        let software = self.hello.software.as_deref().unwrap_or_default();
        hands
            .saw(Observation::ChannelOffered {
                agent: agent.clone(),
                session: self.session(),
                token_hash: token_hash(self.hello.token.as_deref().unwrap_or_default()),
                kind,
                delivers: self.hello.delivers || capabilities.iter().any(|word| word == "deliver"),
                software: short(software, WORD_CHARS_MAX),
                capabilities,
                connection: self.connection,
            })
            .await;
    }

    /// Somebody without the token of the present life speaks for it.
    fn distrust(&self, hands: &Hands, agent: &AgentName) {
        let pid = self.pid;
        let count = count_known(hands, agent, |counters| &mut counters.wrong_tokens);
        if count.is_some_and(is_told) {
            tracing::warn!(%agent, pid, count, "a session or token that is not the current one");
        }
    }

    async fn answered(&self, hands: &Hands, agent: &AgentName, answered: Answered) {
        let challenges = hands.guests.challenges(self.connection);
        let came = challenges.map_or(Came::Wrong, |kept| kept.answered(&answered.nonce));
        let Came::Answer { sent_at, rtt_us, late } = came else {
            // It proves nothing, and what came with it counts for nothing either.
            let count = if came == Came::Replayed {
                hands.guests.count(agent, |counters| &mut counters.replayed_nonces)
            } else {
                hands.guests.count(agent, |counters| &mut counters.wrong_nonces)
            };
            if is_told(count) {
                tracing::warn!(%agent, ?came, count, "an answer to no open challenge was skipped");
            }
            return;
        };
        hands.guests.count(agent, if late { |c| &mut c.late_answers } else { |c| &mut c.answers });
        let (of, session) = (agent.clone(), self.session());
        hands.saw(Observation::HeartbeatAnswered { agent: of, session, sent_at, rtt_us }).await;
        if self.hello.role == Role::Runtime {
            self.said_with_it(hands, agent, answered).await;
        }
    }

    /// An answer may carry what the runtime does, and which message it took last.
    async fn said_with_it(&self, hands: &Hands, agent: &AgentName, answered: Answered) {
        let Answered { state, detail, until_ms, turn, last_message_id, .. } = answered;
        hands.guests.note_turn(agent, turn.map(|turn| short(&turn, WORD_CHARS_MAX)));
        if let Some(activity) = state.and_then(|state| activity(state, detail, until_ms)) {
            let (agent, session) = (agent.clone(), self.session());
            hands.saw(Observation::ActivityAnswered { agent, session, activity }).await;
        }
        let Some(id) = last_message_id.map(MessageId) else { return };
        let snapshot = hands.snapshots.borrow().clone();
        // Said with every answer, and news only while its receipt is open.
        let is_open =
            snapshot.fleet.message(&id).is_some_and(|(_, message)| message.receipt.is_open());
        if is_open {
            // Whether it waits behind the running turn is not said with it.
            let (agent, same_text, grade) = (agent.clone(), true, None);
            hands.saw(Observation::Submitted { agent, id, same_text, grade, turn: None }).await;
        }
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
            let turn = turn.map(|turn| short(&turn, WORD_CHARS_MAX));
            let is_ours = submitted(hands, agent, &text, None, turn.clone()).await;
            if let Some(turn) = turn.filter(|_| !is_ours) {
                let (agent, session) = (agent.clone(), session.clone());
                hands.saw(Observation::TurnNamed { agent, session, turn }).await;
            }
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

/// What a word says; one of a later version says nothing.
fn activity(
    state: ActivityWord,
    detail: Option<String>,
    until_ms: Option<u64>,
) -> Option<Activity> {
    let detail = short(&detail.unwrap_or_default(), DETAIL_CHARS_MAX);
    Some(match state {
        ActivityWord::Idle => Activity::Idle,
        ActivityWord::Busy => Activity::Busy,
        ActivityWord::AwaitingInput => Activity::AwaitingInput { detail },
        ActivityWord::AwaitingApproval => Activity::AwaitingApproval { detail },
        ActivityWord::Limited => Activity::Limited { detail, until_ms },
        ActivityWord::Unknown => return None,
    })
}

/// As much of a text as fits.
fn short(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => {
            let kept: String = text.chars().take(most.saturating_sub(1)).collect();
            format!("{kept}…")
        }
    }
}
