//! What the stub makes of prompts: turns, one at a time, and what waits behind them. Never waits.

use std::collections::VecDeque;
use std::time::Duration;

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

/// What a prompt asks of the program itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Do nothing at all for so long, as a loop that hangs.
    Block(Duration),
    /// End with this code.
    Exit(u8),
    /// Start a child that leaves our session.
    Leak,
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

/// What a prompt is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Deed(Deed),
    Dialog,
    Flood(u32),
    Talk,
}

impl Asked {
    fn read(prompt: &str) -> Self {
        let mut words = prompt.split_whitespace();
        let (word, value) = (words.next().unwrap_or_default(), words.next());
        let number = |value: Option<&str>| value.and_then(|value| value.parse::<f64>().ok());
        match (word, value) {
            ("/block", value) => number(value)
                .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
                .map_or(Self::Talk, |time| Self::Deed(Deed::Block(time))),
            ("/exit", value) => {
                let code = value.map_or(Some(0), |value| value.parse().ok());
                code.map_or(Self::Talk, |code| Self::Deed(Deed::Exit(code)))
            }
            ("/flood", Some(value)) => value.parse().map_or(Self::Talk, Self::Flood),
            ("/leak", None) => Self::Deed(Deed::Leak),
            ("/dialog", None) => Self::Dialog,
            _ => Self::Talk,
        }
    }
}

/// A message by keystrokes begins with its tag, `[m-ID] `, which is not for the runtime's rules.
fn without_tag(prompt: &str) -> &str {
    let tagged = prompt.strip_prefix("[m-").and_then(|rest| rest.split_once("] "));
    tagged.map_or(prompt, |(_, body)| body)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Asked, Conversation, Deed, Taken, WAITING_MAX, without_tag};
    use crate::protocol::ActivityWord;

    #[test]
    fn commands_are_known_behind_a_tag() {
        let asked = |prompt| Asked::read(without_tag(prompt));
        assert_eq!(asked("[m-1] /exit 3"), Asked::Deed(Deed::Exit(3)));
        assert_eq!(asked("/block 0.5"), Asked::Deed(Deed::Block(Duration::from_millis(500))));
        assert_eq!(asked("/flood 7"), Asked::Flood(7));
        for talk in ["/exit 300", "/block -1", "/flood", "exit", "[m-1 /exit"] {
            assert_eq!(asked(talk), Asked::Talk, "{talk}");
        }
    }

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
