//! The one loop: waits once, then reads keys, hears the supervisor, goes on with the turn, draws.

use std::collections::VecDeque;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use serde_json::{Value, json};

use super::asked::Deed;
use super::composer::Composer;
use super::conversation::Conversation;
use super::keys::Keys;
use super::picture::{Picture, View};
use super::settings::Settings;
use crate::clock::{mono_ms, now};
use crate::guest::link::Link;
use crate::protocol::{ActivityWord, FromGuest};

/// The code of a stub that ends by itself after a while.
const EXIT_AFTER: u8 = 3;

/// The code of one that breaks at random.
pub const CRASHED: u8 = 4;

/// The stub.
#[derive(Debug)]
pub struct Program {
    pub(super) settings: Settings,
    pub(super) link: Option<Link>,
    signals: SignalFd,
    pub(super) keys: Keys,
    pub(super) composer: Composer,
    pub(super) conversation: Conversation,
    picture: Picture,
    /// What the supervisor last heard of our activity; nothing before it welcomed us.
    pub(super) told: Option<ActivityWord>,
    pub(super) untold: VecDeque<FromGuest>,
    /// Nonces to be answered, and when.
    pub(super) owed: VecDeque<(u64, String)>,
    pub(super) first_nonce: Option<String>,
    /// Receipts that are said later, and when.
    pub(super) held: Vec<(u64, FromGuest)>,
    /// When nothing goes wrong at random any more.
    chaos_until: Option<u64>,
    exit_at: Option<u64>,
    freeze_at: Option<u64>,
    pub(super) notice: &'static str,
    leaving: Option<Leaving>,
}

/// It ends.
#[derive(Debug)]
struct Leaving {
    code: u8,
    /// Why, where it leaves politely.
    goodbye: Option<String>,
}

