//! One segment as it lies there: its length, its marks, its bytes from any offset on.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use crate::protocol::{Mark, marks_name, segment_name, segment_number};

/// The numbers of the segments in a directory, oldest first; none where it is not there.
pub fn numbers(directory: &Path) -> io::Result<Vec<u64>> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut numbers = Vec::new();
    for entry in entries {
        numbers.extend(entry?.file_name().to_str().and_then(segment_number));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Whose output the newest segment is; `None` where none is there, or none that was begun whole.
pub fn newest_session(directory: &Path) -> io::Result<Option<String>> {
    let Some(newest) = numbers(directory)?.pop() else { return Ok(None) };
    let segment = Segment::open(directory, newest)?;
    Ok(segment.and_then(|segment| segment.marks.first()?.session.clone()))
}

/// A segment, open.
#[derive(Debug)]
pub struct Segment {
    /// Its number.
    pub number: u64,
    bytes: File,
    marks_path: PathBuf,
    marks_length: u64,
    /// Its marks, as far as they were read.
    pub marks: Vec<Mark>,
}

impl Segment {
    /// Opens it; `None` when it is gone.
    pub fn open(directory: &Path, number: u64) -> io::Result<Option<Self>> {
        let bytes = match File::open(directory.join(segment_name(number))) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let marks_path = directory.join(marks_name(number));
        let mut segment = Self { number, bytes, marks_path, marks_length: 0, marks: Vec::new() };
        segment.refresh()?;
        Ok(Some(segment))
    }

    /// How long it is now. Every mark of what lies before that is known afterwards: a mark is written
    /// before the bytes that follow it.
    pub fn refresh(&mut self) -> io::Result<u64> {
        let length = self.bytes.metadata()?.len();
        let marked = fs::metadata(&self.marks_path).map_or(0, |marks| marks.len());
        if marked != self.marks_length {
            self.marks = Mark::all(&fs::read(&self.marks_path).unwrap_or_default());
            self.marks_length = marked;
        }
        Ok(length)
    }

    /// Where it begins in all that the agent ever wrote.
    pub fn position(&self) -> u64 {
        self.marks.first().and_then(|first| first.position).unwrap_or(0)
    }

    /// The session whose output it is.
    pub fn session(&self) -> Option<&str> {
        self.marks.first().and_then(|first| first.session.as_deref())
    }

    /// Reads from an offset on; how many bytes there were.
    pub fn read(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut read = 0;
        while read < into.len() {
            match self.bytes.read_at(&mut into[read..], offset + read as u64) {
                Ok(0) => break,
                Ok(count) => read += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(read)
    }
}
