//! A terminal that nobody sits at: bytes go in, a screen comes out.
//!
//! It does with each sequence what tmux does, letter widths included, so that it shows what a pane of
//! tmux shows; the tests put the same bytes into both. Of its letters it is told whose they are:
//! tmux has changed its mind on them. It answers nothing that a program asks its terminal, and keeps
//! nothing that scrolled off.

mod cell;
mod modes;
mod paint;
mod pen;
mod screen;
mod sequences;
#[cfg(test)]
mod tests;
mod widths;

pub use cell::{Cell, Row};
#[cfg(test)]
pub use modes::Mouse;
pub use pen::{Colour, Pen, Trait, Underline};
pub use screen::Screen;
pub use sequences::GRAPHICS;
pub use widths::Letters;

use super::parser::Parser;
use sequences::Hand;

/// A terminal that nobody sits at.
pub struct Emulator {
    parser: Parser,
    hand: Hand,
}

impl Emulator {
    /// An empty one of so many columns and rows, at least one of each, with the letters of that tmux.
    pub fn new(columns: u16, rows: u16, letters: Letters) -> Self {
        Self { parser: Parser::default(), hand: Hand::new(Screen::new(columns, rows), letters) }
    }

    /// Takes what a program prints; a sequence may go on in the next piece.
    pub fn process(&mut self, bytes: &[u8]) {
        self.parser.advance(&mut self.hand, bytes);
    }

    /// What stands on it.
    pub fn screen(&self) -> &Screen {
        &self.hand.screen
    }

    /// What the program has called its window since this was asked last.
    pub fn take_title(&mut self) -> Option<String> {
        self.hand.title.take()
    }
}
