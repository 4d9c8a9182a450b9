//! The process hand.
