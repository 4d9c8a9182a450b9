//! What a runtime's visible screen says; it is only read, and only where the runtime says nothing.

use super::composer::Composer;
use super::{claude, stub};
use crate::fleet::{MessageId, RuntimeKind};

/// Reads the composer: before a paste, when nothing is `ours`, and between it and Enter, with the
/// whole text that was pasted. A text that the runtime folds away shows no tag; it counts as ours
/// because it stands there alone. The cursor (column and row, from 0) tells a draft from what a
/// runtime suggests.
pub fn composer(
    kind: RuntimeKind,
    screen: &[String],
    cursor: Option<(usize, usize)>,
    ours: &str,
) -> Composer {
    match kind {
        RuntimeKind::Claude => claude::composer(screen, cursor, ours),
        RuntimeKind::Stub => stub::composer(screen, cursor, ours),
        RuntimeKind::Command => {
            Composer::Unclear("nobody knows how to read this program's screen".to_owned())
        }
    }
}

/// Whose texts stand in the composer, where it holds nothing else, shows all of it, and a key is known
/// that empties it: `typed` gives what was typed of a message, without its tag. White space is not
/// looked at: a row's end does not show it.
pub fn leftover(
    kind: RuntimeKind,
    screen: &[String],
    typed: &dyn Fn(&MessageId) -> Option<String>,
) -> Option<Vec<MessageId>> {
    let written = match kind {
        RuntimeKind::Stub => squeezed(&stub::written(screen)?),
        RuntimeKind::Claude | RuntimeKind::Command => return None,
    };
    let (mut rest, mut ids) = (written.as_str(), Vec::new());
    while !rest.is_empty() {
        let (id, body) = rest.strip_prefix("[m-")?.split_once(']')?;
        let id = MessageId(id.to_owned());
        rest = body.strip_prefix(squeezed(&typed(&id)?).as_str())?;
        ids.push(id);
    }
    (!ids.is_empty()).then_some(ids)
}

/// The message whose tag begins what stands in the composer, whatever came of its text.
pub fn tagged(kind: RuntimeKind, screen: &[String]) -> Option<MessageId> {
    let first = match kind {
        RuntimeKind::Claude => claude::first_row(screen)?,
        RuntimeKind::Stub => stub::first_row(screen)?,
        RuntimeKind::Command => return None,
    };
    MessageId::of_tagged(first).map(|(id, _)| id)
}

/// Where the composer shows what may be its runtime's suggestion: column and row of a letter of it
/// that no cursor stands on. A draft may read the same; a suggestion is dim.
pub fn suggestion(kind: RuntimeKind, screen: &[String]) -> Option<(usize, usize)> {
    match kind {
        RuntimeKind::Claude => claude::suggestion(screen),
        RuntimeKind::Stub | RuntimeKind::Command => None,
    }
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

/// The dialog that stands on the screen instead of a composer, for people.
pub fn dialog(kind: RuntimeKind, screen: &[String]) -> Option<String> {
    match kind {
        RuntimeKind::Claude => claude::dialog(screen),
        RuntimeKind::Stub | RuntimeKind::Command => None,
    }
}

/// Phrases by which a dialog of a runtime is known wherever it stands, but for those that stand on
/// this screen already: what comes up after it shows one of the others.
pub fn dialog_signs(kind: RuntimeKind, screen: &[String]) -> Vec<&'static str> {
    let signs: &[&'static str] = match kind {
        RuntimeKind::Claude => &claude::DIALOG_FEET,
        RuntimeKind::Stub => stub::DIALOG_FEET,
        RuntimeKind::Command => &[],
    };
    let is_new = |sign: &&&str| !screen.iter().any(|line| line.contains(**sign));
    signs.iter().filter(is_new).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::leftover;
    use crate::fleet::{MessageId, RuntimeKind};

    #[test]
    fn only_what_was_typed_and_shows_whole_is_left_over() {
        let typed = |id: &MessageId| match id.0.as_str() {
            "a1" => Some("two\n\tlines".to_owned()),
            "b2" => Some("one line".to_owned()),
            _ => None,
        };
        let found = |rows: &[&str]| {
            let screen = [&["you: before", "────"], rows, &[" ada · idle"]].concat();
            let screen: Vec<String> = screen.into_iter().map(str::to_owned).collect();
            let ids = leftover(RuntimeKind::Stub, &screen, &typed)?;
            assert_eq!(leftover(RuntimeKind::Claude, &screen, &typed), None, "no key is known");
            Some(ids.into_iter().map(|id| id.0).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(found(&["> [m-a1] two", "|     lines"]).as_deref(), Some("a1"));
        // Enter that was taken as a new line, and a second text behind the first.
        assert_eq!(found(&["> [m-b2] one li", "| ne", "|", "|"]).as_deref(), Some("b2"));
        assert_eq!(found(&["> [m-b2] one line[m-a1] two", "| lines"]).as_deref(), Some("b2 a1"));
        for draft in [
            &[">"][..],
            &["> half a thought"],
            &["> [m-b2] one line, and mine"],
            &["> mine [m-b2] one line"],
            &["> [m-b2] one lin"],
            &["> [m-b2] one line", "| mine"],
            &["> [m-c3] of nobody"],
            &["> [m-a1] two", "… 3 more rows …", "| lines"],
            &["May I?", "  1. Yes", "> [m-b2] one line"],
        ] {
            assert_eq!(found(draft), None, "{draft:?}");
        }
        let folded = ["> [m-b2] one", "| … 4 more rows …", "| line"];
        assert_eq!(found(&folded), None, "what does not show may be a person's");
    }
}
