//! The loop: keys, news and the clock go into the model; what comes out is done or drawn. While
//! nothing happens and no age on the screen reads differently, it sleeps.

mod look;
mod questions;

use std::io;
use std::time::Duration;

use ratatui_core::terminal::Terminal;
use tokio::time::Instant;

use super::backend::Ours;
use super::model::{Effect, Errand, Model, Pace};
use super::{Asked, Back, Ended, Errands, draw, editor};
use crate::clock;
use crate::table::Tone;
use crate::terminal::input::{Decoder, Input};
use crate::terminal::screen::{self, Taken};
use crate::terminal::signals::{Job, Jobs, Signals, Told as Signalled};
use crate::wire::client::{Client, Fresh, News};
use look::Watched;
use questions::{Questions, Told};

/// Between two drawings while much happens: quicker than an eye.
const DRAW_EVERY: Duration = Duration::from_millis(16);

/// What follows an Escape that is the beginning of more comes within this, over any network.
const ESCAPE: Duration = Duration::from_millis(40);

/// The rows of the beginning are good for so long; then the screen says.
const FIRST: Duration = Duration::from_secs(1);

/// All that is needed while the screen is ours.
struct Stage<'e, E> {
    client: Client,
    errands: &'e E,
    model: Model,
    fresh: Fresh,
    questions: Questions,
    watched: Option<Watched>,
    terminal: Terminal<Ours>,
    /// The terminal, while nobody else has it.
    taken: Option<Taken>,
    decoder: Decoder,
    /// When an Escape is one; nothing while none may be.
    escape_at: Option<Instant>,
    /// When evidence was asked for last.
    explained_at: Instant,
    drawn_at: Instant,
    /// When the next drawing is due; nothing while nothing changed.
    draw_at: Option<Instant>,
}

/// Shows the fleet until somebody has seen enough.
pub async fn show(client: Client, asked: Asked, errands: &impl Errands) -> Result<(), Ended> {
    // Asked before the terminal is taken: without a supervisor there is nothing to show.
    let (fresh, reply) = Fresh::open(client.clone(), FIRST).await?;
    let size = screen::room();
    let model = Model::new(reply, clock::now().wall_ms, size, asked.paint);
    let mut model = model.narrowed(&asked.filter, asked.keys, asked.columns);
    model.has_mouse = asked.has_mouse;
    let (mut signals, mut jobs) = (Signals::listen()?, Jobs::listen()?);
    let taken = take(asked.has_mouse).map_err(|why| Ended::NotATerminal(why.to_string()))?;
    let now = Instant::now();
    let mut stage = Stage {
        questions: Questions::new(client.clone()),
        client,
        errands,
        model,
        fresh,
        watched: None,
        terminal: Terminal::new(Ours::new(size))?,
        taken: Some(taken),
        decoder: Decoder::default(),
        escape_at: None,
        explained_at: now,
        drawn_at: now,
        draw_at: Some(now),
    };
    loop {
        if let Some(end) = stage.step(&mut signals, &mut jobs).await? {
            return end;
        }
    }
}

fn take(has_mouse: bool) -> io::Result<Taken> {
    let taken = Taken::take()?;
    taken.tell(has_mouse)?;
    Ok(taken)
}

/// How it ends, when it does.
type End = Option<Result<(), Ended>>;

