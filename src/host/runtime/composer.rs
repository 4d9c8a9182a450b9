//! What the place says in which a runtime takes its input; the runtimes know how it looks.

/// What stands where a runtime takes its input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Composer {
    /// The message with our tag, from the composer's first character on.
    HoldsOnly,
    /// Nothing.
    Empty,
    /// Something that we did not put there, alone or before ours.
    HoldsOther,
    /// No composer: a dialog, which says this.
    Dialog(String),
    /// Nobody can tell: why.
    Unclear(String),
}
