//! The systemd hand.
