//! The journal hand.
