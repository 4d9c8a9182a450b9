//! Where the next letter goes.

use super::{Saved, Screen};

impl Screen {
    /// To a column, a row, or both, from the origin that the program has chosen.
    pub(in super::super) fn go_to(&mut self, column: Option<usize>, row: Option<usize>) {
        let (top, bottom) = self.region;
        let row = row.map(|row| match self.modes.has_origin {
            true if row > bottom - top => bottom,
            true => row + top,
            false => row,
        });
        self.stand_at(column, row);
    }

    /// The same from the first column and row of the screen.
    fn stand_at(&mut self, column: Option<usize>, row: Option<usize>) {
        let column = column.map_or(self.cursor.0, |column| column.min(self.columns - 1));
        self.cursor = (column, row.map_or(self.cursor.1, |row| row.min(self.rows.len() - 1)));
    }

    pub(in super::super) fn up(&mut self, count: usize) {
        let (column, row) = self.cursor;
        let least = if row < self.region.0 { 0 } else { self.region.0 };
        self.cursor = (column.min(self.columns - 1), row.saturating_sub(count).max(least));
    }

    pub(in super::super) fn down(&mut self, count: usize) {
        let (column, row) = self.cursor;
        let most = if row > self.region.1 { self.rows.len() - 1 } else { self.region.1 };
        self.cursor = (column.min(self.columns - 1), (row + count).min(most));
    }

    pub(in super::super) fn right(&mut self, count: usize) {
        self.cursor.0 = (self.cursor.0 + count).min(self.columns - 1);
    }

    pub(in super::super) fn left(&mut self, count: usize) {
        let column = self.cursor.0.min(self.columns - 1);
        // From behind the last column one step leads onto it.
        let count = count - usize::from(self.cursor.0 == self.columns && count > 0);
        self.cursor.0 = column.saturating_sub(count);
    }

    pub(in super::super) fn back(&mut self) {
        let (column, row) = self.cursor;
        if column > 0 {
            self.cursor.0 = column - 1;
        } else if row > 0 && self.rows[row - 1].is_wrapped {
            self.cursor = (self.columns - 1, row - 1);
        }
    }

    pub(in super::super) fn carriage_return(&mut self) {
        self.cursor.0 = 0;
    }

    pub(in super::super) fn save(&mut self) {
        let (cursor, has_origin) = (self.cursor, self.modes.has_origin);
        self.saved = Saved { pen: self.pen, sets: self.sets, cursor, has_origin };
    }

    pub(in super::super) fn restore(&mut self) {
        let Saved { pen, sets, cursor, has_origin } = self.saved;
        (self.pen, self.sets, self.modes.has_origin) = (pen, sets, has_origin);
        self.stand_at(Some(cursor.0), Some(cursor.1));
    }
}
