//! The glyphs of GNU Unifont: sixteen rows of eight or sixteen pixels each. It draws none.
//!
//! `unifont.bin` is compressed (zlib). In it: the length of a table (four bytes, the lowest first);
//! the table, for each run of letters its first one (three bytes), their count (two) and their width
//! in units of eight pixels (one); then the bitmaps in the order of the table, each row with its
//! leftmost pixel in the highest bit. Its licence lies beside it.

use std::io::Read as _;

use flate2::read::ZlibDecoder;

const PACKED: &[u8] = include_bytes!("unifont.bin");

/// The height of every glyph.
pub const ROWS: usize = 16;

/// The bytes of a run in the table.
const RUN_BYTES: usize = 6;

/// The font.
pub struct Font {
    runs: Vec<Run>,
    bitmaps: Vec<u8>,
}

struct Run {
    first: u32,
    count: u32,
    /// Units of eight pixels.
    width: usize,
    /// Where its bitmaps begin.
    at: usize,
}

/// A glyph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyph {
    /// Eight or sixteen.
    pub columns: usize,
    /// Each row with its leftmost pixel in the highest of sixteen bits.
    pub rows: [u16; ROWS],
}

impl Font {
    /// Unpacks it.
    pub fn load() -> Self {
        let mut bytes = Vec::new();
        // It is ours: a test reads it whole.
        let _read = ZlibDecoder::new(PACKED).read_to_end(&mut bytes);
        let (head, rest) = bytes.split_at(bytes.len().min(4));
        let length = head.iter().rev().fold(0, |length, byte| length << 8 | usize::from(*byte));
        let (table, bitmaps) = rest.split_at(length.min(rest.len()));
        let (mut runs, mut at) = (Vec::new(), 0);
        for run in table.chunks_exact(RUN_BYTES) {
            let first = u32::from_le_bytes([run[0], run[1], run[2], 0]);
            let count = u32::from_le_bytes([run[3], run[4], 0, 0]);
            let width = usize::from(run[5]);
            runs.push(Run { first, count, width, at });
            at += count as usize * width * ROWS;
        }
        Self { runs, bitmaps: bitmaps.to_vec() }
    }

    /// The glyph of a letter; `None` where the font has none.
    pub fn glyph(&self, letter: char) -> Option<Glyph> {
        let letter = u32::from(letter);
        let behind = self.runs.partition_point(|run| run.first <= letter);
        let run = self.runs.get(behind.checked_sub(1)?)?;
        let number = (letter - run.first) as usize;
        if number >= run.count as usize {
            return None;
        }
        let size = run.width * ROWS;
        let begin = run.at + number * size;
        let bitmap = self.bitmaps.get(begin..begin + size)?;
        let mut rows = [0; ROWS];
        for (row, bytes) in rows.iter_mut().zip(bitmap.chunks_exact(run.width)) {
            *row = u16::from_be_bytes([bytes[0], bytes.get(1).copied().unwrap_or(0)]);
        }
        Some(Glyph { columns: 8 * run.width, rows })
    }
}
