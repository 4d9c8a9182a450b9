//! Mosaic supervises a fleet of AI agents on one host.
//!
//! ```text
//! roster.yaml ──▶ decide ──▶ journal ──▶ fold ──▶ view ──▶ surfaces (clients of one API)
//!                    ▲                              │
//!              observations ◀── hands ◀── effects ◀─┘
//! ```
//!
//! Four invariants, written as absences: `fleet` reads no clock and does no I/O;
//! nothing but `daemon::dispatcher` calls `decide` or `fold`; no surface imports a
//! hand or the daemon; `Health::Healthy` cannot be built without an answered challenge.

mod clock;
mod daemon;
mod fleet;
mod guest;
mod host;
mod local;
mod places;
mod protocol;
mod roster;
mod surface;
mod table;
mod telemetry;
mod terminal;
mod wire;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use daemon::SuperviseError;
use local::LocalError;
use places::Places;
use surface::cli::{self, Exit, Failure, Settled, SuperviseAsked, TopAsked, Upped, Verb, Wait};
use surface::tui::{self, Back, Ended, Errand};
use table::Paint;

/// Runs the program: picks who serves these arguments, and turns the end into an exit code.
pub fn run() -> ExitCode {
    let words = cli::helped(std::env::args_os().skip(1).collect());
    // Guests come first: what runs inside a pane has no async runtime and no telemetry.
    match words.iter().map(|word| word.to_str().unwrap_or_default()).collect::<Vec<_>>()[..] {
        ["pane-exec", "--help" | "-h", ..] => guest::help::say(guest::help::PANE_EXEC),
        ["pane-exec", ..] => guest::exec::main(&words[1..]),
        ["runtime", "stub", "--help" | "-h", ..] => guest::help::say(guest::help::STUB),
        ["runtime"] | ["runtime", "--help" | "-h", ..] => guest::help::say(guest::help::RUNTIME),
        ["hook", "--help" | "-h", ..] => guest::help::say(guest::help::HOOK),
        ["mcp", "--help" | "-h", ..] => guest::help::say(guest::help::MCP),
        ["runtime", "stub", ..] => guest::stub::main(&words[2..]),
        ["hook", ..] => guest::hook::main(&words[1..]),
        ["mcp"] => guest::mcp::main(),
        ["tap", ..] => guest::tap::main(&words[1..]),
        // No verbs of the command line, which would say that there are none of these names.
        ["runtime", name, ..] => {
            let message = format!("\"{name}\" is no runtime that comes with mosaic");
            Failure::new(Exit::Usage, message, "`mosaic runtime --help` says what there is")
                .tell()
                .into()
        }
        ["mcp", ..] => {
            let message = "`mcp` takes no arguments";
            Failure::new(Exit::Usage, message, "`mosaic mcp --help` says what it is").tell().into()
        }
        _ => serve(&words),
    }
}

/// Serves a verb of the command line.
fn serve(words: &[OsString]) -> ExitCode {
    let asked = match cli::parse(words) {
        Ok(asked) => asked,
        Err(code) => return code,
    };
    let places = match Places::find() {
        Ok(places) => places,
        Err(why) => {
            let message = format!("find the home directory: {why}");
            return Failure::new(
                Exit::Failed,
                message,
                "set HOME, or MOSAIC_HOME to a whole path: this directory may be gone",
            )
            .tell()
            .into();
        }
    };
    if let Some(top) = asked.top() {
        return cli::finish(show(&places, top, asked.paint()));
    }
    match asked.verb {
        Verb::Supervise(asked) => supervise(&places, &asked),
        Verb::Fleet(_)
        | Verb::Agent(_)
        | Verb::Events(_)
        | Verb::Ps(_)
        | Verb::Watch(_)
        | Verb::Attach(_)
        | Verb::Send(_)
        | Verb::Tail(_)
        | Verb::Top(_)
        | Verb::Man(_)
        | Verb::Completions(_)
        | Verb::Complete(_)
        | Verb::Help(_)
        | Verb::Message(_) => cli::run(asked, places.clone(), Machine { places }),
    }
}

/// The fleet as a screen that lives.
async fn show(places: &Places, asked: &TopAsked, paint: Paint) -> Result<(), Failure> {
    let asked = tui::Asked {
        filter: asked.filter.join(" "),
        keys: asked.sort.clone(),
        columns: asked.columns.clone(),
        has_mouse: !asked.no_mouse,
        paint,
    };
    let client = wire::client::Client::new(&places.control());
    let errands = Errands { places: places.clone(), paint };
    tui::run(client, asked, &errands).await.map_err(|ended| match ended {
        Ended::Client(error) => error.into(),
        Ended::NotATerminal(why) => {
            let message = format!("`fleet top` draws on a terminal: {why}");
            let hint = "`mosaic ps --json` gives the rows once, `mosaic events --follow` what \
                        happens; on a terminal, `mosaic ps --watch` is the plain table that stays";
            Failure::new(Exit::NotATerminal, message, hint)
        }
        Ended::Output(error) => error.into(),
        Ended::Interrupted => Failure::silent(Exit::Interrupted),
        Ended::Terminated => Failure::silent(Exit::Terminated),
    })
}

/// Verbs of the command line for who sits before the other surface.
#[derive(Debug)]
struct Errands {
    places: Places,
    paint: Paint,
}

