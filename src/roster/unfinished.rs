//! What can be seen of a roster that has mistakes: the names of its agents. It judges nothing.

use crate::fleet::AgentName;

use super::leaf;
use super::mistake::Mistakes;
use super::tree::{self, Content, Node};

/// So many entries above the place where a text is no YAML any more are left out, one after the other,
/// to find one that is whole: somebody waits, and who writes breaks one at a time.
const LEFT_OUT_MAX: usize = 8;

/// The names that stand in `agents`, each once, as far as the text can be read: where it is no YAML
/// any more, those above that place.
pub fn names(text: &[u8]) -> Vec<AgentName> {
    let mut mistakes = Mistakes::new("");
    let Ok(text) = tree::text(text, &mut mistakes) else { return Vec::new() };
    let root = tree::parse(text, &mut mistakes).ok().or_else(|| {
        let (mistakes, _) = mistakes.into_order();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let broken = mistakes.first()?.line.min(lines.len());
        let begins = |at: &usize| lines[*at].trim_start().starts_with('-');
        let ends = (0..broken).rev().filter(begins).take(LEFT_OUT_MAX);
        ends.map(|end| lines[..end].concat())
            .find_map(|above| tree::parse(&above, &mut Mistakes::new("")).ok())
    });
    let agents = root.as_ref().and_then(|root| value(root, "agents"));
    let Some(Node { content: Content::List(agents), .. }) = agents else { return Vec::new() };
    let mut names: Vec<AgentName> = Vec::new();
    for agent in agents {
        let name = value(agent, "name").and_then(leaf::as_text).map(AgentName::parse);
        if let Some(Ok(name)) = name
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// What stands behind a key.
fn value<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    let Content::Mapping(entries) = &node.content else { return None };
    entries.iter().find(|(name, _)| leaf::as_text(name) == Some(key)).map(|(_, value)| value)
}