impl<E: Errands> Stage<'_, E> {
    /// Waits for one thing and takes it.
    async fn step(&mut self, signals: &mut Signals, jobs: &mut Jobs) -> Result<End, Ended> {
        self.prepare();
        let pace = Pace::of(&self.model);
        self.fresh.good_for(pace.rows_good_for);
        let tick_at = pace.redraw_ms.map(|ms| {
            let passed = clock::now().wall_ms.saturating_sub(self.model.now_ms);
            Instant::now() + Duration::from_millis(ms.saturating_sub(passed))
        });
        let stale_at = pace.evidence_good_for.map(|time| self.explained_at + time);
        let mut end = None;
        tokio::select! {
            news = self.fresh.next() => self.news(news?),
            pressed = keys(self.taken.as_ref()) => end = self.press(&pressed?).await?,
            told = self.questions.next() => self.told(told),
            frame = frame(&mut self.watched) => self.model.watched(frame),
            () = until(self.escape_at) => {
                self.escape_at = None;
                let inputs = self.decoder.settle();
                end = self.inputs(inputs).await?;
            }
            () = until(tick_at) => self.model.tick(clock::now().wall_ms),
            () = until(stale_at) => {
                self.explained_at = Instant::now();
                self.model.doubt();
            }
            () = until(self.draw_at) => {
                self.draw()?;
                return Ok(None);
            }
            told = signals.next() => match told {
                Signalled::Resized => self.resize(),
                Signalled::Interrupt => end = Some(Err(Ended::Interrupted)),
                Signalled::Leave => end = Some(Err(Ended::Terminated)),
            },
            job = jobs.next() => match job {
                Job::Stop => self.suspend()?,
                Job::GoesOn => self.again()?,
            },
        }
        self.draw_at.get_or_insert((self.drawn_at + DRAW_EVERY).max(Instant::now()));
        Ok(end)
    }

    /// Asks what the model wants to know.
    fn prepare(&mut self) {
        if let Some(agent) = self.model.asks_about() {
            self.explained_at = Instant::now();
            self.questions.explain(agent);
        }
        let wanted = self.model.looks_at();
        if self.watched.as_ref().map(|watched| watched.agent.as_str()) != wanted {
            let client = &self.client;
            self.watched = wanted.map(|agent| Watched::new(client.clone(), agent.to_owned()));
        }
    }

    // === news ===

    fn news(&mut self, news: News) {
        let now_ms = clock::now().wall_ms;
        match news {
            News::Rows(reply) => self.model.rows(*reply, now_ms),
            News::Happened(event) => self.model.happened(&event),
            News::Away(why) => self.model.gone(&why.to_string(), now_ms),
        }
    }

    fn told(&mut self, told: Told) {
        match told {
            Told::Explained(agent, told) => {
                self.model.explained(&agent, told.map_err(|why| why.to_string()));
            }
            Told::Done(Ok(reply)) => {
                self.fresh.hurry();
                self.model.say(&reply.said, Tone::Good);
            }
            Told::Done(Err(why)) | Told::Followed(Err(why)) => {
                self.model.say(&sentence(&why), Tone::Bad);
            }
            Told::Sent(agent, told) => {
                self.model.sent(&agent, told.as_ref().map_err(sentence));
                if let Ok(message) = told {
                    self.questions.follow(message);
                }
            }
            Told::Followed(Ok(message)) => self.model.followed(&message),
        }
    }

    // === what somebody does ===

    async fn press(&mut self, bytes: &[u8]) -> Result<End, Ended> {
        if bytes.is_empty() {
            return Ok(Some(Err(Ended::Terminated)));
        }
        let inputs = self.decoder.feed(bytes);
        self.escape_at = self.decoder.is_waiting().then(|| Instant::now() + ESCAPE);
        self.inputs(inputs).await
    }

    async fn inputs(&mut self, inputs: Vec<Input>) -> Result<End, Ended> {
        for input in inputs {
            for effect in self.model.take(input) {
                if let Some(end) = self.act(effect).await? {
                    return Ok(Some(end));
                }
            }
        }
        Ok(None)
    }

    async fn act(&mut self, effect: Effect) -> Result<End, Ended> {
        match effect {
            Effect::Quit => return Ok(Some(Ok(()))),
            Effect::Interrupt => return Ok(Some(Err(Ended::Interrupted))),
            Effect::Suspend => self.suspend()?,
            Effect::Redraw => self.redraw()?,
            Effect::Hurry => self.fresh.hurry(),
            Effect::Errand(errand, agent) => return self.leave_for(errand, &agent).await,
            Effect::Command(verb, agent) => self.questions.command(verb, agent),
            Effect::Send(agent, asked) => self.questions.send(agent, asked),
            Effect::Edit(agent) => self.edit(&agent).await?,
            Effect::Mouse(has_mouse) => {
                if let Some(taken) = &self.taken {
                    taken.tell(has_mouse)?;
                }
            }
        }
        Ok(None)
    }

    /// Leaves the screen to a verb of the command line, and comes back.
    async fn leave_for(&mut self, errand: Errand, agent: &str) -> Result<End, Ended> {
        self.taken = None;
        // Two watches of one screen for one person are one too many.
        self.watched = None;
        let back = self.errands.run(errand, agent).await;
        self.come_back()?;
        match back {
            Back::Well => {}
            Back::Said(why) => self.model.say(&why, Tone::Bad),
            Back::Terminated => return Ok(Some(Err(Ended::Terminated))),
        }
        Ok(None)
    }

    async fn edit(&mut self, agent: &str) -> Result<(), Ended> {
        let Some(draft) = self.model.drafts.get(agent) else {
            return Ok(());
        };
        let text = draft.text().to_owned();
        self.taken = None;
        let edited = editor::edited(agent, &text).await;
        self.come_back()?;
        match edited {
            Ok(text) => {
                self.model.drafts.entry(agent.to_owned()).or_default().hold(text);
            }
            Err(why) => self.model.say(&why, Tone::Bad),
        }
        Ok(())
    }

    fn come_back(&mut self) -> Result<(), Ended> {
        self.taken = Some(take(self.model.has_mouse)?);
        self.fresh.hurry();
        self.resize();
        self.redraw()
    }

    // === the terminal ===

    fn draw(&mut self) -> Result<(), Ended> {
        let model = &self.model;
        self.terminal.draw(|frame| draw::draw(frame, model))?;
        self.drawn_at = Instant::now();
        self.draw_at = None;
        Ok(())
    }

    fn resize(&mut self) {
        let size = screen::room();
        self.terminal.backend_mut().resize(size);
        self.model.resize(size);
    }

    /// Nothing that stands on the terminal is trusted.
    fn redraw(&mut self) -> Result<(), Ended> {
        self.terminal.backend_mut().forget();
        self.terminal.clear()?;
        self.draw_at = Some(Instant::now());
        Ok(())
    }

    /// Stops until somebody puts us in front again, on a terminal that is in order.
    fn suspend(&mut self) -> Result<(), Ended> {
        if !screen::has_shell() {
            self.model.say("no shell is there that could bring it back by `fg`", Tone::Warning);
            return Ok(());
        }
        self.taken = None;
        screen::stop_here();
        self.model.tick(clock::now().wall_ms);
        self.come_back()
    }

    /// We were stopped by something that asks nobody, and go on: the terminal may be anything.
    fn again(&mut self) -> Result<(), Ended> {
        if let Some(taken) = &self.taken {
            taken.again()?;
            taken.tell(self.model.has_mouse)?;
            self.resize();
            self.redraw()?;
        }
        Ok(())
    }
}

/// Why not, and what to do next.
fn sentence(why: &crate::wire::client::ClientError) -> String {
    match why.hint() {
        Some(hint) => format!("{why}; next: {hint}"),
        None => why.to_string(),
    }
}

async fn keys(taken: Option<&Taken>) -> io::Result<Vec<u8>> {
    match taken {
        Some(taken) => taken.keys().await,
        None => std::future::pending().await,
    }
}

async fn frame(watched: &mut Option<Watched>) -> Result<crate::wire::WatchFrame, String> {
    match watched {
        Some(watched) => watched.next().await,
        None => std::future::pending().await,
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
