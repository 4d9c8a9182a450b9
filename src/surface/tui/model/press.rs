//! What a key means, and a click. The same key means the same wherever it means anything.

#![expect(clippy::wildcard_enum_match_arm, reason = "most keys mean nothing")]

use super::{Effect, Errand, Filter, List, Model, Over, Part, Places};
use crate::table::{Key as Order, Tone};
use crate::terminal::input::{Input, Key};
use crate::wire::client::AgentVerb;

impl Model {
    /// Takes what somebody did; what is to be done now.
    pub fn take(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Key(Key::Control('c')) => vec![Effect::Interrupt],
            Input::Key(Key::Control('z')) => vec![Effect::Suspend],
            Input::Key(Key::Control('l')) => vec![Effect::Redraw, Effect::Hurry],
            Input::Key(key) => self.press(key),
            Input::Mouse(what, column, row) => self.click(what, column, row),
            Input::Paste(text) => self.paste(&text),
        }
    }

    fn press(&mut self, key: Key) -> Vec<Effect> {
        self.notice = None;
        match self.over.clone() {
            Some(Over::Filter(before)) => self.type_filter(key, &before),
            Some(Over::Help(at)) => self.help(key, at),
            Some(Over::Ask(question)) => self.answer(key, question),
            Some(Over::Compose(agent)) => self.compose(key, &agent),
            None => self.plain(key),
        }
    }

    fn plain(&mut self, key: Key) -> Vec<Effect> {
        match key {
            Key::Char('q') if self.detail.is_some() => self.detail = None,
            Key::Char('q') => return vec![Effect::Quit],
            Key::Char('?') => self.over = Some(Over::Help(0)),
            Key::Char('m') => {
                self.has_mouse = !self.has_mouse;
                let word = if self.has_mouse { "clicks count" } else { "the mouse selects text" };
                self.say(&format!("{word}; m has it the other way"), Tone::Plain);
                return vec![Effect::Mouse(self.has_mouse)];
            }
            Key::Char('w') => return self.errand(Errand::Watch),
            Key::Char('a') => return self.errand(Errand::Attach),
            Key::Char('s') => self.write_to(),
            Key::Char('r') => self.ask(AgentVerb::Restart),
            Key::Char('S') => self.ask_up_or_down(),
            _ if self.detail.is_some() => self.in_detail(key),
            _ => self.in_table(key),
        }
        Vec::new()
    }

    // === the table ===

    fn in_table(&mut self, key: Key) {
        let room = usize::from(Places::of(self).body.rows).max(1);
        let page = isize::try_from(room).unwrap_or(1);
        let rows = &self.reply.rows;
        match key {
            Key::Up | Key::Char('k') => self.list.step(rows, -1, room),
            Key::Down | Key::Char('j') => self.list.step(rows, 1, room),
            Key::PageUp | Key::Control('b') => self.list.step(rows, -page, room),
            Key::PageDown | Key::Control('f') | Key::Char(' ') => self.list.step(rows, page, room),
            Key::Home | Key::Char('g') => self.list.step(rows, isize::MIN, room),
            Key::End | Key::Char('G') => self.list.step(rows, isize::MAX, room),
            Key::Enter => self.look(Part::Why),
            Key::Char('/') => {
                self.over = Some(Over::Filter(self.list.filter.text().to_owned()));
            }
            Key::Escape => self.filter(""),
            Key::Char('<') | Key::Left => self.order(|list| list.order_beside(-1)),
            Key::Char('>') | Key::Right => self.order(|list| list.order_beside(1)),
            Key::Char('-') => self.order(List::reverse),
            Key::Char('P') => self.order(|list| list.order_by(Order::CPU)),
            Key::Char('M') => self.order(|list| list.order_by(Order::MEMORY)),
            Key::Char('n') if self.list.next_urgent(rows) => {}
            Key::Char('n') => self.say("nobody wants anybody", Tone::Good),
            _ => {}
        }
    }

    pub(super) fn order(&mut self, change: impl FnOnce(&mut List)) {
        change(&mut self.list);
        self.refill();
    }

    pub(super) fn filter(&mut self, text: &str) {
        self.list.filter = Filter::parse(text);
        self.list.forget_widths();
        self.refill();
    }

    fn type_filter(&mut self, key: Key, before: &str) -> Vec<Effect> {
        let mut text = self.list.filter.text().to_owned();
        match key {
            Key::Enter => self.over = None,
            Key::Escape => {
                self.over = None;
                self.filter(before);
            }
            Key::Char(c) => {
                text.push(c);
                self.filter(&text);
            }
            Key::Backspace if text.is_empty() => self.over = None,
            Key::Backspace => {
                text.pop();
                self.filter(&text);
            }
            Key::Control('u') => self.filter(""),
            Key::Control('w') => {
                let word = text.trim_end().rfind(' ').map_or(0, |at| at + 1);
                self.filter(&text[..word]);
            }
            Key::Up | Key::Down | Key::PageUp | Key::PageDown => self.in_table(key),
            _ => {}
        }
        Vec::new()
    }
}
