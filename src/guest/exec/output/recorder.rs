//! The recorder of one pane: what comes goes into the open segment, or is counted as missing.

use std::io;
use std::os::fd::BorrowedFd;

use nix::poll::PollFlags;

use super::news::News;
use super::question::Question;
use super::segment::{Ended, Now, Segment};
use super::shelf::Shelf;
use super::stopped::{Stopped, words};
use super::tap::{Came, Tap};
use crate::clock::{mono_ms, now as moment};
use crate::protocol::{OutputWhat, RecordPlan};

/// What is read at once: tmux writes no more in one go.
const READ_BYTES: usize = 32 * 1024;

/// A flood must not keep us from the supervisor and from signals.
const READS_A_TURN: usize = 32;

/// A disk that was full is tried again with the first output after so long.
const RETRY_MS: u64 = 1000;

/// `mosaic tap` comes within some milliseconds; on a busy host a thousand of them come at once. Nothing
/// tells when a program that was missing is there again, so it is asked for again after so long; sooner
/// would close the pipe of one that is still being started.
pub(super) const BROUGHT_WITHIN_MS: u64 = 30_000;

/// Asks how large the terminal is, when that is needed.
pub type Size<'a> = &'a dyn Fn() -> Option<(u16, u16)>;

/// The recorder of one pane.
#[derive(Debug)]
pub struct Recorder {
    /// `None` where the host gives us no socket: nothing is recorded then.
    tap: Option<Tap>,
    /// The session, and how it is recorded.
    plan: Option<(String, RecordPlan)>,
    shelf: Option<Shelf>,
    segment: Option<Segment>,
    /// Segments to which nothing is added any more, each with its session: a sync may take a busy disk
    /// many milliseconds, and a start does not wait for it.
    closing: Vec<(String, Ended)>,
    stopped: Option<Stopped>,
    /// What became of the output, for the supervisor.
    pub news: News,
    /// While it is looked for.
    question: Option<Question>,
    /// When it is told that nobody brings what should be recorded, in monotonic milliseconds.
    missed_at: Option<u64>,
}

/// What became of the way on which output comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It is as before.
    AsBefore,
    /// Somebody has brought the output.
    Brought,
    /// tmux has let go of it just now.
    LetGo,
}

impl Recorder {
    /// A recorder that waits for the pane's output.
    pub fn new() -> Self {
        Self {
            tap: Tap::wait().ok(),
            plan: None,
            shelf: None,
            segment: None,
            closing: Vec::new(),
            stopped: None,
            news: News::default(),
            question: None,
            missed_at: None,
        }
    }

    /// The abstract socket on which it waits for the pane's output.
    pub fn waits_at(&self) -> Option<&str> {
        self.tap.as_ref().and_then(Tap::name)
    }

    /// What to wait for.
    pub fn interest(&self) -> Vec<(BorrowedFd<'_>, PollFlags)> {
        self.tap.as_ref().map(Tap::interest).unwrap_or_default()
    }

    /// Reads what has come.
    pub fn turn(&mut self, size: Size<'_>) -> Way {
        let Some(tap) = &mut self.tap else { return Way::AsBefore };
        let way = if tap.take() { Way::Brought } else { Way::AsBefore };
        if way == Way::Brought {
            self.missed_at = None;
            self.ready(size);
        }
        let mut chunk = [0; READ_BYTES];
        for _ in 0..READS_A_TURN {
            let Some(tap) = &self.tap else { return way };
            match tap.read(&mut chunk) {
                Came::Bytes(count) => self.came(&chunk[..count], size),
                Came::Nothing => return way,
                Came::End => {
                    self.tap = Tap::wait().ok();
                    self.question = None;
                    return Way::LetGo;
                }
            }
        }
        way
    }

    /// When it does something without being called, in monotonic milliseconds.
    pub fn wake_at(&self) -> Option<u64> {
        self.missed_at
    }

    /// Tells when what should be recorded is brought by nobody, and where it is still waited for: a
    /// program that was missing, or a host too busy to start it, may be there the next time.
    pub fn keep_deadline(&mut self, now: u64) -> Option<String> {
        self.missed_at.take_if(|at| *at <= now)?;
        let reason = "nobody brings the pane's output: `mosaic tap` does not come";
        self.stop(reason.to_owned(), None, 0);
        self.missed_at = Some(now + BROUGHT_WITHIN_MS);
        self.waits_at().map(ToOwned::to_owned)
    }

    /// tmux passes the pane's output on no more, and the pane is there.
    pub fn untapped(&mut self) {
        let reason = "tmux does not pass the pane's output on any more".to_owned();
        self.stop(reason, None, 0);
        // Who is asked for it now may fail to bring it, as at the first time.
        self.missed_at = self.plan.as_ref().map(|_| mono_ms() + BROUGHT_WITHIN_MS);
    }

    /// What comes from now on is output of this session.
    pub fn begin(&mut self, session: &str, plan: Option<RecordPlan>, size: Size<'_>) {
        self.turn(size);
        self.end();
        self.stopped = None;
        self.plan = None;
        self.adopt(session, plan);
    }

