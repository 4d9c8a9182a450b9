//! The course of a life in the pane: from GO to the last of its descendants.

use nix::sys::signal::{Signal, kill};
use rustix::process::{Signal as RawSignal, WaitStatus};

use super::descendants::{count, of_session};
use super::drain::Drain;
use super::ending::{Ending, Progress};
use super::launch::{Go, Launch, Way};
use super::life::{Life, OnTheWay, Over, Running, how_it_ended};
use super::pane::Pane;
use crate::clock::now as moment;
use crate::protocol::ExitRecord;

/// A death is told when tmux has read the last output, so that whoever hears of it can read it:
/// within a millisecond. A server that hangs for longer than this holds up no news.
const TOLD_WITHIN_MS: u64 = 500;

/// The next life waits for the answer: one that comes later would be typed into it. A server that
/// hangs for so long is stuck.
const READ_WITHIN_MS: u64 = 3_000;

impl Pane {
    pub(super) fn start(&mut self, go: &Go) {
        self.begin_output(go);
        self.screen.refresh();
        match Launch::start(go) {
            Ok((pid, launch)) => {
                self.life = Life::Running(Running {
                    session: go.session.clone(),
                    pid,
                    way: OnTheWay::Launching(launch),
                    kill_at: None,
                    leftovers: RawSignal::TERM,
                });
            }
            Err(error) => {
                self.not_started(go.session.clone(), format!("start a child process: {error}"));
            }
        }
    }

    pub(super) fn stop(&mut self, signal: Signal, grace_ms: u64, now: u64) {
        if let Life::Running(running) = &mut self.life {
            let kill_at = now.saturating_add(grace_ms);
            // A second stop may shorten the grace of the first, never lengthen it. It is no second
            // signal: many a program takes that as "now, and without cleaning up".
            let first = running.kill_at;
            running.kill_at = Some(first.map_or(kill_at, |at| at.min(kill_at)));
            if first.is_none() {
                running.signal(signal);
            }
            // A stopped process acts on nothing but SIGKILL.
            running.signal(Signal::SIGCONT);
        }
    }

    pub(super) fn follow_launch(&mut self) {
        if let Life::Running(running) = &mut self.life
            && let OnTheWay::Launching(launch) = &mut running.way
        {
            match launch.way() {
                Way::Open => {}
                Way::Became => {
                    running.way = OnTheWay::Running;
                    self.say_started();
                }
                Way::Failed(why) => running.way = OnTheWay::Failed(why),
            }
        }
    }

    pub(super) fn keep_deadlines(&mut self, now: u64) {
        if let Life::Running(running) = &mut self.life
            && running.kill_at.is_some_and(|at| at <= now)
        {
            running.kill_at = None;
            running.leftovers = RawSignal::KILL;
            for descendant in of_session(&running.session) {
                descendant.signal(RawSignal::KILL);
            }
            // Held or not among the above: this one is ours until we have reaped it.
            let _gone_already = kill(running.pid, Signal::SIGKILL);
        }
    }

    /// The main process is gone.
    pub(super) fn finish(&mut self, status: WaitStatus, now: u64) {
        // Its exec may have succeeded after our last look.
        self.follow_launch();
        let Life::Running(running) = std::mem::replace(&mut self.life, Life::Empty) else {
            return;
        };
        let error = match running.way {
            OnTheWay::Running => None,
            OnTheWay::Failed(why) => Some(why),
            OnTheWay::Launching(_) => Some("its child died on the way to its exec".to_owned()),
        };
        let ran = error.is_none();
        let record = ExitRecord {
            session: running.session,
            code: status.exit_status().filter(|_| ran),
            signal: status.terminating_signal().filter(|_| ran),
            error,
            at_ms: moment().wall_ms,
            left_behind: count(),
        };
        self.keep(&record);
        self.screen.rest();
        self.recorder.look_for_question();
        self.life = Life::Ending(Over {
            ending: Ending::begin(&record.session, running.leftovers, now),
            drain: Drain::begin(&self.screen, now + READ_WITHIN_MS),
            note: format!("{} {}; waiting", self.agent, how_it_ended(&record)),
            untold: Some((record, now + TOLD_WITHIN_MS)),
        });
    }

    pub(super) fn follow_ending(&mut self, now: u64) {
        self.tell_once_read(now);
        let Life::Ending(over) = &mut self.life else {
            return;
        };
        let progress = over.ending.step(now, over.untold.is_none());
        if progress == Progress::Open || over.untold.is_some() || !over.drain.is_over(now) {
            return;
        }
        let mut note = std::mem::take(&mut over.note);
        if progress == Progress::GivenUp {
            note += "; a process it left behind does not die";
        }
        self.life = Life::Empty;
        match self.next.take() {
            Some(go) if self.leaving => {
                self.not_started(go.session, "the pane is closing".to_owned());
            }
            Some(go) => self.start(&go),
            None if self.leaving => {}
            None => self.screen.note(&note),
        }
    }

    fn tell_once_read(&mut self, now: u64) {
        let Life::Ending(over) = &mut self.life else {
            return;
        };
        if !over.drain.is_answered() {
            over.drain.step(&self.screen);
            if over.drain.is_answered() {
                // The question needed a terminal that changes nothing of the answer.
                self.screen.rest();
            }
        }
        // Answered, the question itself may still be on its way to where the output is recorded.
        let is_read = over.drain.is_answered() && self.recorder.is_past_question();
        let is_time = |by: u64| is_read || now >= by;
        if let Some((record, _)) = over.untold.take_if(|(_, by)| is_time(*by)) {
            self.tell(record);
        }
    }
}
