//! The reply of `fleet ps` in bytes: who asks again while it is fresh gets the same. It looks at
//! nothing itself.

use std::cell::Cell;
use std::sync::{Arc, Weak};
use std::time::Instant;

use bytes::Bytes;
use serde::{Serialize, Serializer};

use super::look::FRESH_FOR;
use crate::daemon::Snapshot;
use crate::daemon::api::Form;
use crate::fleet::Row;
use crate::wire::SupervisorStatus;

/// People with terminals of as many widths look at once, and a program beside them; one more and the
/// first of them has its rows made again.
const PAGES_MAX: usize = 4;

/// The last replies, one of each form.
#[derive(Default)]
pub struct Pages(Vec<Page>);

impl Pages {
    /// The bytes of the reply in this form, if it is fresh.
    pub fn shared(
        &self,
        form: Form,
        snapshot: &Arc<Snapshot>,
        changes: Option<u64>,
    ) -> Option<Bytes> {
        let page = self.0.iter().find(|page| page.form == form)?;
        page.shared(snapshot, changes)
    }

    /// Lets go of what is not fresh, and says about how long the next reply in this form is.
    pub fn make_room(&mut self, form: Form) -> usize {
        let length = self.0.iter().find(|page| page.form == form).map_or(0, |page| page.body.len());
        self.0.retain(|page| page.form != form && page.seen_at.elapsed() < FRESH_FOR);
        if self.0.len() == PAGES_MAX {
            self.0.remove(0);
        }
        length + length / 8
    }

    /// Keeps a reply, for which there is room.
    pub fn keep(&mut self, page: Page) {
        self.0.push(page);
    }
}

/// A reply as it was written, and what it was made of.
pub struct Page {
    form: Form,
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
        form: Form,
        body: Bytes,
        snapshot: &Arc<Snapshot>,
        changes: Option<u64>,
        seen_at: Instant,
    ) -> Self {
        Self { form, body, snapshot: Arc::downgrade(snapshot), changes, seen_at }
    }

    /// Its bytes, while nothing is known to be otherwise and what was seen is fresh.
    fn shared(&self, snapshot: &Arc<Snapshot>, changes: Option<u64>) -> Option<Bytes> {
        let is_same = std::ptr::eq(self.snapshot.as_ptr(), Arc::as_ptr(snapshot));
        let is_fresh = self.seen_at.elapsed() < FRESH_FOR;
        (is_same && is_fresh && self.changes == changes).then(|| self.body.clone())
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

    use super::{FRESH_FOR, Form, OneByOne, PAGES_MAX, Page, Pages, Reply};
    use crate::clock;
    use crate::daemon::Snapshot;
    use crate::table::Paint;
    use crate::wire::PsReply;

    #[test]
    fn a_page_is_shared_until_something_is_known_to_be_otherwise_or_it_is_old() {
        let (snapshot, now) = (Arc::new(Snapshot::default()), clock::instant());
        let page = |seen_at| Page::of(Form::Json, "rows".into(), &snapshot, Some(3), seen_at);
        // A clock that stands still would be needed to be sure of it, so the page is of the future.
        let fresh = page(now + 100 * FRESH_FOR);
        assert_eq!(fresh.shared(&snapshot, Some(3)).as_deref(), Some(&b"rows"[..]));
        assert_eq!(fresh.shared(&Arc::new(Snapshot::default()), Some(3)), None, "an event");
        assert_eq!(fresh.shared(&snapshot, Some(4)), None, "tmux told of a change");
        assert_eq!(fresh.shared(&snapshot, None), None, "tmux is gone");
        assert_eq!(page(now - FRESH_FOR).shared(&snapshot, Some(3)), None, "too old");
    }

    #[test]
    fn each_form_has_its_page_and_the_oldest_of_too_many_goes() {
        let snapshot = Arc::new(Snapshot::default());
        let form = |columns| Form::Table { columns: Some(columns), paint: Paint::Plain };
        let fresh = clock::instant() + 100 * FRESH_FOR;
        let mut pages = Pages::default();
        let keep = |pages: &mut Pages, form, text: &'static str, seen_at| {
            pages.make_room(form);
            pages.keep(Page::of(form, text.into(), &snapshot, None, seen_at));
        };
        keep(&mut pages, Form::Json, "rows", fresh);
        for columns in 1..PAGES_MAX {
            keep(&mut pages, form(columns), "table", fresh);
        }
        let shared = |pages: &Pages, form| pages.shared(form, &snapshot, None);
        assert_eq!(shared(&pages, Form::Json).as_deref(), Some(&b"rows"[..]));
        assert_eq!(shared(&pages, form(1)).as_deref(), Some(&b"table"[..]));
        keep(&mut pages, form(1), "another", fresh);
        assert_eq!(shared(&pages, form(1)).as_deref(), Some(&b"another"[..]));
        keep(&mut pages, form(99), "one more", clock::instant() - FRESH_FOR);
        assert_eq!(shared(&pages, Form::Json), None, "it was the oldest");
        assert_eq!(pages.0.len(), PAGES_MAX);
        pages.make_room(form(7));
        assert_eq!(pages.0.len(), PAGES_MAX - 1, "what is too old is let go of");
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
