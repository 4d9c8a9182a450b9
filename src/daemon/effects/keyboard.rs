//! The keyboard of a runtime: what is to be known before a key goes to it, and keys that go only
//! while that is still so.

use crate::daemon::hands::Hands;
use crate::fleet::{AgentName, RuntimeKind};
use crate::host::process::is_stopped;
use crate::host::runtime::{self, Composer};
use crate::host::tmux::{Glance, Pasted, Tmux, TmuxError, Unless};

/// Somebody whose last key is younger types now; tmux counts whole seconds.
const TYPING_MS: u64 = 3_000;

/// How an agent that runs was started.
pub fn kind_of(hands: &Hands, agent: &AgentName) -> Option<RuntimeKind> {
    let snapshot = hands.snapshots.borrow().clone();
    snapshot.fleet.agent(agent).map(|agent| agent.started_as().runtime)
}

/// A pane, and what reads the keys there.
pub struct Keyboard {
    tmux: Tmux,
    kind: RuntimeKind,
    pane: String,
    /// The processes of the runtime, as far as they are known.
    readers: Vec<u32>,
}

/// What stood in the composer at a moment.
pub struct Seen {
    /// What.
    pub composer: Composer,
    glance: Glance,
}

impl Seen {
    /// The whole screen, row by row.
    pub fn screen(&self) -> &[String] {
        &self.glance.screen
    }
}

impl Keyboard {
    /// That of a pane of an agent; none when tmux does not answer.
    pub fn of(hands: &Hands, agent: &AgentName, kind: RuntimeKind, pane: String) -> Option<Self> {
        let snapshot = hands.snapshots.borrow().clone();
        let session = snapshot.fleet.agent(agent).and_then(|agent| agent.session.as_ref());
        let channel = session.and_then(|session| session.channel.as_ref());
        // Below a shell, what speaks to us is the runtime, and the session's process that shell.
        let speaker = channel.and_then(|channel| hands.guests.pid(channel.connection));
        let first = session.and_then(|session| session.pid);
        let readers = speaker.into_iter().chain(first).collect();
        Some(Self { tmux: hands.tmux()?, kind, pane, readers })
    }

    /// What its runtime is.
    pub fn kind(&self) -> RuntimeKind {
        self.kind
    }

    /// Who or what forbids to type now: a person at a tmux client of their own, which takes no
    /// lease of ours, or a runtime that is stopped, so that somebody else reads the keys.
    pub async fn in_the_way(&self) -> Option<String> {
        if self.readers.iter().any(|pid| is_stopped(*pid)) {
            return Some("its process is stopped".to_owned());
        }
        // Not to know is no reason to wait: what stands in the composer is looked at next.
        let humans = self.tmux.humans(&self.pane).await.ok()?;
        let human = humans.into_iter().find(|human| human.activity_ms_ago < TYPING_MS)?;
        Some(format!("somebody types at {}", human.tty))
    }

    /// What stands in the composer, where this text of ours may be.
    pub async fn look(&self, ours: &str) -> Result<Seen, TmuxError> {
        let glance = self.tmux.glance(&self.pane).await?;
        let cursor = Some(glance.cursor);
        let mut composer = runtime::composer(self.kind, &glance.screen, cursor, ours);
        if composer == Composer::Empty
            && let Some((column, row)) = runtime::suggestion(self.kind, &glance.screen)
            && !self.tmux.is_dim(&self.pane, (column, row)).await?
        {
            composer = Composer::HoldsOther;
        }
        Ok(Seen { composer, glance })
    }

    /// Pastes a text.
    pub async fn paste(&self, text: &str) -> Result<Pasted, TmuxError> {
        self.tmux.paste(&self.pane, text).await
    }

    /// Presses keys, unless somebody has typed or a dialog has come up since the look.
    pub async fn press(&self, seen: &Seen, keys: &[u8]) -> Result<Pasted, TmuxError> {
        let signs = runtime::dialog_signs(self.kind, &seen.glance.screen);
        let unless = Unless { since: &seen.glance, shows: &signs };
        self.tmux.press(&self.pane, keys, Some(unless)).await
    }
}

