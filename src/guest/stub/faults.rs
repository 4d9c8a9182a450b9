//! What shall go wrong, for tests: read once from the environment.

use super::chaos::Chaos;
use super::environment::{is_on, number, text};

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

/// What comes up together with a paste, before the Enter behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtPaste {
    /// A dialog.
    Dialog,
    /// The end of the stub.
    Exit,
    /// A stop, as by SIGSTOP, before the text is drawn.
    Stop,
}

/// Faults that tests ask for. Times are milliseconds since the start.
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
    /// `MOSAIC_STUB_AT_PASTE`: what comes together with the first paste.
    pub at_paste: Option<AtPaste>,
    /// `MOSAIC_STUB_EXIT_AFTER_MS`: it ends after so long, with code 3.
    pub exit_after_ms: Option<u64>,
    /// `MOSAIC_STUB_FREEZE_AFTER_MS`: its one loop stops after so long, for good.
    pub freeze_after_ms: Option<u64>,
    /// `MOSAIC_STUB_LIMITED_MS`: a usage limit keeps it from working for so long.
    pub limited_ms: Option<u64>,
    /// `MOSAIC_STUB_LONE_ESCAPES`: so many escape bytes that begin nothing before each row that it
    /// draws, and after all.
    pub lone_escapes: u8,
    /// `MOSAIC_STUB_FLOOD_LINES`: it begins with filling its transcript.
    pub flood_lines: Option<u32>,
    /// `MOSAIC_STUB_LEAK`: it begins with so many children that leave its session.
    pub leak: u32,
    /// `MOSAIC_STUB_CHAOS`: what goes wrong at random, by a seed.
    pub chaos: Chaos,
}

impl Faults {
    /// Reads them, or says which is wrong.
    pub fn read() -> Result<Self, String> {
        Ok(Self {
            drop_enters: number("MOSAIC_STUB_DROP_ENTERS")?.unwrap_or(0),
            crash_at_boot: number("MOSAIC_STUB_CRASH_AT_BOOT")?,
            ignores_term: is_on("MOSAIC_STUB_IGNORE_TERM"),
            is_mute: is_on("MOSAIC_STUB_MUTE"),
            answer_after_ms: number("MOSAIC_STUB_ANSWER_AFTER_MS")?.unwrap_or(0),
            nonce: nonce()?,
            keeps_draft: is_on("MOSAIC_STUB_KEEP_DRAFT"),
            swallow_pastes: number("MOSAIC_STUB_SWALLOW_PASTES")?.unwrap_or(0),
            at_paste: at_paste()?,
            exit_after_ms: number("MOSAIC_STUB_EXIT_AFTER_MS")?,
            freeze_after_ms: number("MOSAIC_STUB_FREEZE_AFTER_MS")?,
            limited_ms: number("MOSAIC_STUB_LIMITED_MS")?,
            lone_escapes: number("MOSAIC_STUB_LONE_ESCAPES")?.unwrap_or(0),
            flood_lines: number("MOSAIC_STUB_FLOOD_LINES")?,
            leak: number("MOSAIC_STUB_LEAK")?.unwrap_or(0),
            chaos: Chaos::parse(
                &text("MOSAIC_STUB_CHAOS").unwrap_or_default(),
                &text("MOSAIC_SESSION").unwrap_or_default(),
            )?,
        })
    }
}

fn at_paste() -> Result<Option<AtPaste>, String> {
    match text("MOSAIC_STUB_AT_PASTE").as_deref() {
        None => Ok(None),
        Some("dialog") => Ok(Some(AtPaste::Dialog)),
        Some("exit") => Ok(Some(AtPaste::Exit)),
        Some("stop") => Ok(Some(AtPaste::Stop)),
        Some(other) => {
            Err(format!("MOSAIC_STUB_AT_PASTE is {other:?}; it can be dialog, exit or stop"))
        }
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
