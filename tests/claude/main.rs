//! The adapter against Claude Code itself: the pinned program, a real tmux, a model of ours.
//!
//! `tests/claude/install.sh` installs the program once. The adapter's source is part of this test
//! program, because the library keeps it private; hooks and MCP server are the real `mosaic`.
//! `line` is the whole of it: the real `mosaic`, its supervisor, and claude as one of its agents.

#![expect(clippy::unwrap_used, reason = "what cannot be set up should stop the test")]
#![expect(clippy::disallowed_methods, reason = "tests start programs and measure time themselves")]
#![expect(dead_code, unused_imports, reason = "the adapter's words are used here only in part")]
#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks at the variant that it is about")]
#![expect(clippy::print_stdout, reason = "a skipped test says so")]

#[path = "../../src/host/runtime/mod.rs"]
mod runtime;
#[path = "../fleet/support/mod.rs"]
mod support;

mod fleet;
mod ground;
mod model;
mod supervisor;

mod heartbeat;
mod hook;
mod line;
mod receipts;
mod resume;
mod start;
mod state;
