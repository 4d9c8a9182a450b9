//! Why a verb on this machine was not done. It never decides on an exit code.

use std::fmt;

use crate::wire::client::ClientError;
use crate::wire::{ErrorBody, ErrorCode};

/// Why a verb on this machine was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocalError {
    /// The supervisor was asked, and this came of it.
    Client(ClientError),
    /// The machine did not do it; in the words of the API.
    Said(ErrorBody),
    /// It goes on, longer than the caller wanted to wait: what was awaited, and what to do next.
    Late {
        /// What was awaited.
        message: String,
        /// What to do next.
        hint: String,
    },
}

impl LocalError {
    /// An error of a class, with what to do next.
    pub fn said(code: ErrorCode, message: String, hint: &str) -> Self {
        let hint = (!hint.is_empty()).then(|| hint.to_owned());
        Self::Said(ErrorBody { code, message, hint, details: Vec::new(), holder: None })
    }
}

impl From<ClientError> for LocalError {
    fn from(error: ClientError) -> Self {
        Self::Client(error)
    }
}

impl fmt::Display for LocalError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(error) => error.fmt(out),
            Self::Said(body) => out.write_str(&body.message),
            Self::Late { message, .. } => out.write_str(message),
        }
    }
}

impl std::error::Error for LocalError {}
