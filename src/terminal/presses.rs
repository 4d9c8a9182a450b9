//! What is typed, put together again, and the Escape that may be the beginning of more.

use std::time::Duration;

use tokio::time::Instant;

use super::input::{Decoder, Input};

/// What follows an Escape that is the beginning of more comes within this, over any network.
const ESCAPE: Duration = Duration::from_millis(40);

/// What is typed.
#[derive(Debug, Default)]
pub struct Presses {
    decoder: Decoder,
    /// When an Escape is one; nothing while none may be.
    escape_at: Option<Instant>,
}

impl Presses {
    /// Takes bytes; what they come to.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Input> {
        let inputs = self.decoder.feed(bytes);
        self.escape_at = self.decoder.is_waiting().then(|| Instant::now() + ESCAPE);
        inputs
    }

    /// Waits until an Escape is one, counted from when it came: who asks again and again, since much
    /// else happens, waits no longer.
    pub async fn waited(&self) {
        match self.escape_at {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
    }

    /// Nothing followed: what is there is what it is.
    pub fn settle(&mut self) -> Vec<Input> {
        self.escape_at = None;
        self.decoder.settle()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, sleep, timeout};

    use super::{ESCAPE, Presses};
    use crate::terminal::input::{Input, Key};

    #[tokio::test]
    async fn an_escape_is_one_at_its_time_whatever_happens_meanwhile() {
        let mut presses = Presses::default();
        assert!(presses.take(b"\x1b").is_empty());
        let came = Instant::now();
        let settled = async {
            loop {
                tokio::select! {
                    () = presses.waited() => return,
                    () = sleep(ESCAPE / 4) => {}
                }
            }
        };
        timeout(Duration::from_secs(5), settled).await.unwrap();
        assert!(came.elapsed() >= ESCAPE);
        assert_eq!(presses.settle(), [Input::Key(Key::Escape)]);
        let nothing = timeout(ESCAPE * 2, presses.waited()).await;
        assert!(nothing.is_err(), "nothing is waited for any more");
    }
}
