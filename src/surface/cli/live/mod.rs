//! `ps --watch`: the table, drawn again when something changes. It asks; it touches no agent.
//!
//! An event has the rows asked for at once. What no event tells (ages, processor, memory, sessions
//! that are not ours) is asked again at the pace of the finest age that stands on the screen.

mod board;

use std::io::IsTerminal as _;
use std::pin::Pin;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;

use super::arguments::PsAsked;
use super::output::Paint;
use super::ps;
use super::watch::keys::{Key, keys};
use super::{Desk, Exit, Failure, Machine};
use crate::clock;
use crate::terminal::{
    self,
    screen::{self, Taken},
};
use crate::wire::client::{Client, ClientError, EventQuery, Follow};
use crate::wire::{ErrorCode, EventRecord, PsReply};
use board::Board;

/// A burst of events is one question: quicker than an eye.
const SETTLE: Duration = Duration::from_millis(20);

/// While an age in seconds is shown.
const SECOND: Duration = Duration::from_secs(1);

/// While every age that is shown is in minutes or more.
const SLOW: Duration = Duration::from_secs(10);

/// A supervisor that is away for longer was not just restarted.
const ABSENCE_MAX_MS: u64 = 60_000;

/// What a question comes to: the rows, and the events after them where they were asked for.
type Answer = Result<(PsReply, Option<Follow>), ClientError>;

/// A question that is on its way.
type Question = Pin<Box<dyn Future<Output = Answer>>>;

/// Where rows come from.
struct Source {
    client: Client,
    events: Option<Follow>,
    question: Option<Question>,
    ask_at: Instant,
    /// Since when nobody answers, in monotonic milliseconds.
    lost: Option<u64>,
}

/// Signals that end or resize us.
struct Signals {
    resized: Signal,
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

/// Shows the table until somebody quits or nothing can be shown any more.
pub async fn show(desk: &Desk<impl Machine>, asked: &PsAsked) -> Result<(), Failure> {
    if !std::io::stdout().is_terminal() {
        let message = "`ps --watch` draws on a terminal, and standard output is none";
        let hint = "`mosaic events --follow` tells what happens line by line, into a pipe as well";
        return Err(Failure::new(Exit::NotATerminal, message, hint));
    }
    // Asked before the terminal is taken: a wrong name leaves no trace on it.
    let (reply, events) = ask(desk.client.clone(), true).await?;
    asked.which.known(reply.rows.iter())?;
    let ask_at = Instant::now() + pace(&reply);
    let source = Source { client: desk.client.clone(), events, question: None, ask_at, lost: None };
    let taken = Taken::take().map_err(|why| {
        let hint = "`mosaic ps` shows the table once";
        Failure::new(Exit::NotATerminal, format!("take the terminal: {why}"), hint)
    })?;
    let ended = perform(source, reply, asked, desk.paint, &taken).await;
    drop(taken);
    ended
}

async fn perform(
    mut source: Source,
    mut reply: PsReply,
    asked: &PsAsked,
    paint: Paint,
    taken: &Taken,
) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let mut board = Board::new(size());
    loop {
        let page = ps::page(&reply, asked, paint, Some(board.columns()));
        let drawn = board.draw(page, source.notice(), paint);
        if !drawn.is_empty() {
            screen::paint(&drawn)?;
        }
        tokio::select! {
            answer = source.next() => if let Some(fresh) = answer? {
                reply = fresh;
            },
            pressed = taken.keys() => if let Some(end) = press(&pressed?, &mut board) {
                return end;
            },
            _ = signals.resized.recv() => board = Board::new(size()),
            _ = signals.interrupt.recv() => return Err(Failure::silent(Exit::Interrupted)),
            _ = signals.terminate.recv() => return Err(Failure::silent(Exit::Terminated)),
            _ = signals.hangup.recv() => return Err(Failure::silent(Exit::Terminated)),
        }
    }
}

/// What a terminal has that does not tell its size.
fn size() -> (u16, u16) {
    screen::size().unwrap_or((80, 24))
}

