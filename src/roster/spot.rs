//! A place in the tree and the keys that lead to it; it reads no value.

use super::mistake::Place;
use super::tree::{Content, Meaning, Node};

/// A node and the keys that lead to it.
#[derive(Debug, Clone)]
pub struct Spot<'n> {
    /// The node.
    pub node: &'n Node,
    /// `agents[2].heartbeat.every`.
    pub path: String,
}

impl<'n> Spot<'n> {
    /// Where the key of an entry of this mapping stands.
    pub fn place_of_key(&self, key: &str) -> Place {
        let found = self.keys().find(|(name, _)| *name == key);
        found.map_or(self.node.place, |(_, place)| place)
    }

    /// The keys of this mapping, and where each stands.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&'n str, Place)> {
        let entries = match &self.node.content {
            Content::Mapping(entries) => entries.as_slice(),
            Content::Scalar(_) | Content::List(_) => &[],
        };
        entries.iter().filter_map(|(key, _)| Some((key_text(key)?, key.place)))
    }
}

/// A key as text, if it is text.
pub(super) fn key_text(key: &Node) -> Option<&str> {
    match &key.content {
        Content::Scalar(scalar) if scalar.meaning == Meaning::Text => Some(&scalar.text),
        Content::Scalar(_) | Content::List(_) | Content::Mapping(_) => None,
    }
}
