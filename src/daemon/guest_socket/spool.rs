//! What hooks said while nobody took it: read in order, then removed; at the start, and when more
//! comes. A hook that found nobody may have its file there only after we listen.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::watch;

use super::guest::Guest;
use super::hook::hook;
use crate::daemon::hands::Hands;
use crate::fleet::AgentName;
use crate::host::files::Arrivals;
use crate::protocol::{FromGuest, Role, decode};

/// Reads the spool until the supervisor leaves.
pub async fn follow_spool(hands: Arc<Hands>, mut leaving: watch::Receiver<bool>) {
    let spool = hands.places.spool();
    let arrivals = Arrivals::of(&spool);
    let mut unreadable = HashSet::new();
    loop {
        read(&hands, &spool, &mut unreadable).await;
        let came = match &arrivals {
            Ok(arrivals) => tokio::select! {
                _ = leaving.wait_for(|leaving| *leaving) => return,
                came = arrivals.came() => came,
            },
            Err(error) => Err(std::io::Error::new(error.kind(), error.to_string())),
        };
        if let Err(error) = came {
            let spool = spool.display();
            return tracing::warn!(%spool, %error, "follow the spool; it is read at the next start");
        }
    }
}

/// Reads what lies there. A file that nobody can read as frames is left, for people.
async fn read(hands: &Arc<Hands>, spool: &Path, unreadable: &mut HashSet<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(spool) else { return };
    let mut files: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .filter(|path| !unreadable.contains(path))
        .collect();
    files.sort();
    for file in files {
        match frames(&file) {
            Some((guest, agent, event, payload)) => {
                if guest.is_current(hands, &agent) {
                    hook(hands, &agent, &guest.session(), &event, &payload).await;
                }
                // Read again by the next supervisor where this one has nothing to keep it in.
                if hands.journaled().await {
                    drop(std::fs::remove_file(&file));
                }
            }
            None => {
                tracing::warn!(file = %file.display(), "a spooled receipt cannot be read");
                unreadable.insert(file);
            }
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
