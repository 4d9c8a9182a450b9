//! The whole line: the real program, real tmux, real SQLite, the stub runtime. One file a verb.

#![expect(clippy::unwrap_used, reason = "a test stops where its ground is missing")]
#![expect(clippy::disallowed_methods, reason = "tests start programs and read the time themselves")]
#![expect(clippy::print_stdout, reason = "a skipped test says so")]

mod support;

mod attach;
mod bad_input;
mod dying;
mod events;
mod explain;
mod ps;
mod send;
mod supervise;
mod up;
mod watch;
