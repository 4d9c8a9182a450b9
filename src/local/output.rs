//! What an agent wrote, straight from its files: with or without a supervisor. It writes nothing.

use std::io;
use std::path::{Path, PathBuf};

use super::LocalError;
use crate::fleet::AgentName;
use crate::host::files::Changes;
use crate::host::output::{From, Piece, Reader};
use crate::places::Places;
use crate::wire::client::{OutputFrom, OutputQuery};
use crate::wire::{ErrorCode, OutputFrame};

/// An agent's output as it lies there.
#[derive(Debug)]
pub struct Output {
    directory: PathBuf,
    reader: Reader,
    changes: Changes,
    head: Option<OutputFrame>,
    /// Whether it was said that all was given, since something came.
    is_now: bool,
    follow: bool,
}

/// What an agent of this name wrote, also one that no roster names any more.
pub fn output(places: &Places, agent: &str, query: OutputQuery) -> Result<Output, LocalError> {
    let (_, directory) = kept(places, agent)?;
    let from = match query.from {
        OutputFrom::Position(position) => From::Position(position),
        OutputFrom::SinceMs(at_ms) => From::Since(at_ms),
        OutputFrom::Lines(lines) => From::Lines(lines),
    };
    let changes = Changes::of(&directory).map_err(|error| unread(&directory, &error))?;
    Ok(Output {
        reader: Reader::new(&directory, from),
        directory,
        changes,
        head: Some(OutputFrame::Head { recorded: None, stopped: None }),
        is_now: false,
        follow: query.follow,
    })
}

/// The whole name of an agent, and where what it wrote lies.
pub(super) fn kept(places: &Places, agent: &str) -> Result<(AgentName, PathBuf), LocalError> {
    let found = AgentName::parse(agent).ok().map(|name| {
        let directory = places.output(name.as_str());
        (name, directory)
    });
    found.filter(|(_, directory)| directory.is_dir()).ok_or_else(|| {
        let all = places.state.join("output");
        let hint = format!("`ls {}` shows whose output there is", all.display());
        LocalError::said(ErrorCode::NotFound, format!("no output of \"{agent}\" is kept"), &hint)
    })
}

fn unread(directory: &Path, error: &io::Error) -> LocalError {
    let message = format!("read {}: {error}", directory.display());
    LocalError::said(ErrorCode::Failed, message, "")
}

impl Output {
    /// The next frame; none at the end.
    pub async fn next(&mut self) -> Result<Option<OutputFrame>, LocalError> {
        if let Some(head) = self.head.take() {
            return Ok(Some(head));
        }
        loop {
            let piece = self.reader.next().map_err(|error| unread(&self.directory, &error))?;
            if let Some(piece) = piece {
                self.is_now = false;
                return Ok(Some(frame(piece)));
            }
            if !std::mem::replace(&mut self.is_now, true) {
                return Ok(Some(OutputFrame::Now {}));
            }
            if !self.follow {
                return Ok(None);
            }
            self.changes.came().await.map_err(|error| unread(&self.directory, &error))?;
        }
    }
}

fn frame(piece: Piece) -> OutputFrame {
    match piece {
        Piece::Output { position, at_ms, bytes } => OutputFrame::output(position, at_ms, &bytes),
        Piece::Session { session, at_ms } => OutputFrame::Session { session, at_ms },
        Piece::Size { columns, rows } => OutputFrame::Size { columns, rows },
        Piece::Gap { at_ms, reason, lost } => OutputFrame::Gap { at_ms, reason, lost },
    }
}
