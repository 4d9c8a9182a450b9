//! Verbs that need the machine, not the supervisor.

pub mod enable;
