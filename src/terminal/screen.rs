//! The terminal as a screen of ours: taken whole, and given back whatever happens.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{SetArg, Termios, cfmakeraw, tcgetattr, tcsetattr};
use nix::unistd::Pid;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Alternate screen, no line wrap, nothing on it.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?7l\x1b[2J";

/// The opposite, and whatever a drawing may have left: attributes, a hidden cursor.
const LEAVE: &[u8] = b"\x1b[0m\x1b[?25h\x1b[?7h\x1b[?1049l";

/// Terminals that keep a stack of titles have the one of before back; others keep ours until their
/// shell names itself again.
const KEEP_TITLE: &str = "\x1b[22;2t";
const TITLE_BACK: &[u8] = b"\x1b[23;2t";

/// Pastes are marked as such, so that their lines are no keys.
const MARK_PASTES: &[u8] = b"\x1b[?2004h";
const PLAIN_PASTES: &[u8] = b"\x1b[?2004l";

/// Clicks and the wheel are told, with places beyond column 223.
const TELL_MOUSE: &[u8] = b"\x1b[?1000h\x1b[?1006h";
const KEEP_MOUSE: &[u8] = b"\x1b[?1006l\x1b[?1000l";

/// How the terminal was before it was taken, for a panic: its words are written before anything is
/// dropped, and would be lost with the alternate screen.
static TAKEN: Mutex<Option<Termios>> = Mutex::new(None);

/// Whether its window has a name of ours.
static IS_NAMED: AtomicBool = AtomicBool::new(false);

/// Columns and rows of the terminal; `None` when there is none, or it has no size.
pub fn size() -> Option<(u16, u16)> {
    let tty = OpenOptions::new().read(true).custom_flags(libc::O_NOCTTY).open("/dev/tty").ok()?;
    drop(tty);
    let (columns, rows) = crossterm::terminal::size().ok()?;
    (columns > 0 && rows > 0).then_some((columns, rows))
}

/// Columns and rows to draw on; what a terminal has that does not tell its size, where it does not.
pub fn room() -> (u16, u16) {
    size().unwrap_or((80, 24))
}

/// The path of the terminal on standard input, for people: `/dev/pts/3`.
pub fn name() -> Option<String> {
    let path = nix::unistd::ttyname(io::stdin()).ok()?;
    Some(path.to_string_lossy().into_owned())
}

/// Tells a child of ours that has the terminal to give it back and leave.
pub fn ask_back(pid: u32) {
    if let Ok(pid) = i32::try_from(pid) {
        // A child that has left already needs no telling.
        let _gone = kill(Pid::from_raw(pid), Signal::SIGTERM);
    }
}

/// The terminal, taken: raw keys, the alternate screen. Dropping it gives it back, also while a
/// panic unwinds.
pub struct Taken {
    tty: AsyncFd<File>,
    before: Termios,
    /// Whether its window has a name of ours.
    is_named: bool,
}

impl Taken {
    /// Takes the terminal we sit in.
    pub fn take() -> io::Result<Self> {
        // A file description of its own, so that `O_NONBLOCK` does not reach our shell's.
        let tty = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
            .open("/dev/tty")?;
        let before = tcgetattr(&tty)?;
        let mut raw = before.clone();
        cfmakeraw(&mut raw);
        tcsetattr(&tty, SetArg::TCSAFLUSH, &raw)?;
        #[expect(deprecated, reason = "sound here: the File owns its descriptor while this lives")]
        let tty = AsyncFd::with_interest(tty, Interest::READABLE)?;
        give_back_at_panic();
        *taken_modes() = Some(before.clone());
        let taken = Self { tty, before, is_named: false };
        paint(ENTER)?;
        Ok(taken)
    }

    /// Has pastes marked, and with `mouse` clicks and the wheel told.
    pub fn tell(&self, mouse: bool) -> io::Result<()> {
        paint(MARK_PASTES)?;
        paint(if mouse { TELL_MOUSE } else { KEEP_MOUSE })
    }

    /// Names the window that the terminal stands in; it has its name back when the terminal has.
    /// A terminal is taken without a name.
    pub fn name_window(&mut self, name: &str) -> io::Result<()> {
        // A name ends at its first control character: none gets out of it.
        let name: String = name.chars().filter(|letter| !letter.is_control()).collect();
        let keep = if self.is_named { "" } else { KEEP_TITLE };
        self.is_named = true;
        IS_NAMED.store(true, Ordering::Relaxed);
        paint(format!("{keep}\x1b]2;{name}\x1b\\").as_bytes())
    }

    /// Takes it once more, after somebody else may have had it: a shell that has put us in front
    /// again. Nothing that stands on it can be trusted.
    pub fn again(&self) -> io::Result<()> {
        let mut raw = self.before.clone();
        cfmakeraw(&mut raw);
        tcsetattr(self.tty.get_ref(), SetArg::TCSANOW, &raw)?;
        paint(ENTER)
    }

    /// The next keys, as bytes; empty when the terminal is gone.
    pub async fn keys(&self) -> io::Result<Vec<u8>> {
        let mut bytes = [0u8; 256];
        loop {
            let mut ready = self.tty.readable().await?;
            let read = ready.try_io(|tty| io::Read::read(&mut tty.get_ref(), &mut bytes));
            match read {
                Ok(read) => return read.map(|count| bytes[..count].to_vec()),
                Err(_would_block) => {}
            }
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        // After a panic it was given back already, and words may stand on it by now.
        if taken_modes().take().is_some() {
            // A terminal that is gone needs nothing back.
            drop(leave());
        }
        let _gone = tcsetattr(self.tty.get_ref(), SetArg::TCSAFLUSH, &self.before);
    }
}

fn leave() -> io::Result<()> {
    if IS_NAMED.swap(false, Ordering::Relaxed) {
        paint(TITLE_BACK)?;
    }
    paint(KEEP_MOUSE)?;
    paint(PLAIN_PASTES)?;
    paint(LEAVE)
}

/// Nobody panics while holding it; who did would leave plain modes.
fn taken_modes() -> MutexGuard<'static, Option<Termios>> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has a panic give the terminal back first.
fn give_back_at_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let say = panic::take_hook();
        panic::set_hook(Box::new(move |what| {
            let held = TAKEN.try_lock().ok().and_then(|mut held| held.take());
            if let Some(before) = held {
                // A terminal that is gone needs nothing back.
                drop(leave());
                let _gone = tcsetattr(io::stdin(), SetArg::TCSANOW, &before);
            }
            say(what);
        }));
    });
}

