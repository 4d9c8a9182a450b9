//! One control-mode client of our server: lines out, what tmux says in; never starts a server.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::time::timeout;

use super::TmuxError;
use super::commands::{Hears, say, sit_in};
use super::framing::{Framing, Said};
use super::line::Line;
use super::server::{client, listens};

/// How much may wait for a server that reads slowly: a few of the largest pastes.
const BACKLOG_BYTES_MAX: usize = 2 * 1024 * 1024;

/// How long a client that has closed its output may take to be gone.
const LEAVE_DEADLINE: Duration = Duration::from_secs(2);

/// Which of our two sessions a client sits in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seat {
    /// For every command; sees no output.
    Hub,
    /// For the output of watched panes.
    View,
}

impl Seat {
    /// The word of the mark `@mosaic_role`.
    fn role(self) -> &'static str {
        match self {
            Self::Hub => "hub",
            Self::View => "view",
        }
    }

    fn hears(self) -> Hears {
        match self {
            Self::Hub => Hears::Nothing,
            Self::View => Hears::OutputWithin(5),
        }
    }

    /// Attaches to the session, which is made when it is missing, and marks it.
    fn words(self) -> Vec<String> {
        sit_in(&format!("mosaic-{}", self.role()), self.role(), self.hears())
    }
}

/// The client.
#[derive(Debug)]
pub struct Wire {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    framing: Framing,
    /// `display-message` of the mark that guards what panes show, and of the end mark.
    mark: Vec<u8>,
    end_mark: Vec<u8>,
    unsent: Vec<u8>,
    /// Whether the client sits in its session: tmux reads lines before, and would run them for
    /// whichever session it likes best.
    is_attached: bool,
    read: Vec<u8>,
}

impl Wire {
    /// Attaches to the server on this socket.
    pub async fn open(socket: &Path, seat: Seat) -> Result<Self, TmuxError> {
        // An early and exact answer to the commonest trouble.
        if !listens(socket).await? {
            return Err(TmuxError::NotListening { socket: socket.to_owned() });
        }
        let attempt = format!("attach to the tmux server on {}", socket.display());
        let mut command = client(socket);
        command.arg("-C").args(seat.words());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = tokio::process::Command::from(command)
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| TmuxError::Host { attempt: attempt.clone(), source })?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(TmuxError::Unfit { attempt, why: "its pipes are missing" });
        };
        let mark = random_mark().map_err(|source| TmuxError::Host { attempt, source })?;
        Ok(Self {
            child,
            input,
            output,
            framing: Framing::new(&mark),
            end_mark: say(&format!("{mark}-end")).text,
            mark: say(&mark).text,
            unsent: Vec::new(),
            is_attached: false,
            read: Vec::with_capacity(64 * 1024),
        })
    }

    /// Queues a request; it goes out while `next` is awaited, all that is queued in one write.
    pub fn ask(&mut self, line: &Line) {
        self.framing.expect(line.steps().iter().map(|step| step.shows_pane));
        for (at, step) in line.steps().iter().enumerate() {
            if at > 0 {
                self.unsent.extend_from_slice(b" ; ");
            }
            self.unsent.extend_from_slice(&step.text);
            if step.shows_pane {
                self.unsent.extend_from_slice(b" ; ");
                self.unsent.extend_from_slice(&self.mark);
            }
        }
        self.unsent.push(b'\n');
        self.unsent.extend_from_slice(&self.end_mark);
        self.unsent.push(b'\n');
    }

    /// Whether more may be queued.
    pub fn has_room(&self) -> bool {
        self.unsent.len() < BACKLOG_BYTES_MAX
    }

    /// The next thing that tmux says, or why it will say nothing more. Can be dropped while it
    /// waits; nothing is lost.
    pub async fn next(&mut self) -> Result<Said, String> {
        loop {
            match self.framing.next() {
                Some(Said::Notice(line)) if line.starts_with(b"%exit") => {
                    let why = String::from_utf8_lossy(&line[5..]).trim().to_owned();
                    return Err(if why.is_empty() { "tmux let us go".into() } else { why });
                }
                Some(said) => {
                    if matches!(&said, Said::Notice(line) if line.starts_with(b"%session-changed "))
                    {
                        self.is_attached = true;
                    }
                    return Ok(said);
                }
                None => {}
            }
            tokio::select! {
                written = self.input.write(&self.unsent),
                    if self.is_attached && !self.unsent.is_empty() =>
                {
                    match written {
                        Ok(count) => drop(self.unsent.drain(..count)),
                        // What tmux still has to say comes before the end of its output.
                        Err(_) => self.unsent.clear(),
                    }
                }
                read = self.output.read_buf(&mut self.read) => match read {
                    Ok(0) => return Err(self.last_words().await),
                    Ok(_) => {
                        if !self.framing.push(&self.read) {
                            return Err("tmux sent a line without end".into());
                        }
                        self.read.clear();
                    }
                    Err(error) => return Err(format!("read from tmux: {error}")),
                },
            }
        }
    }

    /// What the client said on its way out.
    async fn last_words(&mut self) -> String {
        let mut words = Vec::new();
        if let Some(error) = self.child.stderr.take() {
            // An error message is a line; more than this is not for people.
            let mut error = error.take(4096);
            drop(timeout(LEAVE_DEADLINE, error.read_to_end(&mut words)).await);
        }
        match String::from_utf8_lossy(&words).trim() {
            "" => "the tmux server is gone".to_owned(),
            words => words.to_owned(),
        }
    }
}

/// A word of 128 random bits.
fn random_mark() -> std::io::Result<String> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(std::io::Error::other)?;
    Ok(format!("mosaic-{:032x}", u128::from_le_bytes(bits)))
}
