//! What can be said to a runtime by keys, and what a runtime says of it; types nothing itself.

use std::borrow::Cow;

use serde_json::Value;

use super::claude;
use super::heard::Heard;
use crate::fleet::{RuntimeKind, key_in};

/// The longest text of a message: with its tag it passes every runtime's paste in one piece.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// Whether a text can be sent, and if not, why: before anything is typed.
pub fn sendable(kind: RuntimeKind, channel_is_keystrokes: bool, text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("the text is empty".to_owned());
    }
    if text.len() > MESSAGE_BYTES_MAX {
        let bytes = text.len();
        return Err(format!(
            "the text has {bytes} bytes; a message has at most {MESSAGE_BYTES_MAX}"
        ));
    }
    if !channel_is_keystrokes {
        return Ok(());
    }
    if let Some((at, character)) = key_in(text) {
        let code = u32::from(character);
        return Err(format!(
            "the text holds the control character U+{code:04X} at byte {at}, and this runtime \
             takes messages only by its keyboard; remove it"
        ));
    }
    let why = match kind {
        RuntimeKind::Claude => claude::refuses(text),
        RuntimeKind::Stub | RuntimeKind::Command => None,
    };
    why.map_or(Ok(()), |why| Err(format!("the text cannot be typed: {why}")))
}

/// Whether the body that a runtime says was submitted is the one that was sent, by the rules by
/// which that runtime changes a text.
pub fn same_text(kind: RuntimeKind, sent_body: &str, submitted_body: &str) -> bool {
    let normalised = |body| match kind {
        RuntimeKind::Claude => claude::normalised(body),
        RuntimeKind::Stub | RuntimeKind::Command => Cow::Borrowed(body),
    };
    normalised(sent_body) == normalised(submitted_body)
}

/// What the hook of a runtime says.
pub fn heard(kind: RuntimeKind, event: &str, payload: &Value) -> Heard {
    match kind {
        RuntimeKind::Claude => claude::heard(event, payload),
        RuntimeKind::Stub | RuntimeKind::Command => Heard::Nothing,
    }
}

/// The keys that make the composer ours before a paste. Only for a composer that is not empty:
/// in an empty one claude's C-s would bring an older draft back.
pub fn prelude(kind: RuntimeKind) -> &'static [u8] {
    match kind {
        RuntimeKind::Claude => claude::PRELUDE,
        RuntimeKind::Stub | RuntimeKind::Command => &[],
    }
}

/// The key that politely ends a running turn and leaves the runtime alive, where one is known.
pub fn interrupt(kind: RuntimeKind) -> Option<&'static [u8]> {
    match kind {
        // Escape: Ctrl-C pressed twice would end claude.
        RuntimeKind::Claude | RuntimeKind::Stub => Some(b"\x1b"),
        RuntimeKind::Command => None,
    }
}

/// The key that empties the composer and does nothing else, also in a dialog, where one is known.
pub fn clear(kind: RuntimeKind) -> Option<&'static [u8]> {
    match kind {
        // Ctrl-U.
        RuntimeKind::Stub => Some(b"\x15"),
        // Claude puts a draft aside: what is left of ours is in nobody's way.
        RuntimeKind::Claude | RuntimeKind::Command => None,
    }
}

/// The key that submits the composer: Enter, for every runtime.
pub fn submit(kind: RuntimeKind) -> &'static [u8] {
    match kind {
        RuntimeKind::Claude | RuntimeKind::Stub | RuntimeKind::Command => b"\r",
    }
}
