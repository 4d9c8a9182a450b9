//! What runs inside a pane; speaks `protocol`, nothing else of ours.

pub mod exec;
mod link;
pub mod stub;
