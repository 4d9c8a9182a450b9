//! What a runtime's visible screen says; it is only read, and only where the runtime says nothing.

use super::composer::Composer;
use super::{claude, stub};
use crate::fleet::RuntimeKind;

/// Reads the composer between the paste and Enter. A text that the runtime folds away shows no
/// tag; it counts as ours because it stands there alone.
pub fn composer(kind: RuntimeKind, screen: &[String], tag: &str) -> Composer {
    match kind {
        RuntimeKind::Claude => claude::composer(screen, tag),
        RuntimeKind::Stub => stub::composer(screen, tag),
        RuntimeKind::Command => {
            Composer::Unclear("nobody knows how to read this program's screen".to_owned())
        }
    }
}

/// The dialog that stands on the screen instead of a composer, for people.
pub fn dialog(kind: RuntimeKind, screen: &[String]) -> Option<String> {
    match kind {
        RuntimeKind::Claude => claude::dialog(screen),
        RuntimeKind::Stub | RuntimeKind::Command => None,
    }
}
