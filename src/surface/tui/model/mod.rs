//! What is on the screen, and what a key or a piece of news makes of it. It draws nothing, asks
//! nobody, and reads no clock: what is to be done comes out as effects.

mod click;
mod closely;
mod composer;
mod detail;
mod doings;
mod filter;
mod list;
mod pace;
mod places;
mod press;
mod receipt;

pub use composer::Composer;
pub use detail::{Detail, Part};
pub use filter::Filter;
pub use list::{GUTTER, List, Who};
pub use pace::Pace;
pub use places::{Area, Places, tabs};
pub use receipt::Receipt;

use std::collections::BTreeMap;

use crate::table::{Column, Key, Paint, Tone, age, shown};
use crate::wire::client::AgentVerb;
use crate::wire::{
    EventRecord, ExplainReply, InboxReply, MessageReply, PsReply, Row, SendAsked, WatchFrame,
};

/// What is now to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// End, well.
    Quit,
    /// End as Ctrl-C ends.
    Interrupt,
    /// Stop until somebody puts us in front again.
    Suspend,
    /// Nothing on the terminal can be trusted.
    Redraw,
    /// Leave the screen for a verb of the command line, and come back.
    Errand(Errand, String),
    /// Start, stop or restart an agent.
    Command(AgentVerb, String),
    /// Send an agent a message.
    Send(String, SendAsked),
    /// Leave the screen for an editor with this draft for an agent.
    Edit(String),
    /// Have clicks told, or not.
    Mouse(bool),
    /// Ask for the rows at once.
    Hurry,
}

/// A verb of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    /// Look at an agent's screen.
    Watch,
    /// Take an agent's keyboard.
    Attach,
}

/// What lies over the table or the detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Over {
    /// A filter is typed; what it was before.
    Filter(String),
    /// The keys, and how far they are scrolled.
    Help(usize),
    /// A question before something that cuts off work.
    Ask(Question),
    /// A message is written for this agent.
    Compose(String),
}

/// Something that is asked first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What would be done.
    pub verb: AgentVerb,
    /// To whom.
    pub agent: String,
    /// The question.
    pub text: String,
}

/// Nobody answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Away {
    /// When the rows came that are shown, milliseconds since 1970.
    pub rows_ms: u64,
    /// Why nobody does.
    pub why: String,
}

/// What is on the screen.
#[derive(Debug)]
pub struct Model {
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Whether colours are wanted.
    pub paint: Paint,
    /// The fleet, as it was told last.
    pub reply: PsReply,
    /// The time of what is shown, milliseconds since 1970.
    pub now_ms: u64,
    /// When the rows came.
    pub came_ms: u64,
    /// Nobody answers; since when, and why.
    pub away: Option<Away>,
    /// The rows that are shown.
    pub list: List,
    /// One agent looked at closely, instead of the table.
    pub detail: Option<Detail>,
    /// What lies over both.
    pub over: Option<Over>,
    /// What came of the last thing that was done; until the next key.
    pub notice: Option<(String, Tone)>,
    /// What becomes of the last message that was sent.
    pub receipt: Option<Receipt>,
    /// What was written and not sent, by agent.
    pub drafts: BTreeMap<String, Composer>,
    /// Whether clicks are told.
    pub has_mouse: bool,
}

impl Model {
    /// The table of these rows.
    pub fn new(reply: PsReply, now_ms: u64, size: (u16, u16), paint: Paint) -> Self {
        let (list, drafts) = (List::default(), BTreeMap::new());
        let (away, detail, over, notice) = (None, None, None, None);
        let mut model = Self {
            size,
            paint,
            reply,
            now_ms,
            came_ms: now_ms,
            away,
            list,
            detail,
            over,
            notice,
            receipt: None,
            drafts,
            has_mouse: false,
        };
        model.refill();
        model
    }

    /// With these rows only, in this order, in these columns.
    pub fn narrowed(mut self, filter: &str, keys: Vec<Key>, columns: Vec<Column>) -> Self {
        self.list.filter = Filter::parse(filter);
        (self.list.keys, self.list.columns) = (keys, columns);
        self.refill();
        self
    }

    /// The selected row.
    pub fn row(&self) -> Option<&Row> {
        let who = match &self.detail {
            Some(detail) => Who { managed: true, agent: detail.agent.clone() },
            None => self.list.selected()?.clone(),
        };
        self.reply.rows.iter().find(|row| Who::of(row) == who)
    }

    fn refill(&mut self) {
        self.list.refill(&self.reply.rows, self.now_ms, self.size.0.into());
    }

    // === news ===

    /// The time is another.
    pub fn tick(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        self.refill();
    }

