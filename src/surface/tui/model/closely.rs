//! Keys while one agent is looked at closely, and the page of all keys.

#![expect(clippy::wildcard_enum_match_arm, reason = "most keys mean nothing")]

use super::super::help::help;
use super::{Detail, Effect, Model, Over, Part, Places};
use crate::terminal::input::Key;

impl Model {
    pub(super) fn look(&mut self, part: Part) {
        let Some(who) = self.list.selected().cloned() else {
            return;
        };
        if !who.managed {
            return self.not_ours(&who.agent);
        }
        self.detail = Some(Detail::new(who.agent, part));
    }

    pub(super) fn in_detail(&mut self, key: Key) {
        let Some(front) = self.detail.as_ref().map(|detail| detail.part) else {
            return;
        };
        let page = isize::try_from(Places::of(self).part_rows(front)).unwrap_or(1).max(1);
        let beside = |by: usize| Part::ALL[(front.at() + by) % Part::ALL.len()];
        let turn = match key {
            Key::Tab | Key::Right | Key::Char('l') => Some(beside(1)),
            Key::BackTab | Key::Left | Key::Char('h') => Some(beside(Part::ALL.len() - 1)),
            Key::Char(c @ '1'..='4') => {
                c.to_digit(10).and_then(|at| Part::ALL.get(at as usize - 1)).copied()
            }
            _ => None,
        };
        if let (Some(part), Some(detail)) = (turn, &mut self.detail) {
            detail.part = part;
            return;
        }
        match key {
            Key::Escape => self.detail = None,
            Key::Up | Key::Char('k') => self.scroll(front, -1),
            Key::Down | Key::Char('j') | Key::Enter => self.scroll(front, 1),
            Key::PageUp | Key::Control('b') => self.scroll(front, -page),
            Key::PageDown | Key::Control('f') | Key::Char(' ') => self.scroll(front, page),
            Key::Home | Key::Char('g') => self.scroll(front, isize::MIN),
            Key::End | Key::Char('G') => self.scroll(front, isize::MAX),
            // The next agent of the table, looked at in the same way.
            Key::Char('J' | 'N') => self.look_beside(1),
            Key::Char('K') => self.look_beside(-1),
            _ => {}
        }
    }

    fn look_beside(&mut self, by: isize) {
        let part = self.detail.as_ref().map_or(Part::Why, |detail| detail.part);
        let before = self.list.at();
        self.list.step(&self.reply.rows, by, 1);
        if self.list.at() != before && self.list.selected().is_some_and(|who| who.managed) {
            self.look(part);
        } else {
            self.list.select(&self.reply.rows, before);
        }
    }

    pub(super) fn scroll(&mut self, part: Part, by: isize) {
        let places = Places::of(self);
        let (columns, room) = (usize::from(places.part(part).columns), places.part_rows(part));
        let now_ms = self.now_ms;
        if let Some(detail) = &mut self.detail {
            let last = detail.lines(part, columns, now_ms).len().saturating_sub(room);
            let at = &mut detail.scroll[part.at()];
            *at = (*at).min(last).saturating_add_signed(by).min(last);
        }
    }

    pub(super) fn help(&mut self, key: Key, at: usize) -> Vec<Effect> {
        let page = usize::from(self.size.1).saturating_sub(2).max(1);
        self.over = match key {
            Key::Down | Key::Char('j') => Some(Over::Help(at + 1)),
            Key::Up | Key::Char('k') => Some(Over::Help(at.saturating_sub(1))),
            Key::PageDown | Key::Char(' ') => Some(Over::Help(at + page)),
            Key::PageUp => Some(Over::Help(at.saturating_sub(page))),
            _ => None,
        };
        if let Some(Over::Help(at)) = &mut self.over {
            *at = (*at).min(help(self.size.0).len().saturating_sub(page));
        }
        Vec::new()
    }
}
