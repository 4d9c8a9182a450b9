//! What the stub makes of prompts: turns, one at a time, and what waits behind them. Never waits.

use std::collections::VecDeque;
use std::time::Duration;

use super::asked::{Asked, Deed, without_tag};
use crate::fleet::Moment;
use crate::protocol::ActivityWord;

/// More than a screen can show; older lines are gone.
const TRANSCRIPT_LINES_MAX: usize = 500;

/// A person would look before that; a program is told that the message was not taken.
const WAITING_MAX: usize = 64;

/// One look at the socket for so many lines: a flood is work, and work must not silence the loop.
const FLOOD_LINES_A_STEP: u32 = 20;

/// A prompt in the transcript is a reminder, not a copy.
const SHOWN_LINES_MAX: usize = 12;

/// What the limit is called.
const LIMIT: &str = "usage limit of the stub";

/// What the dialog asks.
pub const QUESTION: &str = "run `touch example` in the workspace";

/// Prompts, turns and what was said.
#[derive(Debug)]
pub struct Conversation {
    turn_ms: u64,
    transcript: VecDeque<String>,
    waiting: VecDeque<String>,
    turn: Option<Turn>,
    limit: Option<Limit>,
}

/// What it is doing, as `activity` and `answer` say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doing {
    /// The word.
    pub state: ActivityWord,
    /// What the dialog asks, or which limit it is.
    pub detail: Option<String>,
    /// When the limit ends, milliseconds since 1970.
    pub until_ms: Option<u64>,
}

/// No turn begins before its end, which stands here on both clocks.
#[derive(Debug)]
struct Limit {
    until: Moment,
}

#[derive(Debug)]
struct Turn {
    until: u64,
    asks: bool,
    flood: Flood,
}

#[derive(Debug, Default)]
struct Flood {
    lines: u32,
    of: u32,
}

/// How a prompt was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is the turn now.
    AtOnce,
    /// It waits.
    Queued,
    /// There is no room.
    Full,
}

impl Conversation {
    /// Nothing was said yet.
    pub fn new(turn_ms: u64) -> Self {
        Self {
            turn_ms,
            transcript: VecDeque::new(),
            waiting: VecDeque::new(),
            turn: None,
            limit: None,
        }
    }

    /// From now on, and for so long, no turn begins.
    pub fn limit(&mut self, time: Duration, now: Moment) {
        let time_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.limit = Some(Limit { until: now.after(time_ms) });
    }

    /// Takes a prompt; a turn that it begins starts with the next step.
    pub fn take(&mut self, prompt: &str) -> Taken {
        let is_free = self.turn.is_none() && self.waiting.is_empty() && self.limit.is_none();
        if self.waiting.len() == WAITING_MAX {
            return Taken::Full;
        }
        self.waiting.push_back(prompt.to_owned());
        if is_free { Taken::AtOnce } else { Taken::Queued }
    }

    /// Goes on with the turn, or begins the next one.
    pub fn step(&mut self, now: u64) -> Option<Deed> {
        if let Some(turn) = &mut self.turn {
            let lines =
                turn.flood.lines..(turn.flood.lines + FLOOD_LINES_A_STEP).min(turn.flood.of);
            turn.flood.lines = lines.end;
            let over = !turn.asks && turn.flood.lines == turn.flood.of && turn.until <= now;
            for line in lines {
                self.say(format!("  flood line {}", line + 1));
            }
            if over {
                self.turn = None;
                self.say("stub: done".to_owned());
            }
        }
        if self.limit.as_ref().is_some_and(|limit| limit.until.mono_ms <= now) {
            self.limit = None;
            self.say("stub: the limit is over".to_owned());
        }
        if self.limit.is_some() {
            return None;
        }
        match (&self.turn, self.waiting.pop_front()) {
            (None, Some(prompt)) => self.begin(&prompt, now),
            (Some(_), Some(prompt)) => {
                self.waiting.push_front(prompt);
                None
            }
            (_, None) => None,
        }
    }

