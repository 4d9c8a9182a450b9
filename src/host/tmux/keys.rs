//! Text and keys into a pane, checked in the same breath; never into a dead one.

use std::sync::atomic::Ordering;

use tmux_interface::{CopyMode, DeleteBuffer, DisplayMessage, PasteBuffer, SendKeys, SetBuffer};

use super::connection::{refused, unreadable};
use super::framing::Block;
use super::line::{Line, choose};
use super::panes::takes_input;
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
        let mut fill = SetBuffer::new().buffer_name(buffer.as_str()).build();
        // A text may begin with a dash.
        fill.push_param("--").push_param(text);
        let delete = || DeleteBuffer::new().buffer_name(buffer.as_str()).build();
        let paste = PasteBuffer::new().bracket_codes().no_replacement().delete();
        let paste = paste.buffer_name(buffer.as_str()).target_pane(pane).build();
        // In copy mode tmux looks for the wish for brackets at the wrong screen: each line of the
        // text would be an Enter.
        let then = Line::of(leave_modes(pane)).then(paste).then(said_done());
        let otherwise = Line::of(delete()).then(said_refused(pane));
        let line = Line::of(fill).then(choose(pane, &takes_input(pane), &then, &otherwise));
        let blocks = self.connection.ask(&attempt, line).await?;
        let outcome = outcome(&attempt, pane, &blocks);
        if matches!(outcome, Err(TmuxError::Said { .. })) {
            // Refused half-way: the text may still lie in its buffer.
            drop(self.connection.ask("drop a paste buffer", Line::of(delete())).await);
        }
        outcome
    }

    /// Presses keys, given as the bytes that a terminal would send; leaves copy mode first.
    pub async fn press(&self, pane: &str, keys: &[u8]) -> Result<Pasted, TmuxError> {
        if keys.is_empty() || keys.len() > KEYS_MAX {
            return Ok(Pasted::Refused(format!("{} keys; 1 to {KEYS_MAX} can be", keys.len())));
        }
        let attempt = format!("press keys in pane {pane}");
        let hex = keys.iter().map(|key| format!("{key:02x}"));
        let send = hex.fold(SendKeys::new().hex().target_pane(pane), SendKeys::key);
        let then = Line::of(leave_modes(pane)).then(send.build()).then(said_done());
        let line = Line::of(choose(pane, &takes_input(pane), &then, &Line::of(said_refused(pane))));
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

/// Leaves every mode that a human has put the pane into; nothing happens when there is none.
fn leave_modes(pane: &str) -> tmux_interface::TmuxCommand<'_> {
    CopyMode::new().cancel().target_pane(pane).build()
}

fn said_done() -> tmux_interface::TmuxCommand<'static> {
    DisplayMessage::new().print().message(DONE).build()
}

fn said_refused(pane: &str) -> tmux_interface::TmuxCommand<'_> {
    let message = format!("{REFUSED} #{{pane_id}} #{{pane_dead}}");
    DisplayMessage::new().print().target_pane(pane).message(message).build()
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
