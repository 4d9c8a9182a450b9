//! Follows `sessions/PID.json`, in which claude says what it does; by inotify, never by asking again.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd, RawFd};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, WatchDescriptor};
use serde::Deserialize;
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc;

use super::launch::configuration;
use crate::fleet::{Activity, Definition};

/// What a runtime's own files say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// What it does now.
    Activity(Activity),
    /// The conversation has this id now.
    Conversation(String),
}

/// The parts of the file that we read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SessionFile {
    proc_start: String,
    session_id: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    waiting_for: Option<String>,
}

/// Says what the file says, at each change, until nobody listens any more. `started` is the
/// process's start time in ticks, as `/proc/PID/stat` has it: a file of an earlier process with
/// this pid says nothing of ours.
pub async fn follow(
    definition: &Definition,
    home: &Path,
    pid: u32,
    started: u64,
    say: &mpsc::Sender<Said>,
) -> io::Result<()> {
    let directory = configuration(definition, home).map_err(io::Error::other)?.join("sessions");
    let file = directory.join(format!("{pid}.json"));
    let mut eye = Eye::new(directory)?;
    let (mut activity, mut conversation) = (None, None);
    loop {
        // The watch is there before the look, so that no change falls between the two.
        eye.watch()?;
        if let Some(seen) = look(&file, started) {
            if conversation.as_ref() != Some(&seen.session_id) {
                conversation = Some(seen.session_id.clone());
                let said = Said::Conversation(seen.session_id.clone());
                if say.send(said).await.is_err() {
                    return Ok(());
                }
            }
            let now = activity_of(&seen);
            if activity.as_ref() != Some(&now) {
                activity = Some(now.clone());
                if say.send(Said::Activity(now)).await.is_err() {
                    return Ok(());
                }
            }
        }
        tokio::select! {
            () = say.closed() => return Ok(()),
            seen = eye.changed() => seen?,
        }
    }
}

/// The file, when it is whole and of this process.
fn look(file: &Path, started: u64) -> Option<SessionFile> {
    let seen: SessionFile = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
    (seen.proc_start == started.to_string()).then_some(seen)
}

fn activity_of(seen: &SessionFile) -> Activity {
    let detail = || seen.waiting_for.clone().unwrap_or_else(|| "a dialog".to_owned());
    match seen.status.as_str() {
        "idle" => Activity::Idle,
        "busy" => Activity::Busy,
        "waiting" if seen.waiting_for.as_deref() == Some("permission prompt") => {
            Activity::AwaitingApproval { detail: detail() }
        }
        "waiting" => Activity::AwaitingInput { detail: detail() },
        _ => Activity::Unknown,
    }
}

/// Watches a directory, or the nearest one above it while it does not exist.
struct Eye {
    directory: PathBuf,
    inotify: AsyncFd<Watching>,
    watched: Option<WatchDescriptor>,
}

/// An inotify instance that tokio can wait for.
struct Watching(Inotify);

impl AsRawFd for Watching {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

impl Eye {
    fn new(directory: PathBuf) -> io::Result<Self> {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?;
        #[expect(
            deprecated,
            reason = "its successor is unsafe; the inotify closes only when dropped"
        )]
        let inotify = AsyncFd::new(Watching(inotify))?;
        Ok(Self { directory, inotify, watched: None })
    }

    /// Sees to it that the nearest directory that exists is watched.
    fn watch(&mut self) -> io::Result<()> {
        let inotify = &self.inotify.get_ref().0;
        let flags = AddWatchFlags::IN_CREATE
            | AddWatchFlags::IN_MOVED_TO
            | AddWatchFlags::IN_CLOSE_WRITE
            | AddWatchFlags::IN_DELETE_SELF
            | AddWatchFlags::IN_MOVE_SELF
            | AddWatchFlags::IN_ONLYDIR;
        for directory in self.directory.ancestors() {
            // Asking again for a directory that is watched changes nothing.
            let descriptor = match inotify.add_watch(directory, flags) {
                Ok(descriptor) => descriptor,
                Err(Errno::ENOENT | Errno::ENOTDIR) => continue,
                Err(error) => return Err(error.into()),
            };
            if let Some(old) = self.watched.replace(descriptor)
                && old != descriptor
            {
                // It is gone already when its directory is.
                let _gone = inotify.rm_watch(old);
            }
            // One that appeared between the two looks would else be waited for in vain.
            return if self.deeper_exists(directory) { self.watch() } else { Ok(()) };
        }
        Err(io::Error::other(format!("watch {}: no directory above it", self.directory.display())))
    }

    /// Whether the next directory on the way down from this one is there now.
    fn deeper_exists(&self, directory: &Path) -> bool {
        let below = self.directory.strip_prefix(directory).ok();
        below
            .and_then(|below| below.iter().next())
            .is_some_and(|next| directory.join(next).is_dir())
    }

    /// Waits until something has changed in what is watched.
    async fn changed(&self) -> io::Result<()> {
        loop {
            let mut ready = self.inotify.readable().await?;
            match self.inotify.get_ref().0.read_events() {
                Ok(_) => return Ok(()),
                Err(Errno::EAGAIN) => ready.clear_ready(),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
