//! One agent looked at closely: why its row says what it says, what happened, what waits for it, its
//! screen.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::table::{Line, Tone, age, evidence, happening, last_words, shown};
use crate::terminal::emulator::{Emulator, Screen};
use crate::wire::{EventRecord, ExplainReply, WatchFrame};

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
    /// Its messages as far as events tell, the oldest first.
    pub mail: Vec<EventRecord>,
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
            WatchFrame::Screen { columns, rows, paint } => {
                let mut emulator = Emulator::new(columns, rows);
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
        let (scroll, explained, mail) = ([0; 4], None, Vec::new());
        Self { agent, part, scroll, explained, is_stale: true, mail, look: Look::default() }
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
            Part::Inbox => mail(&self.mail, reply.row.inbox, now_ms),
            Part::Screen => Vec::new(),
        }
    }
}

/// A message, as its events tell.
struct Message {
    id: String,
    state: String,
    why: String,
    text: String,
    at_ms: u64,
}

/// A line for each message, the newest first; those that wait are counted above.
fn mail(events: &[EventRecord], waiting: u32, now_ms: u64) -> Vec<Line> {
    let noun = if waiting == 1 { "message waits" } else { "messages wait" };
    let head = vec![(format!("{waiting} {noun}"), Tone::Strong)];
    let mut messages: Vec<Message> = Vec::new();
    for event in events {
        let text = |value: &Value, key: &str| {
            value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let state = event.kind.strip_prefix("message.").unwrap_or(&event.kind).to_owned();
        let (at_ms, why) = (event.ts_ms, text(&event.payload, "reason"));
        if let Some(message) = event.payload.get("message") {
            let (id, text) = (text(message, "id"), text(message, "text"));
            messages.push(Message { id, state, why, text, at_ms });
            continue;
        }
        let id = text(&event.payload, "id");
        if let Some(known) = messages.iter_mut().find(|message| message.id == id) {
            (known.state, known.why, known.at_ms) = (state, why, at_ms);
        }
    }
    let line = |message: &Message| {
        let tone = match message.state.as_str() {
            "accepted" | "accepted_queued" => Tone::Good,
            "rejected" | "unknown" | "expired" => Tone::Bad,
            _ => Tone::Plain,
        };
        let since = age(now_ms.saturating_sub(message.at_ms));
        let why = if message.why.is_empty() { String::new() } else { format!(": {}", message.why) };
        vec![
            (format!("{:<14}", shown(&message.id)), Tone::Quiet),
            (format!("{:<10} ", shown(&message.state)), tone),
            (format!("{since:>4} ago  "), Tone::Quiet),
            (shown(&format!("{}{why}", message.text)), Tone::Plain),
        ]
    };
    std::iter::once(head).chain(messages.iter().rev().map(line)).collect()
}
