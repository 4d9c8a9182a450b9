//! Verbs that need the machine, not the supervisor.
