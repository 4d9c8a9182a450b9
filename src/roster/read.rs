//! From bytes to a checked roster, or to every mistake in it. The caller reads the file; this reads nothing else.

use crate::fleet::{Definition, Roster, TmuxPlan};

use super::check::Agents;
use super::fields::Fields;
use super::mistake::{Broken, Mistake, Mistakes, Place, quoted};
use super::roles::Roles;
use super::rules;
use super::runtimes::Runtimes;
use super::setting::Layer;
use super::settings::{Ground, Settings};
use super::source::Source;
use super::spot::Spot;
use super::tree::Meaning;
use super::tree::{self, Content};
use super::value::settle;
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
    let tenant = fields.get("tenant").map(|spot| read_label(spot, mistakes)).transpose();
    let host = fields.get("host").map(|spot| read_label(spot, mistakes)).transpose();
    let tmux = fields.get("tmux").map_or(Ok(TmuxPlan::default()), |spot| read_tmux(spot, mistakes));
    let runtimes = Runtimes::read(fields.get("runtimes"), source, mistakes);
    let defaults = match fields.get("defaults") {
        None => Settings::default(),
        Some(spot) => match Fields::known(spot, &schema::DEFAULTS, mistakes) {
            Ok(fields) => {
                let ground = Ground { source, runtimes: runtimes.names(), layer: Layer::Defaults };
                Settings::read(&fields, ground, mistakes)
            }
            Err(broken) => Settings::unknown(broken),
        },
    };
    rules::defaults(&defaults, mistakes);
    let roles = Roles::read(fields.get("roles"), source, runtimes.names(), mistakes);
    let agents = fields.required("agents", "`agents:` and a list", mistakes)?;
    let start = Agents {
        defaults: &defaults,
        roles: &roles,
        runtimes: &runtimes,
        source,
        names: Vec::new(),
    };
    let agents = read_agents(agents, start, mistakes)?;
    Ok(Roster { tenant: tenant?, host: host?, tmux: tmux?, agents })
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

fn read_tmux(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Result<TmuxPlan, Broken> {
    let fields = Fields::known(spot, &schema::TMUX, mistakes)?;
    let socket = fields.get("socket").map(|spot| read_socket(spot, mistakes)).transpose();
    let history = fields.get("history");
    let history = history.map(|spot| leaf::whole(spot, schema::HISTORY, mistakes)).transpose();
    Ok(TmuxPlan { socket: socket?, history: history? })
}

/// A name and not a path: the directory is where only this user can look.
fn read_socket(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Result<String, Broken> {
    let text = leaf::text(spot, mistakes)?;
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let formed = text.bytes().all(inside) && text.starts_with(|c: char| c.is_ascii_alphanumeric());
    if schema::SOCKETS_TAKEN.contains(&text.as_str()) {
        let found = format!("{}, which is a socket of the supervisor", quoted(&text));
        return Err(mistakes.add(spot.node.place, &spot.path, found, "another name"));
    }
    if formed && text.len() <= schema::SOCKET_NAME_MAX {
        return Ok(text);
    }
    let allowed = "a name of 1 to 32 of A-Z, a-z, 0-9, `.`, `_` and `-`, a letter or digit first; \
                   it lies where mosaic's other sockets lie";
    Err(mistakes.add(spot.node.place, &spot.path, quoted(&text), allowed))
}

fn read_agents(
    spot: &Spot<'_>,
    mut agents: Agents<'_>,
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
