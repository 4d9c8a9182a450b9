//! What went wrong, and what to do next.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a request was not done; each has one exit code (`docs/exit-codes.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request is malformed.
    BadRequest,
    /// No agent, message or route of that name.
    NotFound,
    /// The roster has mistakes.
    WrongRoster,
    /// The state does not allow it.
    Refused,
    /// Something that should work did not: disk, tmux, the runtime's files.
    Failed,
    /// The host lacks something: tmux, a program, systemd.
    Missing,
    /// The caller is another uid.
    Forbidden,
    /// The supervisor is shutting down.
    ShuttingDown,
}

/// The body of every reply that is not 2xx.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorReply {
    /// What went wrong.
    pub error: ErrorBody,
}

/// What went wrong, where, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// The class.
    pub code: ErrorCode,
    /// What and where.
    pub message: String,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The single mistakes, when there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// Who has the keyboard, when it was refused for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<Box<Holder>>,
}

/// Who has a keyboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Holder {
    /// A user's name.
    pub who: String,
    /// Their terminal: `/dev/pts/3`.
    pub tty: Option<String>,
    /// Since when: `2026-11-24T14:37:21.042Z`.
    pub since: String,
}
