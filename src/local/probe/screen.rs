//! What an agent's pane shows, asked of tmux without a supervisor. It changes nothing there.

use super::panes::{asked, panes};
use crate::host::tmux::paint_rows;
use crate::local::LocalError;
use crate::places::Places;
use crate::wire::ErrorCode;

/// What a picture needs besides the rows.
const STATE: &str =
    "#{pane_width} #{pane_height} #{cursor_x} #{cursor_y} #{cursor_flag} #{version}";

/// A screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbedScreen {
    /// Columns.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
    /// The bytes that paint it on an empty terminal of that size.
    pub paint: Vec<u8>,
    /// The version of the tmux that shows it.
    pub tmux: String,
}

/// The screen of an agent by its exact name.
pub fn screen(places: &Places, agent: &str) -> Result<ProbedScreen, LocalError> {
    let found = panes(places)?.into_iter().find(|pane| pane.agent.as_deref() == Some(agent));
    let Some(found) = found else {
        let message = format!("our tmux socket has no pane of \"{agent}\"");
        let hint = "`mosaic ps` shows what runs, `mosaic fleet up` starts the supervisor";
        return Err(LocalError::said(ErrorCode::NotFound, message, hint));
    };
    let pane = found.pane.as_str();
    let state = ["display-message", "-p", "-t", pane, STATE];
    let rows = ["capture-pane", "-p", "-e", "-N", "-t", pane];
    let words: Vec<&str> = state.into_iter().chain([";"]).chain(rows).collect();
    let answer = asked(places, &words)?;
    painted(&answer).ok_or_else(|| {
        let message = format!("tmux did not say what pane {pane} of \"{agent}\" shows");
        LocalError::said(ErrorCode::Failed, message, "`mosaic ps` says whether it is still there")
    })
}

fn painted(answer: &str) -> Option<ProbedScreen> {
    let mut lines = answer.lines();
    let mut words = lines.next()?.split(' ');
    let (columns, rows) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let at: [u16; 2] = [words.next()?.parse().ok()?, words.next()?.parse().ok()?];
    let (is_seen, tmux) = (words.next()? == "1", words.next()?.to_owned());
    let shown: Vec<Vec<u8>> = lines.map(|line| line.as_bytes().to_vec()).collect();
    let mut paint = paint_rows(&shown);
    let see = if is_seen { 'h' } else { 'l' };
    paint.extend(format!("\x1b[{};{}H\x1b[?25{see}", at[1] + 1, at[0] + 1).into_bytes());
    Some(ProbedScreen { columns, rows, paint, tmux })
}
