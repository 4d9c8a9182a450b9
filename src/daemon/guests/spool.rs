//! What hooks said while no supervisor listened: read once at the start, in order, then removed.

use std::path::Path;
use std::sync::Arc;

use super::heard::{Guest, hook};
use crate::daemon::hands::Hands;
use crate::fleet::AgentName;
use crate::protocol::{FromGuest, Role, decode};

/// Reads the spool. A file that nobody can read as frames is left where it is, for people.
pub async fn read_spool(hands: Arc<Hands>) {
    let Ok(entries) = std::fs::read_dir(hands.places.spool()) else { return };
    let mut files: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    files.sort();
    for file in files {
        match frames(&file) {
            Some((guest, agent, event, payload)) => {
                if guest.is_current(&hands, &agent) {
                    hook(&hands, &agent, &guest.session(), &event, &payload).await;
                }
                drop(std::fs::remove_file(&file));
            }
            None => tracing::warn!(file = %file.display(), "a spooled receipt cannot be read"),
        }
    }
}

fn frames(file: &Path) -> Option<(Guest, AgentName, String, serde_json::Value)> {
    let text = std::fs::read(file).ok()?;
    let mut lines = text.split(|byte| *byte == b'\n');
    let FromGuest::Hello(hello) = decode(lines.next()?).ok()? else { return None };
    let FromGuest::Hook { event, payload, .. } = decode(lines.next()?).ok()? else { return None };
    let agent = AgentName::parse(&hello.agent).ok().filter(|_| hello.role == Role::Hook)?;
    Some((Guest { connection: 0, hello, pid: 0 }, agent, event, payload))
}
