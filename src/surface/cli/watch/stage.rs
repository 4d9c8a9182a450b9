//! The watch on a terminal: one loop over frames, keys, signals and the clock.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, MissedTickBehavior};

use super::super::table::{age, shown};
use super::super::{Exit, Failure};
use super::canvas::{Canvas, Cells};
use super::keys::{HELP, Wish, wish};
use crate::clock;
use crate::terminal::input::Decoder;
use crate::terminal::{
    self,
    screen::{self, Taken},
};
use crate::wire::client::{Client, ClientError, Frames};
use crate::wire::{HistoryReply, Row, WatchFrame};

/// A flood of output is drawn this often: quicker than an eye.
const DRAW_EVERY: Duration = Duration::from_millis(16);

/// From one try to reach the supervisor again to the next.
const RETRY: Duration = Duration::from_millis(250);

/// A supervisor that is away for longer was not just restarted.
const ABSENCE_MAX: Duration = Duration::from_secs(60);

/// An Escape that nothing follows within so long is the key.
const ESCAPE_AFTER: Duration = Duration::from_millis(30);

/// How many rows of history are looked at.
const HISTORY_ROWS: u16 = 2000;

/// What a terminal has that does not tell its size.
const SIZE: Cells = Cells { columns: 80, rows: 24 };

/// Where frames come from.
enum Source {
    /// The supervisor's stream.
    Live(Box<Frames>),
    /// It ended; since when, in monotonic milliseconds.
    Lost(u64),
}

/// Signals that end, resize, stop or wake us.
struct Signals {
    resized: Signal,
    stop: Signal,
    goes_on: Signal,
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
    /// What is to be said before the row's health.
    notice: Option<String>,
    /// What the program calls its window.
    title: String,
    /// What was asked for and could not be had.
    trouble: Option<String>,
    keys: Decoder,
}

/// What a key leads to that the stage cannot do by itself.
enum Next {
    /// Nothing.
    Stay,
    /// The end.
    End(Result<(), Failure>),
    /// What scrolled off is wanted.
    LookBack,
    /// To be stopped.
    Suspend,
}

/// Watches until somebody quits or nothing can be watched any more.
pub async fn show(client: &Client, agent: &str) -> Result<(), Failure> {
    // Asked before the terminal is taken: a wrong name leaves no trace on it.
    let source = Source::Live(Box::new(client.watch(agent).await?));
    let taken = Taken::take().map_err(|why| {
        let message = format!("take the terminal: {why}");
        Failure::new(Exit::NotATerminal, message, "piped, `watch` gives the raw stream")
    })?;
    perform(client, agent, source, taken).await
}

async fn perform(
    client: &Client,
    agent: &str,
    mut source: Source,
    mut taken: Taken,
) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let mut clock = tokio::time::interval(Duration::from_secs(1));
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stage = Stage::new(agent);
    let (mut draw_at, mut drawn_at) = (Some(Instant::now()), Instant::now());
    loop {
        let is_waiting = stage.keys.is_waiting();
        let next = tokio::select! {
            frame = next(client, agent, &mut source) => stage.take(frame?),
            pressed = taken.keys() => stage.press(&pressed?),
            () = tokio::time::sleep(ESCAPE_AFTER), if is_waiting => stage.settle(),
            _ = signals.resized.recv() => stage.resize(),
            _ = signals.stop.recv() => Next::Suspend,
            // Stopped by something that asks nobody: the terminal may be anything.
            _ = signals.goes_on.recv() => {
                taken.again()?;
                stage.resize()
            }
            _ = signals.interrupt.recv() => return Err(Failure::silent(Exit::Interrupted)),
            _ = signals.terminate.recv() => return Err(Failure::silent(Exit::Terminated)),
            _ = signals.hangup.recv() => return Err(Failure::silent(Exit::Terminated)),
            // The ages in the status line; where nothing changed, nothing is drawn.
            _ = clock.tick() => Next::Stay,
            () = until(draw_at) => {
                screen::paint(&stage.draw())?;
                (draw_at, drawn_at) = (None, Instant::now());
                continue;
            }
        };
        match next {
            Next::Stay => {}
            Next::End(end) => return end,
            Next::LookBack => stage.look_back(client.history(agent, HISTORY_ROWS).await),
            Next::Suspend if screen::has_shell() => {
                drop(taken);
                screen::stop_here();
                taken = Taken::take()?;
                stage.resize();
            }
            Next::Suspend => {
                stage.trouble = Some("no shell is there that could bring it back by `fg`".into());
            }
        }
        // At once, when nothing was drawn a moment ago.
        draw_at = draw_at.or(Some(drawn_at + DRAW_EVERY));
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
            stop: terminal::stop()?,
            goes_on: terminal::goes_on()?,
            interrupt: terminal::interrupts()?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }
}

impl Stage {
    fn new(agent: &str) -> Self {
        let canvas = Canvas::new(size());
        let (row, notice, title, trouble) = (None, None, String::new(), None);
        Self { agent: shown(agent), canvas, row, notice, title, trouble, keys: Decoder::default() }
    }

