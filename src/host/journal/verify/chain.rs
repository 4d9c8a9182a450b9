//! The order of the notes by their own word: each names the one that it was written behind, so that
//! none is taken out, put in or exchanged unseen. Notes from before that say nothing.

use super::Verified;
use super::placed::{Placed, Tabled};
use crate::host::journal::checkpoint::Follows;

/// Compares what each note says that it stands behind with what stands there. What the table still
/// has and the file has not is told where the two are compared.
pub(super) fn compare(outside: &[Placed], tabled: &Tabled, verified: &mut Verified) {
    for (at, one) in outside.iter().enumerate().filter(|(_, one)| !one.is_behind_none) {
        let before = at.checked_sub(1).map(|before| &outside[before].checkpoint);
        let (size, stands) = (one.checkpoint.size, before.map_or(0, |before| before.size));
        if stands >= size {
            // That it stands in the wrong place is told already.
            continue;
        }
        let is_tabled = |named: u64| tabled.iter().any(|(size, _)| *size == named);
        let what = match (one.checkpoint.follows, before) {
            (Follows::Note { size: named, .. }, None) => format!(
                "the file begins with the checkpoint of event {size}, which was written behind that \
                 of event {named}: its beginning was taken out"
            ),
            (Follows::Note { size: named, .. }, Some(_)) if named != stands => {
                if named > stands && is_tabled(named) {
                    continue;
                }
                format!(
                    "the checkpoint of event {size} was written behind that of event {named} and \
                     stands behind that of event {stands}"
                )
            }
            (Follows::Note { hash, .. }, Some(before)) if before.hash() != hash => format!(
                "the checkpoint of event {size} was written behind another one of event {stands} \
                 than stands there"
            ),
            (Follows::Nothing, Some(_)) => format!(
                "the checkpoint of event {size} began its file, and that of event {stands} stands \
                 before it"
            ),
            (Follows::Note { .. } | Follows::Nothing | Follows::Unsaid, _) => continue,
        };
        verified.finds(None, format!("{}: {what}", one.place));
    }
}
