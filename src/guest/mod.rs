//! What runs inside a pane; speaks `protocol`, nothing else of ours.

pub mod exec;
pub mod help;
pub mod hook;
mod link;
pub mod mcp;
pub mod stub;
pub mod tap;
