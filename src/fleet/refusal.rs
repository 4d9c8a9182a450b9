//! A considered no: why, and what to do next.

use std::fmt;

use super::{AgentName, Fleet, Lease, nearest, rfc3339};

/// Why a command is not done; one reason a variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No agent has this name.
    NoSuchAgent {
        /// The name that was asked for.
        asked: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// No message has this id.
    NoSuchMessage {
        /// The id that was asked for.
        asked: String,
        /// Ids of messages that may have been meant.
        near: Vec<String>,
    },
    /// The message has gone out or ended.
    MessageOnItsWay {
        /// How far it has come.
        state: String,
    },
    /// The mailbox is full.
    MailboxFull {
        /// Whose.
        agent: String,
        /// How many wait.
        waiting: usize,
    },
    /// The text cannot be sent to this runtime.
    Unsendable {
        /// Why not.
        reason: String,
    },
    /// The agent has no pane to attach to.
    NothingToAttach {
        /// Whose.
        agent: String,
        /// Its lifecycle.
        lifecycle: String,
    },
    /// Somebody else has the keyboard.
    Attached {
        /// Of which agent.
        agent: String,
        /// Who, on which terminal, since when.
        lease: Box<Lease>,
    },
    /// The supervisor is leaving.
    Leaving,
}

impl Refusal {
    /// What to do next, where there is something.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoSuchAgent { nearest: Some(nearest), .. } => {
                Some(format!("did you mean \"{nearest}\"?"))
            }
            Self::NoSuchAgent { nearest: None, .. } => {
                Some("`mosaic agent list` names them all".to_owned())
            }
            Self::NoSuchMessage { near, .. } => Some(match &near[..] {
                [] => "`mosaic events --type message.queued` names those there were".to_owned(),
                near => format!("did you mean {}?", near.join(" or ")),
            }),
            Self::MailboxFull { agent, .. } => Some(format!(
                "`mosaic agent explain {agent}` says why they wait; send again when some are gone"
            )),
            Self::NothingToAttach { agent, lifecycle } => Some(match lifecycle.as_str() {
                "starting" => format!("`mosaic agent start {agent} --wait` returns when it is up"),
                _ => format!(
                    "`mosaic agent start {agent}` starts it; `mosaic agent explain {agent}` says \
                     why it does not run"
                ),
            }),
            Self::Attached { agent, .. } => Some(format!(
                "`mosaic watch {agent}` looks without the keyboard; `mosaic attach {agent} --steal \
                 --reason \"…\"` takes it from them"
            )),
            Self::Leaving => Some("`mosaic fleet up` starts it again".to_owned()),
            Self::Unsendable { .. } => {
                Some("put it into a file and send the file's path".to_owned())
            }
            Self::MessageOnItsWay { .. } => {
                Some("`mosaic message show` with its id says what has become of it".to_owned())
            }
        }
    }
}

impl Refusal {
    /// Nobody has this name; the nearest one is named, where one is near enough to be meant.
    pub fn no_such_agent(asked: &str, fleet: &Fleet) -> Self {
        let nearest = nearest(asked, fleet.order.iter().map(AgentName::as_str));
        Self::NoSuchAgent { asked: asked.to_owned(), nearest: nearest.map(str::to_owned) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchAgent { asked, .. } => write!(out, "no agent is named \"{asked}\""),
            Self::NoSuchMessage { asked, .. } => write!(out, "no message has the id \"{asked}\""),
            Self::MessageOnItsWay { state } => {
                write!(out, "the message cannot be taken back: it is {state}")
            }
            Self::MailboxFull { agent, waiting } => {
                write!(out, "the mailbox of \"{agent}\" is full: {waiting} messages wait")
            }
            Self::Unsendable { reason } => write!(out, "this text cannot be sent: {reason}"),
            Self::NothingToAttach { agent, lifecycle } => {
                write!(out, "agent \"{agent}\" is {lifecycle}: nobody there reads a keyboard")
            }
            Self::Attached { agent, lease } => write!(
                out,
                "{} has the keyboard of \"{agent}\" since {}",
                lease.holder(),
                rfc3339(lease.since.wall_ms)
            ),
            Self::Leaving => write!(out, "the supervisor is leaving"),
        }
    }
}

impl std::error::Error for Refusal {}
