//! The window that our terminal is: which part of a screen it shows, and where that goes.

use super::Cells;
use crate::terminal::emulator::Screen;

/// Which part of a screen is shown.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// Our terminal; its last row is the status line.
    ours: Cells,
    /// The first column and row of the screen that are shown.
    at: (u16, u16),
    /// Whether it goes where the agent's cursor goes: until somebody moves it.
    follows: bool,
}

impl View {
    /// On the first column and row, and going where the cursor goes.
    pub fn new(ours: Cells) -> Self {
        Self { ours, at: (0, 0), follows: true }
    }

    /// Where it was before, on our terminal as that is now.
    pub fn back_to(&mut self, before: Self) {
        *self = Self { ours: self.ours, ..before };
    }

    /// Our terminal has another size.
    pub fn resize(&mut self, ours: Cells) {
        self.ours = ours;
    }

    /// How many rows of a screen fit.
    pub fn rows(&self) -> u16 {
        self.ours.rows.saturating_sub(1)
    }

    /// How many columns of a screen fit.
    pub fn columns(&self) -> u16 {
        self.ours.columns
    }

    /// Where the status line stands, from 1.
    pub fn status_row(&self) -> u16 {
        self.ours.rows
    }

    /// The first column and row that are shown.
    pub fn at(&self) -> (u16, u16) {
        self.at
    }

    /// Whether it goes where the agent's cursor goes.
    pub fn follows(&self) -> bool {
        self.follows
    }

    /// Has it go where the agent's cursor goes.
    pub fn follow(&mut self) {
        self.follows = true;
        self.at.0 = 0;
    }

    /// Has it stay where it is.
    pub fn stay(&mut self) {
        self.follows = false;
    }

    /// Has it stay, so many rows further down.
    pub fn stay_below(&mut self, rows: u16) {
        self.follows = false;
        self.at.1 = self.at.1.saturating_add(rows);
    }

    /// Keeps it inside the screen, and where it follows, the cursor in view. Columns stay as long as
    /// that is in the first ones: lines are read from their start. A cursor that is hidden may be
    /// anywhere, and only its row counts.
    pub fn keep_up(&mut self, screen: Option<&Screen>) {
        if let Some(screen) = screen.filter(|_| self.follows) {
            let (column, row) = screen.cursor();
            let is_hidden = !screen.modes().shows_cursor;
            let first = (row + 1).saturating_sub(self.rows());
            self.at.1 = self.at.1.clamp(first, row.max(first));
            if column < self.ours.columns || is_hidden {
                self.at.0 = 0;
            } else {
                let first = (column + 1).saturating_sub(self.ours.columns);
                self.at.0 = self.at.0.clamp(first, column.max(first));
            }
        }
        self.shift(screen.map(Cells::of), (0, 0));
    }

    /// Moves it so many columns and rows, as far as there is something to see.
    pub fn shift(&mut self, size: Option<Cells>, (columns, rows): (i32, i32)) {
        let size = size.unwrap_or(Cells { columns: 0, rows: 0 });
        let moved = |at: u16, by: i32, of: u16, view: u16| {
            let last = i32::from(of.saturating_sub(view));
            u16::try_from((i32::from(at) + by).clamp(0, last)).unwrap_or(0)
        };
        self.at = (
            moved(self.at.0, columns, size.columns, self.ours.columns),
            moved(self.at.1, rows, size.rows, self.rows()),
        );
    }

    /// Whether all of a screen is shown.
    pub fn shows_all(&self, size: Cells) -> bool {
        size.columns <= self.ours.columns && size.rows <= self.rows()
    }

    /// Which sides of a screen there is more on, as arrows.
    pub fn more(&self, size: Cells) -> String {
        let sides = [
            (self.at.0 > 0, '←'),
            (self.at.1 > 0, '↑'),
            (u32::from(self.at.1) + u32::from(self.rows()) < u32::from(size.rows), '↓'),
            (u32::from(self.at.0) + u32::from(self.ours.columns) < u32::from(size.columns), '→'),
        ];
        sides.into_iter().filter_map(|(is_more, side)| is_more.then_some(side)).collect()
    }

    /// Where a place of the screen is on our terminal, when it is shown; from 0.
    pub fn place(&self, (column, row): (u16, u16)) -> Option<(u16, u16)> {
        let column = column.checked_sub(self.at.0).filter(|column| *column < self.ours.columns)?;
        let row = row.checked_sub(self.at.1).filter(|row| *row < self.rows())?;
        Some((column, row))
    }
}
