//! The guests as a supervisor and a person see them: the real program in a real tmux, on a private
//! socket, against a supervisor of a few lines that speaks the frames and nothing else.

#![expect(clippy::unwrap_used, reason = "a test stops where its world is not as it must be")]
#![expect(clippy::disallowed_methods, reason = "a test starts programs and waits for them")]

mod pane_ends;
mod pane_lives;
mod pane_plain;
mod pane_serves;
mod place;
mod stranger;
mod stub_faults;
mod stub_talks;
mod supervisor;