/// Why keys were held back at the last moment.
pub const CHANGED: &str = "somebody typed, or a dialog came up, at the same moment";

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    use tempfile::TempDir;
    use tokio::time::{sleep, timeout};

    use super::*;
    use crate::fleet::Pane;
    use crate::host::tmux::{NewPane, start_detached, write_configuration};

    /// How long anything may take on a machine that is busy with other tests.
    const DEADLINE: Duration = Duration::from_secs(20);

    /// A tmux server of our own, which dies with the test.
    struct Server {
        place: TempDir,
        tmux: Tmux,
    }

    impl Server {
        async fn new() -> Self {
            let place = tempfile::tempdir().unwrap();
            let (socket, text) = (place.path().join("tmux.sock"), place.path().join("tmux.conf"));
            write_configuration(&text).unwrap();
            start_detached(&socket, &text).await.unwrap();
            let (tmux, _ended) = Tmux::connect(&socket).await.unwrap();
            Self { place, tmux }
        }

        async fn pane(&self, agent: &str, script: &str) -> Pane {
            let argv = ["sh", "-c", script].map(str::to_owned);
            let (agent, cwd) = (AgentName::parse(agent).unwrap(), self.place.path());
            let (columns, rows) = (80, 24);
            let new = NewPane { agent: &agent, argv: &argv, cwd, columns, rows, history: 500 };
            self.tmux.create_pane(&new).await.unwrap()
        }

        fn keys(&self) -> Vec<u8> {
            std::fs::read(self.place.path().join("keys")).unwrap_or_default()
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            let _gone = kill(Pid::from_raw(self.tmux.server_pid().cast_signed()), Signal::SIGKILL);
        }
    }

    async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
        let waits = async {
            while !is_so().await {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(DEADLINE, waits).await.unwrap_or_else(|_| panic!("never came: {what}"));
    }

    #[tokio::test]
    async fn no_key_goes_to_a_keyboard_at_which_a_person_types() {
        let server = Server::new().await;
        let pane = server.pane("ada", "stty raw -echo; printf ready; exec cat >keys").await;
        let (tmux, id, kind) = (server.tmux.clone(), pane.id.clone(), RuntimeKind::Stub);
        let keyboard = Keyboard { tmux, kind, pane: id, readers: Vec::new() };
        let shows = async |pane: &Pane| {
            server.tmux.screen(&pane.id).await.unwrap().join("\n").contains("ready")
        };
        eventually("a program that reads keys", async || shows(&pane).await).await;
        assert_eq!(keyboard.in_the_way().await, None);
        let socket = server.place.path().join("tmux.sock");
        let attach =
            format!("unset TMUX; exec tmux -S '{}' attach -t '{}'", socket.display(), pane.session);
        let person = server.pane("person", &attach).await;
        eventually("their screen", async || shows(&person).await).await;
        let types = async || server.tmux.press(&person.id, b"x", None).await.unwrap();
        eventually("a word about them", async || {
            types().await;
            let who = keyboard.in_the_way().await;
            who.is_some_and(|who| who.starts_with("somebody types at /dev/"))
        })
        .await;
        // tmux counts whole seconds: what they type in the next one is seen to be later.
        let second = || crate::clock::now().wall_ms / 1_000;
        let typed = second();
        eventually("another second", async || second() > typed).await;
        let seen = keyboard.look("").await.unwrap();
        let before = server.keys().len();
        types().await;
        eventually("their key", async || server.keys().len() > before).await;
        assert_eq!(keyboard.press(&seen, b"\r").await.unwrap(), Pasted::Changed);
        let seen = keyboard.look("").await.unwrap();
        assert_eq!(keyboard.press(&seen, b"!").await.unwrap(), Pasted::Done);
        eventually("our key", async || server.keys().ends_with(b"!")).await;
        assert!(!server.keys().contains(&b'\r'), "it went beside a person's");
    }
}
