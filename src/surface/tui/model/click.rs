//! What a click means, and the wheel.

use super::super::help::help;
use super::{Effect, GUTTER, Model, Over, Part, Places, Who, tabs};
use crate::table::{Column, GAP, Key as Order};
use crate::terminal::input::Mouse;

/// Rows that a turn of the wheel moves.
const WHEEL_ROWS: isize = 3;

impl Model {
    pub(super) fn click(&mut self, what: Mouse, column: u16, row: u16) -> Vec<Effect> {
        let places = Places::of(self);
        let wheel = match what {
            Mouse::WheelUp => -WHEEL_ROWS,
            Mouse::WheelDown => WHEEL_ROWS,
            Mouse::Press => 0,
        };
        match &mut self.over {
            Some(Over::Help(at)) => {
                let page = usize::from(self.size.1).saturating_sub(2).max(1);
                let last = help(self.size.0).len().saturating_sub(page);
                *at = at.saturating_add_signed(wheel).min(last);
                return Vec::new();
            }
            // A click is no answer, and moves no cursor in a text.
            Some(Over::Ask(_) | Over::Compose(_)) => return Vec::new(),
            Some(Over::Filter(_)) | None => {}
        }
        if self.detail.is_some() {
            self.click_detail(&places, wheel, column, row);
        } else if wheel != 0 {
            self.list.scroll(&self.reply.rows, wheel, usize::from(places.body.rows).max(1));
        } else if places.head.holds(column, row) {
            if let Some(clicked) = self.column_at(column) {
                self.order(|list| list.order_by(Order::by(clicked, false)));
            }
        } else if places.body.holds(column, row) {
            let room = usize::from(places.body.rows);
            let (_, page) = self.list.page(&self.reply.rows, room);
            let at = usize::from(row - places.body.y);
            let Some(who) = page.get(at).map(|row| Who::of(row)) else {
                return Vec::new();
            };
            if self.list.selected() == Some(&who) {
                self.look(Part::Why);
            } else {
                self.notice = None;
                self.list.point(&self.reply.rows, at, room);
            }
        }
        Vec::new()
    }

    fn click_detail(&mut self, places: &Places, wheel: isize, column: u16, row: u16) {
        let is_tab = !places.is_wide && row == 1;
        let at = usize::from(column);
        let tab = tabs().find(|(_, text, from)| (*from..*from + text.len()).contains(&at));
        let part = match tab {
            Some((part, ..)) if is_tab => Some(part),
            Some(_) | None => places.part_at(self, column, row),
        };
        let Some(part) = part else {
            return;
        };
        if wheel != 0 {
            self.scroll(part, wheel);
        } else if let Some(detail) = &mut self.detail {
            detail.part = part;
        }
    }

    fn column_at(&self, column: u16) -> Option<Column> {
        let mut from = GUTTER;
        self.list.shape().iter().find_map(|(shown, wide)| {
            let is_it = (from..from + wide + GAP).contains(&usize::from(column));
            from += wide + GAP;
            is_it.then_some(*shown)
        })
    }
}
