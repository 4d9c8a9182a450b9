//! `fleet top`: the table as a screen that lives, with the verbs of an agent at a key each. A client
//! of the API like any other: it types into no pane.
//!
//! ```text
//! keys · clicks · rows · events · answers ──▶ model ──▶ effects ──▶ API · command line · editor
//!                                               └─────▶ cells ───▶ the terminal
//! ```

mod backend;
pub mod draw;
mod editor;
mod help;
pub mod model;
mod stage;
#[cfg(test)]
mod tests;

pub use model::Errand;

use std::io::{self, IsTerminal as _};

use crate::table::{Column, Key, Paint};
use crate::wire::client::{Client, ClientError};

/// How it begins.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Words of the filter.
    pub filter: String,
    /// The order of rows.
    pub keys: Vec<Key>,
    /// The columns that somebody named.
    pub columns: Vec<Column>,
    /// Whether clicks count.
    pub has_mouse: bool,
    /// Whether colours are wanted.
    pub paint: Paint,
}

/// How it ends, when not by `q`.
#[derive(Debug)]
pub enum Ended {
    /// The supervisor was not there, or will not answer any more.
    Client(ClientError),
    /// There is no terminal to draw on: why.
    NotATerminal(String),
    /// The terminal takes nothing any more.
    Output(io::Error),
    /// Ctrl-C.
    Interrupted,
    /// SIGTERM, SIGHUP, or the terminal is gone.
    Terminated,
}

/// How an errand ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Back {
    /// As it should.
    Well,
    /// It was not done: why, and what to do next.
    Said(String),
    /// We were told to end meanwhile.
    Terminated,
}

/// The verbs of the command line that need the whole terminal. Surfaces do not know each other:
/// this stands between.
pub trait Errands {
    /// Runs the verb for this agent on the terminal, which is free meanwhile.
    fn run(&self, errand: Errand, agent: &str) -> impl Future<Output = Back>;
}

/// Shows the fleet until somebody has seen enough.
pub async fn run(client: Client, asked: Asked, errands: &impl Errands) -> Result<(), Ended> {
    if !io::stdout().is_terminal() {
        return Err(Ended::NotATerminal("standard output is none".to_owned()));
    }
    if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        return Err(Ended::NotATerminal("a dumb one moves no cursor".to_owned()));
    }
    stage::show(client, asked, errands).await
}

impl From<ClientError> for Ended {
    fn from(error: ClientError) -> Self {
        Self::Client(error)
    }
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
