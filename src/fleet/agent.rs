//! An agent: what the roster says of it, and what the journal does.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{
    Activity, Definition, Exit, Health, Lease, Lifecycle, Message, Moment, OnUnresponsive, Pane,
    Receipt, Recording, Session, Unresponsive,
};

/// Whether an agent should run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// It should.
    Up,
    /// It should not.
    Down,
    /// It should not exist: it is removed when it has stopped.
    Gone,
}

impl Wanted {
    /// The word of the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down | Self::Gone => "down",
        }
    }
}

/// An agent: its definition, and what the journal says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// What the roster says.
    pub definition: Definition,
    /// The definition that the current session was started with.
    pub running_as: Option<Definition>,
    /// Whether the roster still names it.
    pub in_roster: bool,
    /// Whether it should run.
    pub wanted: Wanted,
    /// Where it is in its life.
    pub lifecycle: Lifecycle,
    /// Its tmux place.
    pub pane: Option<Pane>,
    /// The last one that was given up: it may stand there for a moment more, and is never taken again.
    pub given_up: Option<Pane>,
    /// Its current or last life.
    pub session: Option<Session>,
    /// What its last challenge says.
    pub health: Health,
    /// What it is doing, and since when.
    pub activity: (Activity, Moment),
    /// Whether an answer to a challenge said that, and not a word of its own.
    #[serde(default)]
    pub activity_in_answer: bool,
    /// Deaths in a row.
    pub deaths: u32,
    /// Deaths in a row, all alike, before a first answer and within the grace after the start.
    #[serde(default)]
    pub boot_failures: u32,
    /// How each of those ended.
    #[serde(default)]
    pub last_boot_failure: Option<Exit>,
    /// Whether it answers nothing any more, what a second look found, and what is done about it.
    #[serde(default)]
    pub unresponsive: Option<Unresponsive>,
    /// Starts in all.
    pub starts: u32,
    /// The last lines of the pane at the last exit.
    pub last_words: Vec<String>,
    /// The runtime's own conversation, to be resumed.
    pub conversation: Option<String>,
    /// Messages that have not ended, oldest first.
    pub mailbox: VecDeque<Message>,
    /// Nothing is delivered before this moment.
    pub deliver_after: Moment,
    /// How often the composer was read again for the message on its way.
    pub looked_again: u32,
    /// Whether the supervisor that was typing the message on its way is gone: the text may stand
    /// in the composer, and nobody comes back to press Enter.
    pub typist_gone: bool,
    /// Who has the keyboard.
    #[serde(default)]
    pub lease: Option<Lease>,
    /// What the journal knows of its output.
    #[serde(default)]
    pub recording: Recording,
    /// The runtime's own name of the turn that the last text was submitted into, in this session: a
    /// text that names the same one waits behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<String>,
}

impl Agent {
    /// An agent that was never started.
    pub fn new(definition: Definition, at: Moment) -> Self {
        Self {
            definition,
            running_as: None,
            in_roster: true,
            wanted: Wanted::Down,
            lifecycle: Lifecycle::Absent,
            pane: None,
            given_up: None,
            session: None,
            health: Health::unknown("it was never started"),
            activity: (Activity::Unknown, at),
            activity_in_answer: false,
            deaths: 0,
            boot_failures: 0,
            last_boot_failure: None,
            unresponsive: None,
            starts: 0,
            last_words: Vec::new(),
            conversation: None,
            mailbox: VecDeque::new(),
            deliver_after: at,
            looked_again: 0,
            typist_gone: false,
            lease: None,
            recording: Recording::default(),
            turn: None,
        }
    }

    /// Whether a process of it lives or may live.
    pub fn is_live(&self) -> bool {
        matches!(self.lifecycle, Lifecycle::Running { .. } | Lifecycle::Stopping { .. })
            || (matches!(self.lifecycle, Lifecycle::Starting { .. }) && self.session.is_some())
    }

    /// Whether its session is being ended because its runtime answers nothing any more.
    pub fn is_hung(&self) -> bool {
        self.unresponsive.as_ref().is_some_and(|found| found.action == OnUnresponsive::Restart)
    }

    /// Whether it is left as it is, to be looked at.
    pub fn is_kept_for_inspection(&self) -> bool {
        self.unresponsive.as_ref().is_some_and(|found| found.action == OnUnresponsive::Hold)
    }

    /// Whether its runtime has said nothing yet by any way of its own.
    pub fn is_silent(&self) -> bool {
        let has_channel = self.session.as_ref().is_some_and(|session| session.channel.is_some());
        let speaks = match self.activity.0 {
            Activity::Unknown | Activity::AwaitingInput { .. } => false,
            Activity::Idle
            | Activity::Busy
            | Activity::AwaitingApproval { .. }
            | Activity::Limited { .. } => true,
        };
        !has_channel && !speaks
    }

    /// What its current session was started with; what its next one will be, when none runs.
    pub fn started_as(&self) -> &Definition {
        self.running_as.as_ref().filter(|_| self.session.is_some()).unwrap_or(&self.definition)
    }

    /// The message on its way, if any: sends to one agent are serialised on the receipt.
    pub fn on_its_way(&self) -> Option<&Message> {
        self.mailbox.iter().find(|message| message.receipt != Receipt::Queued)
    }
}
