//! The keys of one mapping: known ones are handed out with their paths, all others are mistakes.

use crate::fleet::nearest;

use super::leaf::{describe, disguise};
use super::mistake::{Broken, Mistakes, Place, quoted};
use super::schema::{Section, found_below};
use super::spot::{Spot, key_text};
use super::tree::{Content, Node};

/// The entries of one mapping.
#[derive(Debug)]
pub struct Fields<'n> {
    /// Where the mapping begins.
    place: Place,
    /// The keys that lead to it.
    path: String,
    entries: Vec<(&'n str, Spot<'n>)>,
}

impl<'n> Fields<'n> {
    /// The entries of a mapping whose keys are known; unknown ones are recorded as mistakes.
    pub fn known(
        spot: &Spot<'n>,
        section: &Section,
        mistakes: &mut Mistakes,
    ) -> Result<Self, Broken> {
        let mut fields = Self::any(spot, mistakes)?;
        // What stands under an unknown key is not read: it would be a second mistake.
        fields.entries.retain(|(key, _)| section.has(key));
        for (key, place) in spot.keys() {
            if section.has(key) {
                continue;
            }
            let near = nearest(key, section.names()).map(str::to_owned);
            let near = near.or_else(|| found_below(key, section));
            let allowed = match section.keys {
                [only] => format!("only {}", quoted(only.name)),
                _ => format!("one of {}", section.names().collect::<Vec<_>>().join(", ")),
            };
            let path = join(&spot.path, &printable_key(key));
            let found = format!("the unknown key {}", quoted(key));
            mistakes.propose(place, &path, found, &allowed, near.map(|near| quoted(&near)));
        }
        Ok(fields)
    }

    /// The entries of a mapping with keys of the user's own.
    pub fn any(spot: &Spot<'n>, mistakes: &mut Mistakes) -> Result<Self, Broken> {
        let Content::Mapping(entries) = &spot.node.content else {
            let found = describe(spot.node);
            return Err(mistakes.add(spot.node.place, &spot.path, found, "a mapping of keys"));
        };
        let mut fields =
            Self { place: spot.node.place, path: spot.path.clone(), entries: Vec::new() };
        for (key, value) in entries {
            fields.take(key, value, mistakes);
        }
        Ok(fields)
    }

    fn take(&mut self, key: &'n Node, value: &'n Node, mistakes: &mut Mistakes) {
        let Some(text) = key_text(key) else {
            let found = format!("{} as a key", describe(key));
            mistakes.add(key.place, &self.path, found, "text");
            return;
        };
        let path = join(&self.path, &printable_key(text));
        let looks_like = disguise(key);
        if let Some(looks_like) = looks_like {
            let found = format!("the key {}, which {looks_like}", quoted(text));
            let meant = Some(format!("`\"{text}\"`"));
            mistakes.propose(key.place, &path, found, "text; put it in quotes", meant);
        }
        if self.entries.iter().any(|(seen, _)| *seen == text) {
            let found = format!("the key {} a second time", quoted(text));
            mistakes.add(key.place, &path, found, "each key once");
            return;
        }
        self.entries.push((text, Spot { node: value, path }));
    }

    /// The value of a key, if it is there.
    pub fn get(&self, key: &str) -> Option<&Spot<'n>> {
        self.entries.iter().find(|(name, _)| *name == key).map(|(_, spot)| spot)
    }

    /// The value of a key that must be there.
    pub fn required(
        &self,
        key: &str,
        allowed: &str,
        mistakes: &mut Mistakes,
    ) -> Result<&Spot<'n>, Broken> {
        self.get(key).ok_or_else(|| self.missing(key, allowed, mistakes))
    }

    /// Records that a key is not there.
    pub fn missing(&self, key: &str, allowed: &str, mistakes: &mut Mistakes) -> Broken {
        let path = join(&self.path, key);
        mistakes.add(self.place, &path, "nothing".to_owned(), allowed)
    }

    /// Every entry, in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = (&'n str, &Spot<'n>)> {
        self.entries.iter().map(|(key, spot)| (*key, spot))
    }
}

/// A key as part of a path: bounded and on one line, whatever it holds.
fn printable_key(key: &str) -> String {
    quoted(key).trim_matches('`').to_owned()
}

/// The path of an entry.
fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
