//! What a runtime says of what was said to it.

/// What a runtime's hook says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A text was submitted.
    Submitted {
        /// The whole text, the tag included, freed of the runtime's own wrapping.
        text: String,
        /// The turn that it belongs to. A text that waits behind a running turn names that one:
        /// the same turn as the submission before it means `accepted_queued`.
        turn: Option<String>,
        /// The conversation that it was submitted to.
        conversation: Option<String>,
    },
    /// The conversation has this id now.
    Conversation(String),
    /// Nothing that a supervisor needs.
    Nothing,
}
