//! The hand over a real tmux, each test with a server of its own; never the user's.

mod danger;
mod keys;
mod panes;
mod recordings;
mod seam;
mod server;
mod torture;
mod watch;

use std::path::PathBuf;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::time::{sleep, timeout};

use super::{Ended, NewPane, Tmux, answers, start_detached, write_configuration};
use crate::fleet::{AgentName, Pane};

/// How long anything may take on a machine that is busy with other tests.
const DEADLINE: Duration = Duration::from_secs(20);

/// A server of our own, and a connection to it; dies with the test.
struct Fixture {
    directory: tempfile::TempDir,
    tmux: Tmux,
    ended: Ended,
}

impl Fixture {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (socket, configuration) =
            (directory.path().join("tmux.sock"), directory.path().join("tmux.conf"));
        write_configuration(&configuration).unwrap();
        start_detached(&socket, &configuration).await.unwrap();
        let (tmux, ended) = Tmux::connect(&socket).await.unwrap();
        assert_eq!(answers(&socket).await.unwrap(), Some(tmux.server_pid()));
        Self { directory, tmux, ended }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn socket(&self) -> PathBuf {
        self.path("tmux.sock")
    }

    /// A pane of 80 by 24 for an agent, in which a shell runs a script.
    async fn pane(&self, agent: &str, script: &str) -> Pane {
        let argv = ["sh", "-c", script].map(str::to_owned);
        let agent = AgentName::parse(agent).unwrap();
        let (columns, rows) = (80, 24);
        let cwd = self.directory.path();
        let new = NewPane { agent: &agent, argv: &argv, cwd, columns, rows, history: 500 };
        self.tmux.create_pane(&new).await.unwrap()
    }

    /// What a client of the command line prints; it must succeed.
    async fn client(&self, words: &[&str]) -> String {
        let mut command = super::server::client(&self.socket());
        command.args(words);
        let output = tokio::process::Command::from(command).output().await.unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    async fn shows(&self, pane: &Pane, text: &str) {
        eventually(&format!("{text:?} on the screen"), async || {
            self.tmux.screen(&pane.id).await.unwrap().join("\n").contains(text)
        })
        .await;
    }

    async fn is_dead(&self, pane: &Pane) {
        eventually("a dead pane", async || {
            self.tmux.panes().await.unwrap().iter().any(|seen| seen.id == pane.id && seen.dead)
        })
        .await;
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        end(self.tmux.server_pid());
    }
}

fn end(pid: u32) {
    let _ = kill(Pid::from_raw(pid.try_into().unwrap()), Signal::SIGKILL);
}

/// Waits until something is so.
async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let waits = async {
        while !is_so().await {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(DEADLINE, waits).await.unwrap_or_else(|_| panic!("never came: {what}"));
}
