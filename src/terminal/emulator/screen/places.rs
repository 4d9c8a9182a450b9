//! Places of rows that are put in, taken out or made blank.

use std::sync::Arc;

use super::Screen;
use crate::terminal::emulator::cell::{Cell, Row};
use crate::terminal::emulator::pen::Pen;

impl Screen {
    pub(super) fn insert_places(&mut self, count: usize, ground: Pen) {
        let (column, row) = self.cursor;
        Arc::make_mut(&mut self.rows[row]).insert(column, count, ground);
    }

    pub(in super::super) fn insert(&mut self, count: usize) {
        if self.cursor.0 < self.columns {
            self.insert_places(count.min(self.columns - self.cursor.0), self.ground());
        }
    }

    pub(in super::super) fn delete(&mut self, count: usize) {
        let ((column, row), ground) = (self.cursor, self.ground());
        if column < self.columns {
            let count = count.min(self.columns - column);
            Arc::make_mut(&mut self.rows[row]).delete(column, count, ground);
        }
    }

    pub(in super::super) fn erase(&mut self, count: usize) {
        let column = self.cursor.0;
        if column < self.columns {
            self.erase_places(column, (column + count).min(self.columns));
        }
    }

    fn erase_places(&mut self, from: usize, to: usize) {
        let (row, ground) = (self.cursor.1, self.ground());
        Arc::make_mut(&mut self.rows[row]).erase(from..to, ground);
    }

    pub(in super::super) fn erase_in_row(&mut self, how: u16) {
        let column = self.cursor.0;
        match how {
            0 if column < self.columns => self.erase_places(column, self.columns),
            1 => self.erase_places(0, (column + 1).min(self.columns)),
            2 => self.erase_places(0, self.columns),
            _ => {}
        }
    }

    pub(in super::super) fn erase_in_screen(&mut self, how: u16) {
        let (row, blank) = (self.cursor.1, Row::blank(self.columns, self.ground()));
        match how {
            0 => self.rows[row + 1..].fill(Arc::new(blank)),
            1 => self.rows[..row].fill(Arc::new(blank)),
            2 => self.rows.fill(Arc::new(blank)),
            _ => {}
        }
        if how < 2 {
            self.erase_in_row(how);
        }
    }

    pub(in super::super) fn fill_with(&mut self, letter: char) {
        let cell = Cell::letter(letter, 1, Pen::default());
        let mut row = Row::blank(self.columns, Pen::default());
        row.cells_mut().fill(cell);
        self.rows.fill(Arc::new(row));
        (self.cursor, self.region) = ((0, 0), (0, self.rows.len() - 1));
    }
}
