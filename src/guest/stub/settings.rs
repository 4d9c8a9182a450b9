//! Who the stub is and which faults it shall have, read once from arguments and environment.

use std::ffi::OsString;
use std::path::PathBuf;

/// A turn that a person can see and a test does not wait long for.
const TURN_MS: u64 = 300;

/// Everything that the stub is told at its start.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `MOSAIC_HEARTBEAT_SOCKET`; without it the stub runs alone.
    pub socket: Option<PathBuf>,
    /// `MOSAIC_AGENT`.
    pub agent: String,
    /// `MOSAIC_SESSION`.
    pub session: Option<String>,
    /// `MOSAIC_SESSION_TOKEN`.
    pub token: Option<String>,
    /// Whether it takes `deliver`, or keystrokes only.
    pub takes: Takes,
    /// `MOSAIC_STUB_TURN_MS`: how long a prompt keeps it busy.
    pub turn_ms: u64,
    /// `MOSAIC_STUB_RECORD`: a file that gets one line for each prompt.
    pub record: Option<PathBuf>,
    /// What goes wrong.
    pub faults: Faults,
}

/// How messages reach the stub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// By `deliver` and by keystrokes.
    Deliveries,
    /// By keystrokes only.
    Keystrokes,
}

/// What the stub gives back for a nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Nonce {
    /// The nonce.
    #[default]
    Right,
    /// Another one.
    Wrong,
    /// The first that it ever got.
    Replayed,
}

/// Faults that tests ask for.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// `MOSAIC_STUB_DROP_ENTERS`: so many first presses of Enter do nothing.
    pub drop_enters: u32,
    /// `MOSAIC_STUB_CRASH_AT_BOOT`: it ends at once with this code.
    pub crash_at_boot: Option<u8>,
    /// `MOSAIC_STUB_IGNORE_TERM`: SIGTERM does nothing.
    pub ignores_term: bool,
    /// `MOSAIC_STUB_MUTE`: it never answers a challenge.
    pub is_mute: bool,
    /// `MOSAIC_STUB_ANSWER_AFTER_MS`: so late it answers each challenge.
    pub answer_after_ms: u64,
    /// `MOSAIC_STUB_NONCE`: what it does to the nonces that it gives back.
    pub nonce: Nonce,
    /// `MOSAIC_STUB_KEEP_DRAFT`: Enter is a new line, and the text stays a draft.
    pub keeps_draft: bool,
    /// `MOSAIC_STUB_SWALLOW_PASTES`: so many first pastes vanish.
    pub swallow_pastes: u32,
    /// `MOSAIC_STUB_EXIT_AFTER_MS`: it ends after so long, with code 3.
    pub exit_after_ms: Option<u64>,
}

impl Settings {
    /// Reads them, or says which word is wrong.
    pub fn read(words: &[OsString]) -> Result<Self, String> {
        let mut takes =
            if is_on("MOSAIC_STUB_KEYSTROKES") { Takes::Keystrokes } else { Takes::Deliveries };
        for word in words {
            if word != "--keystrokes" {
                let word = word.to_string_lossy();
                return Err(format!("{word:?} is no option of the stub; it knows --keystrokes"));
            }
            takes = Takes::Keystrokes;
        }
        Ok(Self {
            socket: text("MOSAIC_HEARTBEAT_SOCKET").map(PathBuf::from),
            agent: text("MOSAIC_AGENT").unwrap_or_else(|| "stub".to_owned()),
            session: text("MOSAIC_SESSION"),
            token: text("MOSAIC_SESSION_TOKEN"),
            takes,
            turn_ms: number("MOSAIC_STUB_TURN_MS")?.unwrap_or(TURN_MS),
            record: text("MOSAIC_STUB_RECORD").map(PathBuf::from),
            faults: Faults {
                drop_enters: number("MOSAIC_STUB_DROP_ENTERS")?.unwrap_or(0),
                crash_at_boot: number("MOSAIC_STUB_CRASH_AT_BOOT")?,
                ignores_term: is_on("MOSAIC_STUB_IGNORE_TERM"),
                is_mute: is_on("MOSAIC_STUB_MUTE"),
                answer_after_ms: number("MOSAIC_STUB_ANSWER_AFTER_MS")?.unwrap_or(0),
                nonce: nonce()?,
                keeps_draft: is_on("MOSAIC_STUB_KEEP_DRAFT"),
                swallow_pastes: number("MOSAIC_STUB_SWALLOW_PASTES")?.unwrap_or(0),
                exit_after_ms: number("MOSAIC_STUB_EXIT_AFTER_MS")?,
            },
        })
    }
}

fn nonce() -> Result<Nonce, String> {
    match text("MOSAIC_STUB_NONCE").as_deref() {
        None => Ok(Nonce::Right),
        Some("wrong") => Ok(Nonce::Wrong),
        Some("replay") => Ok(Nonce::Replayed),
        Some(other) => Err(format!("MOSAIC_STUB_NONCE is {other:?}; it can be wrong or replay")),
    }
}

fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn is_on(name: &str) -> bool {
    text(name).is_some_and(|value| value != "0")
}

fn number<T: std::str::FromStr>(name: &str) -> Result<Option<T>, String> {
    let parse = |value: String| {
        value.parse().map_err(|_| format!("{name} is {value:?}, which is no number in its range"))
    };
    text(name).map(parse).transpose()
}
