//! The file: made once, checked at every opening, replayed row by row; it never repairs a row.

use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::error::JournalError;
use super::{stretches, writable};

/// The format that this code writes (`PRAGMA user_version`).
pub(super) const FORMAT: i64 = 2;

/// `msic`: marks the database as a journal of ours (`PRAGMA application_id`).
pub(super) const APPLICATION: i64 = 0x6d73_6963;

/// Somebody's sqlite3 may hold the file for a moment; longer than this is a mistake to report.
const BUSY: Duration = Duration::from_secs(5);

/// The WAL is cut back to this size after a checkpoint, so that one burst does not stay on disk.
const WAL_BYTES_KEPT: i64 = 4 * 1024 * 1024;

/// Triggers refuse every change but the next row: `INSERT OR REPLACE` deletes without a delete
/// trigger, so the insert itself must prove that it replaces nothing.
const TABLES: &str = "
CREATE TABLE events (
    seq            INTEGER PRIMARY KEY,
    id             TEXT    NOT NULL UNIQUE,
    ts             INTEGER NOT NULL,
    mono_ms        INTEGER NOT NULL,
    tenant         INTEGER NOT NULL,
    tenant_label   TEXT    NOT NULL,
    host           TEXT    NOT NULL,
    host_label     TEXT    NOT NULL,
    agent          TEXT,
    session        TEXT,
    run            TEXT,
    stream         TEXT    NOT NULL,
    stream_seq     INTEGER NOT NULL,
    type           TEXT    NOT NULL,
    schema_version INTEGER NOT NULL,
    actor          TEXT    NOT NULL,
    cause          TEXT,
    traceparent    TEXT,
    payload        TEXT    NOT NULL,
    leaf           BLOB    NOT NULL
) STRICT;
CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_follow_each_other BEFORE INSERT ON events
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM events)
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_have_their_own_ids BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'an event with this id is stored already'); END;
CREATE TABLE remembered (
    key         TEXT    NOT NULL UNIQUE,
    fingerprint TEXT    NOT NULL,
    reply       TEXT    NOT NULL,
    seq         INTEGER NOT NULL,
    ts          INTEGER NOT NULL
) STRICT;
";

/// What format 2 has beside the tables of format 1.
const CHECKPOINTS: &str = "
CREATE TABLE checkpoints (
    size INTEGER PRIMARY KEY,
    note TEXT    NOT NULL
) STRICT;
CREATE TRIGGER checkpoints_are_never_changed BEFORE UPDATE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
CREATE TRIGGER checkpoints_are_never_deleted BEFORE DELETE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
CREATE TRIGGER checkpoints_follow_each_other BEFORE INSERT ON checkpoints
WHEN NEW.size <= (SELECT coalesce(max(size), 0) FROM checkpoints)
BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
";

/// Finds the events of one message, and messages by the beginning of their id, however long the
/// journal is. A journal of an earlier version gets it at its next opening.
const MESSAGES: &str = "
CREATE INDEX IF NOT EXISTS events_by_message
ON events (coalesce(json_extract(payload, '$.id'), json_extract(payload, '$.message.id')))
WHERE type >= 'message.' AND type < 'message/';
";