    fn resize(&mut self) -> Next {
        self.canvas.resize(size());
        Next::Stay
    }

    fn take(&mut self, frame: Option<WatchFrame>) -> Next {
        match frame {
            None => self.notice = Some("supervisor gone, looking for it".to_owned()),
            Some(WatchFrame::Screen { columns, rows, paint }) => {
                self.notice = None;
                let paint = STANDARD.decode(paint).unwrap_or_default();
                self.canvas.screen(Cells { columns, rows }, &paint);
            }
            Some(WatchFrame::Output { bytes, title }) => {
                self.canvas.output(&STANDARD.decode(bytes).unwrap_or_default());
                self.title = title.unwrap_or_else(|| std::mem::take(&mut self.title));
            }
            Some(WatchFrame::Status { row }) => self.row = Some((row, clock::mono_ms())),
            Some(WatchFrame::Gone { reason }) => {
                self.notice = Some(format!("pane gone: {}; waiting for the next", shown(&reason)));
            }
        }
        Next::Stay
    }

    /// Takes the picture of what scrolled off.
    fn look_back(&mut self, reply: Result<HistoryReply, ClientError>) {
        match reply {
            Ok(HistoryReply { columns, rows, above, paint }) => {
                let size = Cells { columns, rows: rows.saturating_add(above) };
                let paint = STANDARD.decode(paint).unwrap_or_default();
                self.canvas.look_back(size, rows, &paint);
            }
            Err(error) => self.trouble = Some(shown(&error.to_string())),
        }
    }

    /// Takes keys.
    fn press(&mut self, bytes: &[u8]) -> Next {
        if bytes.is_empty() {
            return Next::End(Err(Failure::silent(Exit::Terminated)));
        }
        let wishes = self.keys.feed(bytes).iter().map(wish).collect();
        self.grant(wishes)
    }

    /// Nothing followed an Escape.
    fn settle(&mut self) -> Next {
        let wishes = self.keys.settle().iter().map(wish).collect();
        self.grant(wishes)
    }

    /// Does what is wished for; what cannot be done here ends it.
    fn grant(&mut self, wishes: Vec<Wish>) -> Next {
        for wish in wishes {
            self.trouble = None;
            let was_noted = self.canvas.has_note();
            self.canvas.note(None);
            let is_back = self.canvas.behind().is_some();
            match wish {
                Wish::Quit if was_noted => {}
                Wish::Quit => return Next::End(Ok(())),
                Wish::Interrupt => {
                    return Next::End(Err(Failure::silent(Exit::Interrupted)));
                }
                Wish::Suspend => return Next::Suspend,
                Wish::Help if !was_noted => self.canvas.note(Some(HELP)),
                Wish::Pan(columns, rows) => self.canvas.pan(columns, rows),
                Wish::Follow if !is_back => self.canvas.follow(),
                Wish::Page(pages) if is_back => self.canvas.page(pages),
                Wish::Page(..0) | Wish::Top if !is_back => return Next::LookBack,
                Wish::Page(_) | Wish::Follow | Wish::Help | Wish::Other => {}
                Wish::Top => self.canvas.top(),
                Wish::Live => self.canvas.live(),
            }
        }
        Next::Stay
    }

    fn draw(&mut self) -> Vec<u8> {
        let status = self.status();
        self.canvas.draw(&status)
    }

    fn status(&self) -> String {
        let mut parts = vec![self.agent.clone()];
        parts.extend(self.trouble.clone());
        if let Some((below, above)) = self.canvas.behind() {
            parts.push(match above {
                0 => "nothing scrolled off: End is live".to_owned(),
                _ => format!("{below} rows back of {above}: End is live"),
            });
        }
        parts.extend(self.notice.clone());
        if let Some((row, at)) = &self.row {
            // While nothing is heard, what was said before may be wrong now.
            if self.notice.is_none() || row.lifecycle != "running" {
                parts.extend(verdicts(row, *at));
            }
        }
        if self.canvas.behind().is_none() {
            parts.extend(self.place());
        }
        if let (None, Some((row, _))) = (&self.notice, &self.row) {
            parts.extend(doings(row));
        }
        if !self.title.is_empty() {
            parts.push(format!("\u{201c}{}\u{201d}", shown(&self.title)));
        }
        parts.push("? keys · q quits".to_owned());
        format!(" {}", parts.join(" · "))
    }
}

impl Stage {
    /// The size of the agent's screen, and which part of it is seen.
    fn place(&self) -> Option<String> {
        let size = self.canvas.size().map(|size| format!("{}x{}", size.columns, size.rows))?;
        Some(match self.canvas.cropped() {
            Some((column, row)) => {
                let keys =
                    if self.canvas.follows() { "arrows pan" } else { "arrows pan, f follows" };
                format!("{size} cropped at {column},{row} {}: {keys}", self.canvas.more())
            }
            None => size,
        })
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
