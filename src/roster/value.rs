//! What each scalar means, as `serde_yaml` reads it; where two readers differ, neither is believed.

use std::fmt;

use serde::de::{Deserialize, Deserializer, EnumAccess, MapAccess, SeqAccess, Visitor};

use super::mistake::{Broken, Mistakes, Place, quoted};
use super::tree::{Content, Meaning, Node, Scalar};

/// Gives every scalar of the tree its meaning. The tree has the places, `serde_yaml` the values:
/// both read the same text, and must have seen the same thing.
pub fn settle(text: &str, root: &mut Node, mistakes: &mut Mistakes) -> Result<(), Broken> {
    match serde_yaml::from_str::<Seen>(text) {
        Ok(seen) => agree(root, seen, mistakes),
        Err(error) => {
            let place = error.location().map_or(Place::START, |location| Place {
                line: location.line().max(1),
                column: location.column().max(1),
            });
            let found = format!("something that not every reader of YAML takes ({error})");
            Err(mistakes.add(place, "", found, "plainer YAML"))
        }
    }
}

/// What `serde_yaml` saw.
enum Seen {
    Scalar(Meaning, String),
    List(Vec<Self>),
    Mapping(Vec<(Self, Self)>),
    Other,
}

fn agree(node: &mut Node, seen: Seen, mistakes: &mut Mistakes) -> Result<(), Broken> {
    let agreed = match (&mut node.content, seen) {
        (Content::Scalar(scalar), Seen::Scalar(meaning, text)) => agree_on(scalar, meaning, &text),
        (Content::List(items), Seen::List(seen)) if items.len() == seen.len() => {
            for (item, seen) in items.iter_mut().zip(seen) {
                agree(item, seen, mistakes)?;
            }
            true
        }
        (Content::Mapping(entries), Seen::Mapping(seen)) if entries.len() == seen.len() => {
            for ((key, value), (seen_key, seen_value)) in entries.iter_mut().zip(seen) {
                agree(key, seen_key, mistakes)?;
                agree(value, seen_value, mistakes)?;
            }
            true
        }
        (Content::Scalar(_) | Content::List(_) | Content::Mapping(_), _) => false,
    };
    if agreed {
        return Ok(());
    }
    let found = match &node.content {
        Content::Scalar(scalar) => quoted(&scalar.text),
        Content::List(_) => "a list".to_owned(),
        Content::Mapping(_) => "a mapping".to_owned(),
    };
    let found = format!("{found}, which two readers of YAML understand differently");
    Err(mistakes.add(node.place, "", found, "plainer YAML: put text in double quotes"))
}

fn agree_on(scalar: &mut Scalar, meaning: Meaning, text: &str) -> bool {
    scalar.meaning = meaning;
    match meaning {
        Meaning::Text => scalar.text == text,
        // Everything that is not text was written without quotes.
        Meaning::Null | Meaning::Boolean(_) | Meaning::Whole(_) | Meaning::Number => {
            scalar.is_plain
        }
    }
}

impl<'de> Deserialize<'de> for Seen {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(Look)
    }
}

struct Look;

impl Seen {
    fn meaning(meaning: Meaning) -> Self {
        Self::Scalar(meaning, String::new())
    }
}

impl<'de> Visitor<'de> for Look {
    type Value = Seen;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any YAML")
    }

    fn visit_unit<E>(self) -> Result<Seen, E> {
        Ok(Seen::meaning(Meaning::Null))
    }

    fn visit_none<E>(self) -> Result<Seen, E> {
        Ok(Seen::meaning(Meaning::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Seen, E> {
        Ok(Seen::meaning(Meaning::Boolean(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Seen, E> {
        Ok(Seen::meaning(Meaning::Whole(value)))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Seen, E> {
        Ok(Seen::meaning(Meaning::Number))
    }

    fn visit_u128<E>(self, _: u128) -> Result<Seen, E> {
        Ok(Seen::meaning(Meaning::Number))
    }

    fn visit_i128<E>(self, _: i128) -> Result<Seen, E> {
        Ok(Seen::meaning(Meaning::Number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Seen, E> {
        Ok(Seen::meaning(Meaning::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Seen, E> {
        Ok(Seen::Scalar(Meaning::Text, value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut input: A) -> Result<Seen, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = input.next_element()? {
            items.push(item);
        }
        Ok(Seen::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut input: A) -> Result<Seen, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = input.next_entry()? {
            entries.push(entry);
        }
        Ok(Seen::Mapping(entries))
    }

    /// A tag; the tree has refused it already.
    fn visit_enum<A: EnumAccess<'de>>(self, input: A) -> Result<Seen, A::Error> {
        let (_, _): (serde::de::IgnoredAny, _) = input.variant()?;
        Ok(Seen::Other)
    }
}