/// Stops this process and its group, as Ctrl-Z does where keys are signals; returns when it is told
/// to go on. The terminal has to be given back before.
pub fn stop_here() {
    // A handler of ours would swallow the polite signal.
    let _unsent = kill(Pid::from_raw(0), Signal::SIGSTOP);
}

/// Whether a shell is there that would see us stop and can bring us back. Without one we would hang
/// for good: the kernel does not stop such a group by Ctrl-Z either.
pub fn has_shell() -> bool {
    let group = nix::unistd::getpgrp();
    let leader = std::fs::read_to_string(format!("/proc/{group}/stat")).ok();
    // Behind the name, which may hold anything: state, parent.
    let parent = leader.as_deref().and_then(|stat| stat.rsplit_once(") "));
    let parent = parent.and_then(|(_, rest)| rest.split(' ').nth(1)?.parse().ok());
    let parent = parent.map_or_else(nix::unistd::getppid, Pid::from_raw);
    let session = nix::unistd::getsid(None);
    let is_near = session.is_ok() && nix::unistd::getsid(Some(parent)) == session;
    is_near && nix::unistd::getpgid(Some(parent)).is_ok_and(|other| other != group)
}

/// Ends when nobody reads standard output any more; never where that cannot be seen, as for a file.
///
/// A stream that is silent for hours would only learn it from its next write.
pub async fn reader_left() {
    let watched = io::stdout().as_fd().try_clone_to_owned().and_then(|out| {
        #[expect(deprecated, reason = "sound here: the descriptor is owned while this lives")]
        AsyncFd::with_interest(out, Interest::ERROR)
    });
    let left = match &watched {
        Ok(out) => out.ready(Interest::ERROR).await.is_ok(),
        Err(_) => false,
    };
    if !left {
        std::future::pending::<()>().await;
    }
}

/// Whether nobody reads standard output any more, as far as that can be seen.
pub fn has_lost_reader() -> bool {
    let out = io::stdout();
    let mut asked = [PollFd::new(out.as_fd(), PollFlags::empty())];
    let seen = poll(&mut asked, PollTimeout::ZERO);
    seen.is_ok() && asked[0].revents().is_some_and(|seen| seen.contains(PollFlags::POLLERR))
}

/// Writes to standard output at once.
pub fn paint(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}
