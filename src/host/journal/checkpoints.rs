//! The checkpoints that lie outside the journal: a text file that only grows, a note after the
//! other. Whoever cuts the journal's end has not cut this one yet.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::checkpoint::{Checkpoint, DASH, Follows, pieces};
use super::error::JournalError;

/// Some hundred notes: the last whole one is among them, whatever a crash has left behind it.
const TAIL_BYTES: u64 = 64 * 1024;

/// Where the checkpoints of a journal lie.
pub(super) fn place(journal: &Path) -> PathBuf {
    journal.with_extension("checkpoints")
}

/// All of it; nothing when there is none.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    match std::fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read,
    }
}

/// The file, open to be added to.
#[derive(Debug)]
pub(super) struct Checkpoints {
    file: File,
    /// What the next note says that it stands behind.
    follows: Follows,
}

impl Checkpoints {
    /// Opens or makes the file; the last checkpoint in it. What a crash left half written is cut
    /// off: it was never more than the beginning of a note.
    pub fn open(journal: &Path) -> Result<(Self, Option<Checkpoint>), JournalError> {
        let path = place(journal);
        let failed = |error| JournalError::io(&path, "open the checkpoints of", error);
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o600);
        let mut file = options.open(&path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let from = length.saturating_sub(TAIL_BYTES);
        file.seek(SeekFrom::Start(from)).map_err(failed)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let whole = whole(&bytes);
        if whole < bytes.len() {
            let torn = bytes.len() - whole;
            tracing::warn!(path = %path.display(), bytes = torn, "a checkpoint was half written");
            file.set_len(from + whole as u64).map_err(failed)?;
        }
        // A tail may begin in the midst of a letter, and of a note, that nobody asks for.
        let text = String::from_utf8_lossy(&bytes[..whole]);
        let last = pieces(&text).pop().map(|piece| {
            Checkpoint::parse(piece.text).map_err(|what| {
                let what = format!("the last checkpoint of {} is none: {what}", path.display());
                JournalError::Unproven { path: journal.to_owned(), what }
            })
        });
        let last = last.transpose()?;
        Ok((Self { file, follows: Follows::after(last.as_ref()) }, last))
    }

    /// What the next note stands behind.
    pub fn follows(&self) -> Follows {
        self.follows
    }

    /// Adds one, whole or not at all.
    pub fn add(&mut self, checkpoint: &Checkpoint) -> io::Result<()> {
        let before = self.file.metadata()?.len();
        let written = self
            .file
            .write_all(format!("{}\n", checkpoint.text()).as_bytes())
            .and_then(|()| self.file.sync_data());
        written.inspect_err(|_| drop(self.file.set_len(before)))?;
        self.follows = Follows::after(Some(checkpoint));
        Ok(())
    }
}

/// How many of these bytes are whole notes, and the empty lines between them.
fn whole(bytes: &[u8]) -> usize {
    let (mut end, mut whole) = (0, 0);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        end += line.len();
        let ends = line.starts_with(DASH.as_bytes()) && line.ends_with(b"\n");
        if ends || (line == b"\n" && whole == end - 1) {
            whole = end;
        }
    }
    whole
}
