//! A span that is not over yet.

use crate::fleet::LeaseEnd;
use crate::telemetry::Finished;

/// What is known of it so far.
#[derive(Debug)]
pub struct Open(pub Finished);

impl Open {
    /// Says this of it, in place of what was said under the same key.
    pub fn set(&mut self, key: &'static str, value: String) {
        self.0.attributes.retain(|(other, _)| *other != key);
        self.0.attributes.push((key, value));
    }

    /// It is over: with an error, when it ended as it should not.
    pub fn over(mut self, at: u64, error: Option<String>) -> Finished {
        self.0.end_ms = at;
        self.0.error = error;
        self.0
    }
}

/// A keyboard is free again. Only a lease that nobody came for is an error.
pub fn unlent(
    mut open: Open,
    end: LeaseEnd,
    more: [(&'static str, &Option<String>); 2],
    at: u64,
) -> Finished {
    open.set("mosaic.attach.end", end.word().to_owned());
    for (key, value) in more {
        if let Some(value) = value {
            open.set(key, value.clone());
        }
    }
    let is_unused = end == LeaseEnd::Expired;
    open.over(at, is_unused.then(|| "its holder did not come to tmux in time".to_owned()))
}
