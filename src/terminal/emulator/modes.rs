//! What a program asks of its terminal by switching modes.

/// Which buttons and moves of a mouse a program is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mouse {
    /// None.
    #[default]
    Off,
    /// Buttons.
    Buttons,
    /// Moves too while a button is down.
    Drags,
    /// All moves.
    Moves,
}

/// What a program has asked of its terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a mode of a terminal")]
pub struct Modes {
    /// The cursor is shown.
    pub shows_cursor: bool,
    /// Cursor keys send the sequences for programs.
    pub has_application_cursor: bool,
    /// Pastes are marked.
    pub brackets_pastes: bool,
    /// What is told of the mouse.
    pub mouse: Mouse,
    /// In the form that has no limit.
    pub has_wide_mouse: bool,
    pub(super) wraps: bool,
    pub(super) inserts: bool,
    pub(super) has_origin: bool,
}

impl Default for Modes {
    fn default() -> Self {
        Self {
            shows_cursor: true,
            has_application_cursor: false,
            brackets_pastes: false,
            mouse: Mouse::Off,
            has_wide_mouse: false,
            wraps: true,
            inserts: false,
            has_origin: false,
        }
    }
}
