//! Long output on a terminal, page by page in the user's own pager. Where no terminal reads it,
//! nothing comes between.

use std::io;
use std::process::{ExitStatus, Stdio};

use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::Mutex;
use unicode_width::UnicodeWidthChar as _;

use super::{Exit, Failure, output};
use crate::terminal::{screen, signals};

/// What less does without a word of its user: ends by itself when all fits, hands colours on, and
/// leaves what was shown on the terminal.
const LESS: &str = "FRX";

/// What a shell must read; words without these are started as they are.
const FOR_A_SHELL: &str = "|&;<>()$`\\\"'*?[]#~=%{}\n";

/// Output that may be longer than the screen.
#[derive(Debug)]
pub struct Pages {
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    /// Nothing comes between.
    Plain,
    /// So far all of it fits.
    Held { text: String, notes: Vec<String> },
    /// The pager has it.
    Paged { pager: Pager, notes: Vec<String> },
}

/// A pager that runs; it has the terminal.
#[derive(Debug)]
struct Pager {
    line: String,
    child: Child,
    /// None when it has left.
    input: Option<ChildStdin>,
}

impl Pages {
    /// Output that goes through a pager where somebody looks at it and wants one.
    pub fn new(is_wanted: bool) -> Self {
        let is_paged = is_wanted && output::terminal_width().is_some() && !output::is_dumb();
        let held = State::Held { text: String::new(), notes: Vec::new() };
        Self { state: Mutex::new(if is_paged { held } else { State::Plain }) }
    }

    /// Shows text. When the reader has seen enough it fails, with an end that is none to tell of.
    pub async fn write(&self, text: &str) -> Result<(), Failure> {
        let mut state = self.state.lock().await;
        let held = if let State::Held { text: held, notes } = &mut *state {
            held.push_str(text);
            if fits(held) {
                return Ok(());
            }
            let (held, notes) = (std::mem::take(held), std::mem::take(notes));
            // In its place before it is written to: who gives up the write still waits for it.
            *state = match Pager::start() {
                Some(pager) => State::Paged { pager, notes },
                None => {
                    notes.iter().for_each(|note| output::note(note));
                    State::Plain
                }
            };
            Some(held)
        } else {
            None
        };
        let text = held.as_deref().unwrap_or(text);
        match &mut *state {
            State::Paged { pager, .. } => pager.write(text).await,
            State::Plain | State::Held { .. } => output::write(text),
        }
    }

    /// Shows a value as JSON.
    pub async fn json(&self, value: &impl serde::Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
        self.write(&format!("{text}\n")).await
    }

    /// Says something that is no result; behind the pages, since the pager has the terminal.
    pub async fn note(&self, text: &str) {
        match &mut *self.state.lock().await {
            State::Plain => output::note(text),
            State::Held { notes, .. } | State::Paged { notes, .. } => notes.push(text.to_owned()),
        }
    }

    /// Waits until the reader has seen enough; then what came of the work is told.
    pub async fn end(self, served: Result<(), Failure>) -> Result<(), Failure> {
        let (ended, notes) = match self.state.into_inner() {
            State::Plain => (Ok(()), Vec::new()),
            State::Held { text, notes } if text.is_empty() => (Ok(()), notes),
            State::Held { text, notes } => (output::write(&text), notes),
            State::Paged { pager, notes } => (pager.end().await, notes),
        };
        for note in notes {
            output::note(&note);
        }
        match served {
            Ok(()) => ended,
            // A reader who left early was served.
            Err(Failure { exit: Exit::Done, .. }) => ended,
            Err(failure) => Err(failure),
        }
    }
}

impl Pager {
    /// The pager that is wanted, if one is wanted and there.
    fn start() -> Option<Self> {
        let named = |name| std::env::var(name).ok();
        let line = named("MOSAIC_PAGER").or_else(|| named("PAGER"));
        let is_named = line.is_some();
        let line = line.unwrap_or_else(|| "less".to_owned());
        // What git, too, takes for a wish to have none.
        if ["", "cat"].contains(&line.trim()) {
            return None;
        }
        match spawn(&line) {
            Ok(mut child) => {
                let input = child.stdin.take();
                Some(Self { line, child, input })
            }
            Err(why) => {
                // Who has named none misses none.
                if is_named {
                    output::note(&format!("run the pager `{line}`: {why}; here it is without one"));
                }
                None
            }
        }
    }

