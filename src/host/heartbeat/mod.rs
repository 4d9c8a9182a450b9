//! The heartbeat hand.
