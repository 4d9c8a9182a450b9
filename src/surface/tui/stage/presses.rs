//! What is typed, put together again, and the Escape that may be the beginning of more.

use std::time::Duration;

use tokio::time::Instant;

use super::until;
use crate::terminal::input::{Decoder, Input};

/// What follows an Escape that is the beginning of more comes within this, over any network.
const ESCAPE: Duration = Duration::from_millis(40);

/// What is typed.
#[derive(Default)]
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

    /// Waits until an Escape is one.
    pub async fn waited(&self) {
        until(self.escape_at).await;
    }

    /// Nothing followed: what is there is what it is.
    pub fn settle(&mut self) -> Vec<Input> {
        self.escape_at = None;
        self.decoder.settle()
    }
}
