//! Sizes of windows, and the people at them; looking never changes a size.

use super::cells::check_size;
use super::commands::{WindowSize, list_clients, resize_window, window_size};
use super::connection::unreadable;
use super::line::Line;
use super::{Tmux, TmuxError};
use crate::clock;

/// Somebody who is attached and can type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Human {
    /// Their terminal: `/dev/pts/3`.
    pub tty: String,
    /// Milliseconds since their last key; tmux counts whole seconds.
    pub activity_ms_ago: u64,
}

impl Tmux {
    /// Who can type into a session, named by its id or that of a pane, by a terminal of their own.
    pub async fn humans(&self, session: &str) -> Result<Vec<Human>, TmuxError> {
        let attempt = format!("list who is attached to session {session}");
        let format =
            "C\t#{client_readonly}\t#{client_control_mode}\t#{client_activity}\t#{client_tty}";
        let line = Line::of(list_clients(session, format));
        let blocks = self.connection.must(&attempt, line).await?;
        let now_ms = clock::now().wall_ms;
        let mut humans = Vec::new();
        for line in blocks.iter().flat_map(|block| &block.lines) {
            let line = String::from_utf8_lossy(line).into_owned();
            let fields: Vec<&str> = line.splitn(5, '\t').collect();
            let ["C", is_readonly, is_control, activity, tty] = fields[..] else {
                return Err(unreadable(&attempt, &blocks));
            };
            let Ok(activity_s) = activity.parse::<u64>() else {
                return Err(unreadable(&attempt, &blocks));
            };
            if is_readonly == "0" && is_control == "0" {
                let activity_ms_ago = now_ms.saturating_sub(activity_s * 1000);
                humans.push(Human { tty: tty.to_owned(), activity_ms_ago });
            }
        }
        Ok(humans)
    }

    /// Gives a window a size that no attached terminal changes.
    pub async fn set_size(&self, window: &str, columns: u16, rows: u16) -> Result<(), TmuxError> {
        let attempt = format!("set the size of window {window}");
        check_size(&attempt, columns, rows)?;
        let line = Line::of(window_size(window, WindowSize::Manual));
        let line = line.then(resize_window(window, columns, rows));
        self.connection.must(&attempt, line).await.map(drop)
    }

    /// Lets a window take the size of the terminal that is attached to it.
    pub async fn follow_size(&self, window: &str) -> Result<(), TmuxError> {
        let attempt = format!("let window {window} follow the size of a terminal");
        let line = Line::of(window_size(window, WindowSize::Latest));
        self.connection.must(&attempt, line).await.map(drop)
    }
}
