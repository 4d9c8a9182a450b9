//! The hash of one row, over the exact stored columns; it never sees a parsed payload.
//!
//! `docs/journal.md` is the definition, and others recompute it: a change here is a new format.

use sha2::{Digest as _, Sha256};

use super::stored::Columns;

/// RFC 6962: a leaf begins with 0, an inner node of the tree with 1, so that neither passes for
/// the other.
const LEAF: [u8; 1] = [0];

/// Says what is hashed, so that no hash of another kind of record passes for one of ours.
const DOMAIN: &[u8] = b"mosaic journal event v1\n";

const NULL: u8 = 0;
const INTEGER: u8 = 1;
const TEXT: u8 = 2;

/// SHA-256 over the leaf's prefix, the domain and each column with its kind and length.
pub(super) fn leaf(columns: &Columns) -> [u8; 32] {
    let mut hash = Hash(Sha256::new());
    hash.0.update(LEAF);
    hash.0.update(DOMAIN);
    hash.integer(columns.seq);
    hash.text(&columns.id);
    hash.integer(columns.ts);
    hash.integer(columns.mono_ms);
    hash.integer(columns.tenant);
    hash.text(&columns.tenant_label);
    hash.text(&columns.host);
    hash.text(&columns.host_label);
    hash.optional(columns.agent.as_deref());
    hash.optional(columns.session.as_deref());
    hash.optional(columns.run.as_deref());
    hash.text(&columns.stream);
    hash.integer(columns.stream_seq);
    hash.text(&columns.kind);
    hash.integer(columns.schema_version);
    hash.text(&columns.actor);
    hash.optional(columns.cause.as_deref());
    hash.optional(columns.traceparent.as_deref());
    hash.text(&columns.payload);
    hash.0.finalize().into()
}

struct Hash(Sha256);

impl Hash {
    fn column(&mut self, kind: u8, bytes: &[u8]) {
        self.0.update([kind]);
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    fn integer(&mut self, number: i64) {
        self.column(INTEGER, &number.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.column(TEXT, text.as_bytes());
    }

    fn optional(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.column(NULL, &[]),
        }
    }
}
