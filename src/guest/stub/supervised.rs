//! What the supervisor and the stub say to each other, from the one loop.

use nix::poll::{PollFd, poll};

use super::chaos::{Crash, Word};
use super::conversation::{Doing, Taken};
use super::faults::Nonce;
use super::program::{CRASHED, Program};
use super::settings::{Settings, Takes};
use crate::clock::mono_ms;
use crate::guest::link::{Link, News};
use crate::protocol::{Answered, DeliverOutcome, FromGuest, Hello, Role, ToGuest};

/// What was submitted while no supervisor listened is told to the next one; as many as can wait.
const UNTOLD_MAX: usize = 64;

/// A supervisor that does not read our last words within this time does not get them.
const FAREWELL_MS: u64 = 200;

impl Program {
    pub(super) fn hear(&mut self) {
        let Some(link) = &mut self.link else {
            return;
        };
        let settings = &self.settings;
        for news in link.turn(mono_ms(), || hello(settings)) {
            match news {
                News::Frame(frame) => self.obey(frame),
                News::Welcomed => self.tell_untold(),
                News::Refused(_) => self.notice = " · refused by the supervisor",
                News::Lost => self.told = None,
            }
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the other frames are for other guests")]
    fn obey(&mut self, frame: ToGuest) {
        match frame {
            ToGuest::Challenge { nonce, .. } if !self.settings.faults.is_mute => {
                let due = mono_ms().saturating_add(self.settings.faults.answer_after_ms);
                self.owed.push_back((due, nonce));
            }
            ToGuest::Deliver { message_id, text, .. } => self.take_delivery(message_id, &text),
            _ => {}
        }
    }

    /// Answers what is due, from the one loop.
    pub(super) fn answer_owed(&mut self) {
        while let Some((_, nonce)) = self.owed.pop_front_if(|(due, _)| *due <= mono_ms()) {
            let nonce = match self.settings.faults.nonce {
                Nonce::Right => nonce,
                Nonce::Wrong => nonce.chars().rev().collect(),
                Nonce::Replayed => self.first_nonce.get_or_insert(nonce).clone(),
            };
            let Doing { state, detail, until_ms } = self.conversation.doing();
            let state = Some(state);
            let (turn, last_message_id) = (None, None);
            self.say(&FromGuest::Answer(Answered {
                nonce,
                state,
                detail,
                until_ms,
                turn,
                last_message_id,
            }));
        }
    }

    fn take_delivery(&mut self, message_id: String, text: &str) {
        self.heard(text, Some(&message_id));
        if self.settings.faults.chaos.swallows_delivery() {
            return;
        }
        self.stand_still();
        let crash = self.settings.faults.chaos.crash();
        if crash == Crash::Before {
            return self.break_off(CRASHED);
        }
        let taken = match self.settings.takes {
            Takes::Keystrokes => Err("it takes keystrokes only"),
            Takes::Deliveries => Ok(self.conversation.take(text)),
        };
        let (outcome, reason) = match taken {
            Err(reason) => (DeliverOutcome::Rejected, Some(reason)),
            Ok(Taken::Full) => (DeliverOutcome::Rejected, Some("too many prompts wait")),
            Ok(Taken::AtOnce) => (DeliverOutcome::Accepted, None),
            Ok(Taken::Queued) => (DeliverOutcome::AcceptedQueued, None),
        };
        if outcome != DeliverOutcome::Rejected {
            let queued = outcome == DeliverOutcome::AcceptedQueued;
            self.record(text, queued, Some(&message_id));
        }
        if crash == Crash::Behind {
            return self.break_off(CRASHED);
        }
        let reason = reason.map(str::to_owned);
        self.tell_taken(FromGuest::Receipt { message_id, outcome, reason });
    }

    /// For tests: the one loop does nothing for a while, at random.
    pub(super) fn stand_still(&mut self) {
        if let Some(time) = self.settings.faults.chaos.freeze() {
            std::thread::sleep(time);
        }
    }

    /// Says that a message was taken; for tests at random later, never, or over another line.
    pub(super) fn tell_taken(&mut self, frame: FromGuest) {
        let chaos = &mut self.settings.faults.chaos;
        let word = chaos.word();
        if chaos.loses_line() {
            self.link = self.settings.socket.as_deref().map(Link::new);
            self.told = None;
        }
        match word {
            Word::Said => self.tell(frame),
            Word::Late(after_ms) => self.held.push((mono_ms() + after_ms, frame)),
            Word::Lost => {}
        }
    }

    /// Says the receipts that are due by now.
    pub(super) fn say_held(&mut self) {
        let now = mono_ms();
        for (_, frame) in self.held.extract_if(.., |(due, _)| *due <= now).collect::<Vec<_>>() {
            self.tell(frame);
        }
    }

    /// A receipt must not be lost because nobody listens just now.
    pub(super) fn tell(&mut self, frame: FromGuest) {
        let heard = self.link.as_ref().is_some_and(Link::is_welcomed) && self.say(&frame);
        if !heard && self.link.is_some() {
            if self.untold.len() == UNTOLD_MAX {
                self.untold.pop_front();
            }
            self.untold.push_back(frame);
        }
    }

    fn tell_untold(&mut self) {
        for frame in std::mem::take(&mut self.untold) {
            self.tell(frame);
        }
    }

    pub(super) fn tell_activity(&mut self) {
        let Doing { state, detail, until_ms } = self.conversation.doing();
        if self.told != Some(state) && self.link.as_ref().is_some_and(Link::is_welcomed) {
            self.say(&FromGuest::Activity { state, detail, until_ms });
            self.told = Some(state);
        }
    }

    fn say(&mut self, frame: &FromGuest) -> bool {
        self.link.as_mut().is_some_and(|link| link.say(frame))
    }

    /// Says goodbye, if it is one, and lets the last words leave, for a while.
    pub(super) fn part(&mut self, goodbye: Option<String>) {
        if let Some(reason) = goodbye {
            self.say(&FromGuest::Bye { reason: Some(reason) });
        }
        let leave_by = mono_ms() + FAREWELL_MS;
        while let Some(link) = self.link.as_mut().filter(|link| !link.is_flushed()) {
            let now = mono_ms();
            if now >= leave_by {
                return;
            }
            let mut files = Vec::new();
            files.extend(link.interest().map(|(file, what)| PollFd::new(file, what)));
            let wait_ms = u16::try_from(leave_by - now).unwrap_or(u16::MAX);
            let _looked_at_anyway = poll(&mut files, wait_ms);
            link.turn(now, || hello(&self.settings));
        }
    }
}

fn hello(settings: &Settings) -> Hello {
    Hello {
        session: settings.session.clone(),
        token: settings.token.clone(),
        // The older word for it, `delivers`, is not needed beside this.
        capabilities: match settings.takes {
            Takes::Deliveries => vec!["deliver".to_owned()],
            Takes::Keystrokes => Vec::new(),
        },
        software: Some(concat!("mosaic stub ", env!("CARGO_PKG_VERSION")).to_owned()),
        ..Hello::new(Role::Runtime, settings.agent.clone())
    }
}
