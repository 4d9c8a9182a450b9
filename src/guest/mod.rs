//! What runs inside a pane; speaks `protocol`, nothing else of ours.

pub mod hook;
mod link;
pub mod mcp;
