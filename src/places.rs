//! Where things are found: the same place from a shell, `sudo -u`, cron and a unit.
//!
//! Paths hang on the home directory, never on the caller's `XDG_*`. Sockets lie in
//! `/run/user/UID/mosaic` when that directory is there to stay (linger), else below the
//! state directory; `control.sock`, `guest.sock` and `tmux.sock` in the state directory are
//! symbolic links to wherever the supervisor that holds the lock has put them.

use std::io;
use std::path::{Path, PathBuf};

/// Every place of one tenant.
#[derive(Debug, Clone)]
pub struct Places {
    /// `~/.config/mosaic`: roster.yaml.
    pub config: PathBuf,
    /// `~/.local/state/mosaic`: journal, lock, log, links to the sockets.
    pub state: PathBuf,
    /// Whether `MOSAIC_HOME` moved them: a second fleet, without units.
    pub moved: bool,
}

impl Places {
    /// Finds the places: `MOSAIC_HOME`, else `$HOME`, else the home directory in passwd.
    pub fn find() -> io::Result<Self> {
        if let Some(home) = std::env::var_os("MOSAIC_HOME").filter(|home| !home.is_empty()) {
            let home = std::path::absolute(PathBuf::from(home))?;
            return Ok(Self {
                config: home.join("config"),
                state: home.join("state"),
                moved: true,
            });
        }
        let home = home()?;
        Ok(Self {
            config: home.join(".config/mosaic"),
            state: home.join(".local/state/mosaic"),
            moved: false,
        })
    }

    /// Where `MOSAIC_HOME` moved them to, if it did.
    pub fn moved_to(&self) -> Option<&Path> {
        self.state.parent().filter(|_| self.moved)
    }

    /// The roster that verbs read when none is named.
    pub fn roster(&self) -> PathBuf {
        self.config.join("roster.yaml")
    }

    /// The journal's database.
    pub fn journal(&self) -> PathBuf {
        self.state.join("journal.db")
    }

    /// The lock of the one supervisor.
    pub fn lock(&self) -> PathBuf {
        self.state.join("supervisor.lock")
    }

    /// Where a supervisor that was started detached writes its log.
    pub fn log(&self) -> PathBuf {
        self.state.join("supervisor.log")
    }

    /// The link to the control socket (HTTP/JSON).
    pub fn control(&self) -> PathBuf {
        self.state.join("control.sock")
    }

    /// The link to the socket of panes and runtimes (`protocol`).
    pub fn guest(&self) -> PathBuf {
        self.state.join("guest.sock")
    }

    /// The link to the tmux server's socket.
    pub fn tmux(&self) -> PathBuf {
        self.state.join("tmux.sock")
    }

    /// The configuration of our tmux server.
    pub fn tmux_configuration(&self) -> PathBuf {
        self.state.join("tmux.conf")
    }

    /// What the unit of our tmux server reads: the name of its socket.
    pub fn tmux_environment(&self) -> PathBuf {
        self.state.join("tmux.env")
    }

    /// Durable exit records of pane-exec, one file a session.
    pub fn exits(&self) -> PathBuf {
        self.state.join("exits")
    }

    /// What agents wrote, one folder an agent.
    pub fn output(&self, agent: &str) -> PathBuf {
        self.state.join("output").join(agent)
    }

    /// What hooks say while no supervisor listens.
    pub fn spool(&self) -> PathBuf {
        self.state.join("spool")
    }

    /// Files that we hand to runtimes, one folder an agent.
    pub fn runtime(&self, agent: &str) -> PathBuf {
        self.state.join("runtime").join(agent)
    }

    /// Where the sockets really lie: the runtime directory when linger keeps it, else here.
    pub fn sockets(&self) -> PathBuf {
        match runtime_directory() {
            Some(directory) if !self.moved && lingers() => directory.join("mosaic"),
            _ => self.state.join("run"),
        }
    }
}

/// `$HOME`, else the home directory in passwd.
pub fn home() -> io::Result<PathBuf> {
    if let Some(home) = std::env::var_os("HOME").filter(|home| Path::new(home).is_absolute()) {
        return Ok(PathBuf::from(home));
    }
    nix::unistd::User::from_uid(nix::unistd::getuid())?
        .map(|user| user.dir)
        .ok_or_else(|| io::Error::other("HOME is not set and passwd has no entry for this uid"))
}

/// The name of this uid in passwd, else the number.
pub fn user_name() -> String {
    let uid = nix::unistd::getuid();
    match nix::unistd::User::from_uid(uid) {
        Ok(Some(user)) => user.name,
        _ => uid.to_string(),
    }
}

/// `/run/user/UID` when it exists and is ours.
pub fn runtime_directory() -> Option<PathBuf> {
    use std::os::unix::fs::MetadataExt as _;
    let uid = nix::unistd::getuid().as_raw();
    let directory = PathBuf::from(format!("/run/user/{uid}"));
    let ours = std::fs::metadata(&directory).is_ok_and(|meta| meta.uid() == uid && meta.is_dir());
    ours.then_some(directory)
}

/// Whether logind keeps this user's manager and runtime directory without a login.
pub fn lingers() -> bool {
    Path::new("/var/lib/systemd/linger").join(user_name()).exists()
}