impl Program {
    /// Takes the terminal and the signals.
    pub fn new(settings: Settings) -> io::Result<Self> {
        let mut taken = SigSet::empty();
        let leave = [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT];
        taken.extend(leave.into_iter().chain([Signal::SIGWINCH, Signal::SIGCONT]));
        taken.thread_block()?;
        Ok(Self {
            link: settings.socket.as_deref().map(Link::new),
            signals: SignalFd::with_flags(&taken, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?,
            keys: Keys::default(),
            composer: Composer::default(),
            conversation: Conversation::new(settings.turn_ms),
            picture: Picture::open(settings.faults.lone_escapes)?,
            told: None,
            untold: VecDeque::new(),
            owed: VecDeque::new(),
            first_nonce: None,
            held: Vec::new(),
            chaos_until: settings.faults.chaos.lasts_ms().map(from_now),
            exit_at: settings.faults.exit_after_ms.map(from_now),
            freeze_at: settings.faults.freeze_after_ms.map(from_now),
            notice: "",
            leaving: None,
            settings,
        })
    }

    /// Runs until it is asked to leave, and says with which code.
    pub fn run(mut self) -> io::Result<u8> {
        self.begin_with_faults();
        let mut has_typed = false;
        loop {
            if let Err(error) = self.turn(has_typed) {
                self.picture.close();
                return Err(error);
            }
            if let Some(Leaving { code, goodbye }) = self.leaving.take() {
                self.part(goodbye);
                self.picture.close();
                return Ok(code);
            }
            has_typed = self.wait();
        }
    }

    /// It ends, and says why to the supervisor.
    pub(super) fn leave(&mut self, code: u8, why: &str) {
        self.leaving = Some(Leaving { code, goodbye: Some(why.to_owned()) });
    }

    /// It ends as a program that breaks: without a word.
    pub(super) fn break_off(&mut self, code: u8) {
        self.leaving = Some(Leaving { code, goodbye: None });
    }

    fn begin_with_faults(&mut self) {
        if let Some(limited_ms) = self.settings.faults.limited_ms {
            self.conversation.limit(Duration::from_millis(limited_ms), now());
        }
        if let Some(lines) = self.settings.faults.flood_lines {
            self.conversation.take(&format!("/flood {lines}"));
        }
        for _ in 0..self.settings.faults.leak {
            self.leak();
        }
    }

    /// Waits for whatever comes first; whether keys have come.
    fn wait(&self) -> bool {
        let stdin = io::stdin();
        let mut files = vec![
            PollFd::new(stdin.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.signals.as_fd(), PollFlags::POLLIN),
        ];
        let link = self.link.as_ref();
        files.extend(link.and_then(Link::interest).map(|(file, what)| PollFd::new(file, what)));
        let owed = self.owed.front().map(|(due, _)| *due);
        let link_at = link.and_then(Link::wake_at);
        let held = self.held.iter().map(|(due, _)| *due).min();
        let wake_at =
            [self.conversation.wake_at(), link_at, owed, held, self.exit_at, self.freeze_at];
        let timeout = wake_at.into_iter().flatten().min().map_or(PollTimeout::NONE, |at| {
            let wait_ms = i32::try_from(at.saturating_sub(mono_ms())).unwrap_or(i32::MAX);
            PollTimeout::try_from(wait_ms).unwrap_or(PollTimeout::MAX)
        });
        poll(&mut files, timeout).is_ok() && files[0].any().unwrap_or(false)
    }

    fn turn(&mut self, has_typed: bool) -> io::Result<()> {
        self.take_signals()?;
        if self.chaos_until.is_some_and(|at| at <= mono_ms()) {
            self.settings.faults.chaos.end();
        }
        if has_typed {
            self.read_keys()?;
        }
        self.hear();
        if self.exit_at.is_some_and(|at| at <= mono_ms()) {
            self.break_off(EXIT_AFTER);
        }
        let deed = self.conversation.step(mono_ms());
        // Outright first: what an answer says of it is then nothing new.
        self.tell_activity();
        self.answer_owed();
        self.say_held();
        self.draw()?;
        if self.freeze_at.is_some_and(|at| at <= mono_ms()) {
            std::thread::sleep(Duration::MAX);
        }
        match deed {
            None => {}
            // This is the fault itself: the one loop does nothing, and answers nobody.
            Some(Deed::Block(time)) => std::thread::sleep(time),
            Some(Deed::Exit(code)) => self.break_off(code),
            Some(Deed::Leak) => self.leak(),
        }
        Ok(())
    }

    fn draw(&mut self) -> io::Result<()> {
        let session = self
            .settings
            .session
            .as_deref()
            .map_or("alone", |session| session.get(..8).unwrap_or(session));
        let link = match &self.link {
            None => "",
            Some(link) if link.is_welcomed() => " · supervised",
            Some(_) => " · no supervisor",
        };
        let status = format!(
            "{} · {session} · {}{link} · {} waiting{}",
            self.settings.agent,
            word(self.conversation.activity()),
            self.conversation.waiting(),
            self.notice,
        );
        let Self { conversation, composer, picture, .. } = self;
        picture.draw(&View { conversation, composer, status: &status })
    }

    fn take_signals(&mut self) -> io::Result<()> {
        while let Ok(Some(info)) = self.signals.read_signal() {
            let number = i32::try_from(info.ssi_signo).unwrap_or_default();
            if number == Signal::SIGWINCH as i32 {
                // It has woken us; drawing asks for the size anyway.
            } else if number == Signal::SIGCONT as i32 {
                self.picture.forget()?;
            } else if number != Signal::SIGTERM as i32 || !self.settings.faults.ignores_term {
                // As a shell shows the end by a signal.
                let code = u8::try_from(128 + number).unwrap_or(u8::MAX);
                let name = Signal::try_from(number).map_or("a signal", Signal::as_str);
                self.leave(code, name);
            }
        }
        Ok(())
    }

    fn leak(&mut self) {
        #[expect(clippy::disallowed_methods, reason = "a child that a stop must find")]
        let started = Command::new("setsid")
            .args(["sleep", "1000"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.conversation.say(match started {
            Ok(child) => format!("stub: leaked {}", child.id()),
            Err(error) => format!("stub: start setsid: {error}"),
        });
    }

    /// For tests: what was taken, in its order, whoever heard of it.
    pub(super) fn record(&mut self, text: &str, queued: bool, message_id: Option<&str>) {
        let session = &self.settings.session;
        let mut line = reached(text, message_id, session.as_deref());
        line["queued"] = queued.into();
        self.write_down(self.settings.record.clone(), &line);
    }

    /// For tests: what reached us, whatever becomes of it.
    pub(super) fn heard(&mut self, text: &str, message_id: Option<&str>) {
        let line = reached(text, message_id, self.settings.session.as_deref());
        self.write_down(self.settings.heard.clone(), &line);
    }

    fn write_down(&mut self, path: Option<PathBuf>, line: &Value) {
        let Some(path) = path else { return };
        let appended = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()));
        if let Err(error) = appended {
            self.conversation.say(format!("stub: write {}: {error}", path.display()));
        }
    }
}

fn reached(text: &str, message_id: Option<&str>, session: Option<&str>) -> Value {
    let via = if message_id.is_some() { "deliver" } else { "keys" };
    json!({"text": text, "via": via, "message_id": message_id, "session": session})
}

fn from_now(after_ms: u64) -> u64 {
    mono_ms().saturating_add(after_ms)
}

fn word(activity: ActivityWord) -> &'static str {
    match activity {
        ActivityWord::Idle => "idle",
        ActivityWord::Busy => "busy",
        ActivityWord::AwaitingInput => "awaiting input",
        ActivityWord::AwaitingApproval => "awaiting approval",
        ActivityWord::Limited => "limited",
        ActivityWord::Unknown => "unknown",
    }
}
