//! Cells as bytes for the terminal we sit in. What stands there already is not written again, and
//! where nothing changed nothing is written at all.

use std::fmt::Write as _;
use std::io;

use ratatui_core::backend::{Backend, ClearType, WindowSize};
use ratatui_core::buffer::Cell;
use ratatui_core::layout::{Position, Size};
use ratatui_core::style::{Color, Modifier};

use crate::terminal::screen;

/// A drawing is shown at once, where a terminal can: no half of it is seen.
const BEGIN: &str = "\x1b[?2026h";
const END: &str = "\x1b[?2026l";

/// The terminal, as cells.
#[derive(Debug)]
pub struct Ours {
    size: Size,
    /// What is to be written.
    out: String,
    /// Where the terminal's cursor is, as far as we know.
    at: Option<Position>,
    /// Whether it is to be seen; not known at first.
    is_shown: Option<bool>,
    /// Where it is to be seen.
    wanted: Position,
}

impl Ours {
    /// A terminal of this size, with nothing on it.
    pub fn new(size: (u16, u16)) -> Self {
        let size = Size::new(size.0, size.1);
        Self { size, out: String::new(), at: None, is_shown: None, wanted: Position::ORIGIN }
    }

    /// The terminal has this size.
    pub fn resize(&mut self, size: (u16, u16)) {
        self.size = Size::new(size.0, size.1);
    }

    /// Nothing of what was done to the terminal holds any more.
    pub fn forget(&mut self) {
        (self.at, self.is_shown) = (None, None);
        self.out.clear();
    }

    fn go(&mut self, to: Position) {
        if self.at != Some(to) {
            self.put(format_args!("\x1b[{};{}H", to.y + 1, to.x + 1));
            self.at = Some(to);
        }
    }

    fn put(&mut self, what: std::fmt::Arguments<'_>) {
        // Writing into a text cannot fail.
        let _written = self.out.write_fmt(what);
    }

    /// Colours and attributes of what follows.
    fn dress(&mut self, cell: &Cell) {
        self.out.push_str("\x1b[0");
        for (modifier, code) in [
            (Modifier::BOLD, 1),
            (Modifier::DIM, 2),
            (Modifier::ITALIC, 3),
            (Modifier::UNDERLINED, 4),
            (Modifier::SLOW_BLINK, 5),
            (Modifier::REVERSED, 7),
            (Modifier::HIDDEN, 8),
            (Modifier::CROSSED_OUT, 9),
        ] {
            if cell.modifier.contains(modifier) {
                self.put(format_args!(";{code}"));
            }
        }
        self.colour(cell.fg, 30);
        self.colour(cell.bg, 40);
        self.out.push('m');
    }

    /// A colour, in front of 30 or behind of 40.
    fn colour(&mut self, colour: Color, base: u8) {
        let named = match colour {
            Color::Reset => return,
            Color::Indexed(at) => return self.put(format_args!(";{};5;{at}", base + 8)),
            Color::Rgb(red, green, blue) => {
                return self.put(format_args!(";{};2;{red};{green};{blue}", base + 8));
            }
            Color::Black => 0,
            Color::Red => 1,
            Color::Green => 2,
            Color::Yellow => 3,
            Color::Blue => 4,
            Color::Magenta => 5,
            Color::Cyan => 6,
            Color::Gray => 7,
            Color::DarkGray => 60,
            Color::LightRed => 61,
            Color::LightGreen => 62,
            Color::LightYellow => 63,
            Color::LightBlue => 64,
            Color::LightMagenta => 65,
            Color::LightCyan => 66,
            Color::White => 67,
        };
        self.put(format_args!(";{}", base + named));
    }
}

impl Backend for Ours {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut worn: Option<(Color, Color, Modifier)> = None;
        for (x, y, cell) in content {
            if worn.is_none() {
                self.out.push_str("\x1b[?25l");
                self.is_shown = Some(false);
            }
            self.go(Position { x, y });
            let looks = (cell.fg, cell.bg, cell.modifier);
            if worn != Some(looks) {
                self.dress(cell);
                worn = Some(looks);
            }
            self.out.push_str(cell.symbol());
            // Terminals do not agree on the width of everything: only after plain characters is it
            // sure where the cursor is, and never behind the last column.
            let is_plain = cell.symbol().len() == 1 && x + 1 < self.size.width;
            self.at = is_plain.then_some(Position { x: x + 1, y });
        }
        if worn.is_some() {
            self.out.push_str("\x1b[0m");
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.is_shown != Some(false) {
            self.out.push_str("\x1b[?25l");
            self.is_shown = Some(false);
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.is_shown != Some(true) {
            self.out.push_str("\x1b[?25h");
            self.is_shown = Some(true);
        }
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.wanted)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.wanted = position.into();
        self.go(self.wanted);
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.out.push_str("\x1b[0m\x1b[2J");
        Ok(())
    }

    fn clear_region(&mut self, _region: ClearType) -> io::Result<()> {
        // All of it is ours, and it is drawn whole after this.
        self.clear()
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        let drawn = format!("{BEGIN}{}{END}", std::mem::take(&mut self.out));
        screen::paint(drawn.as_bytes())
    }
}
