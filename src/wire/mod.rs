//! What crosses the control socket: HTTP/JSON, one typed API for every surface.

pub mod client;
pub mod message;
mod verify;

pub use message::{
    AgentAsked, ApplyAsked, ApplyReply, AttachAsked, AttachReply, Change, CommandReply, ErrorBody,
    ErrorCode, ErrorReply, EventRecord, EventsReply, ExplainReply, MessageReply, PsReply,
    SCHEMA_VERSION, SendAsked, StopAsked, SupervisorStatus, WatchFrame,
};
pub use verify::{CheckpointRecord, FindingRecord, StateReply, VerifyReply};

pub use crate::fleet::{ActivityCell, BootCell, Evidence, PaneCell, Row, UnitCell};
