//! The clients that sit at a terminal and can type: listed, told apart, asked to leave.

use tokio::sync::watch;

use super::commands::{detach_client, hide_notice, list_all_clients, show_notice};
use super::connection::unreadable;
use super::line::Line;
use super::{Tmux, TmuxError};

/// What is attempted when clients are listed.
const LIST: &str = "list who is attached";

/// One client a line. Ids and numbers hold no tab; a terminal's and a user's name may hold anything
/// else.
const FORMAT: &str = "C\t#{session_id}\t#{window_id}\t#{client_pid}\t#{client_readonly}\t\
    #{client_control_mode}\t#{client_uid}\t#{s/[^ -~]/?/:client_user}\t#{s/[^ -~]/?/:client_tty}";

/// A client with a terminal of its own, which can type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The session that it sits in: `$N`.
    pub session: String,
    /// The window that it shows: `@N`.
    pub window: String,
    /// Its process.
    pub pid: u32,
    /// Whose it is; the uid where tmux knows no name.
    pub user: String,
    /// `/dev/pts/3`.
    pub tty: String,
}

impl Tmux {
    /// Everybody who can type by a terminal of their own, whatever they look at.
    pub async fn clients(&self) -> Result<Vec<Client>, TmuxError> {
        let blocks = self.connection.must(LIST, Line::of(list_all_clients(FORMAT))).await?;
        let mut clients = Vec::new();
        for line in blocks.iter().flat_map(|block| &block.lines) {
            let line = String::from_utf8_lossy(line);
            match read(&line) {
                Some(Some(client)) => clients.push(client),
                // One of ours, or one that can only look.
                Some(None) => {}
                None => return Err(unreadable(LIST, &blocks)),
            }
        }
        Ok(clients)
    }

    /// Has a client leave, when it is still there and sits in this session or shows this window.
    pub async fn let_go(&self, session: &str, window: &str, pid: u32) -> Result<(), TmuxError> {
        let attempt = format!("detach client {pid} from session {session}");
        let is_here = |client: &Client| client.session == session || client.window == window;
        let is_it = |client: &Client| client.pid == pid && is_here(client);
        if let Some(client) = self.clients().await?.into_iter().find(is_it) {
            // It may leave by itself in between.
            self.connection.ask(&attempt, Line::of(detach_client(&client.tty))).await?;
        }
        Ok(())
    }

    /// Shows a line to everybody who sits in a session, below what its pane shows, or no more.
    pub async fn notify(&self, session: &str, notice: Option<&str>) -> Result<(), TmuxError> {
        let attempt = format!("tell who sits in session {session}");
        let line = notice.map_or_else(|| hide_notice(session), |text| show_notice(session, text));
        self.connection.must(&attempt, line).await.map(drop)
    }

    /// Changes whenever tmux tells that a client has come, gone, or turned to another session or
    /// window.
    pub fn arrivals(&self) -> watch::Receiver<u64> {
        self.connection.arrivals()
    }
}

fn read(line: &str) -> Option<Option<Client>> {
    let fields: Vec<&str> = line.splitn(9, '\t').collect();
    let ["C", session, window, pid, is_readonly, is_control, uid, user, tty] = fields[..] else {
        return None;
    };
    let pid = pid.parse().ok()?;
    let user = if user.is_empty() { format!("uid {uid}") } else { user.to_owned() };
    let [session, window, tty] = [session, window, tty].map(str::to_owned);
    let types = is_readonly == "0" && is_control == "0";
    Some(types.then_some(Client { session, window, pid, user, tty }))
}
