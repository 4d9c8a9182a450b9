//! Lives whose GO is being worked out: a stop that comes meanwhile is not overtaken by it.

use std::collections::HashMap;
use std::sync::Mutex;

use super::lock::lock;
use crate::fleet::SessionId;

/// The lives, each with whether it was stopped.
#[derive(Debug, Default)]
pub struct Starts {
    open: Mutex<HashMap<SessionId, bool>>,
}

/// What became of a GO.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Went {
    /// It was said to the pane.
    Out,
    /// The pane is not there any more.
    Nowhere,
    /// It was stopped before, and nothing was said.
    Stopped,
}

impl Starts {
    /// A GO is to be worked out.
    pub fn begin(&self, session: &SessionId) {
        lock(&self.open).insert(session.clone(), false);
    }

    /// Stops a life whose GO was not said yet; false when there is none.
    pub fn stop(&self, session: &SessionId) -> bool {
        lock(&self.open).get_mut(session).map(|stopped| *stopped = true).is_some()
    }

    /// Ends a start, and says its GO unless it was stopped: no stop comes between the two.
    pub fn go(&self, session: &SessionId, say: impl FnOnce() -> bool) -> Went {
        let mut open = lock(&self.open);
        let stopped = open.remove(session).unwrap_or(false);
        match stopped {
            true => Went::Stopped,
            false if say() => Went::Out,
            false => Went::Nowhere,
        }
    }

    /// Ends a start whose GO could not be worked out.
    pub fn end(&self, session: &SessionId) {
        lock(&self.open).remove(session);
    }
}

#[cfg(test)]
mod tests {
    use super::{SessionId, Starts, Went};

    #[test]
    fn r18_a_stop_that_overtakes_a_go_takes_its_place() {
        let starts = Starts::default();
        let (one, other) = (SessionId("one".to_owned()), SessionId("other".to_owned()));
        assert!(!starts.stop(&one), "there is nothing to stop yet");
        starts.begin(&one);
        starts.begin(&other);
        assert!(starts.stop(&one));
        let silent = || -> bool { panic!("GO was said for a life that was stopped") };
        assert_eq!(starts.go(&one, silent), Went::Stopped);
        assert_eq!(starts.go(&other, || true), Went::Out);
        for over in [&one, &other] {
            assert!(!starts.stop(over), "from now on its pane is told");
        }
        starts.begin(&one);
        assert_eq!(starts.go(&one, || false), Went::Nowhere);
    }
}
