//! Request and reply bodies, error codes, versions. JSON only ever gains fields.

mod command;
mod error;
mod events;
mod mail;
mod output;
mod roster;
mod rows;
mod status;
mod watch;

pub use command::{AgentAsked, AttachAsked, AttachReply, CommandReply, DetachAsked, StopAsked};
pub use error::{ErrorBody, ErrorCode, ErrorReply, Holder};
pub use events::{EventRecord, EventsReply};
pub use mail::{InboxReply, MessageReply, RungReply, SendAsked};
pub use output::OutputFrame;
pub use roster::{AgreedTo, ApplyAsked, ApplyReply, Change, PlanAsked, PlanReply, PlannedChange};
pub use rows::{ExplainReply, PsReply};
pub use status::{SupervisorStatus, TelemetryStatus};
pub use watch::{HistoryReply, WatchFrame};

/// The version of every reply's shape.
pub const SCHEMA_VERSION: u32 = 1;
