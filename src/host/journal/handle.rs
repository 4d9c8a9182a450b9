//! What the daemon holds of the journal: append, read, wait for the head; it blocks no async thread.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::ask::{Append, Ask};
use super::error::JournalError;
use super::proof::Proof;
use super::reader::{self, Filter, Question};
use super::replay::replay;
use super::stored::{Fresh, NewEvent, Remember, Remembered, Stamp, StoredEvent};
use super::writer::{self, Writer};
use super::{schema, stretches};
use crate::fleet::Recorded;

/// A full queue is a few groups; a disk that needs longer for them is not coming back.
const CLOSE_MAX: Duration = Duration::from_secs(30);

/// A handle of the open journal; its clones share one writer and one reader.
#[derive(Clone)]
pub struct Journal {
    path: Arc<Path>,
    asks: mpsc::Sender<Ask>,
    questions: mpsc::Sender<Question>,
    head: watch::Receiver<u64>,
    ended: watch::Receiver<Option<Result<(), JournalError>>>,
}

impl fmt::Debug for Journal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Journal({} at {})", self.path.display(), *self.head.borrow())
    }
}

impl Journal {
    /// Makes or opens the journal, gives every event to `each` in order, and starts its threads.
    ///
    /// The whole file is read and checked before anything is served, on every core; `each` is called
    /// on this thread.
    pub fn open(
        path: &Path,
        each: impl FnMut(StoredEvent, Recorded) -> Result<(), JournalError>,
    ) -> Result<Self, JournalError> {
        let mut connection = schema::open_writer(path)?;
        let proof = Proof::open(path, &connection)?;
        let replayed = replay(&connection, path, &proof.sizes(), each)?;
        let signing = proof.check(path, &replayed)?;
        let completed = stretches::complete(&mut connection, replayed.stretches);
        completed.map_err(|error| JournalError::sql(path, "index the streams of", error))?;
        let reader = schema::open_reader(path)?;
        let (asks, ask_queue) = mpsc::channel(writer::QUEUE_MAX);
        let (questions, question_queue) = mpsc::channel(reader::QUEUE_MAX);
        let (head_sender, head) = watch::channel(replayed.tree.size());
        let (end, ended) = watch::channel(None);
        let failed = |error| JournalError::io(path, "start the threads of", error);
        let signer = proof.start(&signing, path).map_err(failed)?;
        let writer = Writer {
            path: path.to_owned(),
            connection,
            head: head_sender,
            signing,
            heads: replayed.heads,
        };
        let threads = Threads { writer, ask_queue, reader, question_queue, signer, end };
        threads.start().map_err(failed)?;
        Ok(Self { path: Arc::from(path), asks, questions, head, ended })
    }

    /// Stores events, all or none, and returns the last seq once they are durable.
    ///
    /// It waits as long as the disk takes: to give up earlier would leave open whether they are
    /// stored. For the same reason a caller that drops the future knows nothing.
    pub async fn append(
        &self,
        stamp: &Stamp,
        events: Vec<NewEvent>,
        remember: impl IntoIterator<Item = Remember>,
    ) -> Result<u64, JournalError> {
        let (reply, answer) = oneshot::channel();
        let remember = remember.into_iter().collect();
        let events = events.into_iter().map(Fresh::from).collect();
        let append = Append { stamp: stamp.clone(), events, remember, reply };
        self.asks.send(Ask::Append(append)).await.map_err(|_| self.closed())?;
        answer.await.map_err(|_| self.closed())?
    }

    /// The events behind `after_seq` that the filter wants, oldest first.
    ///
    /// Fewer than `limit` (and than 10 000) means that there was no more when it looked; a
    /// reader that took [`Self::head`] before may go on from there.
    pub async fn read(
        &self,
        after_seq: u64,
        limit: usize,
        filter: &Filter,
    ) -> Result<Vec<StoredEvent>, JournalError> {
        let filter = filter.clone();
        self.ask(move |connection| reader::read(connection, after_seq, limit, &filter)).await
    }

    /// The last events about an agent, oldest first.
    pub async fn last_of(
        &self,
        agent: &str,
        count: usize,
    ) -> Result<Vec<StoredEvent>, JournalError> {
        let agent = agent.to_owned();
        self.ask(move |connection| reader::last_of(connection, &agent, count)).await
    }

    /// The events of a message, oldest first; none when nobody knows it.
    pub async fn of_message(&self, id: &str) -> Result<Vec<StoredEvent>, JournalError> {
        let id = id.to_owned();
        self.ask(move |connection| reader::of_message(connection, &id)).await
    }

    /// The ids of the newest messages that begin so.
    pub async fn messages_from(
        &self,
        beginning: &str,
        count: usize,
    ) -> Result<Vec<String>, JournalError> {
        let beginning = beginning.to_owned();
        self.ask(move |connection| reader::messages_from(connection, &beginning, count)).await
    }

    /// The answer that was given to this key, if it is one of the last 10 000.
    pub async fn remembered(&self, key: &str) -> Result<Option<Remembered>, JournalError> {
        let key = key.to_owned();
        self.ask(move |connection| reader::remembered(connection, &key)).await
    }

    /// The seq of the last durable event, and a way to wait for the next.
    pub fn head(&self) -> watch::Receiver<u64> {
        self.head.clone()
    }

    /// Stores what waits, ends both threads and folds the WAL into the database. Every clone is
    /// closed with it; closing twice does no harm.
    pub async fn close(self) -> Result<(), JournalError> {
        self.questions.send(Question::Close).await.ok();
        self.asks.send(Ask::Close).await.ok();
        let mut ended = self.ended.clone();
        let end = tokio::time::timeout(CLOSE_MAX, ended.wait_for(Option::is_some)).await;
        match end {
            Ok(Ok(outcome)) => outcome.clone().unwrap_or(Ok(())),
            Ok(Err(_)) => Err(self.closed()),
            Err(_) => {
                Err(JournalError::io(&self.path, "close", std::io::ErrorKind::TimedOut.into()))
            }
        }
    }

    /// Runs a query in the reader's thread.
    async fn ask<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, JournalError> {
        let (reply, answer) = oneshot::channel();
        let query = Box::new(move |connection: &Connection| {
            // Nobody may be listening any more.
            reply.send(query(connection)).ok();
        });
        self.questions.send(Question::Query(query)).await.map_err(|_| self.closed())?;
        let found = answer.await.map_err(|_| self.closed())?;
        found.map_err(|error| JournalError::sql(&self.path, "read", error))
    }

    fn closed(&self) -> JournalError {
        JournalError::Closed { path: PathBuf::from(self.path.as_ref()) }
    }
}

/// What the two threads take with them.
struct Threads {
    writer: Writer,
    ask_queue: mpsc::Receiver<Ask>,
    reader: Connection,
    question_queue: mpsc::Receiver<Question>,
    signer: JoinHandle<()>,
    end: watch::Sender<Option<Result<(), JournalError>>>,
}

impl Threads {
    /// The writer leaves last: only the last connection takes the WAL with it, and the reader's
    /// may not write.
    fn start(self) -> std::io::Result<()> {
        let Self { mut writer, ask_queue, reader, question_queue, signer, end } = self;
        let reader = std::thread::Builder::new()
            .name("journal-reader".to_owned())
            .spawn(move || reader::run(&reader, question_queue))?;
        std::thread::Builder::new().name("journal-writer".to_owned()).spawn(move || {
            writer.run(ask_queue);
            // Those that panicked have said so on standard error.
            reader.join().ok();
            writer.signing.end();
            signer.join().ok();
            end.send_replace(Some(writer.finish()));
        })?;
        Ok(())
    }
}
