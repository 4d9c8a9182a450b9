//! A question to the terminal, which comes through a pane's output behind all that was written before.

/// The question behind which all of a life's output has come, as the terminal is asked it.
const QUESTION: &[u8] = b"\x1b[5n";

/// Looks for it in what is read piece by piece.
#[derive(Debug, Default)]
pub struct Question {
    /// The end of what was read: it may begin there.
    end: Vec<u8>,
}

impl Question {
    /// Whether it has come with this piece.
    pub fn is_in(&mut self, piece: &[u8]) -> bool {
        self.end.extend_from_slice(piece);
        let has_come = self.end.windows(QUESTION.len()).any(|part| part == QUESTION);
        self.end.drain(..self.end.len().saturating_sub(QUESTION.len() - 1));
        has_come
    }
}
