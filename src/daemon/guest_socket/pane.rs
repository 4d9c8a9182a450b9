//! What the first process of a pane says, as observations: it is here, what ended, its output.

use std::sync::Arc;

use super::guest::Guest;
use super::short::{DETAIL_CHARS_MAX, WORD_CHARS_MAX, short};
use crate::daemon::hands::Hands;
use crate::fleet::{AgentName, Exit, Observation, OutputFact, SessionId};
use crate::protocol::{ExitRecord, OutputNews, OutputWhat, ToGuest, VERSION};

/// SHA-256 in hexadecimal digits.
const DIGEST_CHARS: usize = 64;

impl Guest {
    /// What ended is told before what runs, so that nothing is taken for lost.
    pub async fn pane_came(&self, hands: &Arc<Hands>, agent: &AgentName) {
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
    pub async fn output(&self, hands: &Hands, agent: &AgentName, news: OutputNews) {
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
