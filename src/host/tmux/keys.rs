//! Text and keys into a pane, checked in the same breath; never into a dead one.

use std::sync::atomic::Ordering;

use super::commands::{
    self, LAST_USE, Shown, capture, choose_if_it_takes_input, choose_if_still, drop_buffer,
    fill_buffer, leave_modes, say, say_of,
};
use super::connection::{refused, unreadable};
use super::framing::Block;
use super::line::{Line, Step};
use super::screen::visible;
use super::{Tmux, TmuxError};

/// The longest text: tmux's parser takes some 60 µs of its one thread for a KiB.
const PASTE_BYTES_MAX: usize = 256 * 1024;

/// The most keys at once: these are for keys, text is pasted.
const KEYS_MAX: usize = 1024;

const DONE: &str = "mosaic-done";
const REFUSED: &str = "mosaic-refused";
const CHANGED: &str = "mosaic-changed";
const USED: &str = "mosaic-used";

/// What became of a paste or of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pasted {
    /// All of it went to the pane.
    Done,
    /// None of it did: why not.
    Refused(String),
    /// None of it did: since the [`Glance`] somebody has used the keyboard, or a phrase has come
    /// up that must not stand there.
    Changed,
}

/// What a pane showed, and until when its keyboard was nobody's but ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// The visible text, as of [`Tmux::screen`].
    pub screen: Vec<String>,
    /// Where the cursor stands, seen or hidden: column and row, from 0.
    pub cursor: (usize, usize),
    last_use: String,
}

/// What forbids keys.
#[derive(Debug, Clone, Copy)]
pub struct Unless<'a> {
    /// Somebody has used the keyboard since.
    pub since: &'a Glance,
    /// One of these stands on the screen. None holds a character that formats and patterns of tmux
    /// know: `#,{}[]*?\`.
    pub shows: &'a [&'a str],
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

    /// What a pane shows now, to press keys by.
    pub async fn glance(&self, pane: &str) -> Result<Glance, TmuxError> {
        let attempt = format!("look at pane {pane}");
        // Who types after this has typed after the glance, whatever of it the screen shows.
        let asked = format!("{USED} {LAST_USE} #{{cursor_x}} #{{cursor_y}}");
        let line = Line::of(say_of(pane, &asked)).then(capture(pane, Shown::Text));
        let blocks = self.connection.must(&attempt, line).await?;
        let [said, shown] = &blocks[..] else { return Err(unreadable(&attempt, &blocks)) };
        let said = String::from_utf8_lossy(said.lines.first().map_or(b"", Vec::as_slice));
        let words: Vec<&str> = said.split_whitespace().collect();
        let [USED, last_use, column, row] = words[..] else {
            return Err(unreadable(&attempt, &blocks));
        };
        let (Ok(column), Ok(row)) = (column.parse(), row.parse()) else {
            return Err(unreadable(&attempt, &blocks));
        };
        let (screen, last_use) = (visible(&shown.lines), last_use.to_owned());
        Ok(Glance { screen, cursor: (column, row), last_use })
    }

    /// Presses keys, given as the bytes that a terminal would send; leaves copy mode first. What
    /// forbids it is asked in the same breath, so that nothing comes in between.
    pub async fn press(
        &self,
        pane: &str,
        keys: &[u8],
        unless: Option<Unless<'_>>,
    ) -> Result<Pasted, TmuxError> {
        if keys.is_empty() || keys.len() > KEYS_MAX {
            return Ok(Pasted::Refused(format!("{} keys; 1 to {KEYS_MAX} can be", keys.len())));
        }
        let attempt = format!("press keys in pane {pane}");
        let then = Line::of(leave_modes(pane)).then(commands::press(pane, keys)).then(said_done());
        let otherwise = Line::of(said_refused(pane));
        let then = match unless {
            Some(Unless { since, shows }) => {
                let changed = Line::of(say(CHANGED));
                Line::of(choose_if_still(pane, &since.last_use, shows, &then, &changed))
            }
            None => then,
        };
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
    say_of(pane, &format!("{REFUSED} #{{pane_id}} #{{pane_dead}} #{{pane_input_off}}"))
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
        if line == CHANGED {
            return Ok(Pasted::Changed);
        }
        if let Some(state) = line.strip_prefix(REFUSED) {
            return Ok(Pasted::Refused(match state.split_whitespace().collect::<Vec<_>>()[..] {
                [id, "1", _] if id == pane => format!("the process in pane {pane} is gone"),
                [id, _, "1"] if id == pane => format!("the input of pane {pane} is switched off"),
                [id, ..] if id == pane => {
                    format!("what is typed into pane {pane} goes to the panes beside it, too")
                }
                _ => format!("pane {pane} is gone"),
            }));
        }
    }
    Err(unreadable(attempt, blocks))
}