/// Opens or makes the database, as the one that writes.
pub(super) fn open_writer(path: &Path) -> Result<Connection, JournalError> {
    make_private(path).map_err(|error| JournalError::io(path, "open", error))?;
    // SQLite would open it to read, and say so with the first event.
    if let Some(why) = writable::journal(path) {
        return Err(JournalError::ReadOnly { path: path.to_owned(), why: Some(why) });
    }
    let sql = |error| JournalError::sql(path, "open", error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(sql)?;
    connection.busy_timeout(BUSY).map_err(sql)?;
    let format = check_format(&connection, path)?;
    configure(&connection, path)?;
    if format < FORMAT {
        let attempt = if format == 0 { "make" } else { "bring to this format" };
        let made = make_tables(&mut connection, format);
        made.map_err(|error| JournalError::sql(path, attempt, error))?;
    }
    let indexed = connection.execute_batch(MESSAGES);
    indexed.map_err(|error| JournalError::sql(path, "index the messages of", error))?;
    let indexed = connection.execute_batch(stretches::TABLE);
    indexed.map_err(|error| JournalError::sql(path, "index the streams of", error))?;
    Ok(connection)
}

/// Opens the database that a writer has opened, to read it beside the writer.
pub(super) fn open_reader(path: &Path) -> Result<Connection, JournalError> {
    let sql = |error| JournalError::sql(path, "open", error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(sql)?;
    connection.busy_timeout(BUSY).map_err(sql)?;
    Ok(connection)
}

/// Opens the database to look at it, with or without a writer, also where nothing may be written:
/// then no writer can be there, and the file is taken as it lies.
pub(super) fn open_to_look(path: &Path) -> Result<(Connection, i64), JournalError> {
    let meta = std::fs::metadata(path).map_err(|error| JournalError::io(path, "open", error))?;
    if !meta.is_file() {
        let error = io::Error::other("it is no file");
        return Err(JournalError::io(path, "open", error));
    }
    let connection = open_reader(path)?;
    match check_format(&connection, path) {
        Ok(format) => Ok((connection, format)),
        Err(JournalError::Sql { .. } | JournalError::ReadOnly { .. }) => {
            let sql = |error| JournalError::sql(path, "open", error);
            let bytes = path.as_os_str().as_bytes();
            let name: String = bytes.iter().map(|byte| format!("%{byte:02x}")).collect();
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            let name = format!("file:{name}?immutable=1");
            let connection = Connection::open_with_flags(name, flags).map_err(sql)?;
            let format = check_format(&connection, path)?;
            Ok((connection, format))
        }
        Err(error) => Err(error),
    }
}

/// Makes the file before SQLite does, so that it, and the files that SQLite puts beside it with
/// the same mode, are never readable by others; not even for a moment.
fn make_private(path: &Path) -> io::Result<()> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Ok(file) => {
            file.sync_all()?;
            let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let mode = std::fs::metadata(path)?.permissions().mode();
            if mode & 0o077 == 0 {
                return Ok(());
            }
            std::fs::set_permissions(path, Permissions::from_mode(mode & 0o700))
        }
        Err(error) => Err(error),
    }
}

/// The format of the database, 0 of an empty one; refuses what is not ours or newer than we are,
/// untouched.
pub(super) fn check_format(connection: &Connection, path: &Path) -> Result<i64, JournalError> {
    let sql = |error| JournalError::sql(path, "open", error);
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let application = number("application_id").map_err(sql)?;
    let format = number("user_version").map_err(sql)?;
    let tables = "SELECT count(*) FROM sqlite_schema";
    let tables: i64 = connection.query_row(tables, [], |row| row.get(0)).map_err(sql)?;
    let path = path.to_owned();
    match (application, format) {
        (0, 0) if tables == 0 => Ok(0),
        (APPLICATION, 1..=FORMAT) => Ok(format),
        (APPLICATION, found) if found > FORMAT => {
            Err(JournalError::NewerVersion { path, found, ours: FORMAT })
        }
        _ => Err(JournalError::NotAJournal { path }),
    }
}

/// FULL: an acknowledged event must survive the loss of power, which NORMAL does not promise.
fn configure(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    let sql = |error| JournalError::sql(path, "open", error);
    let mode: String = connection
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
        .map_err(sql)?;
    if mode != "wal" {
        let why = format!("this file system allows no write-ahead log, only {mode:?}");
        return Err(JournalError::io(path, "open", io::Error::other(why)));
    }
    connection.pragma_update(None, "synchronous", "FULL").map_err(sql)?;
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES_KEPT).map_err(sql)
}

/// Brings the file from this format to ours, in one transaction: after a crash it has the one or
/// the other.
fn make_tables(connection: &mut Connection, format: i64) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if format < 1 {
        transaction.execute_batch(TABLES)?;
    }
    transaction.execute_batch(CHECKPOINTS)?;
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()
}
