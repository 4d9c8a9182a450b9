//! The frames between supervisor and guests: pure codecs, versioned.
//!
//! One frame is one line of JSON, at most [`FRAME_BYTES_MAX`] bytes, over the guest socket.
//! A guest outlives an upgrade of the supervisor, so a reader ignores keys it does not know
//! and answers a frame type it does not know with nothing. `docs/heartbeat.md` tells the part
//! that runtimes speak; old samples of every frame stay in `tests/fixtures/protocol`.

mod codec;
mod exit;
mod frame;
mod hello;
mod output;
#[cfg(test)]
mod tests;

pub use codec::{FRAME_BYTES_MAX, FrameMistake, decode, encode};
pub use exit::ExitRecord;
pub use frame::{ActivityWord, Answered, DeliverOutcome, FromGuest, NOTE_MARK, Pair, ToGuest};
pub use hello::{Hello, Role, VERSION};
pub use output::{
    Mark, OutputNews, OutputWhat, RecordPlan, marks_name, segment_name, segment_number,
};
