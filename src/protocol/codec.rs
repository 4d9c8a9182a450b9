//! From frame to line and back, and what is wrong with a line that is none.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{FromGuest, ToGuest};

/// The longest line: a 64 KiB text, worst-case escaped, with room for its frame.
pub const FRAME_BYTES_MAX: usize = 1024 * 1024;

/// A frame that a line can hold.
pub trait Frame: Serialize + DeserializeOwned {
    /// Every `type` that this version knows.
    const TYPES: &'static [&'static str];
}

impl Frame for FromGuest {
    const TYPES: &'static [&'static str] = &[
        "hello",
        "started",
        "exited",
        "ready",
        "answer",
        "activity",
        "submitted",
        "receipt",
        "hook",
        "output",
        "tapped",
        "untapped",
        "bye",
    ];
}

impl Frame for ToGuest {
    const TYPES: &'static [&'static str] = &[
        "welcome",
        "refused",
        "go",
        "record",
        "output_recorded",
        "stop",
        "exit_recorded",
        "close",
        "challenge",
        "deliver",
        "hook_taken",
    ];
}

/// Why a line is not a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrameMistake {
    /// Longer than [`FRAME_BYTES_MAX`].
    TooLong,
    /// A frame of a type that this version does not know: the type.
    UnknownType(String),
    /// Not a frame of this version: what serde says.
    Form(String),
}

impl std::fmt::Display for FrameMistake {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLong => write!(out, "frame longer than {FRAME_BYTES_MAX} bytes"),
            Self::UnknownType(kind) => write!(out, "a frame of the unknown type {kind:?}"),
            Self::Form(why) => write!(out, "not a frame: {why}"),
        }
    }
}

impl std::error::Error for FrameMistake {}

/// A frame as its line, newline included.
pub fn encode<T: Frame>(frame: &T) -> Result<Vec<u8>, FrameMistake> {
    let mut line =
        serde_json::to_vec(frame).map_err(|error| FrameMistake::Form(error.to_string()))?;
    line.push(b'\n');
    if line.len() > FRAME_BYTES_MAX { Err(FrameMistake::TooLong) } else { Ok(line) }
}

/// A line as its frame; a trailing newline may be there or not.
pub fn decode<T: Frame>(line: &[u8]) -> Result<T, FrameMistake> {
    if line.len() > FRAME_BYTES_MAX {
        return Err(FrameMistake::TooLong);
    }
    serde_json::from_slice(line).map_err(|error| {
        let typed = serde_json::from_slice::<Typed>(line).ok().map(|typed| typed.kind);
        match typed.filter(|kind| !T::TYPES.contains(&kind.as_str())) {
            Some(kind) => FrameMistake::UnknownType(kind),
            None => FrameMistake::Form(error.to_string()),
        }
    })
}

/// As much as every frame of every version has.
#[derive(Deserialize)]
struct Typed {
    #[serde(rename = "type")]
    kind: String,
}
