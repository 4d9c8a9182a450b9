//! The command line against a server that says what each test needs. It never starts a supervisor.

#![expect(clippy::unwrap_used, reason = "a test stops where its ground is missing")]
#![expect(clippy::disallowed_methods, reason = "tests start programs and read the time themselves")]
#![expect(clippy::print_stdout, reason = "a skipped test says so")]

mod fake;
#[path = "../fleet/support/need.rs"]
mod need;
#[path = "../fleet/support/terminal.rs"]
mod terminal;

mod attach;
mod bad_input;
mod check;
mod complete;
mod events;
mod explain;
mod hints;
mod jobs;
mod live;
mod man;
mod pager;
mod ps;
mod send;
mod tail;
mod top;
mod trouble;
mod up;
mod watch;
