//! The first frame of every guest: what it is, and whose.

use serde::{Deserialize, Serialize};

use super::OutputNews;
use super::exit::ExitRecord;

/// The version that hello and welcome carry.
pub const VERSION: u32 = 1;

/// The first frame of every guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The version that the guest speaks.
    pub v: u32,
    /// What the guest is.
    pub role: Role,
    /// The agent's name.
    pub agent: String,
    /// The session it belongs to; a pane has one only while an agent runs in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The session's token, for every role but `pane`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// `pane`: the agent's process while one runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running_pid: Option<u32>,
    /// `pane`: exits that nobody has acknowledged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exits: Vec<ExitRecord>,
    /// `runtime`: it takes `deliver`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub delivers: bool,
    /// `runtime`: words for what it can; those that nobody knows say nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<String>,
    /// What the guest calls itself, for people: `mosaic stub 0.1.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software: Option<String>,
    /// `pane`: the abstract socket on which it waits for its own output, while it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tap: Option<String>,
    /// `pane`: what became of its output and nobody has acknowledged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub output: Vec<OutputNews>,
}

impl Hello {
    /// The hello of a guest that has nothing more to say of itself.
    pub fn new(role: Role, agent: String) -> Self {
        Self {
            v: VERSION,
            role,
            agent,
            session: None,
            token: None,
            running_pid: None,
            exits: Vec::new(),
            delivers: false,
            capabilities: Vec::new(),
            software: None,
            tap: None,
            output: Vec::new(),
        }
    }
}

/// What a guest is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The first process of a pane.
    Pane,
    /// A runtime that answers from its own event loop.
    Runtime,
    /// Our MCP server, a child of the runtime.
    Mcp,
    /// A hook that the runtime ran; it says one thing and leaves.
    Hook,
}
