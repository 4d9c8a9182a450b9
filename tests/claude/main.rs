//! The adapter against Claude Code itself: the pinned program, a real tmux, a model of ours.
//!
//! `tests/claude/install.sh` installs the program once. The adapter's source is part of this test
//! program, because the library keeps it private; hooks and MCP server are the real `mosaic`.

#![expect(clippy::unwrap_used, reason = "what cannot be set up should stop the test")]
#![expect(clippy::disallowed_methods, reason = "tests start programs and measure time themselves")]
#![expect(dead_code, unused_imports, reason = "the adapter's words are used here only in part")]
#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks at the variant that it is about")]

#[path = "../../src/host/runtime/mod.rs"]
mod runtime;

mod fleet;
mod ground;
mod model;
mod supervisor;

mod heartbeat;
mod hook;
mod receipts;
mod resume;
mod start;
mod state;
