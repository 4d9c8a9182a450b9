//! One agent looked at closely: why its row says what it says, what happened, what waits for it, its
//! screen.

use crate::table::{Line, Tone, age, evidence, happening, last_words, shown};
use crate::terminal::emulator::{Emulator, Letters, Screen};
use crate::wire::{EventRecord, ExplainReply, InboxReply, MessageReply, WatchFrame};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Every verdict with its evidence.
    Why,
    /// What happened.
    Events,
    /// Its messages.
    Inbox,
    /// Its screen.
    Screen,
}

impl Part {
    /// All of them, in the order of their keys.
    pub const ALL: [Self; 4] = [Self::Why, Self::Events, Self::Inbox, Self::Screen];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Why => "why",
            Self::Events => "events",
            Self::Inbox => "inbox",
            Self::Screen => "screen",
        }
    }

    /// Its place among all.
    pub fn at(self) -> usize {
        Self::ALL.iter().position(|part| *part == self).unwrap_or(0)
    }
}

/// One agent, looked at closely.
#[derive(Debug)]
pub struct Detail {
    /// Whom.
    pub agent: String,
    /// Which part is in front.
    pub part: Part,
    /// How far each part is scrolled.
    pub scroll: [usize; 4],
    /// What was answered, or why nothing was.
    pub explained: Option<Result<Box<ExplainReply>, String>>,
    /// Whether something has happened since it was asked.
    pub is_stale: bool,
    /// Its mailbox, once that is told.
    pub inbox: Option<InboxReply>,
    /// Its screen.
    pub look: Look,
}

/// A screen that is watched.
#[derive(Default)]
pub struct Look {
    emulator: Option<Emulator>,
    /// Why there is none, or no more.
    pub said: Option<String>,
}

impl std::fmt::Debug for Look {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Look").field("said", &self.said).finish_non_exhaustive()
    }
}

impl Look {
    /// Takes a frame.
    pub fn take(&mut self, frame: WatchFrame) {
        match frame {
            WatchFrame::Screen { columns, rows, paint, tmux } => {
                let mut emulator = Emulator::new(columns, rows, Letters::of(&tmux));
                emulator.process(&STANDARD.decode(paint).unwrap_or_default());
                self.emulator = Some(emulator);
                self.said = None;
            }
            WatchFrame::Output { bytes, .. } => {
                if let Some(emulator) = &mut self.emulator {
                    emulator.process(&STANDARD.decode(bytes).unwrap_or_default());
                }
            }
            WatchFrame::Gone { reason } => {
                self.said = Some(format!("pane gone: {}", shown(&reason)));
            }
            WatchFrame::Status { .. } => {}
        }
    }

    /// What stands on it.
    pub fn screen(&self) -> Option<&Screen> {
        self.emulator.as_ref().map(Emulator::screen)
    }
}

impl Detail {
    /// Nothing is known of it yet.
    pub fn new(agent: String, part: Part) -> Self {
        let (scroll, explained, inbox) = ([0; 4], None, None);
        Self { agent, part, scroll, explained, is_stale: true, inbox, look: Look::default() }
    }

    /// The lines of a part, in so many columns; its screen has none.
    pub fn lines(&self, part: Part, columns: usize, now_ms: u64) -> Vec<Line> {
        let said = |text: &str| vec![vec![(text.to_owned(), Tone::Quiet)]];
        let reply = match &self.explained {
            None => return said("asking …"),
            Some(Err(why)) => return vec![vec![(shown(why), Tone::Bad)]],
            Some(Ok(reply)) => reply,
        };
        match part {
            Part::Why => {
                let mut lines = evidence(reply, Some(columns));
                let last = last_words(reply);
                if !last.is_empty() {
                    lines.push(Line::new());
                    lines.extend(last);
                }
                lines
            }
            // The newest first: it is looked for first, and scrolling is for what is older.
            Part::Events if reply.events.is_empty() => said("nothing has happened to it yet"),
            Part::Events => {
                let told = |event: &EventRecord| {
                    let since = age(now_ms.saturating_sub(event.ts_ms));
                    let mut line = vec![(format!("{since:>4} ago  "), Tone::Quiet)];
                    line.extend(happening(event));
                    line
                };
                reply.events.iter().rev().map(told).collect()
            }
            Part::Inbox => {
                self.inbox.as_ref().map_or_else(|| said("asking …"), |inbox| mail(inbox, now_ms))
            }
            Part::Screen => Vec::new(),
        }
    }
}

/// A line for each message: those that wait in the order in which they go out, then the last ones
/// that ended, the newest first.
fn mail(inbox: &InboxReply, now_ms: u64) -> Vec<Line> {
    let count = inbox.messages.len();
    let noun = if count == 1 { "message waits" } else { "messages wait" };
    let why = inbox.messages.first().and_then(|first| first.reason.as_ref());
    let why = why.or(inbox.waits.as_ref()).map_or_else(String::new, |why| format!(": {why}"));
    let head =
        vec![(shown(&format!("{count} {noun}, of at most {}{why}", inbox.room)), Tone::Strong)];
    let lines = inbox.messages.iter().chain(&inbox.ended).map(|one| message(one, now_ms));
    std::iter::once(head).chain(lines).collect()
}

fn message(message: &MessageReply, now_ms: u64) -> Line {
    let tone = match message.state.as_str() {
        "accepted" | "accepted_queued" => Tone::Good,
        "rejected" | "unknown" | "expired" | "typed_not_submitted" => Tone::Bad,
        _ => Tone::Plain,
    };
    let since = age(now_ms.saturating_sub(message.at_ms));
    // Why the first one waits stands above.
    let why = message.reason.as_ref().filter(|_| message.is_final);
    let why = why.map_or_else(String::new, |why| format!(": {why}"));
    let begins = message.begins.as_deref().unwrap_or_default();
    vec![
        (format!("{:<14}", shown(&message.id)), Tone::Quiet),
        (format!("{:<15} ", shown(&message.state)), tone),
        (format!("{since:>4} ago  "), Tone::Quiet),
        (shown(&format!("{} → {}  ", message.from, message.class)), Tone::Quiet),
        (shown(&format!("{begins}{why}")), Tone::Plain),
    ]
}
