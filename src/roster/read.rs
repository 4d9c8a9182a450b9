//! From bytes to a checked roster, or to every mistake in it. The caller reads the file; this reads nothing else.

use crate::fleet::{Definition, Roster};

use super::check::{self, Agents};
use super::fields::{Fields, Spot};
use super::mistake::{Broken, Mistake, Mistakes, Place, quoted};
use super::settings::{Settings, setting};
use super::source::Source;
use super::tree::{self, Content};
use super::value::{Meaning, settle};
use super::{leaf, schema};

/// A roster without mistakes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What it says.
    pub roster: Roster,
    /// What is allowed and probably not meant.
    pub warnings: Vec<Mistake>,
}

/// Reads a roster; when anything is wrong, says everything that is, in the order of the text.
pub fn read(source: &Source<'_>) -> Result<Checked, Vec<Mistake>> {
    let mut mistakes = Mistakes::new(source.file);
    let roster = read_all(source, &mut mistakes);
    let (mut mistakes, mut warnings) = mistakes.into_order();
    for mistake in mistakes.iter_mut().chain(&mut warnings) {
        keep_inside(source.text, mistake);
    }
    match roster {
        Ok(roster) if mistakes.is_empty() => Ok(Checked { roster, warnings }),
        Ok(_) | Err(_) => Err(mistakes),
    }
}

fn read_all(source: &Source<'_>, mistakes: &mut Mistakes) -> Result<Roster, Broken> {
    let text = tree::text(source.text, mistakes)?;
    let mut root = tree::parse(text, mistakes)?;
    settle(text, &mut root, mistakes)?;
    let root = Spot { node: &root, path: String::new() };
    if let Content::Scalar(scalar) = &root.node.content
        && scalar.meaning == Meaning::Null
    {
        let allowed = "a roster; `mosaic fleet init` shows one";
        return Err(mistakes.add(Place::START, "", "an empty file".to_owned(), allowed));
    }
    read_version(&root, mistakes)?;
    let fields = Fields::known(&root, &schema::TOP, mistakes)?;
    let tenant = setting(fields.get("tenant"), mistakes, read_label);
    let host = setting(fields.get("host"), mistakes, read_label);
    let defaults = match fields.get("defaults") {
        None => Settings::default(),
        Some(spot) => match Fields::known(spot, &schema::DEFAULTS, mistakes) {
            Ok(fields) => Settings::read(&fields, source, mistakes),
            Err(broken) => Settings::unknown(broken),
        },
    };
    check::defaults(&defaults, mistakes);
    let agents = fields.required("agents", "`agents:` and a list", mistakes)?;
    let agents = read_agents(agents, &defaults, source, mistakes)?;
    Ok(Roster { tenant: tenant.optional()?, host: host.optional()?, agents })
}

/// Another version has other keys, so nothing else is said about its file.
fn read_version(root: &Spot<'_>, mistakes: &mut Mistakes) -> Result<(), Broken> {
    let Content::Mapping(entries) = &root.node.content else {
        let found = leaf::describe(root.node);
        return Err(mistakes.add(
            root.node.place,
            "",
            found,
            "a mapping: `version: 1`, `agents: …`",
        ));
    };
    let version = entries.iter().find(|(key, _)| leaf::as_text(key) == Some("version"));
    let Some((_, node)) = version else {
        mistakes.add(root.node.place, "version", "nothing".to_owned(), "`version: 1`");
        return Ok(());
    };
    let spot = Spot { node, path: "version".to_owned() };
    match &node.content {
        Content::Scalar(scalar) if scalar.meaning == Meaning::Whole(1) && scalar.text == "1" => {
            Ok(())
        }
        Content::Scalar(scalar) if matches!(scalar.meaning, Meaning::Whole(_)) => {
            let found = format!("version {}", quoted(&scalar.text));
            Err(mistakes.add(
                node.place,
                &spot.path,
                found,
                "`1`, the only one that this mosaic reads",
            ))
        }
        Content::Scalar(_) | Content::List(_) | Content::Mapping(_) => {
            mistakes.add(node.place, &spot.path, leaf::describe(node), "`1`");
            Ok(())
        }
    }
}

/// Labels stand in `agent@host/tenant`.
fn read_label(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Result<String, Broken> {
    let text = leaf::text(spot, mistakes)?;
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let formed = text.bytes().all(inside) && text.starts_with(|c: char| c.is_ascii_alphanumeric());
    if formed && text.len() <= 64 {
        return Ok(text);
    }
    let allowed = "1 to 64 characters of A-Z, a-z, 0-9, `.`, `_` and `-`, a letter or digit first";
    Err(mistakes.add(spot.node.place, &spot.path, quoted(&text), allowed))
}

fn read_agents(
    spot: &Spot<'_>,
    defaults: &Settings,
    source: &Source<'_>,
    mistakes: &mut Mistakes,
) -> Result<Vec<Definition>, Broken> {
    let Content::List(items) = &spot.node.content else {
        let found = leaf::describe(spot.node);
        return Err(mistakes.add(
            spot.node.place,
            &spot.path,
            found,
            "a list of agents; `[]` is none",
        ));
    };
    let mut agents = Agents { defaults, source, names: Vec::new() };
    // All are read before the first mistake ends it.
    let read: Vec<_> = items
        .iter()
        .enumerate()
        .map(|(at, node)| {
            agents.read(&Spot { node, path: format!("{}[{at}]", spot.path) }, mistakes)
        })
        .collect();
    read.into_iter().collect()
}

/// A parser may stand behind the last character when it gives up; an editor cannot go there.
fn keep_inside(text: &[u8], mistake: &mut Mistake) {
    let text = String::from_utf8_lossy(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text));
    let count = text.split('\n').count();
    mistake.line = mistake.line.clamp(1, count);
    let line = text.split('\n').nth(mistake.line - 1).unwrap_or_default();
    let length = line.strip_suffix('\r').unwrap_or(line).chars().count();
    mistake.column = mistake.column.clamp(1, length + 1);
}
