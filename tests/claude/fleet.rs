//! The words of `fleet` that the adapter uses; its rules are not part of this test program.

#[path = "../../src/fleet/activity.rs"]
mod activity;
#[path = "../../src/fleet/address.rs"]
mod address;
#[path = "../../src/fleet/agent.rs"]
mod agent;
#[path = "../../src/fleet/definition/mod.rs"]
mod definition;
#[path = "../../src/fleet/effect.rs"]
mod effect;
#[path = "../../src/fleet/health.rs"]
mod health;
#[path = "../../src/fleet/lease.rs"]
mod lease;
#[path = "../../src/fleet/lifecycle.rs"]
mod lifecycle;
#[path = "../../src/fleet/message.rs"]
mod message;
#[path = "../../src/fleet/moment.rs"]
mod moment;
#[path = "../../src/fleet/output.rs"]
mod output;
#[path = "../../src/fleet/receipt.rs"]
mod receipt;
#[path = "../../src/fleet/session.rs"]
mod session;

pub use activity::Activity;
pub use address::{Address, AgentName};
pub use definition::*;
pub use effect::Conversation;
pub use health::{Channel, ChannelKind, Health, Unresponsive};
pub use lease::{Lease, LeaseId};
pub use lifecycle::{Exit, Lifecycle};
pub use message::{Message, MessageId, key_in};
pub use moment::{Moment, rfc3339};
pub use output::Recording;
pub use receipt::Receipt;
pub use session::{Pane, Session, SessionId};