    /// The terminal has another size.
    pub fn resize(&mut self, size: (u16, u16)) {
        self.size = size;
        self.list.forget_widths();
        self.refill();
    }

    /// The fleet is this.
    pub fn rows(&mut self, reply: PsReply, now_ms: u64) {
        if self.away.take().is_some() {
            // What was said of the absence is over with it.
            self.notice = None;
        }
        (self.reply, self.now_ms, self.came_ms) = (reply, now_ms, now_ms);
        self.refill();
    }

    /// Nobody answers.
    pub fn gone(&mut self, why: &str, now_ms: u64) {
        self.now_ms = now_ms;
        self.away = Some(Away { rows_ms: self.came_ms, why: shown(why) });
        self.refill();
    }

    /// Something happened.
    pub fn happened(&mut self, event: &EventRecord) {
        if let Some(detail) = &mut self.detail
            && event.agent.as_deref() == Some(detail.agent.as_str())
        {
            detail.is_stale = true;
        }
        if let Some(receipt) = &mut self.receipt
            && receipt.happened(event)
        {
            self.notice = Some(receipt.said());
        }
    }

    /// An agent was explained, and its messages told; or not, and why.
    pub fn explained(
        &mut self,
        agent: &str,
        told: Result<(Box<ExplainReply>, InboxReply), String>,
    ) {
        let Some(detail) = self.detail.as_mut().filter(|detail| detail.agent == agent) else {
            return;
        };
        match told {
            Ok((reply, inbox)) => {
                detail.explained = Some(Ok(reply));
                detail.inbox = Some(inbox);
            }
            // What was known stays; that nobody answers is said elsewhere.
            Err(_) if self.away.is_some() && detail.explained.is_some() => {}
            Err(why) => detail.explained = Some(Err(why)),
        }
    }

    /// A frame of the screen that is watched came, or why none does.
    pub fn watched(&mut self, frame: Result<WatchFrame, String>) {
        let Some(detail) = &mut self.detail else {
            return;
        };
        match frame {
            Ok(frame) => detail.look.take(frame),
            Err(why) => detail.look.said = Some(shown(&why)),
        }
    }

    /// What was answered about an agent is old.
    pub fn doubt(&mut self) {
        if let Some(detail) = &mut self.detail {
            detail.is_stale = true;
        }
    }

    /// Something is to be said.
    pub fn say(&mut self, text: &str, tone: Tone) {
        self.notice = Some((shown(text), tone));
    }

    /// The supervisor has taken a message, or not: a draft that it has not taken is kept.
    pub fn sent(&mut self, agent: &str, told: Result<&MessageReply, String>) {
        if let Some(draft) = self.drafts.get_mut(agent) {
            draft.is_going = false;
        }
        match told {
            Ok(message) => {
                self.drafts.remove(agent);
                if self.over == Some(Over::Compose(agent.to_owned())) {
                    self.over = None;
                }
                self.followed(message);
            }
            Err(why) => self.say(&format!("not sent, the text is kept: {why}"), Tone::Bad),
        }
    }

    /// How far a message has come.
    pub fn followed(&mut self, message: &MessageReply) {
        let receipt = self.receipt.take().filter(|receipt| receipt.is_of(&message.id));
        let mut receipt = receipt.unwrap_or_else(|| Receipt::new(message));
        receipt.reached(&message.state, message.reason.as_deref());
        self.notice = Some(receipt.said());
        self.receipt = Some(receipt);
    }

    // === what else is wanted ===

    /// Whose screen is to be watched.
    pub fn looks_at(&self) -> Option<&str> {
        let detail = self.detail.as_ref()?;
        let is_shown = Places::of(self).is_wide || detail.part == Part::Screen;
        is_shown.then_some(detail.agent.as_str())
    }

    /// Who is to be explained anew, as far as somebody answers.
    pub fn asks_about(&mut self) -> Option<String> {
        let detail = self.detail.as_mut().filter(|detail| detail.is_stale)?;
        if self.away.is_some() {
            return None;
        }
        detail.is_stale = false;
        Some(detail.agent.clone())
    }

    /// What is said while nobody answers: how old the rows are, and why.
    pub fn absence(&self) -> Option<String> {
        let away = self.away.as_ref()?;
        let since = crate::fleet::rfc3339(away.rows_ms);
        let (date, time) = since.split_once('T').unwrap_or(("", &since));
        let time = time.split('.').next().unwrap_or(time);
        let old = age(self.now_ms.saturating_sub(away.rows_ms));
        Some(format!("NO ANSWER: rows of {old} ago ({date} {time}Z); looking: {}", away.why))
    }
}