    /// Records from now on in this way. The first segment does not wait for output: who asks after an
    /// agent that is silent finds that it is recorded.
    pub fn change(&mut self, session: &str, plan: Option<RecordPlan>, size: Size<'_>) {
        self.adopt(session, plan);
        if matches!(self.tap, Some(Tap::Open(_))) {
            self.ready(size);
        }
    }

    /// From here on output comes, if the agent writes any.
    fn ready(&mut self, size: Size<'_>) {
        if self.segment.is_none() || self.stopped.is_some() {
            self.record(&[], size);
        }
    }

    fn adopt(&mut self, session: &str, plan: Option<RecordPlan>) {
        let Some(plan) = plan else {
            self.close();
            (self.plan, self.missed_at) = (None, None);
            return;
        };
        self.shelf = self.shelf.take().filter(|shelf| shelf.is_of(&plan));
        match &mut self.shelf {
            Some(shelf) => shelf.goes_on_after(&plan),
            // Where that fails it is tried again with the first output, and then told.
            None => {
                if let Ok(shelf) = Shelf::open(&plan) {
                    for (session, what) in shelf.untold(plan.after_segment) {
                        self.news.say(session, what);
                    }
                    self.shelf = Some(shelf);
                }
            }
        }
        self.plan = Some((session.to_owned(), plan));
        let is_missing = !matches!(self.tap, Some(Tap::Open(_)));
        self.missed_at = is_missing.then(|| mono_ms() + BROUGHT_WITHIN_MS);
    }

    /// Begins to look for the question behind which all output has come.
    pub fn look_for_question(&mut self) {
        self.question = matches!(self.tap, Some(Tap::Open(_))).then(Question::default);
    }

    /// Whether all output before the question is recorded, as far as any is.
    pub fn is_past_question(&self) -> bool {
        self.question.is_none()
    }

    /// Ends what is open: nothing comes any more that belongs to it.
    fn end(&mut self) {
        if let (Some(segment), Some(shelf)) = (self.segment.take(), &mut self.shelf) {
            let session = self.plan.as_ref().map(|(session, _)| session.clone());
            self.closing.push((session.unwrap_or_default(), segment.end(shelf)));
        }
    }

    /// Closes what is open, and what has ended before.
    pub fn close(&mut self) {
        self.end();
        self.close_ended();
    }

    /// Closes what has ended: it is on the platter then, and told.
    pub fn close_ended(&mut self) {
        for (session, ended) in std::mem::take(&mut self.closing) {
            self.news.say(session, ended.close(moment().wall_ms));
        }
    }

    fn came(&mut self, bytes: &[u8], size: Size<'_>) {
        self.record(bytes, size);
        if self.question.as_mut().is_some_and(|question| question.is_in(bytes)) {
            self.question = None;
        }
    }

    fn record(&mut self, bytes: &[u8], size: Size<'_>) {
        let Some((_, plan)) = &self.plan else { return };
        let at_ms = moment().wall_ms;
        if let Some(stopped) = &mut self.stopped
            && stopped.waits(at_ms)
        {
            return stopped.lose(bytes.len() as u64);
        }
        let is_full = |segment: &Segment| {
            segment.length() > 0 && segment.length() + bytes.len() as u64 > plan.segment_bytes
        };
        if self.segment.as_ref().is_some_and(is_full) {
            self.close();
        }
        if let Err((written, error)) = self.write(bytes, at_ms, size) {
            let missing = (bytes.len() - written) as u64;
            self.stop(words(&error), Some(missing), at_ms + RETRY_MS);
        }
    }

    /// Writes bytes, where need be into the next segment; with an error comes how many were written.
    fn write(
        &mut self,
        bytes: &[u8],
        at_ms: u64,
        size: Size<'_>,
    ) -> Result<(), (usize, io::Error)> {
        let Some((session, plan)) = &self.plan else { return Ok(()) };
        let none = |error| (0, error);
        if self.shelf.is_none() {
            self.shelf = Some(Shelf::open(plan).map_err(none)?);
        }
        let Some(shelf) = &mut self.shelf else { return Ok(()) };
        let segment = match &mut self.segment {
            Some(segment) => segment,
            empty @ None => {
                shelf.prune(plan.keep_bytes, plan.segment_bytes);
                let now = Now { at_ms, size: size() };
                empty.insert(Segment::begin(shelf, session, now).map_err(none)?)
            }
        };
        let gap = self.stopped.as_ref().map(|stopped| (stopped.reason.clone(), stopped.lost));
        if gap.is_some() || segment.needs_mark(at_ms) {
            segment.mark(Now { at_ms, size: size() }, gap).map_err(none)?;
        }
        let marked = self.stopped.as_mut().and_then(Stopped::mark);
        segment.write(bytes)?;
        if self.stopped.take().is_some() {
            let session = session.clone();
            self.news.say(session, OutputWhat::Resumed { lost: marked });
        }
        Ok(())
    }

    fn stop(&mut self, reason: String, missing: Option<u64>, retry_at_ms: u64) {
        let before = self.stopped.take();
        let is_news = before.as_ref().is_none_or(|before| before.reason != reason);
        self.stopped = Some(Stopped::more(before, reason.clone(), missing, retry_at_ms));
        if let (true, Some((session, _))) = (is_news, &self.plan) {
            let session = session.clone();
            self.news.say(session, OutputWhat::Stopped { reason });
        }
    }
}
