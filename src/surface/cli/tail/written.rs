//! Frames to text: the last lines of what there was, then each line when it is over.

use std::collections::VecDeque;

use super::super::table::shown;
use super::line::Line;
use super::page::Page;
use crate::fleet::rfc3339;
use crate::wire::OutputFrame;

/// How lines are written out.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// With their colours.
    pub is_coloured: bool,
    /// Between sessions stands a rule; else only what the agent wrote.
    pub has_rules: bool,
}

/// What becomes of frames.
pub struct Written {
    form: Form,
    page: Page,
    /// The last lines, until all is known that there was; nothing after that.
    held: Option<VecDeque<String>>,
    most: Option<usize>,
    is_followed: bool,
    /// A line of which more follows: the terminal was not wide enough for it.
    begun: String,
    session: Option<String>,
    notes: Vec<String>,
    /// Whether no line was written out.
    is_empty: bool,
    /// Whether it was said that lines come late.
    is_late_said: bool,
}

impl Written {
    /// Nothing so far; of what there was, at most so many lines.
    pub fn new(form: Form, most: Option<usize>, is_followed: bool) -> Self {
        Self {
            form,
            page: Page::new(is_followed),
            held: Some(VecDeque::new()),
            most,
            is_followed,
            begun: String::new(),
            session: None,
            notes: Vec::new(),
            is_empty: true,
            is_late_said: false,
        }
    }

    /// Takes a frame; the text that it makes.
    pub fn take(&mut self, frame: OutputFrame) -> String {
        let mut text = String::new();
        match frame {
            OutputFrame::Head { .. } => {}
            OutputFrame::Session { session, at_ms } => self.session(&session, at_ms, &mut text),
            OutputFrame::Size { columns, rows } => self.page.resize(columns, rows),
            OutputFrame::Output { bytes, .. } => {
                let lines = self.page.write(&OutputFrame::bytes(&bytes));
                self.lines(&lines, &mut text);
            }
            OutputFrame::Gap { reason, lost, .. } => self.gap(&reason, lost, &mut text),
            OutputFrame::Now {} => self.now(&mut text),
        }
        text
    }

    /// What is to be said beside the text.
    pub fn notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    /// What stands on the screen when nothing more comes.
    pub fn rest(&mut self) -> String {
        let mut text = String::new();
        let lines = self.page.flush();
        self.lines(&lines, &mut text);
        self.let_go(&mut text);
        text
    }

    /// Whether no line was written out.
    pub fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// All that there was is known: its last lines are written out.
    fn now(&mut self, text: &mut String) {
        if !self.is_followed {
            return;
        }
        if self.held.is_some() {
            let lines = self.page.flush_above();
            self.lines(&lines, text);
            self.let_go(text);
        }
        if self.page.is_full_screen() && !self.is_late_said {
            self.is_late_said = true;
            let what = "it draws on the whole screen, which leaves no lines";
            self.notes.push(format!("{what}; `mosaic agent watch` shows it"));
        }
    }

    fn session(&mut self, session: &str, at_ms: u64, text: &mut String) {
        if self.session.replace(session.to_owned()).is_some() {
            // What the last one left on the screen is over.
            let lines = self.page.flush();
            self.lines(&lines, text);
        }
        let size = self.page.size();
        self.page = Page::new(self.is_followed);
        self.page.resize(size.0, size.1);
        if self.form.has_rules {
            let id: String = shown(session).chars().take(8).collect();
            self.rule(&format!("session {id} since {}", rfc3339(at_ms)), text);
        }
    }

    fn gap(&mut self, reason: &str, lost: Option<u64>, text: &mut String) {
        let lines = self.page.flush();
        self.lines(&lines, text);
        let what = match lost {
            Some(lost) => format!("{lost} bytes of output are missing here: {}", shown(reason)),
            None => format!("output may be missing here: {}", shown(reason)),
        };
        if self.form.has_rules {
            self.rule(&what, text);
        } else {
            self.notes.push(what);
        }
    }

    fn rule(&mut self, what: &str, text: &mut String) {
        let rule = format!("── {what} ──");
        self.say(if self.form.is_coloured { format!("\x1b[2m{rule}\x1b[0m") } else { rule }, text);
    }

    fn lines(&mut self, lines: &[Line], text: &mut String) {
        for line in lines {
            if self.form.is_coloured {
                line.coloured(&mut self.begun);
            } else {
                line.plain(&mut self.begun);
            }
            if !line.is_wrapped {
                let whole = std::mem::take(&mut self.begun);
                self.is_empty = false;
                self.say(whole, text);
            }
        }
    }

    fn say(&mut self, line: String, text: &mut String) {
        match &mut self.held {
            Some(held) => {
                held.push_back(line);
                if self.most.is_some_and(|most| held.len() > most) {
                    held.pop_front();
                }
            }
            None => {
                text.push_str(&line);
                text.push('\n');
            }
        }
    }

    fn let_go(&mut self, text: &mut String) {
        if !self.begun.is_empty() {
            let whole = std::mem::take(&mut self.begun);
            self.say(whole, text);
        }
        for line in self.held.take().unwrap_or_default() {
            text.push_str(&line);
            text.push('\n');
        }
    }
}
