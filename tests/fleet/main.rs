//! The whole line: the real program, real tmux, real SQLite, the stub runtime. One file a verb.

#![expect(clippy::unwrap_used, reason = "a test stops where its ground is missing")]
#![expect(clippy::disallowed_methods, reason = "tests start programs and read the time themselves")]
#![expect(clippy::print_stdout, reason = "a skipped test says so")]

#[path = "../otlp/receiver.rs"]
#[expect(dead_code, reason = "tests of the exporter use the rest")]
mod receiver;
mod support;

mod again;
mod agents;
mod apply;
mod attach;
mod bad_input;
mod bystanders;
mod channel;
mod collector;
mod complete;
mod composer;
mod document;
mod door;
mod down;
mod dying;
mod events;
mod explain;
mod faults;
mod figures;
mod full;
mod hung;
mod inherited;
mod keys;
mod kills;
mod last_words;
mod mailbox;
mod no_tmux;
mod old_pane;
mod paused;
mod pictures;
mod ps;
mod read_only;
mod receipts;
mod robust;
mod roster;
mod scale;
mod screenshot;
mod send;
mod socket_directory;
mod states;
mod stop;
mod strain;
mod stranger;
mod streams;
mod supervise;
mod tail;
mod texts;
mod tmux_files;
mod tmux_link;
mod tmux_socket;
mod top;
mod traces;
mod unmanaged;
mod up;
mod verify;
mod watch;
