//! Single values, each read as exactly one type. Nothing is converted: a number is not text, `no` is not false.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use crate::fleet::nearest;

use super::duration;
use super::mistake::{Broken, Mistakes, quoted};
use super::spot::Spot;
use super::tree::{Content, Meaning, Node, Scalar};

/// What a node is, for a message.
pub fn describe(node: &Node) -> String {
    match &node.content {
        Content::List(_) => "a list".to_owned(),
        Content::Mapping(_) => "a mapping".to_owned(),
        Content::Scalar(scalar) => match scalar.meaning {
            Meaning::Text if scalar.is_plain => format!("the text {}", quoted(&scalar.text)),
            Meaning::Text => format!("the quoted text {}", quoted(&scalar.text)),
            Meaning::Null if scalar.text.is_empty() => "nothing".to_owned(),
            Meaning::Null => format!("{}, which is nothing in YAML", quoted(&scalar.text)),
            Meaning::Boolean(_) => format!("the boolean {}", quoted(&scalar.text)),
            Meaning::Whole(_) | Meaning::Number => format!("the number {}", quoted(&scalar.text)),
        },
    }
}

/// What a node is, without its value: for values that may be secrets.
pub fn describe_kind(node: &Node) -> &'static str {
    match &node.content {
        Content::List(_) => "a list",
        Content::Mapping(_) => "a mapping",
        Content::Scalar(scalar) => match scalar.meaning {
            Meaning::Text => "text",
            Meaning::Null => "nothing",
            Meaning::Boolean(_) => "a boolean",
            Meaning::Whole(_) | Meaning::Number => "a number",
        },
    }
}

/// What plain text would be to another reader of YAML, if it would not be text.
pub fn disguise(node: &Node) -> Option<&'static str> {
    let Content::Scalar(Scalar { text, is_plain: true, meaning: Meaning::Text }) = &node.content
    else {
        return None;
    };
    let folded = text.to_ascii_lowercase();
    if ["y", "n", "yes", "no", "on", "off", "true", "false"].contains(&folded.as_str()) {
        return Some("some readers of YAML take for a boolean");
    }
    if ["null", "~", "<<", "="].contains(&folded.as_str()) {
        return Some("has a meaning of its own in YAML");
    }
    let unsigned = folded.trim_start_matches(['-', '+', '.']);
    let numeric = |character: char| character.is_ascii_digit() || "_:.-".contains(character);
    let begins = unsigned.starts_with(|character: char| character.is_ascii_digit());
    let based = ["0x", "0o", "0b"].iter().any(|base| {
        unsigned
            .strip_prefix(base)
            .is_some_and(|rest| rest.chars().all(|c| c.is_ascii_hexdigit() || c == '_'))
    });
    (begins && (based || unsigned.chars().all(numeric) || unsigned.parse::<f64>().is_ok()))
        .then_some("some readers of YAML take for a number or a date")
}

