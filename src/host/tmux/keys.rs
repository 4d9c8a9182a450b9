//! Text and keys into a pane, checked in the same breath; never into a dead one.

use std::sync::atomic::Ordering;

use super::commands::{
    self, choose_if_it_takes_input, drop_buffer, fill_buffer, leave_modes, say, say_of,
};
use super::connection::{refused, unreadable};
use super::framing::Block;
use super::line::{Line, Step};
use super::{Tmux, TmuxError};

/// The longest text: tmux's parser takes some 60 µs of its one thread for a KiB.
const PASTE_BYTES_MAX: usize = 256 * 1024;

/// The most keys at once: these are for keys, text is pasted.
const KEYS_MAX: usize = 1024;

const DONE: &str = "mosaic-done";
const REFUSED: &str = "mosaic-refused";

/// What became of a paste or of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pasted {
    /// All of it went to the pane.
    Done,
    /// None of it did: why not.
    Refused(String),
}

impl Tmux {
    /// Pastes a text as it is, in brackets where the program asked for that; presses no Enter.
    /// Leaves copy mode first.
    /// Control characters other than newline and tab are refused: they would be keys.
    pub async fn paste(&self, pane: &str, text: &str) -> Result<Pasted, TmuxError> {
        if let Some(why) = unfit(text) {
            return Ok(Pasted::Refused(why));
        }
        let attempt = format!("paste into pane {pane}");
        let buffer = format!("mosaic-{}", self.shared.pastes.fetch_add(1, Ordering::Relaxed));
        let otherwise = Line::of(drop_buffer(&buffer)).then(said_refused(pane));
        let paste = commands::paste_if_it_takes_input(pane, &buffer, said_done(), &otherwise);
        let line = Line::of(fill_buffer(&buffer, text)).then(paste);
        let blocks = self.connection.ask(&attempt, line).await?;
        let outcome = outcome(&attempt, pane, &blocks);
        if matches!(outcome, Err(TmuxError::Said { .. })) {
            // Refused half-way: the text may still lie in its buffer.
            drop(self.connection.ask("drop a paste buffer", Line::of(drop_buffer(&buffer))).await);
        }
        outcome
    }

    /// Presses keys, given as the bytes that a terminal would send; leaves copy mode first.
    pub async fn press(&self, pane: &str, keys: &[u8]) -> Result<Pasted, TmuxError> {
        if keys.is_empty() || keys.len() > KEYS_MAX {
            return Ok(Pasted::Refused(format!("{} keys; 1 to {KEYS_MAX} can be", keys.len())));
        }
        let attempt = format!("press keys in pane {pane}");
        let then = Line::of(leave_modes(pane)).then(commands::press(pane, keys)).then(said_done());
        let otherwise = Line::of(said_refused(pane));
        let line = Line::of(choose_if_it_takes_input(pane, &then, &otherwise));
        outcome(&attempt, pane, &self.connection.ask(&attempt, line).await?)
    }
}

/// Why a text cannot be pasted.
fn unfit(text: &str) -> Option<String> {
    let is_key = |letter: &char| letter.is_control() && !matches!(letter, '\n' | '\t');
    if text.is_empty() {
        Some("the text is empty".to_owned())
    } else if text.len() > PASTE_BYTES_MAX {
        Some(format!("the text is longer than {PASTE_BYTES_MAX} bytes"))
    } else {
        let found = text.chars().position(|letter| is_key(&letter))?;
        let letter = u32::from(text.chars().nth(found)?);
        Some(format!("character {} of the text is the control character U+{letter:04X}", found + 1))
    }
}

fn said_done() -> Step {
    say(DONE)
}

fn said_refused(pane: &str) -> Step {
    say_of(pane, &format!("{REFUSED} #{{pane_id}} #{{pane_dead}}"))
}

fn outcome(attempt: &str, pane: &str, blocks: &[Block]) -> Result<Pasted, TmuxError> {
    if let Some(block) = blocks.iter().find(|block| !block.is_ok) {
        return Err(refused(attempt, block));
    }
    for line in blocks.iter().flat_map(|block| &block.lines) {
        let line = String::from_utf8_lossy(line);
        if line == DONE {
            return Ok(Pasted::Done);
        }
        if let Some(state) = line.strip_prefix(REFUSED) {
            return Ok(Pasted::Refused(match state.split_whitespace().collect::<Vec<_>>()[..] {
                [id, "1"] if id == pane => format!("the process in pane {pane} is gone"),
                [id, _] if id == pane => format!("the input of pane {pane} is switched off"),
                _ => format!("pane {pane} is gone"),
            }));
        }
    }
    Err(unreadable(attempt, blocks))
}
