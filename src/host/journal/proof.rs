//! What a start checks of the signatures: the last checkpoint outside, and the root that it signed.
//! It is quick whatever their number; `events verify` checks all of them.

use std::collections::BTreeSet;
use std::path::Path;
use std::thread::JoinHandle;

use ed25519_dalek::SigningKey;
use rusqlite::Connection;

use super::checkpoint::{Checkpoint, key_name};
use super::checkpoints::Checkpoints;
use super::error::JournalError;
use super::key;
use super::replay::Replayed;
use super::signer::{Pace, Signing};
use super::stored::natural;

/// What lies beside the journal.
pub(super) struct Proof {
    key: SigningKey,
    outside: Checkpoints,
    last: Option<Checkpoint>,
    /// The last that the table has.
    tabled: u64,
}

impl Proof {
    /// Opens the key and the checkpoints, or makes them where there are none.
    pub fn open(path: &Path, connection: &Connection) -> Result<Self, JournalError> {
        let (outside, last) = Checkpoints::open(path)?;
        let place = key::place(path);
        let key = match (key::read(&place)?, &last) {
            (Some(key), _) => key,
            (None, None) => key::make(&place)?,
            (None, Some(last)) => {
                let by = key_name(last.key);
                let what = format!("it is gone, and checkpoints were signed with it (key {by})");
                return Err(JournalError::Key { path: place, what });
            }
        };
        let text = "SELECT max(size) FROM checkpoints";
        let tabled = connection.query_row(text, [], |row| row.get::<_, Option<i64>>(0));
        let tabled = tabled.map_err(|error| JournalError::sql(path, "open", error))?;
        let tabled = natural(tabled.unwrap_or(0));
        Ok(Self { key, outside, last, tabled })
    }

    /// The sizes whose roots are asked for.
    pub fn sizes(&self) -> BTreeSet<u64> {
        self.last.iter().map(|last| last.size).collect()
    }

    /// Whether the journal is the one that was signed.
    pub fn check(&self, path: &Path, replayed: &Replayed) -> Result<Signing, JournalError> {
        let head = replayed.tree.size();
        let (signed, rows) = match &self.last {
            Some(last) => {
                self.compare(last, replayed)
                    .map_err(|what| JournalError::Unproven { path: path.to_owned(), what })?;
                let lacking = (last.size > self.tabled).then(|| last.clone());
                (last.size, lacking.into_iter().collect())
            }
            None => (0, Vec::new()),
        };
        let (tree, origin) = (replayed.tree.clone(), replayed.origin.clone());
        Ok(Signing::of(tree, origin, signed.min(head), rows, Pace::default()))
    }

    fn compare(&self, last: &Checkpoint, replayed: &Replayed) -> Result<(), String> {
        let (head, size) = (replayed.tree.size(), last.size);
        if size > head && (head == 0 || last.origin == replayed.origin) {
            return Err(format!(
                "it ends at event {head}, and its last checkpoint was signed over {size}"
            ));
        }
        if last.origin != replayed.origin {
            let (theirs, ours) = (&last.origin, &replayed.origin);
            return Err(format!("its last checkpoint is of {theirs}, and it is {ours}"));
        }
        if !last.is_signed_by(&self.key.verifying_key()) {
            let by = key_name(last.key);
            return Err(format!(
                "its last checkpoint (of event {size}, key {by}) is not signed by the key beside it"
            ));
        }
        if replayed.roots.get(&size) != Some(&last.root) {
            return Err(format!(
                "the events up to {size} are not those that its last checkpoint was signed over"
            ));
        }
        Ok(())
    }

    /// Starts to sign what comes.
    pub fn start(self, signing: &Signing, path: &Path) -> std::io::Result<JoinHandle<()>> {
        signing.start(path, self.key, self.outside)
    }
}
