//! What the supervisor and the first process of a pane say to each other.

use std::io;

use nix::sys::signal::Signal;

use super::launch::Go;
use super::life::{Life, OnTheWay, how_it_ended};
use super::output::Recorder;
use super::pane::Pane;
use super::record::Records;
use crate::clock::now as moment;
use crate::guest::link::News;
use crate::protocol::{ExitRecord, FromGuest, Hello, Role, ToGuest};

impl Pane {
    pub(super) fn take_news(&mut self, now: u64) {
        let Self { agent, life, records, recorder, .. } = self;
        for news in self.link.turn(now, || hello(agent, life, records, recorder)) {
            match news {
                News::Frame(frame) => self.obey(frame, now),
                News::Refused(reason) => self.say_refused(&reason),
                News::Welcomed | News::Lost => {}
            }
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the other frames are for other guests")]
    fn obey(&mut self, frame: ToGuest, now: u64) {
        match frame {
            ToGuest::Go { session, argv, cwd, env, files, output } => {
                self.go(Go { session, argv, cwd, env, files, output });
            }
            ToGuest::Stop { session, signal, grace_ms } => {
                self.stop_session(&session, signal, grace_ms, now);
            }
            ToGuest::ExitRecorded { session } => self.records.forget(&session),
            ToGuest::Record { session, output } => self.record(&session, output),
            ToGuest::OutputRecorded { id } => self.recorder.news.acknowledged(id),
            ToGuest::Close => self.leaving = true,
            _ => {}
        }
    }

    fn go(&mut self, go: Go) {
        if self.leaving {
            return self.not_started(go.session, "the pane is closing".to_owned());
        }
        match &self.life {
            Life::Empty => self.start(&go),
            Life::Ending(_) => {
                // Only the newest wish counts, and the one before it is answered.
                if let Some(before) = self.next.replace(go) {
                    self.not_started(before.session, "another GO came first".to_owned());
                }
            }
            Life::Running(running) if running.session == go.session => self.say_started(),
            Life::Running(running) => {
                let why = format!("session {} still runs in this pane", running.session);
                self.not_started(go.session, why);
            }
        }
    }

    fn stop_session(&mut self, session: &str, signal: i32, grace_ms: u64, now: u64) {
        if self.next.as_ref().is_some_and(|go| go.session == session) {
            self.next = None;
            self.not_started(session.to_owned(), "stopped before it started".to_owned());
        }
        if matches!(&self.life, Life::Running(running) if running.session == session) {
            // A signal that this host does not know is somebody's mistake; the wish is clear.
            self.stop(Signal::try_from(signal).unwrap_or(Signal::SIGTERM), grace_ms, now);
        }
    }

    pub(super) fn say_started(&mut self) {
        if let Life::Running(running) = &self.life
            && matches!(running.way, OnTheWay::Running)
        {
            let pid = running.pid.as_raw().unsigned_abs();
            self.link.say(&FromGuest::Started { session: running.session.clone(), pid });
        }
    }

    pub(super) fn not_started(&mut self, session: String, why: String) {
        let record = ExitRecord {
            session,
            code: None,
            signal: None,
            error: Some(why),
            at_ms: moment().wall_ms,
            left_behind: 0,
        };
        let note = format!("{} {}; waiting", self.agent, how_it_ended(&record));
        self.keep(&record);
        self.tell(record);
        if matches!(self.life, Life::Empty) && !self.leaving {
            self.screen.note(&note);
        }
    }

    /// To its file: our death or the supervisor's loses nothing. A full disk does not make the
    /// death less true.
    pub(super) fn keep(&mut self, record: &ExitRecord) {
        if let Err(error) = self.records.keep(record) {
            self.say_unkept(&record.session, &error);
        }
    }

    /// To the supervisor, and then to the platter: a sync takes a busy disk many milliseconds, and
    /// does not hold the news up.
    pub(super) fn tell(&mut self, record: ExitRecord) {
        let session = record.session.clone();
        self.link.say(&FromGuest::Exited(record));
        if let Err(error) = self.records.sync(&session) {
            self.say_unkept(&session, &error);
        }
    }

    fn say_unkept(&self, session: &str, error: &io::Error) {
        self.screen.note(&format!("keep the exit record of {session}: {error}"));
    }

    fn say_refused(&self, reason: &str) {
        if matches!(self.life, Life::Empty) {
            self.screen.note(&format!("the supervisor refuses this pane: {reason}"));
        }
    }
}

/// The hello of a pane: all that a supervisor which has just come needs to know.
fn hello(agent: &str, life: &Life, records: &Records, recorder: &mut Recorder) -> Hello {
    let running = match life {
        Life::Running(running) if matches!(running.way, OnTheWay::Running) => Some(running),
        Life::Running(_) | Life::Empty | Life::Ending(_) => None,
    };
    Hello {
        session: running.map(|running| running.session.clone()),
        running_pid: running.map(|running| running.pid.as_raw().unsigned_abs()),
        exits: records.unacknowledged().to_vec(),
        software: Some(concat!("mosaic pane-exec ", env!("CARGO_PKG_VERSION")).to_owned()),
        tap: recorder.waits_at().map(ToOwned::to_owned),
        output: recorder.news.unacknowledged(),
        ..Hello::new(Role::Pane, agent.to_owned())
    }
}
