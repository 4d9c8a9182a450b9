//! What is done with an agent: asked first, written first, or left to another verb.

#![expect(clippy::wildcard_enum_match_arm, reason = "most keys mean nothing")]

use super::{Effect, Errand, Model, Over, Question};
use crate::table::{Tone, age, shown};
use crate::terminal::input::Key;
use crate::wire::Row;
use crate::wire::client::AgentVerb;

impl Model {
    /// The row that something is to be done with; nothing where it cannot be, which is said.
    pub(super) fn ours(&mut self) -> Option<Row> {
        let row = self.row().cloned();
        match row {
            Some(row) if row.managed => Some(row),
            Some(row) => {
                self.not_ours(&row.agent);
                None
            }
            None => {
                self.say("no agent is selected", Tone::Warning);
                None
            }
        }
    }

    pub(super) fn not_ours(&mut self, agent: &str) {
        self.say(
            &format!("{agent} is not ours: it runs on our tmux socket, and mosaic only shows it"),
            Tone::Warning,
        );
    }

    /// Whether somebody answers who could do it.
    pub(super) fn is_heard(&mut self) -> bool {
        if self.away.is_some() {
            self.say("no supervisor answers: nothing can be done now", Tone::Bad);
        }
        self.away.is_none()
    }

    pub(super) fn errand(&mut self, errand: Errand) -> Vec<Effect> {
        if !self.is_heard() {
            return Vec::new();
        }
        self.ours().map(|row| Effect::Errand(errand, row.agent)).into_iter().collect()
    }

    pub(super) fn write_to(&mut self) {
        if let Some(row) = self.ours() {
            self.drafts.entry(row.agent.clone()).or_default();
            self.over = Some(Over::Compose(row.agent));
        }
    }

    pub(super) fn ask_up_or_down(&mut self) {
        let is_down = |row: &Row| matches!(row.lifecycle.as_str(), "absent" | "exited");
        let verb = if self.row().is_some_and(is_down) { AgentVerb::Start } else { AgentVerb::Stop };
        self.ask(verb);
    }

    pub(super) fn ask(&mut self, verb: AgentVerb) {
        if !self.is_heard() {
            return;
        }
        let Some(row) = self.ours() else {
            return;
        };
        let word = match verb {
            AgentVerb::Start => "Start",
            AgentVerb::Stop => "Stop",
            AgentVerb::Restart => "Restart",
        };
        let loss = if verb == AgentVerb::Start { String::new() } else { self.loss(&row) };
        let text =
            format!("{word} {}?{loss} y does it, any other key does not.", shown(&row.agent));
        self.over = Some(Over::Ask(Question { verb, agent: row.agent, text }));
    }

    /// What the end of its session would cut off.
    fn loss(&self, row: &Row) -> String {
        let mut parts = Vec::new();
        if row.lifecycle == "running" && row.activity.state == "busy" {
            let since = row.activity.since_ms.map_or_else(String::new, |since| {
                format!(" for {}", age(self.now_ms.saturating_sub(since)))
            });
            parts.push(format!("it has been busy{since}, and its turn would be cut off"));
        }
        if let Some(who) = &row.attached {
            parts.push(format!("{} has its keyboard", shown(who)));
        }
        if row.inbox > 0 {
            let noun = if row.inbox == 1 { "message waits" } else { "messages wait" };
            parts.push(format!("{} {noun} for it", row.inbox));
        }
        if parts.is_empty() { String::new() } else { format!(" Mind: {}.", parts.join("; ")) }
    }

    pub(super) fn answer(&mut self, key: Key, question: Question) -> Vec<Effect> {
        self.over = None;
        if matches!(key, Key::Char('y' | 'Y')) {
            return vec![Effect::Command(question.verb, question.agent)];
        }
        self.say("nothing was done", Tone::Plain);
        Vec::new()
    }

    pub(super) fn compose(&mut self, key: Key, agent: &str) -> Vec<Effect> {
        let draft = self.drafts.entry(agent.to_owned()).or_default();
        if draft.is_going {
            return Vec::new();
        }
        match key {
            Key::Escape => {
                let is_empty = draft.text().is_empty();
                self.over = None;
                if is_empty {
                    self.drafts.remove(agent);
                } else {
                    self.say(&format!("not sent; s has the text for {agent} again"), Tone::Plain);
                }
            }
            Key::Control('s' | 'x') | Key::AltEnter => {
                if let Some(fault) = draft.fault() {
                    self.say(fault, Tone::Warning);
                } else if self.is_heard()
                    && let Some(draft) = self.drafts.get_mut(agent)
                {
                    draft.is_going = true;
                    return vec![Effect::Send(agent.to_owned(), draft.asked())];
                }
            }
            Key::Control('e' | 'o') => return vec![Effect::Edit(agent.to_owned())],
            _ => {
                draft.press(key);
            }
        }
        Vec::new()
    }

    pub(super) fn paste(&mut self, text: &str) -> Vec<Effect> {
        match self.over.clone() {
            Some(Over::Compose(agent)) => {
                let draft = self.drafts.entry(agent).or_default();
                if !draft.is_going {
                    draft.write(text);
                }
            }
            Some(Over::Filter(_)) => {
                let text = format!("{}{}", self.list.filter.text(), text.replace('\n', " "));
                self.filter(&text);
            }
            // Pasted text is no keys: `r` and `y` in it restart nobody.
            Some(Over::Help(_) | Over::Ask(_)) | None => {
                self.say("pasted text means nothing here; s writes a message", Tone::Warning);
            }
        }
        Vec::new()
    }
}
