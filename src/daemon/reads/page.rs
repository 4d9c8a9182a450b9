//! The reply of `fleet ps` in bytes: who asks again while it is fresh gets the same. It looks at
//! nothing itself.

use std::cell::Cell;
use std::sync::{Arc, Weak};
use std::time::Instant;

use bytes::Bytes;
use serde::{Serialize, Serializer};

use super::look::FRESH_FOR;
use crate::daemon::Snapshot;
use crate::fleet::Row;
use crate::wire::SupervisorStatus;

/// A reply as it was written, and what it was made of.
pub struct Page {
    body: Bytes,
    /// Not held: it is as large as the fleet.
    snapshot: Weak<Snapshot>,
    changes: Option<u64>,
    seen_at: Instant,
}

impl Page {
    /// A reply that was made of this snapshot when tmux had told of so many changes, and of what the
    /// host showed then.
    pub fn of(
        body: Bytes,
        snapshot: &Arc<Snapshot>,
        changes: Option<u64>,
        seen_at: Instant,
    ) -> Self {
        Self { body, snapshot: Arc::downgrade(snapshot), changes, seen_at }
    }

    /// Its bytes, while nothing is known to be otherwise and what was seen is fresh.
    pub fn shared(&self, snapshot: &Arc<Snapshot>, changes: Option<u64>) -> Option<Bytes> {
        let is_same = std::ptr::eq(self.snapshot.as_ptr(), Arc::as_ptr(snapshot));
        let is_fresh = self.seen_at.elapsed() < FRESH_FOR;
        (is_same && is_fresh && self.changes == changes).then(|| self.body.clone())
    }

    /// About how long the next one is.
    pub fn length(&self) -> usize {
        self.body.len()
    }
}

/// `PsReply`, whose rows are made while they are written.
#[derive(Serialize)]
#[serde(bound(serialize = "Rows: Iterator<Item = Row>"))]
pub struct Reply<Rows: Iterator<Item = Row>> {
    pub schema_version: u32,
    pub as_of_seq: u64,
    pub supervisor: SupervisorStatus,
    pub rows: OneByOne<Rows>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub incomplete: Vec<String>,
}

/// Rows that are let go of as soon as they are written: a thousand at once are a megabyte that no
/// cache holds.
pub struct OneByOne<Rows>(Cell<Option<Rows>>);

impl<Rows> OneByOne<Rows> {
    pub fn of(rows: Rows) -> Self {
        Self(Cell::new(Some(rows)))
    }
}

impl<Rows: Iterator<Item = Row>> Serialize for OneByOne<Rows> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.take().into_iter().flatten())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::{FRESH_FOR, OneByOne, Page, Reply};
    use crate::clock;
    use crate::daemon::Snapshot;
    use crate::wire::PsReply;

    #[test]
    fn a_page_is_shared_until_something_is_known_to_be_otherwise_or_it_is_old() {
        let (snapshot, now) = (Arc::new(Snapshot::default()), clock::instant());
        let page = |seen_at| Page::of("rows".into(), &snapshot, Some(3), seen_at);
        // A clock that stands still would be needed to be sure of it, so the page is of the future.
        let fresh = page(now + 100 * FRESH_FOR);
        assert_eq!(fresh.shared(&snapshot, Some(3)).as_deref(), Some(&b"rows"[..]));
        assert_eq!(fresh.shared(&Arc::new(Snapshot::default()), Some(3)), None, "an event");
        assert_eq!(fresh.shared(&snapshot, Some(4)), None, "tmux told of a change");
        assert_eq!(fresh.shared(&snapshot, None), None, "tmux is gone");
        assert_eq!(page(now - FRESH_FOR).shared(&snapshot, Some(3)), None, "too old");
    }

    #[test]
    fn what_is_written_row_by_row_is_the_reply() {
        let row = json!({
            "tenant": "ada", "host": "box", "agent": "ben", "managed": true, "role": null,
            "runtime": "stub", "lifecycle": "absent", "lifecycle_detail": null,
            "health": "unknown", "health_reason": "it does not run", "pid": null,
            "session": null, "pane": null, "unit": {"name": null, "state": "none"},
            "process": null, "activity": {"state": "unknown", "since_ms": null, "detail": null},
            "heartbeat": null, "drift": [], "inbox": 2, "attached": null,
            "boot": {"wanted": false, "effective": false, "missing": []},
        });
        let mut whole = json!({
            "schema_version": 1, "as_of_seq": 7, "rows": [row.clone(), row],
            "supervisor": {
                "schema_version": 1, "tenant": "ada", "host": "box", "pid": 1, "since_ms": 0,
                "version": "0.1.0", "kept_by": "detached", "tmux_socket": "/nowhere",
                "tmux": "running", "roster": null, "head_seq": 7,
            },
        });
        for incomplete in [json!([]), json!(["processes are not shown"])] {
            whole["incomplete"] = incomplete;
            let reply: PsReply = serde_json::from_value(whole.clone()).unwrap();
            let expected = serde_json::to_string(&reply).unwrap();
            let PsReply { schema_version, as_of_seq, supervisor, rows, incomplete } = reply;
            let (supervisor, rows) = (supervisor.unwrap(), OneByOne::of(rows.into_iter()));
            let written = Reply { schema_version, as_of_seq, supervisor, rows, incomplete };
            assert_eq!(serde_json::to_string(&written).unwrap(), expected);
        }
    }
}
