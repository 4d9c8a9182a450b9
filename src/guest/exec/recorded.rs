//! The pane's output on its way to the recorder, and what the supervisor is told of it.

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::launch::Go;
use super::life::Life;
use super::output::Way;
use super::pane::Pane;
use super::screen::Screen;
use crate::clock::mono_ms;
use crate::protocol::{FromGuest, RecordPlan};
use crate::terminal;

impl Pane {
    /// Records what has come, and tells what became of it.
    pub(super) fn take_output(&mut self) {
        let Self { recorder, screen, .. } = self;
        match recorder.turn(&|| size(screen)) {
            Way::AsBefore => {}
            Way::Brought => {
                self.link.say(&FromGuest::Tapped);
            }
            // Together with the terminal it is the end of the pane, and no news.
            Way::LetGo if self.leaving || is_gone(&self.screen) => {}
            Way::LetGo => {
                self.recorder.untapped();
                if let Some(tap) = self.recorder.waits_at() {
                    let tap = tap.to_owned();
                    self.link.say(&FromGuest::Untapped { tap });
                }
            }
        }
        let is_starting = matches!(&self.life, Life::Running(running) if !running.is_started());
        if !is_starting {
            self.recorder.close_ended();
        }
        if let Some(tap) = self.recorder.keep_deadline(mono_ms()) {
            self.link.say(&FromGuest::Untapped { tap });
        }
        self.tell_output();
    }

    /// Tells what is new.
    pub(super) fn tell_output(&mut self) {
        // To nobody it would count as told; the next hello tells it.
        if self.link.is_welcomed() {
            for news in self.recorder.news.fresh() {
                self.link.say(&FromGuest::Output(news));
            }
        }
    }

    /// From here on the pane's output is that of a new session.
    pub(super) fn begin_output(&mut self, go: &Go) {
        let Self { recorder, screen, .. } = self;
        recorder.begin(&go.session, go.output.clone(), &|| size(screen));
        self.tell_output();
    }

    /// Records the running session in another way.
    pub(super) fn record(&mut self, session: &str, output: Option<RecordPlan>) {
        if matches!(&self.life, Life::Running(running) if running.session == session) {
            let Self { recorder, screen, .. } = self;
            recorder.change(session, output, &|| size(screen));
            self.tell_output();
        }
    }
}

fn size(screen: &Screen) -> Option<(u16, u16)> {
    screen.terminal().and_then(terminal::size)
}

/// Whether nobody is at the other end of the terminal.
fn is_gone(screen: &Screen) -> bool {
    let Some(terminal) = screen.terminal() else { return true };
    let mut asked = [PollFd::new(terminal, PollFlags::empty())];
    let _looked = poll(&mut asked, PollTimeout::ZERO);
    asked[0].revents().is_some_and(|events| events.contains(PollFlags::POLLHUP))
}
