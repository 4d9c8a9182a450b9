//! The watch on a terminal: one loop over frames, keys, signals and the clock.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, MissedTickBehavior};

use super::super::table::{age, shown};
use super::super::{Exit, Failure};
use super::canvas::{Canvas, Cells};
use super::keys::{Key, keys};
use crate::clock;
use crate::terminal::{
    self,
    screen::{self, Taken},
};
use crate::wire::client::{Client, ClientError, Frames};
use crate::wire::{Row, WatchFrame};

/// A flood of output is drawn this often: quicker than an eye.
const DRAW_EVERY: Duration = Duration::from_millis(16);

/// From one try to reach the supervisor again to the next.
const RETRY: Duration = Duration::from_millis(250);

/// A supervisor that is away for longer was not just restarted.
const ABSENCE_MAX: Duration = Duration::from_secs(60);

/// What a terminal has that does not tell its size.
const SIZE: Cells = Cells { columns: 80, rows: 24 };

/// Where frames come from.
enum Source {
    /// The supervisor's stream.
    Live(Box<Frames>),
    /// It ended; since when, in monotonic milliseconds.
    Lost(u64),
}

/// Signals that end or resize us.
struct Signals {
    resized: Signal,
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

/// What is on the stage.
struct Stage {
    agent: String,
    canvas: Canvas,
    /// The last row, and when it came.
    row: Option<(Box<Row>, u64)>,
    /// What is to be said instead of the row's health.
    notice: Option<String>,
}

/// Watches until somebody quits or nothing can be watched any more.
pub async fn show(client: &Client, agent: &str) -> Result<(), Failure> {
    // Asked before the terminal is taken: a wrong name leaves no trace on it.
    let source = Source::Live(Box::new(client.watch(agent).await?));
    let taken = Taken::take().map_err(|why| {
        let message = format!("take the terminal: {why}");
        Failure::new(Exit::NotATerminal, message, "piped, `watch` gives the raw stream")
    })?;
    let ended = perform(client, agent, source, &taken).await;
    drop(taken);
    ended
}

async fn perform(
    client: &Client,
    agent: &str,
    mut source: Source,
    taken: &Taken,
) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let mut clock = tokio::time::interval(Duration::from_secs(1));
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stage = Stage::new(agent);
    let mut draw_at = Some(Instant::now());
    loop {
        tokio::select! {
            frame = next(client, agent, &mut source) => stage.take(frame?),
            pressed = taken.keys() => if let Some(end) = stage.press(&pressed?) {
                return end;
            },
            _ = signals.resized.recv() => stage.canvas.resize(size()),
            _ = signals.interrupt.recv() => return Err(Failure::silent(Exit::Interrupted)),
            _ = signals.terminate.recv() => return Err(Failure::silent(Exit::Terminated)),
            _ = signals.hangup.recv() => return Err(Failure::silent(Exit::Terminated)),
            // The ages in the status line; where nothing changed, nothing is drawn.
            _ = clock.tick() => {}
            () = until(draw_at) => {
                screen::paint(&stage.draw())?;
                draw_at = None;
                continue;
            }
        }
        draw_at = draw_at.or_else(|| Some(Instant::now() + DRAW_EVERY));
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// The next frame; `None` when the stream ended and another one is being looked for.
async fn next(
    client: &Client,
    agent: &str,
    source: &mut Source,
) -> Result<Option<WatchFrame>, Failure> {
    match source {
        Source::Live(frames) => match frames.next().await {
            Ok(Some(frame)) => Ok(Some(frame)),
            Ok(None) | Err(ClientError::Broken { .. }) => {
                *source = Source::Lost(clock::mono_ms());
                Ok(None)
            }
            Err(error) => Err(error.into()),
        },
        Source::Lost(since) => {
            tokio::time::sleep(RETRY).await;
            let away = Duration::from_millis(clock::mono_ms().saturating_sub(*since));
            match client.watch(agent).await {
                Ok(frames) => *source = Source::Live(Box::new(frames)),
                Err(error) if error.is_absence() && away < ABSENCE_MAX => {}
                Err(error) => return Err(error.into()),
            }
            Ok(None)
        }
    }
}

fn size() -> Cells {
    screen::size().map_or(SIZE, |(columns, rows)| Cells { columns, rows })
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

impl Stage {
    fn new(agent: &str) -> Self {
        let canvas = Canvas::new(size());
        Self { agent: shown(agent), canvas, row: None, notice: None }
    }

    fn take(&mut self, frame: Option<WatchFrame>) {
        match frame {
            None => self.notice = Some("supervisor gone, looking for it".to_owned()),
            Some(WatchFrame::Screen { columns, rows, paint }) => {
                self.notice = None;
                let paint = STANDARD.decode(paint).unwrap_or_default();
                self.canvas.screen(Cells { columns, rows }, &paint);
            }
            Some(WatchFrame::Output { bytes, .. }) => {
                self.canvas.output(&STANDARD.decode(bytes).unwrap_or_default());
            }
            Some(WatchFrame::Status { row }) => self.row = Some((row, clock::mono_ms())),
            Some(WatchFrame::Gone { reason }) => {
                self.notice = Some(format!("pane gone: {}; waiting for the next", shown(&reason)));
            }
        }
    }

    /// Takes keys; how it ends, when one ends it.
    fn press(&mut self, bytes: &[u8]) -> Option<Result<(), Failure>> {
        if bytes.is_empty() {
            return Some(Err(Failure::silent(Exit::Terminated)));
        }
        for key in keys(bytes) {
            match key {
                Key::Quit => return Some(Ok(())),
                Key::Interrupt => return Some(Err(Failure::silent(Exit::Interrupted))),
                Key::Pan(columns, rows) => self.canvas.pan(columns, rows),
                Key::Follow => self.canvas.follow(),
            }
        }
        None
    }

    fn draw(&mut self) -> Vec<u8> {
        let status = self.status();
        self.canvas.draw(&status)
    }

    fn status(&self) -> String {
        let mut parts = vec![self.agent.clone()];
        match (&self.notice, &self.row) {
            (Some(notice), _) => parts.push(notice.clone()),
            (None, Some((row, at))) => parts.extend(verdicts(row, *at)),
            (None, None) => {}
        }
        let size = self.canvas.size().map(|size| format!("{}x{}", size.columns, size.rows));
        match (size, self.canvas.cropped()) {
            (Some(size), Some((column, row))) => {
                let keys =
                    if self.canvas.follows() { "arrows pan" } else { "arrows pan, f follows" };
                parts.push(format!("{size} cropped at {column},{row}: {keys}"));
            }
            (Some(size), None) => parts.push(size),
            (None, _) => {}
        }
        if let (None, Some((row, _))) = (&self.notice, &self.row) {
            parts.extend(doings(row));
        }
        parts.push("q quits".to_owned());
        format!(" {}", parts.join(" · "))
    }
}

/// Lifecycle where it is not plain, health, and how old the last answer is by now.
fn verdicts(row: &Row, at_ms: u64) -> Vec<String> {
    let mut parts = Vec::new();
    if row.lifecycle != "running" {
        let why = row.lifecycle_detail.as_ref().map_or_else(String::new, |why| format!(": {why}"));
        parts.push(shown(&format!("{}{why}", row.lifecycle)));
    }
    parts.push(shown(&row.health));
    if let Some(age_ms) = row.heartbeat.as_ref().and_then(|beat| beat.age_ms) {
        parts.push(format!("{} ago", age(age_ms + clock::mono_ms().saturating_sub(at_ms))));
    }
    parts
}

/// What it does, and who else is there: on a narrow terminal this goes first.
fn doings(row: &Row) -> Vec<String> {
    let mut parts = Vec::new();
    if row.activity.state != "unknown" {
        parts.push(shown(&row.activity.state));
    }
    if let Some(who) = &row.attached {
        parts.push(format!("{} has the keyboard", shown(who)));
    }
    parts
}
