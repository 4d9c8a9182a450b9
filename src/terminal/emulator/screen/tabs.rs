//! Tab stops.

use super::Screen;

/// From one tab stop to the next.
const TAB: usize = 8;

impl Screen {
    pub(super) fn reset_tabs(&mut self) {
        self.tabs = (0..self.columns).map(|at| at > 0 && at % TAB == 0).collect();
    }

    pub(in super::super) fn tab(&mut self) {
        let last = self.columns - 1;
        if self.cursor.0 < last {
            let next = (self.cursor.0 + 1..last).find(|at| self.tabs[*at]);
            self.cursor.0 = next.unwrap_or(last);
        }
    }

    pub(in super::super) fn tab_back(&mut self, count: usize) {
        for _ in 0..count.min(self.columns) {
            let column = self.cursor.0.min(self.columns - 1);
            self.cursor.0 = (1..column).rev().find(|at| self.tabs[*at]).unwrap_or(0);
        }
    }

    pub(in super::super) fn set_tab(&mut self) {
        if let Some(stop) = self.tabs.get_mut(self.cursor.0) {
            *stop = true;
        }
    }

    pub(in super::super) fn clear_tab(&mut self) {
        if let Some(stop) = self.tabs.get_mut(self.cursor.0) {
            *stop = false;
        }
    }

    pub(in super::super) fn clear_tabs(&mut self) {
        self.tabs.fill(false);
    }
}
