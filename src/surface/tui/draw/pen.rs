//! What draws into the buffer: text in tones, in the cells that it is given and no others.

use ratatui_core::buffer::Buffer;
use ratatui_core::style::{Color, Modifier, Style};

use crate::table::{Cell, Paint, Tone};

/// Puts text into cells.
pub struct Pen<'b> {
    /// Where they are.
    pub buffer: &'b mut Buffer,
    /// Whether they have colours.
    pub paint: Paint,
}

impl Pen<'_> {
    /// How a tone looks. Without colours what is loud and what is quiet still differ; that words
    /// say the same is the rule of the cells.
    fn style(&self, tone: Tone) -> Style {
        let colour = |colour| match self.paint {
            Paint::Coloured => Style::new().fg(colour),
            Paint::Plain => Style::new(),
        };
        match tone {
            Tone::Good => colour(Color::Green),
            Tone::Warning => colour(Color::Yellow),
            Tone::Bad => colour(Color::Red),
            Tone::Quiet => Style::new().add_modifier(Modifier::DIM),
            Tone::Strong => Style::new().add_modifier(Modifier::BOLD),
            Tone::Plain => Style::new(),
        }
    }

    /// Cells one behind the other, as far as there is room.
    pub fn line(&mut self, (x, y): (u16, u16), columns: u16, line: &[Cell]) {
        let end = x.saturating_add(columns).min(self.buffer.area.right());
        if y >= self.buffer.area.bottom() {
            return;
        }
        let mut x = x;
        for (text, tone) in line {
            if x >= end {
                break;
            }
            let style = self.style(*tone);
            (x, _) = self.buffer.set_stringn(x, y, text, usize::from(end - x), style);
        }
    }

    /// A text over a whole line, turned round.
    pub fn bar(&mut self, at: (u16, u16), columns: u16, text: &str) {
        self.line(at, columns, &[(text.to_owned(), Tone::Plain)]);
        self.turn(at, columns, Modifier::REVERSED);
    }

    /// Adds this to so many cells of a line.
    pub fn turn(&mut self, (x, y): (u16, u16), columns: u16, modifier: Modifier) {
        for x in x..x.saturating_add(columns).min(self.buffer.area.right()) {
            if let Some(cell) = self.buffer.cell_mut((x, y)) {
                cell.modifier.insert(modifier);
            }
        }
    }
}