    async fn write(&mut self, text: &str) -> Result<(), Failure> {
        let Some(input) = &mut self.input else {
            return Err(Failure::silent(Exit::Done));
        };
        match input.write_all(text.as_bytes()).await {
            Ok(()) => Ok(()),
            Err(why) if why.kind() == io::ErrorKind::BrokenPipe => {
                self.input = None;
                Err(Failure::silent(Exit::Done))
            }
            Err(why) => {
                let message = format!("write to the pager `{}`: {why}", self.line);
                Err(Failure::new(Exit::Failed, message, "`--no-pager` shows it without one"))
            }
        }
    }

    /// Waits for its end. Ctrl-C is the pager's own key meanwhile; SIGTERM reaches it, so that it
    /// gives the terminal back.
    async fn end(mut self) -> Result<(), Failure> {
        drop(self.input.take());
        let status = waited(&mut self.child).await;
        let told = |what: String| {
            let hint = "`--no-pager` shows it without one, MOSAIC_PAGER names another";
            Err(Failure::new(Exit::Failed, format!("the pager `{}` {what}", self.line), hint))
        };
        match status {
            Ok(status) if status.code() == Some(127) => told("is not there".to_owned()),
            Ok(status) if status.code().is_some_and(|code| code != 0) => {
                told(format!("ended with {status}"))
            }
            Ok(_) => Ok(()),
            Err(why) => told(format!("was lost: {why}")),
        }
    }
}

/// Gives a program some text to read, and waits for its end. It has the terminal meanwhile.
pub async fn reading(program: &str, arguments: &[&str], text: &str) -> io::Result<ExitStatus> {
    // Somebody has to hear Ctrl-C, or it would end us before who has the terminal.
    let interrupts = signals::interrupts();
    #[expect(clippy::disallowed_methods, reason = "this is surface::cli::pager")]
    let mut child = Command::new(program).args(arguments).stdin(Stdio::piped()).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // Who reads no more has seen enough.
        drop(input.write_all(text.as_bytes()).await);
    }
    let status = waited(&mut child).await;
    drop(interrupts);
    status
}

async fn waited(child: &mut Child) -> io::Result<ExitStatus> {
    let pid = child.id();
    let asked_to_end = async {
        match signals::terminations() {
            Ok(mut terminations) => drop(terminations.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        status = child.wait() => return status,
        () = asked_to_end => {}
    }
    if let Some(pid) = pid {
        screen::ask_back(pid);
    }
    child.wait().await
}

fn spawn(line: &str) -> io::Result<Child> {
    let words: Vec<&str> = if line.contains(|letter| FOR_A_SHELL.contains(letter)) {
        vec!["sh", "-c", line]
    } else {
        line.split_whitespace().collect()
    };
    let Some((program, arguments)) = words.split_first() else {
        return Err(io::ErrorKind::NotFound.into());
    };
    #[expect(clippy::disallowed_methods, reason = "this is surface::cli::pager")]
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped());
    for (name, value) in [("LESS", LESS), ("LV", "-c")] {
        if std::env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    command.spawn()
}

/// Whether text stands whole on the terminal, with a line left for who types on.
fn fits(text: &str) -> bool {
    let Some((columns, rows)) = screen::size() else {
        return true;
    };
    rows_of(text, usize::from(columns).max(1)) < usize::from(rows)
}

/// How many rows of so many columns text takes.
fn rows_of(text: &str, columns: usize) -> usize {
    text.lines().map(|line| drawn(line).div_ceil(columns).max(1)).sum()
}

/// How many columns a line takes: colours take none.
fn drawn(line: &str) -> usize {
    let mut letters = line.chars();
    let mut columns = 0;
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            // Ours are of one kind: a bracket, parameters, a letter.
            letters.by_ref().find(char::is_ascii_alphabetic);
        } else if letter == '\t' {
            columns = (columns / 8 + 1) * 8;
        } else {
            columns += letter.width().unwrap_or(0);
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::rows_of;

    #[test]
    fn rows_are_counted_as_a_terminal_wraps_them() {
        assert_eq!(rows_of("", 10), 0);
        assert_eq!(rows_of("a\n\nb\n", 10), 3);
        assert_eq!(rows_of("0123456789\n", 10), 1);
        assert_eq!(rows_of("0123456789a\n", 10), 2);
        assert_eq!(rows_of("\u{1b}[1;31m0123456789\u{1b}[0m\n", 10), 1);
        assert_eq!(rows_of("漢字漢字漢字\n", 10), 2);
        assert_eq!(rows_of("\tab\n", 10), 1);
    }
}
