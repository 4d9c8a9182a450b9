//! The loop: keys, news and the clock go into the model; what comes out is done or drawn. While
//! nothing happens and no age on the screen reads differently, it sleeps.

mod look;
mod questions;
mod terminal;

use std::time::Duration;

use tokio::time::Instant;

use super::model::{Effect, Errand, Model, Pace};
use super::{Asked, Back, Ended, Errands, editor};
use crate::clock;
use crate::table::Tone;
use crate::terminal::input::Input;
use crate::terminal::presses::Presses;
use crate::terminal::screen;
use crate::terminal::signals::{Job, Jobs, Signals, Told as Signalled};
use crate::wire::client::{Client, Fresh, News};
use look::Watched;
use questions::{Questions, Told};
use terminal::Terminal;

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
    terminal: Terminal,
    presses: Presses,
    /// When evidence was asked for last.
    explained_at: Instant,
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
    let taken =
        terminal::take(asked.has_mouse).map_err(|why| Ended::NotATerminal(why.to_string()))?;
    let mut stage = Stage {
        questions: Questions::new(client.clone()),
        client,
        errands,
        model,
        fresh,
        watched: None,
        terminal: Terminal::new(taken, size)?,
        presses: Presses::default(),
        explained_at: Instant::now(),
    };
    loop {
        if let Some(end) = stage.step(&mut signals, &mut jobs).await? {
            return end;
        }
    }
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
            pressed = self.terminal.keys() => end = self.press(&pressed?).await?,
            told = self.questions.next() => self.told(told),
            frame = frame(&mut self.watched) => self.model.watched(frame),
            () = self.presses.waited() => {
                let inputs = self.presses.settle();
                end = self.inputs(inputs).await?;
            }
            () = until(tick_at) => self.model.tick(clock::now().wall_ms),
            () = until(stale_at) => {
                self.explained_at = Instant::now();
                self.model.doubt();
            }
            () = self.terminal.due() => {
                self.terminal.draw(&self.model)?;
                return Ok(None);
            }
            told = signals.next() => match told {
                Signalled::Resized => self.terminal.resize(&mut self.model),
                Signalled::Interrupt => end = Some(Err(Ended::Interrupted)),
                Signalled::Leave => end = Some(Err(Ended::Terminated)),
            },
            job = jobs.next() => match job {
                Job::Stop => self.suspend()?,
                Job::GoesOn => self.terminal.again(&mut self.model)?,
            },
        }
        self.terminal.draw_soon();
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
        let inputs = self.presses.take(bytes);
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
            Effect::Redraw => self.terminal.redraw()?,
            Effect::Hurry => self.fresh.hurry(),
            Effect::Errand(errand, agent) => return self.leave_for(errand, &agent).await,
            Effect::Command(verb, agent) => self.questions.command(verb, agent),
            Effect::Send(agent, asked) => self.questions.send(agent, asked),
            Effect::Edit(agent) => self.edit(&agent).await?,
            Effect::Mouse(has_mouse) => self.terminal.tell(has_mouse)?,
        }
        Ok(None)
    }

    /// Leaves the screen to a verb of the command line, and comes back.
    async fn leave_for(&mut self, errand: Errand, agent: &str) -> Result<End, Ended> {
        self.terminal.lend();
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
        self.terminal.lend();
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
        self.fresh.hurry();
        Ok(self.terminal.take_back(&mut self.model)?)
    }

    /// Stops until somebody puts us in front again, on a terminal that is in order.
    fn suspend(&mut self) -> Result<(), Ended> {
        if !screen::has_shell() {
            self.model.say("no shell is there that could bring it back by `fg`", Tone::Warning);
            return Ok(());
        }
        self.terminal.lend();
        screen::stop_here();
        self.model.tick(clock::now().wall_ms);
        self.come_back()
    }
}

/// Why not, and what to do next.
fn sentence(why: &crate::wire::client::ClientError) -> String {
    match why.hint() {
        Some(hint) => format!("{why}; next: {hint}"),
        None => why.to_string(),
    }
}

async fn frame(watched: &mut Option<Watched>) -> Result<crate::wire::WatchFrame, String> {
    match watched {
        Some(watched) => watched.next().await,
        None => std::future::pending().await,
    }
}

/// Waits until then; for ever where there is no then.
async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
