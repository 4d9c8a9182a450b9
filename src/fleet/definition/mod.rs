//! What the roster says: checked values, as `roster` builds them; every default is filled in.

mod agent;
mod plans;
mod roster;

pub use agent::{Approvals, Definition, EnvValue, Kind, RuntimeKind, Size};
pub use plans::{
    Backoff, HeartbeatPlan, Limits, OnUnresponsive, OutputPlan, RestartPlan, RestartPolicy,
    StopPlan,
};
pub use roster::{Roster, TmuxPlan};
