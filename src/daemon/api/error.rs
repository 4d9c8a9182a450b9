//! What goes wrong, as HTTP says it: one table of codes, one shape of body.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::daemon::AskError;
use crate::fleet::{Fleet, Lease, Refusal, rfc3339};
use crate::wire::{ErrorBody, ErrorCode, ErrorReply, Holder};

/// Paths and headers of this API are short; this much is held in memory for each connection.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    body: ErrorBody,
    /// What HTTP says more exactly than the code: 405, 413, 415.
    status: Option<StatusCode>,
}

/// The HTTP status of each code.
fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::BadRequest => StatusCode::BAD_REQUEST,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::WrongRoster => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::Refused => StatusCode::CONFLICT,
        ErrorCode::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::Missing => StatusCode::FAILED_DEPENDENCY,
        ErrorCode::Forbidden => StatusCode::FORBIDDEN,
        ErrorCode::ShuttingDown => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl ApiError {
    /// A code and what happened, where.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let body = ErrorBody {
            code,
            message: message.into(),
            hint: None,
            details: Vec::new(),
            holder: None,
        };
        Self { body, status: None }
    }

    /// With what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.body.hint = Some(hint.into());
        self
    }

    /// With the single mistakes.
    #[must_use]
    pub fn details(mut self, details: Vec<String>) -> Self {
        self.body.details = details;
        self
    }

    /// With a status that says it more exactly than the code's own.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    /// The body, as it goes out.
    pub fn body(&self) -> &ErrorBody {
        &self.body
    }

    /// A request that nobody can make sense of.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::BadRequest, message)
    }

    /// The supervisor has left or is about to.
    pub fn leaving() -> Self {
        Self::from(Refusal::Leaving)
    }

    /// No agent of this name; the nearest one is named.
    pub fn no_such_agent(asked: &str, fleet: &Fleet) -> Self {
        Self::from(Refusal::no_such_agent(asked, fleet))
    }

    /// The deadline passed.
    pub fn too_slow(what: &str, deadline: Duration) -> Self {
        let seconds = deadline.as_secs();
        Self::new(ErrorCode::Failed, format!("the supervisor did not {what} within {seconds} s"))
            .hint("its log says what it is doing; `mosaic fleet ps` shows whether it answers again")
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let code = match &refusal {
            Refusal::NoSuchAgent { .. } | Refusal::NoSuchMessage { .. } => ErrorCode::NotFound,
            Refusal::Leaving => ErrorCode::ShuttingDown,
            Refusal::Unsendable { .. } => ErrorCode::BadRequest,
            Refusal::MessageOnItsWay { .. }
            | Refusal::MailboxFull { .. }
            | Refusal::NothingToAttach { .. }
            | Refusal::Attached { .. } => ErrorCode::Refused,
        };
        let mut error = Self::new(code, refusal.to_string());
        error.body.hint = refusal.hint();
        if let Refusal::Attached { lease, .. } = refusal {
            let since = rfc3339(lease.since.wall_ms);
            let Lease { who, tty, .. } = *lease;
            error.body.holder = Some(Box::new(Holder { who, tty, since }));
        }
        error
    }
}

impl From<AskError> for ApiError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Refused(refusal) => Self::from(refusal),
            AskError::Journal(why) => {
                Self::new(ErrorCode::Failed, format!("write to the journal: {why}"))
                    .hint("nothing was done; it works again once the journal can be written")
            }
            AskError::Host(why) => Self::new(ErrorCode::Failed, why),
            AskError::Gone => Self::leaving(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.status.unwrap_or_else(|| status(self.body.code));
        (status, Json(ErrorReply { error: self.body })).into_response()
    }
}

/// A whole reply, for where no request could be read that would have one; the connection ends
/// with it.
pub fn farewell(error: ApiError) -> Vec<u8> {
    let status = error.status.unwrap_or_else(|| status(error.body.code));
    // A body is strings: it always serialises.
    let body = serde_json::to_string(&ErrorReply { error: error.body }).unwrap_or_default();
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// What a request gets that HTTP itself cannot read.
pub fn unreadable(status: u16) -> ApiError {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let why = match status {
        StatusCode::URI_TOO_LONG => "the request's path is too long".to_owned(),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            format!(
                "the request's head is longer than {HEAD_BYTES_MAX} bytes, or has over 100 fields"
            )
        }
        _ => "the request cannot be read".to_owned(),
    };
    ApiError::bad_request(why)
        .hint("this is HTTP/1.1, as in `GET /v1/openapi.json`, which lists what there is")
        .status(status)
}

/// A head that was begun and has not come in time.
pub fn late_head(deadline: Duration) -> ApiError {
    ApiError::bad_request(format!("the request's head did not come within {deadline:?}"))
        .hint("send the head at once; a connection may stay open between requests")
        .status(StatusCode::REQUEST_TIMEOUT)
}

/// A head that was begun and will not come.
pub fn cut_off() -> ApiError {
    ApiError::bad_request("the request ends before its head does")
        .hint("a head ends with an empty line")
}
