//! The directory of an agent's segments: what lies there, what is too much. It never removes the one
//! that is written.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};
use sha2::{Digest as _, Sha256};

use crate::clock::now as moment;
use crate::protocol::{Mark, OutputWhat, RecordPlan, marks_name, segment_name, segment_number};

/// What lies in the directory.
#[derive(Debug)]
pub struct Shelf {
    directory: PathBuf,
    /// Number and length of each segment, oldest first.
    kept: Vec<(u64, u64)>,
    /// The number of the next segment.
    next: u64,
    /// Where it begins in all that the agent ever wrote.
    position: u64,
}

impl Shelf {
    /// Looks at the directory, which is made when it is not there.
    pub fn open(plan: &RecordPlan) -> io::Result<Self> {
        let directory = PathBuf::from(&plan.directory);
        DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
        let mut kept = Vec::new();
        for entry in fs::read_dir(&directory)? {
            let entry = entry?;
            if let Some(number) = entry.file_name().to_str().and_then(segment_number) {
                kept.push((number, entry.metadata()?.len()));
            }
        }
        kept.sort_unstable();
        let mut shelf = Self { directory, kept, next: 0, position: 0 };
        if let Some((number, length)) = shelf.kept.last().copied() {
            let first = shelf.marks(number).into_iter().next();
            let begins = first.and_then(|mark| mark.position).unwrap_or(0);
            (shelf.next, shelf.position) = (number + 1, begins + length);
        }
        shelf.goes_on_after(plan);
        Ok(shelf)
    }

    /// Whether it is the directory of this plan.
    pub fn is_of(&self, plan: &RecordPlan) -> bool {
        self.directory == Path::new(&plan.directory)
    }

    /// What the journal knows is not numbered a second time.
    pub fn goes_on_after(&mut self, plan: &RecordPlan) {
        self.next = self.next.max(plan.after_segment + 1);
        self.position = self.position.max(plan.after_position);
    }

    /// Number and beginning of the next segment.
    pub fn next(&self) -> (u64, u64) {
        (self.next, self.position)
    }

    /// Makes the files of the next segment; the lock is on its bytes while somebody writes them.
    pub fn make(&mut self) -> io::Result<(Flock<File>, File)> {
        let new = |name: String| {
            let path = self.directory.join(name);
            OpenOptions::new().append(true).create_new(true).mode(0o600).open(path)
        };
        let mut number = self.next;
        let bytes = loop {
            match new(segment_name(number)) {
                // A pane that is on its way out has taken this number.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                made => break made?,
            }
        };
        let bytes = Flock::lock(bytes, FlockArg::LockExclusiveNonblock)
            .map_err(|(_, error)| io::Error::from(error))?;
        let marks = new(marks_name(number)).inspect_err(|_| {
            let _half = fs::remove_file(self.directory.join(segment_name(number)));
        })?;
        self.next = number + 1;
        self.kept.push((number, 0));
        Ok((bytes, marks))
    }

    /// The segment that was made last was not begun.
    pub fn take_back(&mut self, number: u64) {
        self.kept.retain(|(kept, _)| *kept != number);
        for name in [segment_name(number), marks_name(number)] {
            let _gone = fs::remove_file(self.directory.join(name));
        }
        self.next = number;
    }

    /// The segment that was made last is so long now, and nothing is added any more.
    pub fn closed(&mut self, length: u64) {
        self.position += length;
        if let Some(last) = self.kept.last_mut() {
            last.1 = length;
        }
    }

    /// Removes the oldest segments while all together are longer than they may be.
    pub fn prune(&mut self, keep_bytes: u64, growing: u64) {
        let whole = |kept: &[(u64, u64)]| kept.iter().map(|(_, length)| length).sum::<u64>();
        while self.kept.len() > 1 && whole(&self.kept) + growing > keep_bytes {
            let (number, _) = self.kept.remove(0);
            for name in [segment_name(number), marks_name(number)] {
                // Somebody may have been quicker.
                let _gone = fs::remove_file(self.directory.join(name));
            }
        }
    }

    /// Segments behind this one that are closed, or that nobody writes any more: those are closed
    /// now. Each with its session.
    pub fn untold(&self, after: u64) -> Vec<(String, OutputWhat)> {
        let behind = self.kept.iter().filter(|(number, _)| *number > after);
        behind.filter_map(|(number, _)| self.told(*number)).collect()
    }

    fn told(&self, segment: u64) -> Option<(String, OutputWhat)> {
        let path = self.directory.join(segment_name(segment));
        let file = File::open(&path).ok()?;
        // Who writes it holds the lock, and closes it.
        let mut file = Flock::lock(file, FlockArg::LockSharedNonblock).ok()?;
        let marks = self.marks(segment);
        let first = marks.first()?;
        let (session, position) = (first.session.clone()?, first.position?);
        let sealed = marks.last().and_then(|last| Some((last.offset, last.sha256.clone()?)));
        let (length, sha256) = match sealed {
            Some(sealed) => sealed,
            None => self.seal(segment, &mut file).ok()?,
        };
        Some((session, OutputWhat::Closed { segment, position, length, sha256 }))
    }

    /// Closes a segment that its writer could not close.
    fn seal(&self, segment: u64, file: &mut File) -> io::Result<(u64, String)> {
        let (mut digest, mut length, mut chunk) = (Sha256::new(), 0, [0; 16 * 1024]);
        loop {
            let count = file.read(&mut chunk)?;
            if count == 0 {
                break;
            }
            digest.update(&chunk[..count]);
            length += count as u64;
        }
        file.sync_data()?;
        let sha256 = hex(digest);
        let at_ms = moment().wall_ms;
        let mark = Mark { at_ms, offset: length, sha256: Some(sha256.clone()), ..Mark::default() };
        let path = self.directory.join(marks_name(segment));
        // The last line may be half a one.
        let line = [b"\n".as_slice(), &mark.line()].concat();
        OpenOptions::new().append(true).open(path)?.write_all(&line)?;
        Ok((length, sha256))
    }

    fn marks(&self, segment: u64) -> Vec<Mark> {
        let text = fs::read(self.directory.join(marks_name(segment))).unwrap_or_default();
        Mark::all(&text)
    }
}

/// A digest in hexadecimal digits.
pub fn hex(digest: Sha256) -> String {
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
