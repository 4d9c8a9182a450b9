//! Takes what a terminal sends apart, however it was cut on its way.

use super::sequence::{Read, first};
use super::{Input, Key};

/// The most of one paste that is kept: twice what any message may have; whoever takes it says that
/// it is too long.
const PASTE_BYTES_MAX: usize = 128 * 1024;

/// The longest sequence that is waited for; what is longer is none.
const SEQUENCE_BYTES_MAX: usize = 64;

const PASTE_BEGINS: &[u8] = b"\x1b[200~";
const PASTE_ENDS: &[u8] = b"\x1b[201~";

/// Reads what comes, however it was cut on its way.
#[derive(Debug, Default)]
pub struct Decoder {
    /// The beginning of something.
    held: Vec<u8>,
    /// What was pasted so far.
    paste: Option<Vec<u8>>,
}

/// What comes behind the bytes that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    /// The rest of a sequence, or nothing.
    Perhaps,
    /// Nothing, for so long that none is on its way.
    Nothing,
}

impl Decoder {
    /// Takes bytes; what they come to.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Input> {
        self.held.extend_from_slice(bytes);
        self.read(After::Perhaps)
    }

    /// Whether it holds what may be an Escape, or the beginning of more.
    pub fn is_waiting(&self) -> bool {
        self.paste.is_none() && !self.held.is_empty()
    }

    /// Nothing more came: an Escape is an Escape.
    pub fn settle(&mut self) -> Vec<Input> {
        self.read(After::Nothing)
    }

    fn read(&mut self, after: After) -> Vec<Input> {
        let mut found = Vec::new();
        let held = std::mem::take(&mut self.held);
        let mut rest = held.as_slice();
        while !rest.is_empty() {
            if self.paste.is_some() {
                rest = self.pasted(rest, &mut found);
                if self.paste.is_some() {
                    break;
                }
                continue;
            }
            if rest.starts_with(PASTE_BEGINS) {
                self.paste = Some(Vec::new());
                rest = &rest[PASTE_BEGINS.len()..];
                continue;
            }
            match first(rest) {
                Read::Whole(length, input) => {
                    found.extend(input);
                    rest = &rest[length..];
                }
                Read::Part if after == After::Nothing || rest.len() > SEQUENCE_BYTES_MAX => {
                    if rest[0] == 0x1b {
                        found.push(Input::Key(Key::Escape));
                    }
                    rest = &rest[1..];
                }
                Read::Part => break,
            }
        }
        self.held = rest.to_vec();
        found
    }

    /// Takes what belongs to the paste; the rest.
    fn pasted<'a>(&mut self, bytes: &'a [u8], found: &mut Vec<Input>) -> &'a [u8] {
        let Some(paste) = &mut self.paste else {
            return bytes;
        };
        let end = bytes.windows(PASTE_ENDS.len()).position(|window| window == PASTE_ENDS);
        // Its end may have been cut: so much is looked at again.
        let cut = (1..PASTE_ENDS.len().min(bytes.len() + 1))
            .rev()
            .find(|length| bytes.ends_with(&PASTE_ENDS[..*length]))
            .unwrap_or(0);
        let taken = &bytes[..end.unwrap_or(bytes.len() - cut)];
        let room = PASTE_BYTES_MAX.saturating_sub(paste.len());
        paste.extend_from_slice(&taken[..taken.len().min(room)]);
        match end {
            Some(end) => {
                let text = String::from_utf8_lossy(paste).into_owned();
                found.push(Input::Paste(text.replace("\r\n", "\n").replace('\r', "\n")));
                self.paste = None;
                &bytes[end + PASTE_ENDS.len()..]
            }
            None => &bytes[bytes.len() - cut..],
        }
    }
}
