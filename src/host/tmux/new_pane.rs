//! What a pane is made of, and what tmux would understand otherwise; makes none.

use std::path::Path;

use super::TmuxError;
use super::cells::check_size;
use crate::fleet::AgentName;

/// A pane to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewPane<'a> {
    /// For whom: the mark on the pane, and the session's name for people.
    pub agent: &'a AgentName,
    /// Program and arguments, at least two words; no shell reads them.
    pub argv: &'a [String],
    /// Its working directory.
    pub cwd: &'a Path,
    /// Columns, for the whole life of the pane.
    pub columns: u16,
    /// Rows, for the whole life of the pane.
    pub rows: u16,
    /// Lines of history that tmux keeps.
    pub history: u32,
}

impl NewPane<'_> {
    /// Whether tmux would make exactly this.
    pub(super) fn check(&self, attempt: &str) -> Result<(), TmuxError> {
        let unfit = |why| Err(TmuxError::Unfit { attempt: attempt.to_owned(), why });
        if self.argv.len() < 2 {
            return unfit("a command of one word would be read by a shell; give two or more");
        }
        if self.argv.iter().any(|word| word.contains('\0')) {
            return unfit("a word of its command holds a NUL byte");
        }
        if self.cwd.to_str().is_none_or(|path| path.contains('\0')) {
            return unfit("its directory's name is not UTF-8");
        }
        check_size(attempt, self.columns, self.rows)
    }
}
