//! Reads an agent's output piece by piece, over segments and sessions, up to what there is now.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};

use super::place::{self, From};
use super::segment::{Segment, numbers};
use crate::protocol::Mark;

/// A piece holds no more bytes than this: it goes into one line of a reply.
const PIECE_BYTES: usize = 64 * 1024;

/// A part of an agent's output, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// What follows is output of this session.
    Session {
        /// Its id.
        session: String,
        /// Milliseconds since 1970.
        at_ms: u64,
    },
    /// The terminal has this size from here on.
    Size {
        /// Columns.
        columns: u16,
        /// Rows.
        rows: u16,
    },
    /// Bytes.
    Output {
        /// Where they begin in all that the agent ever wrote.
        position: u64,
        /// They came at this time or up to a second later, milliseconds since 1970.
        at_ms: u64,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// Output is missing here.
    Gap {
        /// Since when it was there again, milliseconds since 1970.
        at_ms: u64,
        /// Why.
        reason: String,
        /// How many bytes, where that is known.
        lost: Option<u64>,
    },
}

/// Reads.
#[derive(Debug)]
pub struct Reader {
    directory: PathBuf,
    /// Where to begin, until something is there.
    from: Option<From>,
    segment: Option<Segment>,
    offset: u64,
    /// Marks of the segment that were told.
    told: usize,
    /// The byte that comes next; `None` before the first.
    position: Option<u64>,
    session: Option<String>,
    at_ms: u64,
    ready: VecDeque<Piece>,
}

impl Reader {
    /// A reader of what lies in this directory, which need not be there yet.
    pub fn new(directory: &Path, from: From) -> Self {
        // From the beginning on nothing can be missing before it.
        let position = match from {
            From::Position(position) if position > 0 => Some(position),
            From::Position(_) | From::Since(_) | From::Lines(_) => None,
        };
        Self {
            directory: directory.to_owned(),
            from: Some(from),
            segment: None,
            offset: 0,
            told: 0,
            position,
            session: None,
            at_ms: 0,
            ready: VecDeque::new(),
        }
    }

    /// The next piece; `None` when there is nothing more for now.
    pub fn next(&mut self) -> io::Result<Option<Piece>> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Ok(Some(piece));
            }
            if self.segment.is_none() && !self.begin()? {
                return Ok(None);
            }
            if self.read()? {
                continue;
            }
            if !self.go_on()? {
                return Ok(None);
            }
        }
    }

    /// Finds the first place; whether something is there.
    fn begin(&mut self) -> io::Result<bool> {
        let Some(from) = self.from else { return Ok(false) };
        let Some((segment, offset)) = place::find(&self.directory, from)? else {
            return Ok(false);
        };
        // It is made in two steps: bytes, then the first mark.
        if segment.marks.is_empty() && offset == 0 {
            return Ok(false);
        }
        self.from = None;
        self.take(segment, offset);
        Ok(true)
    }

    /// Goes on in this segment.
    fn take(&mut self, segment: Segment, offset: u64) {
        let first = segment.position() + offset;
        let began = segment.marks.first().map_or(0, |mark| mark.at_ms);
        if let Some(lost) = self.position.and_then(|position| first.checked_sub(position))
            && lost > 0
        {
            let reason = "what came before was removed: it is more than is kept".to_owned();
            self.ready.push_back(Piece::Gap { at_ms: began, reason, lost: Some(lost) });
        }
        let session = segment.session().unwrap_or("unknown").to_owned();
        if self.session.as_ref() != Some(&session) {
            let at_ms = began;
            self.ready.push_back(Piece::Session { session: session.clone(), at_ms });
            self.session = Some(session);
        }
        // What was said before this place holds here.
        let before = segment.marks.iter().take_while(|mark| mark.offset < offset.max(1));
        let size = before.clone().filter_map(|mark| mark.size).last();
        self.ready.extend(size.map(|(columns, rows)| Piece::Size { columns, rows }));
        self.at_ms = before.clone().last().map_or(began, |mark| mark.at_ms);
        self.told = if offset == 0 { 1 } else { before.count() };
        (self.segment, self.offset, self.position) = (Some(segment), offset, Some(first));
    }

    /// Tells marks that stand here, else reads up to the next one; whether anything came of it.
    fn read(&mut self) -> io::Result<bool> {
        let Some(segment) = &mut self.segment else { return Ok(false) };
        let length = segment.refresh()?;
        let begins = segment.position();
        let here = segment.marks.get(self.told).filter(|mark| mark.offset <= self.offset).cloned();
        if let Some(mark) = here {
            self.told += 1;
            self.mark(mark);
            return Ok(true);
        }
        let next = segment.marks.get(self.told).map_or(length, |mark| mark.offset.min(length));
        let most = next.saturating_sub(self.offset).min(PIECE_BYTES as u64);
        let mut bytes = vec![0; usize::try_from(most).unwrap_or(PIECE_BYTES)];
        let count = segment.read(self.offset, &mut bytes)?;
        if count == 0 {
            return Ok(false);
        }
        bytes.truncate(count);
        let (position, at_ms) = (begins + self.offset, self.at_ms);
        self.offset += count as u64;
        self.position = Some(begins + self.offset);
        self.ready.push_back(Piece::Output { position, at_ms, bytes });
        Ok(true)
    }

    fn mark(&mut self, mark: Mark) {
        if mark.sha256.is_some() {
            return;
        }
        self.at_ms = mark.at_ms;
        if let Some(reason) = mark.gap {
            self.ready.push_back(Piece::Gap { at_ms: mark.at_ms, reason, lost: mark.lost });
        }
        self.ready.extend(mark.size.map(|(columns, rows)| Piece::Size { columns, rows }));
    }

    /// Goes to the next segment; whether there is one.
    fn go_on(&mut self) -> io::Result<bool> {
        let Some(at) = self.segment.as_ref().map(|segment| segment.number) else {
            return Ok(false);
        };
        let Some(next) = numbers(&self.directory)?.into_iter().find(|number| *number > at) else {
            return Ok(false);
        };
        // A next one is there only once nothing is added to this one, but that may just have
        // happened.
        if self.read()? {
            return Ok(true);
        }
        if let Some(segment) = Segment::open(&self.directory, next)? {
            if segment.marks.is_empty() {
                return Ok(false);
            }
            self.take(segment, 0);
        }
        Ok(true)
    }
}
