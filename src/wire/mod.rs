//! What crosses the control socket: HTTP/JSON, one typed API for every surface.

pub mod message;

pub use message::{
    AgentAsked, ApplyAsked, ApplyReply, AttachAsked, AttachReply, Change, CommandReply, ErrorBody,
    ErrorCode, ErrorReply, EventRecord, EventsReply, Evidence, ExplainReply, MessageReply, PsReply,
    Row, SendAsked, StopAsked, SupervisorStatus, WatchFrame,
};
