//! The hash of one row, over the exact stored columns; it never sees a parsed payload.
//!
//! `docs/journal.md` is the definition, and others recompute it: a change here is a new format.

use sha2::{Digest as _, Sha256};

use super::stored::Columns;

/// RFC 6962: a leaf begins with 0, an inner node of the tree with 1, so that neither passes for
/// the other. What follows says what is hashed, so that no hash of another kind of record passes
/// for one of ours.
const BEGINNING: &[u8] = b"\0mosaic journal event v1\n";

const NULL: u8 = 0;
const INTEGER: u8 = 1;
const TEXT: u8 = 2;

/// Room for most rows, beside their payload.
const ROW_BYTES: usize = 640;

/// SHA-256 over the leaf's prefix, the domain and each column with its kind and length.
pub(super) fn leaf(columns: &Columns<'_>) -> [u8; 32] {
    // One piece is hashed faster than sixty small ones.
    let mut row = Hashed(Vec::with_capacity(ROW_BYTES + columns.payload.len()));
    row.0.extend_from_slice(BEGINNING);
    row.integer(columns.seq);
    row.text(columns.id);
    row.integer(columns.ts);
    row.integer(columns.mono_ms);
    row.integer(columns.tenant);
    row.text(columns.tenant_label);
    row.text(columns.host);
    row.text(columns.host_label);
    row.optional(columns.agent);
    row.optional(columns.session);
    row.optional(columns.run);
    row.text(columns.stream);
    row.integer(columns.stream_seq);
    row.text(columns.kind);
    row.integer(columns.schema_version);
    row.text(columns.actor);
    row.optional(columns.cause);
    row.optional(columns.traceparent);
    row.text(columns.payload);
    Sha256::digest(&row.0).into()
}

/// The bytes that are hashed.
struct Hashed(Vec<u8>);

impl Hashed {
    fn column(&mut self, kind: u8, bytes: &[u8]) {
        self.0.push(kind);
        self.0.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        self.0.extend_from_slice(bytes);
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
