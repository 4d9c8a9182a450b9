//! The one thread that writes: one transaction for all that waits, then each gets its answer.
//! It never acknowledges what is not on disk.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, watch};

use super::ask::{Append, Ask};
use super::error::JournalError;
use super::heads::Heads;
use super::kill_point::{KillPoint, reach};
use super::rows::{Put, store, store_checkpoints};
use super::signer::Signing;
use super::writable;

/// One sync takes about as long as storing a hundred events: with fewer in a group the disk is
/// the limit, with many more the first of a group waits for the last.
const GROUP_MAX: usize = 256;

/// Room for the group that gathers while another one is synced; beyond it callers wait, since
/// the disk is slower than they are and memory must not grow for that.
pub(super) const QUEUE_MAX: usize = GROUP_MAX;

/// What a request came to: the last seq, once it is durable.
type Outcome = Result<u64, JournalError>;

/// The writer, as it lives in its thread.
pub(super) struct Writer {
    pub path: PathBuf,
    pub connection: Connection,
    pub head: watch::Sender<u64>,
    /// What is durable goes into its tree.
    pub signing: Signing,
    /// Where the next row stands.
    pub heads: Heads,
}

impl Writer {
    /// Serves the queue until it is closed and empty.
    pub fn run(&mut self, mut queue: mpsc::Receiver<Ask>) {
        while let Some(first) = queue.blocking_recv() {
            let mut group = Vec::from_iter(waiting(first, &mut queue));
            let outcomes = self.commit(&mut group, &mut || {
                let ask = queue.try_recv().ok()?;
                waiting(ask, &mut queue)
            });
            reach(KillPoint::Acknowledge);
            for (append, outcome) in group.into_iter().zip(outcomes) {
                append.reply.send(outcome).ok();
            }
            reach(KillPoint::Acknowledged);
        }
    }

    /// Keeps the last checkpoints, and folds the WAL into the database, so that it is one file
    /// again.
    pub fn finish(mut self) -> Result<(), JournalError> {
        if !self.signing.rows().is_empty() {
            // Where there is no room they are outside all the same, and come with the next start.
            self.transact(&mut Vec::new(), &mut || None).ok();
        }
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        let done = self.connection.query_row(sql, [], |_| Ok(()));
        done.map_err(|error| JournalError::sql(&self.path, "close", error))
    }

    /// Stores a group in one transaction; what comes `more` while it is stored joins it. One request
    /// that breaks a rule does not harm the others.
    pub fn commit(
        &mut self,
        group: &mut Vec<Append>,
        more: &mut dyn FnMut() -> Option<Append>,
    ) -> Vec<Outcome> {
        let outcomes = match self.try_commit(group, more) {
            Ok(outcomes) => outcomes,
            Err(error) => return group.iter().map(|_| Err(error.clone())).collect(),
        };
        let last = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).max();
        if let Some(last) = last {
            // Before the answers: whoever has one finds the head there already.
            self.head.send_if_modified(|head| {
                let grows = *last > *head;
                *head = *last.max(head);
                grows
            });
        }
        outcomes
    }

    fn try_commit(
        &mut self,
        group: &mut Vec<Append>,
        more: &mut dyn FnMut() -> Option<Append>,
    ) -> Result<Vec<Outcome>, JournalError> {
        if let Some(why) = writable::directory(&self.path) {
            return Err(JournalError::ReadOnly { path: self.path.clone(), why: Some(why) });
        }
        let stored = self.transact(group, more);
        stored.map_err(|error| JournalError::sql(&self.path, "append to", error))
    }

    /// Each request by itself costs as much as its rows, so that they are kept apart only when one
    /// of them breaks a rule.
    fn transact(
        &mut self,
        group: &mut Vec<Append>,
        more: &mut dyn FnMut() -> Option<Append>,
    ) -> rusqlite::Result<Vec<Outcome>> {
        match self.attempt(group, more, Kept::Together) {
            Err(error) if breaks_a_rule(&error) => self.attempt(group, more, Kept::Apart),
            done => done,
        }
    }

    fn attempt(
        &mut self,
        group: &mut Vec<Append>,
        more: &mut dyn FnMut() -> Option<Append>,
        kept: Kept,
    ) -> rusqlite::Result<Vec<Outcome>> {
        let rows = self.signing.rows();
        // What is rolled back takes them along.
        let mut heads = std::mem::take(&mut self.heads);
        let behavior = TransactionBehavior::Immediate;
        let mut transaction = self.connection.transaction_with_behavior(behavior)?;
        reach(KillPoint::Append);
        heads.look(&transaction)?;
        store_checkpoints(&transaction, &rows)?;
        let (mut outcomes, mut leaves) = (Vec::with_capacity(group.len()), Vec::new());
        let mut first_id = None;
        while let Some(append) = nth(group, outcomes.len(), more) {
            let put = match kept {
                Kept::Together => Ok(store(&transaction, append, &mut heads)?),
                Kept::Apart => apart(&mut transaction, append, &mut heads)?,
            };
            outcomes.push(match put {
                Ok(put) => {
                    let id = || append.events.first().map(|event| event.id().to_owned());
                    first_id = first_id.or_else(id);
                    leaves.extend(put.leaves);
                    Ok(put.last)
                }
                Err(error) => Err(refused(&self.path, append, error)),
            });
        }
        reach(KillPoint::Commit);
        transaction.commit()?;
        self.heads = heads;
        reach(KillPoint::Publish);
        self.signing.stored(rows.len());
        if let Some(first_id) = first_id {
            self.signing.take(&leaves, &first_id);
        }
        Ok(outcomes)
    }
}

/// Whether one request that breaks a rule takes its group along.
#[derive(Debug, Clone, Copy)]
enum Kept {
    Together,
    Apart,
}

/// Stores one request so that it alone is rolled back when it breaks a rule.
fn apart(
    transaction: &mut Transaction<'_>,
    append: &Append,
    heads: &mut Heads,
) -> rusqlite::Result<rusqlite::Result<Put>> {
    let savepoint = transaction.savepoint()?;
    match store(&savepoint, append, heads) {
        Ok(put) => savepoint.commit().map(|()| Ok(put)),
        Err(error) if breaks_a_rule(&error) => {
            savepoint.finish()?;
            *heads = Heads::default();
            heads.look(transaction).map(|()| Err(error))
        }
        Err(error) => Err(error),
    }
}

/// The request that an ask brings; one to close brings none, and no other comes behind what waits.
fn waiting(ask: Ask, queue: &mut mpsc::Receiver<Ask>) -> Option<Append> {
    match ask {
        Ask::Append(append) => Some(append),
        Ask::Close => {
            queue.close();
            None
        }
    }
}

/// The next request of a group, or one that has come since, as long as there is room for it.
fn nth<'g>(
    group: &'g mut Vec<Append>,
    at: usize,
    more: &mut dyn FnMut() -> Option<Append>,
) -> Option<&'g Append> {
    if at == group.len() && at < GROUP_MAX {
        group.extend(more());
    }
    group.get(at)
}

/// Whether only this one request is wrong, and the transaction is sound.
fn breaks_a_rule(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
}

fn refused(path: &Path, append: &Append, error: rusqlite::Error) -> JournalError {
    let unique = rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE;
    let is_key = error.sqlite_error().is_some_and(|failure| failure.extended_code == unique);
    match append.remember.as_slice() {
        [remember, ..] if is_key => JournalError::KeyUsed { key: remember.key.clone() },
        _ => JournalError::sql(path, "append to", error),
    }
}