    fn begin(&mut self, prompt: &str, now: u64) -> Option<Deed> {
        for (at, line) in prompt.lines().take(SHOWN_LINES_MAX).enumerate() {
            self.say(format!("{}{line}", if at == 0 { "you: " } else { "     " }));
        }
        let more = prompt.lines().count().saturating_sub(SHOWN_LINES_MAX);
        if more > 0 {
            self.say(format!("     … {more} more lines"));
        }
        let asked = Asked::read(without_tag(prompt));
        let (asks, of) = match asked {
            Asked::Dialog => (true, 0),
            Asked::Flood(of) => (false, of),
            Asked::Deed(_) | Asked::Talk => (false, 0),
        };
        self.turn = Some(Turn { until: now + self.turn_ms, asks, flood: Flood { lines: 0, of } });
        match asked {
            Asked::Deed(deed) => Some(deed),
            Asked::Dialog | Asked::Flood(_) | Asked::Talk => None,
        }
    }

    /// Answers the dialog; the turn goes on from here.
    pub fn answer(&mut self, yes: bool, now: u64) {
        if let Some(turn) = self.turn.as_mut().filter(|turn| turn.asks) {
            turn.asks = false;
            turn.until = now + self.turn_ms;
            self.say(format!("stub: {}", if yes { "allowed" } else { "denied" }));
        }
    }

    /// Ends the turn where it is; what waits begins with the next step.
    pub fn interrupt(&mut self) {
        if self.turn.take().is_some() {
            self.say("stub: interrupted".to_owned());
        }
    }

    /// Whether a dialog is up.
    pub fn asks(&self) -> bool {
        self.turn.as_ref().is_some_and(|turn| turn.asks)
    }

    /// What it is doing.
    pub fn activity(&self) -> ActivityWord {
        match &self.turn {
            Some(turn) if turn.asks => ActivityWord::AwaitingApproval,
            Some(_) => ActivityWord::Busy,
            None if self.limit.is_some() => ActivityWord::Limited,
            None if self.waiting.is_empty() => ActivityWord::Idle,
            None => ActivityWord::Busy,
        }
    }

    /// The same, with what belongs to it.
    pub fn doing(&self) -> Doing {
        let state = self.activity();
        let limit = self.limit.as_ref().filter(|_| state == ActivityWord::Limited);
        let detail = match state {
            ActivityWord::AwaitingApproval => Some(QUESTION),
            ActivityWord::Limited => Some(LIMIT),
            ActivityWord::Idle
            | ActivityWord::Busy
            | ActivityWord::AwaitingInput
            | ActivityWord::Unknown => None,
        };
        let detail = detail.map(str::to_owned);
        Doing { state, detail, until_ms: limit.map(|limit| limit.until.wall_ms) }
    }

    /// When the next step has something to do.
    pub fn wake_at(&self) -> Option<u64> {
        match &self.turn {
            Some(turn) if turn.flood.lines < turn.flood.of => Some(0),
            Some(turn) => (!turn.asks).then_some(turn.until),
            None => match &self.limit {
                Some(limit) => Some(limit.until.mono_ms),
                None => (!self.waiting.is_empty()).then_some(0),
            },
        }
    }

    /// Adds a line to what was said.
    pub fn say(&mut self, line: String) {
        if self.transcript.len() == TRANSCRIPT_LINES_MAX {
            self.transcript.pop_front();
        }
        self.transcript.push_back(line);
    }

    /// What was said, newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &str> {
        self.transcript.iter().rev().map(String::as_str)
    }

    /// How many prompts wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use super::{Conversation, Taken, WAITING_MAX};
    use crate::protocol::ActivityWord;

    #[test]
    fn prompts_follow_each_other_and_a_full_queue_refuses_the_new_one() {
        let mut conversation = Conversation::new(10);
        assert_eq!(conversation.take("one"), Taken::AtOnce);
        assert_eq!(conversation.activity(), ActivityWord::Busy);
        assert_eq!(conversation.step(0), None);
        for _ in 0..WAITING_MAX {
            assert_eq!(conversation.take("/dialog"), Taken::Queued);
        }
        assert_eq!(conversation.take("late"), Taken::Full);
        conversation.step(9);
        assert_eq!(conversation.waiting(), WAITING_MAX);
        conversation.step(10);
        assert!(conversation.asks());
        conversation.answer(true, 20);
        assert_eq!(conversation.activity(), ActivityWord::Busy);
        assert_eq!(conversation.wake_at(), Some(30));
    }
}
