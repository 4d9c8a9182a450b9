//! What claude makes of a text that is typed, and what its hooks say of one.

use std::borrow::Cow;

use serde_json::Value;

use super::super::heard::Heard;

/// C-s puts a draft aside (claude gives it back after the next prompt), Backspace leaves the
/// shell mode that a `!` began.
pub const PRELUDE: &[u8] = &[0x13, 0x7f];

/// Why this text cannot be typed to claude.
pub fn refuses(text: &str) -> Option<&'static str> {
    // Enter after a backslash makes a new line instead of a prompt.
    text.ends_with('\\')
        .then_some("it ends with `\\`, after which claude takes Enter as a new line")
}

/// What a hook of claude says.
pub fn heard(event: &str, payload: &Value) -> Heard {
    let field = |name: &str| payload.get(name).and_then(Value::as_str).map(str::to_owned);
    match event {
        "UserPromptSubmit" => match field("prompt") {
            Some(prompt) => Heard::Submitted {
                text: unwrapped(&prompt).to_owned(),
                turn: field("prompt_id"),
                conversation: field("session_id"),
            },
            None => Heard::Nothing,
        },
        "SessionStart" => field("session_id").map_or(Heard::Nothing, Heard::Conversation),
        _ => Heard::Nothing,
    }
}

/// A prompt as it was pasted: claude wraps a paste of more than 800 characters or three line
/// ends, `\n\n<pasted_content id="55fd">\nTEXT\n</pasted_content id="55fd">\n`.
fn unwrapped(prompt: &str) -> &str {
    fn inside(prompt: &str) -> Option<&str> {
        let rest = prompt.trim_start_matches('\n').strip_prefix("<pasted_content id=\"")?;
        let (id, rest) = rest.split_once("\">\n")?;
        let rest = rest.trim_end_matches('\n').strip_suffix("\">")?;
        let rest = rest.strip_suffix(id)?;
        rest.strip_suffix("\n</pasted_content id=\"")
    }
    inside(prompt).unwrap_or(prompt)
}

/// A body as claude takes it in: a tab becomes four spaces, white space at the end goes, and the
/// marks of its own wrapping are taken apart by a backslash.
pub fn normalised(body: &str) -> Cow<'_, str> {
    let body = body.trim_end();
    if body.contains(['\t', '<']) {
        let body = body.replace('\t', "    ");
        let body = body.replace("<\\/pasted_content", "</pasted_content");
        Cow::Owned(body.replace("<\\pasted_content", "<pasted_content"))
    } else {
        Cow::Borrowed(body)
    }
}
