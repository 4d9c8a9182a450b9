//! Rows that move: all in the region that scrolls, or those below one that is put in or taken out.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::Screen;
use crate::terminal::emulator::cell::Row;
use crate::terminal::emulator::pen::{Colour, Pen};

impl Screen {
    pub(in super::super) fn set_region(&mut self, top: usize, bottom: usize) {
        let last = self.rows.len() - 1;
        let (top, bottom) = (top.min(last), bottom.min(last));
        if top < bottom {
            self.region = (top, bottom);
            self.cursor = (0, 0);
        }
    }

    /// To the next row of what is written in this paper.
    pub(in super::super) fn line_feed(&mut self, paper: Colour) {
        if self.cursor.1 == self.region.1 {
            self.lift(self.region.0..=self.region.1, 1, Pen::ground(paper));
        } else if self.cursor.1 < self.rows.len() - 1 {
            self.cursor.1 += 1;
        }
    }

    pub(in super::super) fn reverse_line_feed(&mut self) {
        if self.cursor.1 == self.region.0 {
            self.lower(self.region.0..=self.region.1, 1, self.ground());
        } else if self.cursor.1 > 0 {
            self.cursor.1 -= 1;
        }
    }

    pub(in super::super) fn scroll_up(&mut self, count: usize) {
        self.lift(self.region.0..=self.region.1, count, self.ground());
    }

    pub(in super::super) fn scroll_down(&mut self, count: usize) {
        self.lower(self.region.0..=self.region.1, count, self.ground());
    }

    fn lift(&mut self, region: RangeInclusive<usize>, count: usize, ground: Pen) {
        let rows = &mut self.rows[region];
        let count = count.min(rows.len());
        rows.rotate_left(count);
        let from = rows.len() - count;
        rows[from..].fill(Arc::new(Row::blank(self.columns, ground)));
    }

    fn lower(&mut self, region: RangeInclusive<usize>, count: usize, ground: Pen) {
        let rows = &mut self.rows[region];
        let count = count.min(rows.len());
        rows.rotate_right(count);
        rows[..count].fill(Arc::new(Row::blank(self.columns, ground)));
    }

    /// What rows are moved by a row that is put in or taken out where the cursor is.
    fn moved(&self) -> RangeInclusive<usize> {
        let row = self.cursor.1;
        let is_inside = (self.region.0..=self.region.1).contains(&row);
        row..=if is_inside { self.region.1 } else { self.rows.len() - 1 }
    }

    pub(in super::super) fn insert_rows(&mut self, count: usize) {
        self.lower(self.moved(), count, self.ground());
    }

    pub(in super::super) fn delete_rows(&mut self, count: usize) {
        self.lift(self.moved(), count, self.ground());
    }
}
