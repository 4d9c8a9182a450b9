//! Faults that come at random, for tests: one throw of the dice for each thing that may go wrong.
//!
//! `MOSAIC_STUB_CHAOS` holds words `NAME=NUMBER`. `seed` is where the dice begin, together with the
//! session, so that no two lives fail alike. `for` is after how many milliseconds of a life all is
//! well. Each other one is how often of a thousand times something goes wrong.

use std::time::Duration;

/// Of so many throws, as many as the environment says go wrong.
const THOUSAND: u64 = 1000;

/// The longest that the loop stands still: longer than a hand looks for its text.
const FREEZE_MS_MAX: u64 = 9_000;

/// The latest that a receipt comes: longer than anybody waits for it.
const LATE_MS_MAX: u64 = 20_000;

/// What goes wrong how often, of a thousand times; and the dice.
#[derive(Debug, Clone, Default)]
pub struct Chaos {
    dice: u64,
    for_ms: Option<u64>,
    enters: u64,
    drafts: u64,
    empties: u64,
    pastes: u64,
    deliveries: u64,
    silent: u64,
    late: u64,
    freezes: u64,
    crashes: u64,
    losses: u64,
}

/// What becomes of a press of Enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enter {
    /// It submits.
    Submits,
    /// Nothing.
    Dropped,
    /// It is a new line.
    NewLine,
    /// The text leaves the composer, and nobody takes it.
    Emptied,
}

/// What becomes of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// It is said at once.
    Said,
    /// It is said after so many milliseconds.
    Late(u64),
    /// It is never said.
    Lost,
}

/// When a program breaks that takes a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// It does not.
    Never,
    /// Before it has it.
    Before,
    /// When it has it, and has told nobody.
    Behind,
}

impl Chaos {
    /// Reads the words, for a life with this session.
    pub fn parse(words: &str, session: &str) -> Result<Self, String> {
        let mut chaos = Self::default();
        for word in words.split_whitespace() {
            let wrong = || {
                format!("MOSAIC_STUB_CHAOS has {word:?}; it takes words NAME=NUMBER with {NAMES}")
            };
            let (name, number) = word.split_once('=').ok_or_else(wrong)?;
            let number: u64 = number.parse().map_err(|_| wrong())?;
            *match name {
                "seed" => &mut chaos.dice,
                "for" => chaos.for_ms.insert(0),
                "enters" => &mut chaos.enters,
                "drafts" => &mut chaos.drafts,
                "empties" => &mut chaos.empties,
                "pastes" => &mut chaos.pastes,
                "deliveries" => &mut chaos.deliveries,
                "silent" => &mut chaos.silent,
                "late" => &mut chaos.late,
                "freezes" => &mut chaos.freezes,
                "crashes" => &mut chaos.crashes,
                "losses" => &mut chaos.losses,
                _ => return Err(wrong()),
            } = number;
        }
        for byte in session.bytes() {
            chaos.dice = (chaos.dice ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        // This generator stands still at 0.
        chaos.dice |= 1;
        Ok(chaos)
    }

    /// How long it lasts from the start, milliseconds; without a word for ever.
    pub fn lasts_ms(&self) -> Option<u64> {
        self.for_ms
    }

    /// From now on nothing goes wrong.
    pub fn end(&mut self) {
        *self = Self { dice: self.dice, ..Self::default() };
    }

    fn below(&mut self, most: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice % most
    }

    fn strikes(&mut self, often: u64) -> bool {
        often > 0 && self.below(THOUSAND) < often
    }

    /// How a press of Enter goes.
    pub fn enter(&mut self) -> Enter {
        match () {
            () if self.strikes(self.enters) => Enter::Dropped,
            () if self.strikes(self.drafts) => Enter::NewLine,
            () if self.strikes(self.empties) => Enter::Emptied,
            () => Enter::Submits,
        }
    }

    /// Whether a paste vanishes.
    pub fn swallows_paste(&mut self) -> bool {
        self.strikes(self.pastes)
    }

    /// Whether a message vanishes that came over the socket.
    pub fn swallows_delivery(&mut self) -> bool {
        self.strikes(self.deliveries)
    }

    /// What becomes of a receipt.
    pub fn word(&mut self) -> Word {
        match () {
            () if self.strikes(self.silent) => Word::Lost,
            () if self.strikes(self.late) => Word::Late(self.below(LATE_MS_MAX)),
            () => Word::Said,
        }
    }

    /// How long the loop stands still before it reads what came.
    pub fn freeze(&mut self) -> Option<Duration> {
        let strikes = self.strikes(self.freezes);
        strikes.then(|| Duration::from_millis(self.below(FREEZE_MS_MAX)))
    }

    /// Whether the line to the supervisor breaks behind what was just said.
    pub fn loses_line(&mut self) -> bool {
        self.strikes(self.losses)
    }

    /// Whether the program breaks, and when.
    pub fn crash(&mut self) -> Crash {
        match self.strikes(self.crashes) {
            false => Crash::Never,
            true if self.below(2) == 0 => Crash::Before,
            true => Crash::Behind,
        }
    }
}

/// The names, for who has mistyped one.
const NAMES: &str = "seed, for, enters, drafts, empties, pastes, deliveries, silent, late, \
                     freezes, crashes, losses";

#[cfg(test)]
mod tests {
    use super::{Chaos, Enter, Word};

    #[test]
    fn the_dice_fall_as_often_as_they_are_told_and_alike_for_the_same_life() {
        let words = "seed=7 enters=100 drafts=100 empties=100 silent=500";
        let throws = |session: &str| {
            let mut chaos = Chaos::parse(words, session).unwrap();
            (0..1000).map(|_| (chaos.enter(), chaos.word())).collect::<Vec<_>>()
        };
        let one = throws("a");
        assert_eq!(one, throws("a"));
        assert_ne!(one, throws("b"));
        let count = |what: &dyn Fn(&(Enter, Word)) -> bool| one.iter().filter(|t| what(t)).count();
        assert!((60..140).contains(&count(&|(enter, _)| *enter == Enter::Dropped)));
        assert!((50..140).contains(&count(&|(enter, _)| *enter == Enter::NewLine)));
        assert!((40..130).contains(&count(&|(enter, _)| *enter == Enter::Emptied)));
        assert!((420..580).contains(&count(&|(_, word)| *word == Word::Lost)));
        assert_eq!(count(&|(_, word)| matches!(word, Word::Late(_))), 0);
    }

    #[test]
    fn a_word_that_nobody_knows_is_named() {
        for words in ["enter=1", "enters", "enters=x", "seed=-1"] {
            let mistake = Chaos::parse(words, "").unwrap_err();
            assert!(mistake.contains(words) && mistake.contains("enters, drafts"), "{mistake}");
        }
    }

    #[test]
    fn behind_its_end_nothing_goes_wrong() {
        let mut chaos = Chaos::parse("seed=1 enters=1000 for=5", "").unwrap();
        assert_eq!((chaos.enter(), chaos.lasts_ms()), (Enter::Dropped, Some(5)));
        chaos.end();
        assert_eq!(chaos.enter(), Enter::Submits);
    }
}
