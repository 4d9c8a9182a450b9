//! Named points at which the process kills itself, for the harness that shows what survives. They
//! are in builds for development only: no release has them.

/// Where the process can die, in the order in which an append passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KillPoint {
    /// The transaction has begun, and nothing is in it.
    Append,
    /// Everything is in it, and nothing is committed.
    Commit,
    /// It is durable, and nobody knows.
    Publish,
    /// The head is known, and nobody has an answer.
    Acknowledge,
    /// The answers are given.
    Acknowledged,
    /// The supervisor knows, and has neither folded nor done anything.
    Act,
}

#[cfg(debug_assertions)]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::KillPoint;

    /// `commit:3`: die when this point is reached for the third time.
    const ARMED: &str = "MOSAIC_KILL_AT";

    static REACHED: AtomicU64 = AtomicU64::new(0);

    fn word(point: KillPoint) -> &'static str {
        match point {
            KillPoint::Append => "append",
            KillPoint::Commit => "commit",
            KillPoint::Publish => "publish",
            KillPoint::Acknowledge => "acknowledge",
            KillPoint::Acknowledged => "acknowledged",
            KillPoint::Act => "act",
        }
    }

    /// The point is reached: the process may end here, as if somebody had sent SIGKILL.
    pub fn reach(point: KillPoint) {
        static WANTED: OnceLock<Option<(String, u64)>> = OnceLock::new();
        let wanted = WANTED.get_or_init(|| {
            let armed = std::env::var(ARMED).ok()?;
            let (word, times) = armed.split_once(':')?;
            Some((word.to_owned(), times.parse().ok()?))
        });
        if let Some((wanted, times)) = wanted
            && wanted == word(point)
            && REACHED.fetch_add(1, Ordering::Relaxed) + 1 == *times
        {
            let own = nix::unistd::Pid::this();
            let _on_its_way = nix::sys::signal::kill(own, nix::sys::signal::Signal::SIGKILL);
            // Nothing more may happen here.
            loop {
                std::thread::park();
            }
        }
    }
}

#[cfg(debug_assertions)]
pub use armed::reach;

/// Nothing: this is a release.
#[cfg(not(debug_assertions))]
pub fn reach(_: KillPoint) {}
