//! Who the stub is and how it works, read once from arguments and environment.

use std::ffi::OsString;
use std::path::PathBuf;

use super::environment::{is_on, number, text};
use super::faults::Faults;

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
    /// `MOSAIC_STUB_HEARD`: a file that gets one line for each paste and delivery that reaches it,
    /// before anything is made of it.
    pub heard: Option<PathBuf>,
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
            heard: text("MOSAIC_STUB_HEARD").map(PathBuf::from),
            faults: Faults::read()?,
        })
    }
}
