//! Every end of every verb: its exit code, and how it is told. `docs/exit-codes.md` is the same list.

use std::process::ExitCode;

use crate::table::shown;
use crate::wire::client::ClientError;
use crate::wire::{ErrorBody, ErrorCode};

/// How a verb ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It is done.
    Done,
    /// Something that should work did not.
    Failed,
    /// The command line is wrong.
    Usage,
    /// No supervisor runs, or it left before it had answered.
    NoSupervisor,
    /// No agent or message of that name.
    NotFound,
    /// The state does not allow it.
    Refused,
    /// The roster has mistakes.
    WrongRoster,
    /// The machine lacks something.
    Missing,
    /// It belongs to another user.
    Forbidden,
    /// It needs a terminal.
    NotATerminal,
    /// It was not over in time; it may still happen.
    Timeout,
    /// The runtime did not take the message.
    Rejected,
    /// Nobody can say whether the runtime has the message.
    Unknown,
    /// The message waited too long.
    Expired,
    /// The message was taken back.
    Cancelled,
    /// The journal, or an output that it vouches for, is not what it was, or contradicts itself.
    Damaged,
    /// The message stands typed in the runtime's composer, and no Enter submitted it.
    NotSubmitted,
    /// Somebody else has the keyboard, or has taken it.
    KeyboardTaken,
    /// Ctrl-C.
    Interrupted,
    /// Who read our output has left.
    BrokenPipe,
    /// SIGTERM or SIGHUP.
    Terminated,
}

