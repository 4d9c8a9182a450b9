//! Exit records: in their file before they are told, there until the journal has them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::protocol::ExitRecord;

/// One session follows another only by a GO, and a supervisor that gives GO also acknowledges;
/// so a few are many. What falls out of memory stays on disk.
const UNACKNOWLEDGED_MAX: usize = 64;

/// The records of this pane.
#[derive(Debug)]
pub struct Records {
    directory: PathBuf,
    unacknowledged: Vec<ExitRecord>,
}

impl Records {
    /// Records that lie in this directory; it is made when the first one is written.
    pub fn new(directory: PathBuf) -> Self {
        Self { directory, unacknowledged: Vec::new() }
    }

    /// Keeps a record: in memory always, in its file unless the disk refuses.
    pub fn keep(&mut self, record: &ExitRecord) -> io::Result<()> {
        if self.unacknowledged.len() == UNACKNOWLEDGED_MAX {
            self.unacknowledged.remove(0);
        }
        self.unacknowledged.push(record.clone());
        write(&self.directory, record)
    }

    /// Makes a record in its file outlive a power cut; one that is there no more needs it not.
    pub fn sync(&self, session: &str) -> io::Result<()> {
        if !is_plain(session) {
            return Ok(());
        }
        match File::open(path(&self.directory, session)) {
            Ok(file) => file.sync_all()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        }
        File::open(&self.directory)?.sync_all()
    }

    /// The journal has this one.
    pub fn forget(&mut self, session: &str) {
        let before = self.unacknowledged.len();
        self.unacknowledged.retain(|record| record.session != session);
        if self.unacknowledged.len() < before && is_plain(session) {
            // A record that cannot be removed is told again by the directory, and taken once.
            let _gone = fs::remove_file(path(&self.directory, session));
        }
    }

    /// What nobody has acknowledged, oldest first.
    pub fn unacknowledged(&self) -> &[ExitRecord] {
        &self.unacknowledged
    }
}

/// Whether a session's id can be the name of a file.
fn is_plain(session: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=64).contains(&session.len()) && session.bytes().all(plain)
}

fn path(directory: &Path, session: &str) -> PathBuf {
    directory.join(format!("{session}.json"))
}

/// Whole or not at all: there for every process, not yet for a power cut.
fn write(directory: &Path, record: &ExitRecord) -> io::Result<()> {
    if !is_plain(&record.session) {
        return Err(io::Error::other("the session's id cannot be the name of a file"));
    }
    fs::create_dir_all(directory)?;
    let half = directory.join(format!(".{}.json.new", record.session));
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&half)?;
    file.write_all(&serde_json::to_vec(record)?)?;
    fs::rename(&half, path(directory, &record.session))
}
