//! The runtime hand.
