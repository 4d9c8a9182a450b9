//! Watching: exact, shared, bounded, and without a trace afterwards.
