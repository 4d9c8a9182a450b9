//! Standard output: coloured on a terminal only, silent about a reader who left.

use std::io::{IsTerminal as _, Write as _};

use super::{Exit, Failure};
use crate::table::shown;
pub use crate::table::{Paint, Tone};

/// When output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Paint {
    /// What the choice means for standard output.
    pub fn of(choice: ColorChoice) -> Self {
        let is_wanted = || {
            let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            std::io::stdout().is_terminal() && !no_color && !is_dumb()
        };
        let coloured = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => is_wanted(),
        };
        if coloured { Self::Coloured } else { Self::Plain }
    }
}

/// How many columns a table may take: those of the terminal; piped, `COLUMNS` or as many as it needs.
pub fn width() -> Option<usize> {
    let named = || std::env::var("COLUMNS").ok()?.parse().ok().filter(|columns| *columns > 0);
    terminal_width().or_else(named)
}

/// How many columns the terminal has on which standard output is shown; piped, none.
pub fn terminal_width() -> Option<usize> {
    let size = || crate::terminal::screen::size().map(|(columns, _)| usize::from(columns));
    std::io::stdout().is_terminal().then(size).flatten().filter(|columns| *columns > 0)
}

/// Writes text, and makes sure that it is out.
pub fn write(text: &str) -> Result<(), Failure> {
    write_bytes(text.as_bytes())
}

/// Writes bytes, and makes sure that they are out.
pub fn write_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)?;
    Ok(out.flush()?)
}

/// Writes a line.
pub fn line(text: &str) -> Result<(), Failure> {
    write_bytes(format!("{text}\n").as_bytes())
}

/// Writes a value as JSON, for people and machines alike.
pub fn json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(std::io::Error::other)?;
    line(&text)
}

/// Says something on standard error that is no result.
pub fn note(text: &str) {
    // Where standard error is gone, a note has no reader.
    drop(writeln!(std::io::stderr().lock(), "mosaic: {}", shown(text)));
}

/// Asks a question that is answered with yes or no; anything but yes is no. The answer is read
/// beside the loop, so that Ctrl-C is heard while nobody answers.
pub async fn agrees(question: &str) -> bool {
    let asked = {
        let mut err = std::io::stderr().lock();
        write!(err, "{question} [y/N] ").and_then(|()| err.flush())
    };
    if asked.is_err() {
        return false;
    }
    let answer = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).map(|_| answer)
    });
    matches!(answer.await, Ok(Ok(answer)) if matches!(answer.trim(), "y" | "Y" | "yes" | "Yes" | "YES"))
}

/// Whether the terminal says that it knows no escape sequences.
pub fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// Refuses to draw where nothing can be drawn; `hint` says what there is instead.
pub fn drawable(verb: &str, hint: &str) -> Result<(), Failure> {
    if !is_dumb() {
        return Ok(());
    }
    let message = format!("`{verb}` draws on a terminal, and TERM=dumb says that this one cannot");
    Err(Failure::new(Exit::NotATerminal, message, hint))
}

/// Whether somebody sits at both ends.
pub fn has_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Whether somebody can be asked.
pub fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}
