//! What the command line needs of the machine it runs on; `run` in `lib.rs` brings it.

use std::path::Path;
use std::time::Duration;

use super::Failure;
use crate::wire::client::OutputQuery;
use crate::wire::{ApplyReply, OutputFrame, OutputVerifyReply, PsReply, Row, VerifyReply};

/// What `fleet up` came to.
#[derive(Debug, Clone)]
pub struct Upped {
    /// What the roster changed.
    pub applied: ApplyReply,
    /// The fleet when every agent had its verdict, or when the wait was over.
    pub rows: Vec<Row>,
    /// Agents that ended before they were up.
    pub over: Vec<String>,
    /// Agents without a verdict when the wait was over.
    pub pending: Vec<String>,
}

/// What is waited for after a command.
#[derive(Debug, Clone)]
pub struct Wait {
    /// The last event before what belongs to the command.
    pub seq: u64,
    /// Which agents are to be up.
    pub up: Vec<String>,
    /// Of which nothing is to run.
    pub down: Vec<String>,
    /// How long.
    pub wait: Duration,
}

/// What a wait came to.
#[derive(Debug, Clone)]
pub struct Settled {
    /// The rows that were judged.
    pub rows: Vec<Row>,
    /// Agents that are as they should be.
    pub reached: Vec<String>,
    /// Agents that ended before they were up.
    pub over: Vec<String>,
    /// Agents without a verdict when the wait was over.
    pub pending: Vec<String>,
}

/// What an agent wrote, from its files.
pub trait Kept {
    /// The next frame; none at the end.
    fn next(&mut self) -> impl Future<Output = Result<Option<OutputFrame>, Failure>>;
}

/// What a pane shows.
#[derive(Debug)]
pub struct ProbedScreen {
    /// Columns.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
    /// The bytes that paint it on an empty terminal of that size.
    pub paint: Vec<u8>,
    /// The version of the tmux that shows it.
    pub tmux: String,
}

/// The verbs that need the machine. Surfaces never meet the hands: this stands between.
pub trait Machine {
    /// What an agent wrote, as it lies there.
    type Kept: Kept;

    /// Whether a supervisor runs. Nobody is asked, and none is started by it.
    fn has_supervisor(&self) -> bool;

    /// The rows of what can be seen without a supervisor.
    fn probe(&self) -> Result<PsReply, Failure>;

    /// What an agent's pane shows, asked of tmux without a supervisor.
    fn screen(&self, agent: &str) -> Result<ProbedScreen, Failure>;

    /// Starts what does not run, applies the roster, waits for verdicts.
    fn up(
        &self,
        roster: &Path,
        wait: Duration,
        say: &mut dyn FnMut(&str),
    ) -> impl Future<Output = Result<Upped, Failure>>;

    /// Brings a supervisor that is not there back, with the roster that was applied last; whether one
    /// came back with agents to keep.
    fn revive(&self, say: &mut dyn FnMut(&str)) -> impl Future<Output = Result<bool, Failure>>;

    /// Waits until some agents are up, and others down.
    fn settled(&self, asked: &Wait) -> impl Future<Output = Result<Settled, Failure>>;

    /// Ends the fleet, or only its supervisor; what happened, in one sentence.
    fn down(&self, keep_agents: bool) -> impl Future<Output = Result<String, Failure>>;

    /// Installs the units; what was done, a sentence each. `ask` is asked before anything stops.
    fn enable(
        &self,
        now: bool,
        ask: &mut impl AsyncFnMut(&str) -> bool,
    ) -> impl Future<Output = Result<Vec<String>, Failure>>;

    /// Removes the units; what was done, a sentence each.
    fn disable(
        &self,
        now: bool,
        ask: &mut impl AsyncFnMut(&str) -> bool,
    ) -> impl Future<Output = Result<Vec<String>, Failure>>;

    /// What an agent wrote, without a supervisor.
    fn kept(&self, agent: &str, query: OutputQuery) -> Result<Self::Kept, Failure>;

    /// Looks whether what is kept of an agent's output is what the journal says.
    fn verify_output(
        &self,
        agent: &str,
    ) -> impl Future<Output = Result<OutputVerifyReply, Failure>>;

    /// Looks whether the journal is what was signed, also against checkpoints kept elsewhere: a
    /// file of them, or one.
    fn verify(&self, against: Option<&str>) -> impl Future<Output = Result<VerifyReply, Failure>>;
}
