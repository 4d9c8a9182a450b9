//! What the hands report to the dispatcher.

use tokio::sync::oneshot;

use crate::fleet::Observation;

/// What the hands report, in their order.
#[derive(Debug)]
pub enum Report {
    /// Something was seen.
    Seen(Observation),
    /// To be told once the journal holds what came of all reports before this one; dropped when
    /// the journal does not take it.
    Journaled(oneshot::Sender<()>),
}
