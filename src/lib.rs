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
mod telemetry;
mod terminal;
mod wire;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use local::LocalError;
use places::Places;
use surface::cli::{self, Exit, Failure, SuperviseAsked, Upped, Verb};

/// Runs the program: picks who serves these arguments, and turns the end into an exit code.
pub fn run() -> ExitCode {
    let asked = match cli::parse() {
        Ok(asked) => asked,
        Err(code) => return code,
    };
    let places = match Places::find() {
        Ok(places) => places,
        Err(why) => {
            let message = format!("find the home directory: {why}");
            return Failure::new(Exit::Failed, message, "set HOME or MOSAIC_HOME").tell().into();
        }
    };
    match asked.verb {
        Verb::Supervise(asked) => supervise(&places, &asked),
        Verb::Fleet(_)
        | Verb::Agent(_)
        | Verb::Events(_)
        | Verb::Ps(_)
        | Verb::Watch(_)
        | Verb::Attach(_)
        | Verb::Send(_) => cli::run(asked, places.clone(), Machine { places }),
    }
}

/// The daemon; or the step of `fleet up` that frees it from the caller's session.
fn supervise(places: &Places, asked: &SuperviseAsked) -> ExitCode {
    if asked.detach {
        return match local::detach(places) {
            Ok(()) => Exit::Done.into(),
            Err(error) => failure(error).tell().into(),
        };
    }
    // The daemon's own `supervise(places, kept_by)` belongs here.
    let message = format!("no supervisor is built into this program ({})", asked.kept_by);
    Failure::new(Exit::Missing, message, "").tell().into()
}

/// The machine for the command line: `local`, in the words of the surface.
#[derive(Debug)]
struct Machine {
    places: Places,
}

impl cli::Machine for Machine {
    fn probe(&self) -> Result<wire::PsReply, Failure> {
        local::probe(&self.places).map_err(failure)
    }

    async fn up(
        &self,
        roster: &Path,
        wait: Duration,
        say: &mut dyn FnMut(&str),
    ) -> Result<Upped, Failure> {
        let asked = local::Up { roster: roster.to_owned(), wait };
        let local::Upped { applied, pending } =
            local::up(&self.places, &asked, say).await.map_err(failure)?;
        Ok(Upped { applied, pending })
    }

    async fn down(&self, keep_agents: bool) -> Result<String, Failure> {
        let asked = local::Down { keep_agents };
        local::down(&self.places, asked).await.map(|reply| reply.said).map_err(failure)
    }

    async fn enable(
        &self,
        _now: bool,
        _ask: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Vec<String>, Failure> {
        Err(without_units())
    }

    async fn disable(
        &self,
        _now: bool,
        _ask: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Vec<String>, Failure> {
        Err(without_units())
    }
}

/// The answer until `local::enable` stands here.
fn without_units() -> Failure {
    Failure::new(Exit::Missing, "no units are built into this program", "")
}

fn failure(error: LocalError) -> Failure {
    match error {
        LocalError::Client(error) => error.into(),
        LocalError::Said(body) => body.into(),
        LocalError::Late { message, hint } => Failure::new(Exit::Timeout, message, &hint),
    }
}
