//! What a terminal sends, read as keys, clicks and pastes. It knows no meaning of them.

mod decoder;
mod sequence;
#[cfg(test)]
mod tests;

pub use decoder::Decoder;

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Pressed a key.
    Key(Key),
    /// Clicked, or turned the wheel; at a column and a row, from 0.
    Mouse(Mouse, u16, u16),
    /// Pasted.
    Paste(String),
}

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A character.
    Char(char),
    /// A letter with Ctrl, in lower case.
    Control(char),
    /// A character with Alt.
    Alt(char),
    /// Enter.
    Enter,
    /// Enter with Alt.
    AltEnter,
    /// Tab.
    Tab,
    /// Tab with Shift.
    BackTab,
    /// Escape.
    Escape,
    /// Deletes to the left.
    Backspace,
    /// Deletes at the cursor.
    Delete,
    /// An arrow.
    Up,
    /// An arrow.
    Down,
    /// An arrow.
    Left,
    /// An arrow.
    Right,
    /// An arrow with Ctrl or Alt: a word to the left.
    WordLeft,
    /// The same to the right.
    WordRight,
    /// To the beginning.
    Home,
    /// To the end.
    End,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
}

/// What a mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    /// The left button went down.
    Press,
    /// The wheel was turned away.
    WheelUp,
    /// The wheel was turned towards.
    WheelDown,
}
