//! The words and the rules: no I/O, no clock, no async.

mod activity;
mod address;
mod agent;
mod answer;
mod command;
mod consent;
mod decide;
mod definition;
mod digest;
mod effect;
mod event;
mod event_types;
mod fold;
mod health;
mod lease;
mod lifecycle;
mod message;
mod moment;
mod nearest;
mod observation;
mod output;
mod plan;
mod receipt;
mod refusal;
mod session;
mod state;
#[cfg(test)]
mod tests;
mod view;

pub use activity::Activity;
pub use address::{Address, AgentName, Host, NameMistake, Tenant};
pub use agent::{Agent, Wanted};
pub use answer::{Answer, Changed};
pub use command::Command;
pub use consent::{Agreed, Consent};
pub use decide::{
    Decision, Fresh, Input, MAILBOX_MAX, deadline, decide, forget, judge, probe, token_hash, way,
    way_for,
};
pub use definition::{
    Approvals, Backoff, Definition, EnvValue, HeartbeatPlan, Kind, Limits, OnUnresponsive,
    OutputPlan, RestartPlan, RestartPolicy, Roster, RuntimeKind, Size, StopPlan, TmuxPlan,
};
pub use effect::{Conversation, Effect, Way};
pub use event::{EVENT_SCHEMA_VERSION, Event, Recorded};
pub use event_types::EVENT_TYPES;
pub use fold::fold;
pub use health::{Beat, Channel, ChannelKind, Examined, Health, MISSES_MAX, Unresponsive};
pub use lease::{Beside, Lease, LeaseEnd, LeaseId};
pub use lifecycle::{Exit, HoldReason, Lifecycle};
pub use message::{Class, Manner, Message, MessageId, envelope, key_in};
pub use moment::{Moment, rfc3339};
pub use nearest::nearest;
pub use observation::{Observation, SeenClient, SeenPane};
pub use output::{OutputFact, Recording};
pub use plan::plan;
pub use receipt::{Grade, Receipt};
pub use refusal::Refusal;
pub use session::{Pane, Session, SessionId};
pub use state::{Beats, Fleet};
pub use view::{
    ActivityCell, BesideCell, BootCell, Counters, DriftCell, Evidence, LimitsCell, PaneCell,
    ProcessCell, Row, Rung, Seen, Shown, UnitCell, describe, explain, ladder, row, unmanaged_row,
};
