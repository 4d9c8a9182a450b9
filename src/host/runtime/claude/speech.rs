//! What claude makes of a text that is typed, and what its hooks say of one.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;
use serde_json::Value;

use super::super::heard::Heard;

/// C-s puts a draft aside (claude gives it back after the next prompt), Backspace leaves the
/// shell mode that a `!` began.
pub const PRELUDE: &[u8] = &[0x13, 0x7f];

/// Why this text cannot be typed to claude.
pub fn refuses(text: &str) -> Option<&'static str> {
    if normalised(text).is_empty() {
        return Some("it holds nothing but white space and characters that claude drops");
    }
    // Enter after a backslash makes a new line instead of a prompt.
    kept(text)
        .ends_with('\\')
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

/// A body as claude takes it in: letters and marks are composed (NFC), characters that nothing shows
/// are dropped, the separators of Unicode for lines and paragraphs are line ends, a tab becomes four
/// spaces, white space at the end goes, and the marks of its own wrapping are taken apart by a
/// backslash. Of emoji claude keeps joiners and selectors; they are dropped here from both texts.
pub fn normalised(body: &str) -> Cow<'_, str> {
    let body = if body.is_ascii() { Cow::Borrowed(body) } else { Cow::Owned(composed(body)) };
    if !body.contains(['\t', '<']) {
        return match body {
            Cow::Borrowed(body) => Cow::Borrowed(body.trim_end()),
            Cow::Owned(body) => Cow::Owned(body.trim_end().to_owned()),
        };
    }
    let body = body.trim_end().replace('\t', "    ");
    let body = body.replace("<\\/pasted_content", "</pasted_content");
    Cow::Owned(body.replace("<\\pasted_content", "<pasted_content"))
}

fn composed(body: &str) -> String {
    let lines = kept(body).replace(['\u{2028}', '\u{2029}'], "\n");
    ComposingNormalizerBorrowed::new_nfc().normalize(&lines).into_owned()
}

/// A text without the characters that nothing shows.
fn kept(text: &str) -> String {
    text.chars().filter(|letter| !is_invisible(*letter)).collect()
}

/// What claude drops: `Default_Ignorable_Code_Point` of Unicode 16, and the marks of annotations.
fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}
