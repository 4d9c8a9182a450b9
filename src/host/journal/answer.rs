//! The answers to a group of requests. To wake a task from another thread costs a system call; the
//! writer wakes one, and that one the others on its own thread.

use tokio::sync::oneshot;

use super::error::JournalError;

/// What a request came to: the last seq, once it is durable.
pub(super) type Outcome = Result<u64, JournalError>;

/// An outcome, and those that whoever takes it hands on.
#[derive(Debug)]
pub(super) struct Answer {
    outcome: Outcome,
    behind: Behind,
}

impl Answer {
    /// Takes the outcome and hands the others theirs.
    pub fn take(self) -> Outcome {
        drop(self.behind);
        self.outcome
    }
}

/// Answers that go out when this is dropped, also by a caller that is gone.
#[derive(Debug, Default)]
struct Behind(Vec<(oneshot::Sender<Answer>, Outcome)>);

impl Drop for Behind {
    fn drop(&mut self) {
        for (reply, outcome) in self.0.drain(..) {
            // Nobody may be listening any more.
            reply.send(Answer { outcome, behind: Self::default() }).ok();
        }
    }
}

/// Gives each its outcome.
pub(super) fn give(mut group: Vec<(oneshot::Sender<Answer>, Outcome)>) {
    if let Some((reply, outcome)) = group.pop() {
        // An answer that nobody takes is dropped, and gives the others theirs.
        reply.send(Answer { outcome, behind: Behind(group) }).ok();
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot::{self, Receiver};

    use super::{Answer, give};

    fn group() -> Vec<Receiver<Answer>> {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..3).map(|_| oneshot::channel()).unzip();
        give(senders.into_iter().zip([Ok(1), Ok(2), Ok(3)]).collect());
        receivers
    }

    fn came(receiver: &mut Receiver<Answer>) -> Option<u64> {
        receiver.try_recv().ok().map(|answer| answer.take().unwrap())
    }

    #[test]
    fn who_takes_the_last_hands_the_others_theirs() {
        let mut group = group();
        assert_eq!(came(&mut group[0]), None);
        assert_eq!(came(&mut group[2]), Some(3));
        assert_eq!([came(&mut group[0]), came(&mut group[1])], [Some(1), Some(2)]);
    }

    #[test]
    fn one_who_leaves_with_the_answers_of_others_gives_them_on() {
        let mut group = group();
        drop(group.pop());
        assert_eq!([came(&mut group[0]), came(&mut group[1])], [Some(1), Some(2)]);
    }

    #[test]
    fn one_who_left_before_keeps_nobody_waiting() {
        let (senders, mut receivers): (Vec<_>, Vec<_>) = (0..2).map(|_| oneshot::channel()).unzip();
        drop(receivers.pop());
        give(senders.into_iter().zip([Ok(1), Ok(2)]).collect());
        assert_eq!(came(&mut receivers[0]), Some(1));
    }
}
