//! What somebody has agreed to before a roster is taken.

use std::collections::BTreeSet;

use super::AgentName;

/// Whom an apply may start, stop or restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consent {
    /// Nobody: the roster is taken, and what differs is drift.
    Nothing,
    /// Whoever should run and does not is started; nobody who lives is touched.
    Starts,
    /// Exactly those whom somebody agreed to after seeing the plan.
    Agreed(Agreed),
}

/// The names that somebody agreed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agreed {
    /// They may be started.
    pub start: BTreeSet<AgentName>,
    /// They may be stopped.
    pub stop: BTreeSet<AgentName>,
    /// They may be restarted.
    pub restart: BTreeSet<AgentName>,
    /// A restart may cut off work.
    pub restart_busy: bool,
}
