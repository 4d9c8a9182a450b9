//! The `labels` of an agent: the user's own words for it, to choose by. They mean nothing here.

use std::collections::BTreeMap;

use super::fields::Fields;
use super::leaf;
use super::mistake::{Broken, Mistakes, quoted};
use super::schema::{LABEL_KEY_MAX, LABEL_VALUE_MAX};
use super::spot::Spot;

/// The labels of an agent or of what it starts from.
pub fn read_labels(spot: &Spot<'_>, mistakes: &mut Mistakes) -> BTreeMap<String, String> {
    let Ok(fields) = Fields::any(spot, mistakes) else {
        return BTreeMap::new();
    };
    let mut labels = BTreeMap::new();
    for (key, value) in fields.iter() {
        if !is_key(key) {
            let allowed = "1 to 63 of a-z, 0-9, `.`, `/` and `-`, a letter first, and a letter or \
                           digit last";
            let folded = key.to_ascii_lowercase().replace(['_', ' '], "-");
            let meant = is_key(&folded).then(|| quoted(&folded));
            let place = spot.place_of_key(key);
            mistakes.propose(place, &value.path, quoted(key), allowed, meant);
        }
        if let Ok(text) = read_value(value, mistakes) {
            labels.insert(key.to_owned(), text);
        }
    }
    labels
}

fn is_key(key: &str) -> bool {
    let ends = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = key.as_bytes();
    (1..=LABEL_KEY_MAX).contains(&bytes.len())
        && bytes.first().is_some_and(u8::is_ascii_lowercase)
        && bytes.last().is_some_and(ends)
        && bytes.iter().all(|byte| ends(byte) || b"./-".contains(byte))
}

fn read_value(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Result<String, Broken> {
    let text = leaf::line(spot, mistakes)?;
    if text.chars().count() <= LABEL_VALUE_MAX {
        return Ok(text);
    }
    let found = format!("{} of {} characters", quoted(&text), text.chars().count());
    let allowed = format!("one line of at most {LABEL_VALUE_MAX} characters");
    Err(mistakes.add(spot.node.place, &spot.path, found, &allowed))
}