impl tui::Errands for Errands {
    async fn run(&self, errand: Errand, agent: &str) -> Back {
        let verb = match errand {
            Errand::Watch => "watch",
            Errand::Attach => "attach",
        };
        let machine = Machine { places: self.places.clone() };
        let words = ["agent", verb, "--", agent];
        match cli::errand(&words, self.places.clone(), machine, self.paint).await {
            Ok(()) => Back::Well,
            Err(Failure { exit: Exit::Terminated, .. }) => Back::Terminated,
            Err(failure) if failure.message.is_empty() => Back::Well,
            Err(Failure { message, hint: None, .. }) => Back::Said(message),
            Err(Failure { message, hint: Some(hint), .. }) => {
                Back::Said(format!("{message}; next: {hint}"))
            }
        }
    }
}

/// What a supervisor that does not start needs of the disk.
const WRITABLE: &str = "its state must lie where this user may write, MOSAIC_HOME moves it; \
                        nothing was changed, and agents that run are adopted by the next start";

/// The daemon; or the step of `fleet up` that frees it from the caller's session.
fn supervise(places: &Places, asked: &SuperviseAsked) -> ExitCode {
    if asked.detach {
        return match local::detach(places) {
            Ok(()) => Exit::Done.into(),
            Err(error) => failure(error).tell().into(),
        };
    }
    match daemon::supervise(places, &asked.kept_by) {
        Ok(()) => Exit::Done.into(),
        Err(SuperviseError::Held(why)) => {
            Failure::new(Exit::Refused, why, "`mosaic fleet down` ends it").tell().into()
        }
        Err(SuperviseError::Place(why)) => Failure::new(Exit::Failed, why, WRITABLE).tell().into(),
        Err(SuperviseError::Forbidden(why)) => {
            Failure::new(Exit::Forbidden, why, WRITABLE).tell().into()
        }
        Err(error @ SuperviseError::Journal(_)) => {
            let hint =
                "`mosaic fleet up` tries again; agents that run live on and are adopted then";
            Failure::new(Exit::Failed, error.to_string(), hint).tell().into()
        }
    }
}

/// The machine for the command line: `local`, in the words of the surface.
#[derive(Debug)]
struct Machine {
    places: Places,
}

impl cli::Kept for local::Output {
    async fn next(&mut self) -> Result<Option<wire::OutputFrame>, Failure> {
        Self::next(self).await.map_err(failure)
    }
}

impl cli::Machine for Machine {
    type Kept = local::Output;

    fn has_supervisor(&self) -> bool {
        local::has_supervisor(&self.places)
    }

    fn probe(&self) -> Result<wire::PsReply, Failure> {
        local::probe(&self.places).map_err(failure)
    }

    fn screen(&self, agent: &str) -> Result<cli::ProbedScreen, Failure> {
        let local::ProbedScreen { columns, rows, paint, tmux } =
            local::screen(&self.places, agent).map_err(failure)?;
        Ok(cli::ProbedScreen { columns, rows, paint, tmux })
    }

    async fn up(
        &self,
        roster: &Path,
        wait: Duration,
        say: &mut dyn FnMut(&str),
    ) -> Result<Upped, Failure> {
        let asked = local::Up { roster: roster.to_owned(), wait };
        let local::Upped { applied, rows, over, pending } =
            local::up(&self.places, &asked, say).await.map_err(failure)?;
        Ok(Upped { applied, rows, over, pending })
    }

    async fn revive(&self, say: &mut dyn FnMut(&str)) -> Result<bool, Failure> {
        local::revive(&self.places, say).await.map_err(failure)
    }

    async fn settled(&self, asked: &Wait) -> Result<Settled, Failure> {
        let client = wire::client::Client::new(&self.places.control());
        let whom = local::Whom::Named { up: asked.up.clone(), down: asked.down.clone() };
        let awaited = local::Awaited { seq: asked.seq, whom, wait: asked.wait };
        let local::Settled { rows, reached, over, pending } =
            local::settle(&client, &awaited).await.map_err(failure)?;
        Ok(Settled { rows, reached, over, pending })
    }

    async fn down(&self, keep_agents: bool) -> Result<String, Failure> {
        let asked = local::Down { keep_agents };
        local::down(&self.places, asked).await.map(|reply| reply.said).map_err(failure)
    }

    async fn enable(
        &self,
        now: bool,
        ask: &mut impl AsyncFnMut(&str) -> bool,
    ) -> Result<Vec<String>, Failure> {
        let options = local::EnableOptions { now, ..local::EnableOptions::default() };
        local::enable(&self.places, options, ask).await.map_err(|error| failure(error.into()))
    }

    async fn disable(
        &self,
        now: bool,
        ask: &mut impl AsyncFnMut(&str) -> bool,
    ) -> Result<Vec<String>, Failure> {
        let options = local::DisableOptions { now };
        local::disable(&self.places, options, ask).await.map_err(|error| failure(error.into()))
    }

    fn kept(
        &self,
        agent: &str,
        query: wire::client::OutputQuery,
    ) -> Result<local::Output, Failure> {
        local::output(&self.places, agent, query).map_err(failure)
    }

    async fn verify_output(&self, agent: &str) -> Result<wire::OutputVerifyReply, Failure> {
        local::verify_output(&self.places, agent).await.map_err(failure)
    }

    async fn verify(&self, against: Option<&str>) -> Result<wire::VerifyReply, Failure> {
        local::verify(&self.places, against).await.map_err(failure)
    }
}

fn failure(error: LocalError) -> Failure {
    match error {
        LocalError::Client(error) => error.into(),
        LocalError::Said(body) => body.into(),
        LocalError::Late { message, hint } => Failure::new(Exit::Timeout, message, &hint),
    }
}
