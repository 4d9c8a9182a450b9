//! The watch on a terminal: one loop over frames, keys, signals and the clock.

mod status;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::time::{Instant, MissedTickBehavior};

use super::super::table::shown;
use super::super::{Exit, Failure};
use super::canvas::{Canvas, Cells};
use super::keys::{HELP, Wish, wish};
use crate::clock;
use crate::terminal::emulator::Letters;
use crate::terminal::presses::Presses;
use crate::terminal::screen::{self, Taken};
use crate::terminal::signals::{Job, Jobs, Signals, Told};
use crate::wire::client::{Client, ClientError, Frames};
use crate::wire::{HistoryReply, Row, WatchFrame};

/// A flood of output is drawn this often: quicker than an eye.
const DRAW_EVERY: Duration = Duration::from_millis(16);

/// From one try to reach the supervisor again to the next.
const RETRY: Duration = Duration::from_millis(250);

/// A supervisor that is away for longer was not just restarted.
const ABSENCE_MAX: Duration = Duration::from_secs(60);

/// How many rows of history are looked at.
const HISTORY_ROWS: u16 = 2000;

/// Where frames come from.
enum Source {
    /// The supervisor's stream.
    Live(Box<Frames>),
    /// It ended; since when, in monotonic milliseconds.
    Lost(u64),
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
    /// What our terminal's window is called by us.
    named: Option<String>,
    /// What was asked for and could not be had.
    trouble: Option<String>,
    presses: Presses,
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
    let (mut signals, mut jobs) = (Signals::listen()?, Jobs::listen()?);
    let mut clock = tokio::time::interval(Duration::from_secs(1));
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stage = Stage::new(agent);
    let (mut draw_at, mut drawn_at) = (Some(Instant::now()), Instant::now());
    loop {
        let next = tokio::select! {
            frame = next(client, agent, &mut source) => stage.take(frame?),
            pressed = taken.keys() => stage.press(&pressed?),
            () = stage.presses.waited() => stage.settle(),
            told = signals.next() => match told {
                Told::Resized => stage.resize(),
                Told::Interrupt => return Err(Failure::silent(Exit::Interrupted)),
                Told::Leave => return Err(Failure::silent(Exit::Terminated)),
            },
            job = jobs.next() => match job {
                Job::Stop => Next::Suspend,
                Job::GoesOn => {
                    taken.again()?;
                    stage.resize()
                }
            },
            // The ages in the status line; where nothing changed, nothing is drawn.
            _ = clock.tick() => Next::Stay,
            () = until(draw_at) => {
                if let Some(name) = stage.name_of_window() {
                    taken.name_window(&name)?;
                }
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
                stage.named = None;
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
            Ok(None) | Err(ClientError::Left { .. }) => {
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
    let (columns, rows) = screen::room();
    Cells { columns, rows }
}

impl Stage {
    fn new(agent: &str) -> Self {
        let canvas = Canvas::new(size());
        let (row, notice, title, trouble) = (None, None, String::new(), None);
        let (named, presses) = (None, Presses::default());
        Self { agent: shown(agent), canvas, row, notice, title, named, trouble, presses }
    }

    fn resize(&mut self) -> Next {
        self.canvas.resize(size());
        Next::Stay
    }

    fn take(&mut self, frame: Option<WatchFrame>) -> Next {
        match frame {
            None => self.notice = Some("supervisor gone, looking for it".to_owned()),
            Some(WatchFrame::Screen { columns, rows, paint, tmux }) => {
                self.notice = None;
                let paint = STANDARD.decode(paint).unwrap_or_default();
                self.canvas.screen(Cells { columns, rows }, Letters::of(&tmux), &paint);
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
            Ok(HistoryReply { columns, rows, above, paint, tmux }) => {
                let size = Cells { columns, rows: rows.saturating_add(above) };
                let paint = STANDARD.decode(paint).unwrap_or_default();
                self.canvas.look_back(size, rows, Letters::of(&tmux), &paint);
            }
            Err(error) => self.trouble = Some(shown(&error.to_string())),
        }
    }

    /// Takes keys.
    fn press(&mut self, bytes: &[u8]) -> Next {
        if bytes.is_empty() {
            return Next::End(Err(Failure::silent(Exit::Terminated)));
        }
        let wishes = self.presses.take(bytes).iter().map(wish).collect();
        self.grant(wishes)
    }

    /// Nothing followed an Escape.
    fn settle(&mut self) -> Next {
        let wishes = self.presses.settle().iter().map(wish).collect();
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

    /// What our terminal's window is to be called, where it is not called so yet: the agent, and
    /// what its program calls its window.
    fn name_of_window(&mut self) -> Option<String> {
        let name = match shown(&self.title) {
            title if title.is_empty() => self.agent.clone(),
            title => format!("{}: {title}", self.agent),
        };
        (self.named.as_ref() != Some(&name)).then(|| {
            self.named = Some(name.clone());
            name
        })
    }

    fn draw(&mut self) -> Vec<u8> {
        let status = self.status();
        self.canvas.draw(&status)
    }
}
