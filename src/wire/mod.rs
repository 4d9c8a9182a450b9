//! What crosses the control socket: HTTP/JSON, one typed API for every surface.

pub mod client;
pub mod message;
#[cfg(test)]
mod tests;
mod verify;

pub use message::{
    AgentAsked, AgreedTo, ApplyAsked, ApplyReply, AttachAsked, AttachReply, Change, CommandReply,
    DetachAsked, ErrorBody, ErrorCode, ErrorReply, EventRecord, EventsReply, ExplainReply,
    HistoryReply, Holder, InboxReply, MessageReply, OutputFrame, PlanAsked, PlanReply,
    PlannedChange, PsReply, RungReply, SCHEMA_VERSION, SendAsked, StopAsked, SupervisorStatus,
    TelemetryStatus, WatchFrame,
};
pub use verify::{CheckpointRecord, FindingRecord, OutputVerifyReply, StateReply, VerifyReply};

pub use crate::fleet::{
    ActivityCell, BesideCell, BootCell, DriftCell, Evidence, LimitsCell, PaneCell, Row, UnitCell,
};
