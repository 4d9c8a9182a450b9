//! How an agent's output lies on the disk: names, and the marks beside each segment. It reads no file.
//!
//! ```text
//! output/ada/00000012.out     the bytes of the pane, as the program wrote them
//! output/ada/00000012.marks   a line of JSON for each mark: when, how far, what happened there
//! ```

use serde::{Deserialize, Serialize};

/// How long a segment and all segments of an agent may be, and how it goes on from those before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordPlan {
    /// The agent's own directory.
    pub directory: String,
    /// A segment is closed when it is as long as this, in bytes.
    pub segment_bytes: u64,
    /// The oldest segments go when all of them together are longer than this, in bytes.
    pub keep_bytes: u64,
    /// The last segment that the journal knows; the next one has a higher number, also where
    /// somebody has removed the files.
    #[serde(default)]
    pub after_segment: u64,
    /// Where that one ended.
    #[serde(default)]
    pub after_position: u64,
}

/// One line of a segment's marks. The first one says whose it is and where it begins; the last one of
/// a closed segment has its digest.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mark {
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// How far into the segment, in bytes: what lies behind came at `at_ms` or later.
    pub offset: u64,
    /// First mark: the session whose output it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// First mark: where it begins in all that the agent ever wrote, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// The size of the terminal, when it is known and another one than before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<(u16, u16)>,
    /// Output is missing here: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<String>,
    /// How many bytes are missing here, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<u64>,
    /// It is closed: the SHA-256 of its `offset` bytes, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl Mark {
    /// The mark as its line, newline included.
    pub fn line(&self) -> Vec<u8> {
        // Numbers and strings always serialise.
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line
    }

    /// The marks of a file; a line that is none, such as half a one at the end, is skipped.
    pub fn all(text: &[u8]) -> Vec<Self> {
        let lines = text.split(|byte| *byte == b'\n');
        lines.filter_map(|line| serde_json::from_slice(line).ok()).collect()
    }
}

/// The name of a segment's bytes.
pub fn segment_name(number: u64) -> String {
    format!("{number:08}.out")
}

/// The name of a segment's marks.
pub fn marks_name(number: u64) -> String {
    format!("{number:08}.marks")
}

/// The number of the segment whose bytes lie under this name; `None` for every other file.
pub fn segment_number(name: &str) -> Option<u64> {
    let number = name.strip_suffix(".out")?.parse().ok()?;
    (segment_name(number) == name).then_some(number)
}

/// What became of an agent's output. What the supervisor has not acknowledged is told again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputNews {
    /// Counts up within the life of a pane's first process.
    pub id: u64,
    /// The session whose output it is.
    pub session: String,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// What.
    #[serde(flatten)]
    pub what: OutputWhat,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum OutputWhat {
    /// A segment is closed and on the disk.
    Closed {
        /// Its number.
        segment: u64,
        /// Where it begins in all that the agent ever wrote.
        position: u64,
        /// How long it is.
        length: u64,
        /// Its SHA-256, hexadecimal.
        sha256: String,
    },
    /// Output is not recorded any more.
    Stopped {
        /// Why.
        reason: String,
    },
    /// It is again.
    Resumed {
        /// How many bytes are missing; `None` where nobody could count them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lost: Option<u64>,
    },
}

#[cfg(test)]
mod tests {
    use super::{Mark, marks_name, segment_name, segment_number};

    #[test]
    fn a_mark_is_a_line_and_half_a_line_is_none() {
        let first = Mark { at_ms: 5, session: Some("aa".into()), ..Mark::default() };
        let last = Mark { at_ms: 9, offset: 3, sha256: Some("00".into()), ..Mark::default() };
        let mut text = [first.line(), last.line()].concat();
        assert_eq!(Mark::all(&text), [first.clone(), last]);
        text.truncate(text.len() - 2);
        assert_eq!(Mark::all(&text), [first]);
    }

    #[test]
    fn a_segment_has_one_name() {
        assert_eq!(
            (segment_name(12), marks_name(12)),
            ("00000012.out".into(), "00000012.marks".into())
        );
        assert_eq!(segment_number("00000012.out"), Some(12));
        for other in ["12.out", "00000012.marks", "x.out", "000000012.out", ".out"] {
            assert_eq!(segment_number(other), None, "{other}");
        }
        assert_eq!(segment_number(&segment_name(123_456_789)), Some(123_456_789));
    }
}