/// Takes keys; how it ends, when one ends it.
fn press(bytes: &[u8], board: &mut Board) -> Option<Result<(), Failure>> {
    if bytes.is_empty() {
        return Some(Err(Failure::silent(Exit::Terminated)));
    }
    for key in keys(bytes) {
        match key {
            Key::Quit => return Some(Ok(())),
            Key::Interrupt => return Some(Err(Failure::silent(Exit::Interrupted))),
            Key::Pan(_, rows) => board.scroll(rows),
            Key::Follow => board.scroll(i32::MIN),
        }
    }
    None
}

/// The rows, and with `follow` the events after them.
async fn ask(client: Client, follow: bool) -> Answer {
    let reply = client.ps().await?;
    let events = if follow {
        let query = EventQuery { from: reply.as_of_seq + 1, ..EventQuery::default() };
        Some(client.follow(query).await?)
    } else {
        None
    };
    Ok((reply, events))
}

/// How long rows are good for while nothing happens.
fn pace(reply: &PsReply) -> Duration {
    let now = clock::now().wall_ms;
    let since = |at: u64| now.saturating_sub(at);
    let youngest = reply.rows.iter().filter(|row| row.lifecycle == "running").flat_map(|row| {
        [
            row.session.as_ref().map(|session| since(session.since_ms)),
            row.activity.since_ms.map(since),
            row.heartbeat.as_ref().and_then(|beat| beat.age_ms),
        ]
    });
    let in_seconds = |age_ms: u64| age_ms < 60_000;
    if youngest.flatten().any(in_seconds) { SECOND } else { SLOW }
}

impl Source {
    /// Fresh rows; `None` when only what is to be said of them has changed. An error ends the watch.
    async fn next(&mut self) -> Result<Option<PsReply>, Failure> {
        loop {
            tokio::select! {
                answer = answered(&mut self.question) => {
                    self.question = None;
                    return self.take(answer);
                }
                told = happened(&mut self.events) => match told {
                    Ok(_) => self.ask_at = self.ask_at.min(Instant::now() + SETTLE),
                    Err(_) => self.events = None,
                },
                () = tokio::time::sleep_until(self.ask_at), if self.question.is_none() => {
                    let client = self.client.clone();
                    self.question = Some(Box::pin(ask(client, self.events.is_none())));
                    self.ask_at = Instant::now() + SLOW;
                }
            }
        }
    }

    fn take(&mut self, answer: Answer) -> Result<Option<PsReply>, Failure> {
        match answer {
            Ok((reply, events)) => {
                self.lost = None;
                self.events = events.or_else(|| self.events.take());
                // An event that came meanwhile may have been too late for these rows.
                self.ask_at = self.ask_at.min(Instant::now() + pace(&reply));
                Ok(Some(reply))
            }
            Err(error) if is_away(&error) => {
                let now = clock::mono_ms();
                if now.saturating_sub(*self.lost.get_or_insert(now)) > ABSENCE_MAX_MS {
                    return Err(error.into());
                }
                self.ask_at = Instant::now() + SECOND;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What is said instead of the summary: how old the rows are.
    fn notice(&self) -> Option<String> {
        let away = clock::mono_ms().saturating_sub(self.lost?);
        let age = super::table::age(away);
        Some(format!("the supervisor does not answer: rows of {age} ago; looking for it"))
    }
}

/// The answer of a question that is on its way.
async fn answered(question: &mut Option<Question>) -> Answer {
    match question {
        Some(question) => question.await,
        None => std::future::pending().await,
    }
}

/// The next event, while events are followed.
async fn happened(events: &mut Option<Follow>) -> Result<EventRecord, ClientError> {
    match events {
        Some(events) => events.next().await,
        None => std::future::pending().await,
    }
}

/// Whether a supervisor may answer again by itself.
fn is_away(error: &ClientError) -> bool {
    match error {
        ClientError::NoSupervisor { .. }
        | ClientError::Broken { .. }
        | ClientError::Late { .. } => true,
        ClientError::Answered(body) => body.code == ErrorCode::ShuttingDown,
        ClientError::Forbidden { .. } => false,
    }
}

impl Signals {
    fn listen() -> Result<Self, Failure> {
        Ok(Self {
            resized: signal(SignalKind::window_change())?,
            interrupt: terminal::interrupts()?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }
}
