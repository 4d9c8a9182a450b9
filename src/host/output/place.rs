//! Where reading begins: at a byte, at a time, at one of the last lines. It reads no further.

use std::io;
use std::path::Path;

use super::segment::{Segment, numbers};

/// Marks are made for the first output after a second: what came in that second has the mark before.
const MARKED_WITHIN_MS: u64 = 1000;

/// Lines are counted no further back than this: a program that draws screens writes few.
const LOOKED_BACK_BYTES: u64 = 4 << 20;

/// What is looked through at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// Where to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// At this byte of all that the agent ever wrote.
    Position(u64),
    /// With what came at this time or later, milliseconds since 1970.
    Since(u64),
    /// With the last so many lines.
    Lines(u64),
}

/// A segment, and how far into it.
pub type Place = (Segment, u64);

/// The place; `None` when nothing is there yet. What lies there may begin later than was asked.
pub fn find(directory: &Path, from: From) -> io::Result<Option<Place>> {
    match from {
        From::Position(position) => at_position(directory, position),
        From::Since(at_ms) => since(directory, at_ms),
        From::Lines(lines) => last_lines(directory, lines),
    }
}

/// The newest segment that begins no later; else the oldest.
fn at_position(directory: &Path, position: u64) -> io::Result<Option<Place>> {
    let mut oldest = None;
    for number in numbers(directory)?.into_iter().rev() {
        let Some(mut segment) = Segment::open(directory, number)? else { break };
        let (begins, length) = (segment.position(), segment.refresh()?);
        if begins <= position {
            return Ok(Some((segment, (position - begins).min(length))));
        }
        oldest = Some((segment, 0));
    }
    Ok(oldest)
}

fn since(directory: &Path, at_ms: u64) -> io::Result<Option<Place>> {
    let after = at_ms.saturating_sub(MARKED_WITHIN_MS);
    let mut found = None;
    for number in numbers(directory)?.into_iter().rev() {
        let Some(mut segment) = Segment::open(directory, number)? else { break };
        let length = segment.refresh()?;
        let is_old = segment.marks.first().is_none_or(|first| first.at_ms <= after);
        // What closes a segment says nothing of when its bytes came.
        let mut marks = segment.marks.iter().filter(|mark| mark.sha256.is_none());
        let offset = marks.find(|mark| mark.at_ms > after).map(|mark| mark.offset);
        match offset {
            Some(offset) => found = Some((segment, offset)),
            None if found.is_none() => found = Some((segment, length)),
            None => {}
        }
        if is_old {
            break;
        }
    }
    Ok(found)
}

/// Behind all that is there.
fn end(directory: &Path) -> io::Result<Option<Place>> {
    let Some(last) = numbers(directory)?.pop() else { return Ok(None) };
    let Some(mut segment) = Segment::open(directory, last)? else { return Ok(None) };
    let length = segment.refresh()?;
    Ok(Some((segment, length)))
}

fn last_lines(directory: &Path, lines: u64) -> io::Result<Option<Place>> {
    let (mut found, mut looked, mut left) = (None, 0, lines);
    if lines == 0 {
        return end(directory);
    }
    let mut chunk = vec![0; CHUNK_BYTES];
    for number in numbers(directory)?.into_iter().rev() {
        let Some(mut segment) = Segment::open(directory, number)? else { break };
        let length = segment.refresh()?;
        let is_last = found.is_none();
        let mut end = length;
        while end > 0 && looked < LOOKED_BACK_BYTES {
            let begin = end.saturating_sub(CHUNK_BYTES as u64);
            let size = usize::try_from(end - begin).unwrap_or(CHUNK_BYTES);
            let count = segment.read(begin, &mut chunk[..size])?;
            looked += count as u64;
            for at in (0..count).rev() {
                let here = begin + at as u64 + 1;
                if chunk[at] != b'\n' || (is_last && here == length) {
                    continue;
                }
                if left <= 1 {
                    return Ok(Some((segment, here)));
                }
                left -= 1;
            }
            end = begin;
        }
        found = Some((segment, end));
        if looked >= LOOKED_BACK_BYTES {
            break;
        }
    }
    Ok(found)
}
