//! Messages: text for an agent, with an id that exists before the first keystroke.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Address, Moment, Receipt};

/// The id of a message: it exists before the first keystroke. 12 characters of `0-9a-z`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageId(pub String);

impl fmt::Display for MessageId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

impl MessageId {
    /// What stands in front of the text on a keystroke channel: `[m-<id>] `.
    pub fn tag(&self) -> String {
        format!("[m-{}] ", self.0)
    }

    /// Splits a submitted text into the id of its tag and the body behind it.
    pub fn of_tagged(text: &str) -> Option<(Self, &str)> {
        let (id, body) = text.strip_prefix("[m-")?.split_once("] ")?;
        let formed = !id.is_empty()
            && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        formed.then(|| (Self(id.to_owned()), body))
    }
}

/// What its sender expects of the one who gets a message. Mosaic treats all classes alike: the word
/// is for the receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// It is to be worked on.
    Actionable,
    /// The output of a program; nothing is asked.
    TerminalLog,
    /// A person says it.
    #[default]
    Human,
    /// It answers a message, and wants no answer itself.
    Reaction,
}

impl Class {
    /// All of them, in this order.
    pub const ALL: [Self; 4] = [Self::Actionable, Self::TerminalLog, Self::Human, Self::Reaction];

    /// The word of the command line, the API and the envelope.
    pub fn word(self) -> &'static str {
        match self {
            Self::Actionable => "actionable",
            Self::TerminalLog => "terminal-log",
            Self::Human => "human",
            Self::Reaction => "reaction",
        }
    }
}

/// How a message is to be brought to its agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Manner {
    /// What is expected of the receiver; without it `actionable` of an agent, `human` of others.
    pub class: Option<Class>,
    /// Interrupt the running turn first.
    pub interrupts: bool,
    /// Wait until its runtime is idle.
    pub waits_for_idle: bool,
}

/// A message for an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The text, byte for byte.
    pub text: String,
    /// Who sends it: the address of an agent, or a word for somebody else.
    pub from: String,
    /// What is expected of the receiver.
    #[serde(default)]
    pub class: Class,
    /// The line that goes before the text when an agent sends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub envelope: Option<String>,
    /// Whether a running turn is interrupted for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interrupts: bool,
    /// Whether it waits until its runtime is idle.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waits_for_idle: bool,
    /// When it was queued.
    pub queued_at: Moment,
    /// When it expires if it is still in the mailbox.
    pub expires_at: Moment,
    /// How far it has come.
    pub receipt: Receipt,
    /// When that rung was reached.
    pub receipt_at: Moment,
    /// Since when the turn ran that ran when it last began to go out: that one cannot be its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<Moment>,
    /// Why nothing of it went out when that was last tried; none before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returned: Option<String>,
    /// How often it came back.
    #[serde(default, skip_serializing)]
    pub returns: u32,
}

impl Message {
    /// What goes to the runtime: the envelope in a line of its own where there is one, and the text.
    pub fn whole(&self) -> Cow<'_, str> {
        match &self.envelope {
            Some(envelope) => Cow::Owned(format!("{envelope}\n{}", self.text)),
            None => Cow::Borrowed(&self.text),
        }
    }
}

/// The line before a text that one agent sends another: `[ada@mill/max -> bob@mill/max class=actionable]`.
pub fn envelope(from: &Address, to: &Address, class: Class) -> String {
    // A host may be called anything; nothing in its name ends the line or the bracket.
    let plain = |address: &Address| {
        let odd = |letter: char| letter.is_control() || letter.is_whitespace() || letter == ']';
        address.to_string().replace(odd, "?")
    };
    format!("[{} -> {} class={}]", plain(from), plain(to), class.word())
}

/// The first character that would be a key to a program that gets the text as a paste, and its
/// byte: ESC ends the paste, and what follows it changes modes.
pub fn key_in(text: &str) -> Option<(usize, char)> {
    text.char_indices().find(|(_, character)| {
        let is_text = matches!(character, '\n' | '\t');
        character.is_control() && !is_text
    })
}

#[cfg(test)]
mod tests {
    use super::{Class, MessageId, envelope};
    use crate::fleet::{Address, AgentName};

    #[test]
    fn a_tag_binds_id_and_body() {
        let id = MessageId("k3x9".into());
        let text = format!("{}!rm -rf /\n[m-zz] no", id.tag());
        assert_eq!(MessageId::of_tagged(&text), Some((id, "!rm -rf /\n[m-zz] no")));
        for none in ["hello", "[m-] x", "[m-A1] x", "[m-a1]x", " [m-a1] x"] {
            assert_eq!(MessageId::of_tagged(none), None, "{none}");
        }
    }

    #[test]
    fn an_envelope_is_one_line_whatever_a_host_is_called() {
        let at = |host: &str| Address {
            agent: AgentName::parse("ada").unwrap(),
            host: host.to_owned(),
            tenant: "max".to_owned(),
        };
        let line = envelope(&at("mill"), &at("a]b\nc d\u{1b}"), Class::TerminalLog);
        assert_eq!(line, "[ada@mill/max -> ada@a?b?c?d?/max class=terminal-log]");
        for class in Class::ALL {
            let json = serde_json::to_string(&class).unwrap();
            assert_eq!(json, format!("\"{}\"", class.word()));
        }
    }
}