/// Text of any form.
pub fn text(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Result<String, Broken> {
    let Some(text) = as_text(spot.node) else {
        let found = describe(spot.node);
        return Err(refuse_scalar(spot, found, "text", mistakes));
    };
    if let Some(looks_like) = disguise(spot.node) {
        let found = format!("{}, which {looks_like}", quoted(text));
        return Err(refuse_scalar(spot, found, "text", mistakes));
    }
    let control = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
    if text.contains(control) {
        let found = format!("a control character in {}", quoted(text));
        return Err(mistakes.add(spot.node.place, &spot.path, found, "printable text"));
    }
    Ok(text.to_owned())
}

/// The node's text, whatever it may look like.
pub fn as_text(node: &Node) -> Option<&str> {
    match &node.content {
        Content::Scalar(scalar) if scalar.meaning == Meaning::Text => Some(&scalar.text),
        Content::Scalar(_) | Content::List(_) | Content::Mapping(_) => None,
    }
}

/// A plain value that is not text, where text would do: the cure is a pair of quotes.
fn refuse_scalar(spot: &Spot<'_>, found: String, allowed: &str, mistakes: &mut Mistakes) -> Broken {
    let place = spot.node.place;
    match &spot.node.content {
        Content::Scalar(scalar) if scalar.is_plain && !scalar.text.is_empty() => {
            let meant = Some(quoted(&format!("\"{}\"", scalar.text)));
            let allowed = format!("{allowed}; put it in quotes");
            mistakes.propose(place, &spot.path, found, &allowed, meant)
        }
        Content::Scalar(_) | Content::List(_) | Content::Mapping(_) => {
            mistakes.add(place, &spot.path, found, allowed)
        }
    }
}

/// Text on one line that is not empty.
pub fn line(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Result<String, Broken> {
    let text = text(spot, mistakes)?;
    if text.trim().is_empty() || text.contains(['\n', '\t']) {
        let found = quoted(&text);
        return Err(mistakes.add(spot.node.place, &spot.path, found, "one line of text"));
    }
    Ok(text)
}

/// `true` or `false`, and no other spelling.
pub fn boolean(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Result<bool, Broken> {
    if let Content::Scalar(scalar) = &spot.node.content
        && let Meaning::Boolean(value) = scalar.meaning
        && ["true", "false"].contains(&scalar.text.as_str())
    {
        return Ok(value);
    }
    let meant = match &spot.node.content {
        Content::Scalar(scalar) => match scalar.text.to_ascii_lowercase().as_str() {
            "yes" | "y" | "on" | "true" | "1" => Some("`true`".to_owned()),
            "no" | "n" | "off" | "false" | "0" => Some("`false`".to_owned()),
            _ => None,
        },
        Content::List(_) | Content::Mapping(_) => None,
    };
    let found = describe(spot.node);
    Err(mistakes.propose(spot.node.place, &spot.path, found, "`true` or `false`", meant))
}

/// A whole number in decimal digits.
pub fn whole<T: TryFrom<u64>>(
    spot: &Spot<'_>,
    range: RangeInclusive<u64>,
    mistakes: &mut Mistakes,
) -> Result<T, Broken> {
    if let Content::Scalar(scalar) = &spot.node.content
        && let Meaning::Whole(value) = scalar.meaning
        && scalar.text == value.to_string()
        && range.contains(&value)
        && let Ok(value) = T::try_from(value)
    {
        return Ok(value);
    }
    let allowed = format!("a whole number from {} to {}", range.start(), range.end());
    Err(mistakes.add(spot.node.place, &spot.path, describe(spot.node), &allowed))
}

/// A duration, as milliseconds.
pub fn duration(
    spot: &Spot<'_>,
    range: RangeInclusive<u64>,
    mistakes: &mut Mistakes,
) -> Result<u64, Broken> {
    if let Some(value) = as_text(spot.node).and_then(duration::parse)
        && range.contains(&value)
    {
        return Ok(value);
    }
    let (least, most) = (duration::written(*range.start()), duration::written(*range.end()));
    let allowed = format!(
        "a duration from {least} to {most}: a whole number and one of ms, s, m, h, like `5s`"
    );
    Err(mistakes.add(spot.node.place, &spot.path, describe(spot.node), &allowed))
}

/// One word of a list.
pub fn word<T: Copy>(
    spot: &Spot<'_>,
    words: &[(&str, T)],
    mistakes: &mut Mistakes,
) -> Result<T, Broken> {
    let text = as_text(spot.node).unwrap_or_default();
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
        return Ok(*value);
    }
    let names = words.iter().map(|(word, _)| *word);
    let near = nearest(text.strip_prefix("SIG").unwrap_or(text), names.clone()).map(quoted);
    let allowed = match words {
        [] => "none, since there is none to choose from".to_owned(),
        [(only, _)] => format!("`{only}`"),
        _ => format!("one of {}", names.map(quoted).collect::<Vec<_>>().join(", ")),
    };
    Err(mistakes.propose(spot.node.place, &spot.path, describe(spot.node), &allowed, near))
}

/// An absolute path; `~` in front is the home directory.
pub fn path(spot: &Spot<'_>, home: &Path, mistakes: &mut Mistakes) -> Result<PathBuf, Broken> {
    let allowed = "an absolute path, or one that begins with `~/`";
    let bare_home = matches!(&spot.node.content,
        Content::Scalar(scalar) if scalar.is_plain && scalar.text == "~");
    if bare_home {
        let found = describe(spot.node);
        let meant = Some("`~/`".to_owned());
        return Err(mistakes.propose(spot.node.place, &spot.path, found, allowed, meant));
    }
    let text = line(spot, mistakes)?;
    let expanded = expand(&text, home);
    if !expanded.is_absolute() {
        return Err(mistakes.add(spot.node.place, &spot.path, quoted(&text), allowed));
    }
    Ok(expanded)
}

/// The path with `~` replaced, without `.` and doubled or trailing slashes.
pub fn expand(text: &str, home: &Path) -> PathBuf {
    let path = match text.strip_prefix('~') {
        Some("") => home.to_path_buf(),
        Some(rest) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
        Some(_) | None => PathBuf::from(text),
    };
    path.components().collect()
}