impl Exit {
    /// All of them, in the order of their codes.
    pub const ALL: &'static [Self] = &[
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::NoSupervisor,
        Self::NotFound,
        Self::Refused,
        Self::WrongRoster,
        Self::Missing,
        Self::Forbidden,
        Self::NotATerminal,
        Self::Timeout,
        Self::Rejected,
        Self::Unknown,
        Self::Expired,
        Self::Cancelled,
        Self::Damaged,
        Self::NotSubmitted,
        Self::KeyboardTaken,
        Self::Interrupted,
        Self::BrokenPipe,
        Self::Terminated,
    ];

    /// What it means, in a sentence.
    pub fn means(self) -> &'static str {
        match self {
            Self::Done => "It is done.",
            Self::Failed => "Something that should work did not.",
            Self::Usage => "The command line is wrong.",
            Self::NoSupervisor => "No supervisor runs, or it left before it had answered.",
            Self::NotFound => "No agent or message of that name.",
            Self::Refused => "The state does not allow it.",
            Self::WrongRoster => "The roster has mistakes.",
            Self::Missing => "The machine lacks something.",
            Self::Forbidden => "It belongs to another user.",
            Self::NotATerminal => "It needs a terminal.",
            Self::Timeout => "It was not over in time; it may still happen.",
            Self::Rejected => "The runtime did not take the message.",
            Self::Unknown => "Nobody can say whether the runtime has the message.",
            Self::Expired => "The message waited too long.",
            Self::Cancelled => "The message was taken back.",
            Self::Damaged => {
                "The journal, or an output that it vouches for, is not what it was, or contradicts itself."
            }
            Self::NotSubmitted => "The message stands typed, and no Enter submitted it.",
            Self::KeyboardTaken => "Somebody else has the keyboard, or has taken it.",
            Self::Interrupted => "Ctrl-C.",
            Self::BrokenPipe => "Who read the output has left.",
            Self::Terminated => "SIGTERM or SIGHUP.",
        }
    }

    /// The code. From 128 on as a shell says it of a signal.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NoSupervisor => 3,
            Self::NotFound => 4,
            Self::Refused => 5,
            Self::WrongRoster => 6,
            Self::Missing => 7,
            Self::Forbidden => 8,
            Self::NotATerminal => 9,
            Self::Timeout => 10,
            Self::Rejected => 11,
            Self::Unknown => 12,
            Self::Expired => 13,
            Self::Cancelled => 14,
            Self::Damaged => 15,
            Self::NotSubmitted => 16,
            Self::KeyboardTaken => 17,
            Self::Interrupted => 130,
            Self::BrokenPipe => 141,
            Self::Terminated => 143,
        }
    }

    /// The end that a class of the API stands for.
    fn of(code: ErrorCode) -> Self {
        match code {
            ErrorCode::BadRequest => Self::Usage,
            ErrorCode::NotFound => Self::NotFound,
            ErrorCode::WrongRoster => Self::WrongRoster,
            ErrorCode::Refused => Self::Refused,
            ErrorCode::Failed => Self::Failed,
            ErrorCode::Missing => Self::Missing,
            ErrorCode::Forbidden => Self::Forbidden,
            ErrorCode::ShuttingDown => Self::NoSupervisor,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a verb was not done: what, where, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// How it ends.
    pub exit: Exit,
    /// What and where; empty when there is nothing to say.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// The single mistakes, when there are several.
    pub details: Vec<String>,
}

impl Failure {
    /// A failure with what to do next; an empty hint is none.
    pub fn new(exit: Exit, message: impl Into<String>, hint: &str) -> Self {
        let hint = (!hint.is_empty()).then(|| hint.to_owned());
        Self { exit, message: message.into(), hint, details: Vec::new() }
    }

    /// An end that needs no words: it was said already, or nobody listens.
    pub fn silent(exit: Exit) -> Self {
        Self::new(exit, "", "")
    }

    /// Says it on standard error, and gives the code. What somebody else has written, a name or a
    /// path, moves no cursor.
    pub fn tell(&self) -> Exit {
        if !self.message.is_empty() {
            // Where standard error is gone, nothing is left to tell it to.
            drop(self.write(&mut std::io::stderr().lock()));
        }
        self.exit
    }

    fn write(&self, out: &mut impl std::io::Write) -> std::io::Result<()> {
        writeln!(out, "mosaic: {}", shown(&self.message))?;
        for detail in &self.details {
            writeln!(out, "  {}", shown(detail))?;
        }
        match &self.hint {
            Some(hint) => writeln!(out, "next: {}", shown(hint)),
            None => Ok(()),
        }
    }
}

impl From<ErrorBody> for Failure {
    fn from(body: ErrorBody) -> Self {
        let ErrorBody { code, message, hint, details, holder } = body;
        let exit = if holder.is_some() { Exit::KeyboardTaken } else { Exit::of(code) };
        Self { exit, message, hint, details }
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let (message, hint) = (error.to_string(), error.hint());
        let exit = match error {
            ClientError::Answered(body) => return body.into(),
            ClientError::NoSupervisor { .. } | ClientError::Left { .. } => Exit::NoSupervisor,
            ClientError::Forbidden { .. } => Exit::Forbidden,
            ClientError::Late { .. } => Exit::Timeout,
            ClientError::Broken { .. } => Exit::Failed,
        };
        Self { exit, message, hint, details: Vec::new() }
    }
}

/// What writing to standard output came to.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::silent(Exit::BrokenPipe);
        }
        Self::new(
            Exit::Failed,
            format!("write to standard output: {error}"),
            "look at where the output goes: a full disk, a closed file",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    /// The document's table: `| code | name | … |`.
    const DOCUMENT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/exit-codes.md"));

    #[test]
    fn the_document_lists_every_exit_code_and_no_other() {
        let documented: Vec<String> = DOCUMENT
            .lines()
            .filter_map(|line| {
                let mut cells = line.split('|').map(str::trim).skip(1);
                let code: u8 = cells.next()?.parse().ok()?;
                Some(format!("{code} {}", cells.next()?))
            })
            .collect();
        let known: Vec<String> =
            Exit::ALL.iter().map(|exit| format!("{} {exit:?}", exit.code())).collect();
        assert_eq!(documented, known);
    }
}
