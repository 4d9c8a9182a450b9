//! The connection to our tmux server, or why there is none.

use tokio::sync::watch;

use crate::host::tmux::Tmux;

/// The connection, as everybody finds it.
pub struct Link(watch::Sender<State>);

enum State {
    /// We have just begun.
    NotLookedFor,
    /// Here it is.
    Open(Tmux),
    /// There is none now: why.
    Lost(String),
}

impl State {
    fn open(&self) -> Option<Tmux> {
        match self {
            Self::Open(tmux) => Some(tmux.clone()),
            Self::NotLookedFor | Self::Lost(_) => None,
        }
    }
}

impl Default for Link {
    fn default() -> Self {
        Self(watch::Sender::new(State::NotLookedFor))
    }
}

impl Link {
    /// It, while there is one.
    pub fn open(&self) -> Option<Tmux> {
        self.0.borrow().open()
    }

    /// The same, once our tmux server was looked for: a death can be told before that.
    pub async fn when_looked_for(&self) -> Option<Tmux> {
        let mut states = self.0.subscribe();
        let looked_for = states.wait_for(|state| !matches!(state, State::NotLookedFor)).await;
        looked_for.ok().and_then(|state| state.open())
    }

    /// Puts it in place.
    pub fn found(&self, tmux: Tmux) {
        self.0.send_replace(State::Open(tmux));
    }

    /// Takes it away, and says why.
    pub fn lost(&self, why: String) {
        self.0.send_replace(State::Lost(why));
    }

    /// `running`, or why our tmux server is out of reach.
    pub fn word(&self) -> String {
        match &*self.0.borrow() {
            State::NotLookedFor => "it was not looked for yet".to_owned(),
            State::Open(_) => "running".to_owned(),
            State::Lost(why) => why.clone(),
        }
    }
}
