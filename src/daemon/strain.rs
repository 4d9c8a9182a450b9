//! A limit of the host that the supervisor has reached: told once when it does, once when it is past.
//! It frees nothing by itself.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::sleep;

use super::lock::lock;
use super::report::Report;
use crate::clock;
use crate::fleet::Observation;

/// So long without running into it, and the limit is past: who waits comes in one after another, and
/// each that leaves makes room for a moment.
const CALM: Duration = Duration::from_secs(2);

/// What `accept` and others say when the host gives no more.
const LIMITS: &[i32] =
    &[nix::libc::EMFILE, nix::libc::ENFILE, nix::libc::ENOBUFS, nix::libc::ENOMEM];

/// Whether the supervisor is short of something.
#[derive(Debug)]
pub struct Strain {
    reports: mpsc::Sender<Report>,
    /// When it last ran into the limit, while it is strained.
    last: Mutex<Option<Instant>>,
}

impl Strain {
    /// One that reports to this queue.
    pub fn new(reports: mpsc::Sender<Report>) -> Arc<Self> {
        Arc::new(Self { reports, last: Mutex::default() })
    }

    /// Something was not done: if for a limit of the host, that is told, once until it is past.
    pub fn failed(self: &Arc<Self>, what: &'static str, error: &io::Error) {
        if !error.raw_os_error().is_some_and(|code| LIMITS.contains(&code)) {
            return tracing::warn!(%error, "{what}");
        }
        let before = lock(&self.last).replace(clock::instant());
        if before.is_none() {
            let reason = format!("{what}: {error}");
            tracing::error!(reason, "a limit of the host is reached: who comes now waits");
            tokio::spawn(Arc::clone(self).last_until_calm(reason));
        }
    }

    async fn last_until_calm(self: Arc<Self>, reason: String) {
        self.saw(Observation::LimitReached { reason }).await;
        while let Some(left) = self.calm_in() {
            sleep(left).await;
        }
        tracing::info!("the limit of the host is past");
        self.saw(Observation::LimitPast).await;
    }

    /// How long until it is calm; `None` when it is, and then it is strained no more.
    fn calm_in(&self) -> Option<Duration> {
        let mut last = lock(&self.last);
        let left = last.map_or(Duration::ZERO, |last| CALM.saturating_sub(last.elapsed()));
        if left.is_zero() {
            *last = None;
            return None;
        }
        Some(left)
    }

    async fn saw(&self, observation: Observation) {
        // The dispatcher has left: nobody is strained any more.
        drop(self.reports.send(Report::Seen(observation)).await);
    }
}
