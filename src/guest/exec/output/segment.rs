//! One segment that is being written: bytes, marks, digest. It knows no limits.

use std::fs::File;
use std::io::{self, Write as _};

use nix::fcntl::Flock;
use sha2::{Digest as _, Sha256};

use super::shelf::{Shelf, hex};
use crate::protocol::{Mark, OutputWhat};

/// A mark is made for the first output after so long: `--since` finds a second.
const MARK_EVERY_MS: u64 = 1000;

/// A segment.
#[derive(Debug)]
pub struct Segment {
    bytes: Flock<File>,
    marks: File,
    digest: Sha256,
    number: u64,
    position: u64,
    length: u64,
    marked_at_ms: u64,
    size: Option<(u16, u16)>,
}

/// When it is, and how large the terminal is now.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// Milliseconds since 1970.
    pub at_ms: u64,
    /// Columns and rows.
    pub size: Option<(u16, u16)>,
}

impl Segment {
    /// The next one on the shelf, with its first mark.
    pub fn begin(shelf: &mut Shelf, session: &str, now: Now) -> io::Result<Self> {
        let (bytes, mut marks) = shelf.make()?;
        let (number, position) = (shelf.next().0 - 1, shelf.next().1);
        let first = Mark {
            at_ms: now.at_ms,
            session: Some(session.to_owned()),
            position: Some(position),
            size: now.size,
            ..Mark::default()
        };
        if let Err(error) = marks.write_all(&first.line()) {
            // Without it nobody knows whose it is: it is taken back whole.
            shelf.take_back(number);
            return Err(error);
        }
        Ok(Self {
            bytes,
            marks,
            digest: Sha256::new(),
            number,
            position,
            length: 0,
            marked_at_ms: now.at_ms,
            size: now.size,
        })
    }

    /// How long it is.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Whether so much time has passed that the next bytes need a mark.
    pub fn needs_mark(&self, at_ms: u64) -> bool {
        // A clock that was set back needs one, too.
        at_ms.abs_diff(self.marked_at_ms) >= MARK_EVERY_MS
    }

    /// Says when what follows came, and what happened here.
    pub fn mark(&mut self, now: Now, gap: Option<(String, Option<u64>)>) -> io::Result<()> {
        let size = now.size.filter(|size| Some(*size) != self.size);
        let (gap, lost) = gap.unzip();
        let at_a_gap = gap.is_some();
        let mark = Mark {
            at_ms: now.at_ms,
            offset: self.length,
            size,
            gap,
            lost: lost.flatten(),
            ..Mark::default()
        };
        let mut line = mark.line();
        if at_a_gap {
            // The disk may have been full in the middle of a line.
            line.insert(0, b'\n');
        }
        self.marks.write_all(&line)?;
        self.marked_at_ms = now.at_ms;
        self.size = size.or(self.size);
        Ok(())
    }

    /// Adds bytes; with an error comes how many of them were added.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), (usize, io::Error)> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.bytes.write(rest) {
                Ok(0) => return Err((bytes.len() - rest.len(), io::ErrorKind::WriteZero.into())),
                Ok(count) => {
                    self.digest.update(&rest[..count]);
                    self.length += count as u64;
                    rest = &rest[count..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err((bytes.len() - rest.len(), error)),
            }
        }
        Ok(())
    }

    /// Nothing is added to it any more.
    pub fn end(self, shelf: &mut Shelf) -> Ended {
        shelf.closed(self.length);
        Ended(self)
    }
}

/// A segment to which nothing is added, and which is not closed yet.
#[derive(Debug)]
pub struct Ended(Segment);

impl Ended {
    /// Closes it: its bytes are on the platter, its digest stands in its last mark.
    pub fn close(self, at_ms: u64) -> OutputWhat {
        let Segment { bytes, mut marks, digest, number, position, length, .. } = self.0;
        // What the disk refuses here does not make the digest less true.
        let _synced = bytes.sync_data();
        let sha256 = hex(digest);
        let mark = Mark { at_ms, offset: length, sha256: Some(sha256.clone()), ..Mark::default() };
        let _marked = marks.write_all(&mark.line());
        OutputWhat::Closed { segment: number, position, length, sha256 }
    }
}
