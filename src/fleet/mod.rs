//! The words and the rules: no I/O, no clock, no async.

mod address;
mod agent;
mod definition;
mod health;
mod moment;
mod receipt;
mod session;

pub use address::{Address, AgentName, Host, NameMistake, Tenant};
pub use agent::{Activity, Agent, Exit, HoldReason, Lifecycle, Wanted};
pub use definition::{
    Approvals, Backoff, Definition, EnvValue, HeartbeatPlan, Kind, RestartPlan, RestartPolicy,
    Roster, RuntimeKind, Size, StopPlan,
};
pub use health::{Answered, Beat, Channel, ChannelKind, Health};
pub use moment::Moment;
pub use receipt::{Grade, Message, MessageId, Receipt};
pub use session::{Pane, Session, SessionId};
