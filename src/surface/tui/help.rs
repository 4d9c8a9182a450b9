//! The keys, all of them, in lines of any width.

use crate::table::{Line, Tone, wrapped};

/// A key and what it does; one without a key is a heading.
const HELP: &[(&str, &str)] = &[
    ("", "Looking"),
    ("Up Down, j k", "the row above, below"),
    ("PageUp PageDown, Space", "a page"),
    ("Home End, g G", "the first, the last"),
    ("n", "the next that wants somebody: held, exited, unresponsive, late, asking"),
    ("Enter", "looks at it closely: why, events, inbox, screen"),
    ("/", "filters: words that all must be found; health:late looks into one column, !word hides"),
    ("Esc", "shows all rows again"),
    ("< >, Left Right", "orders by the column before, behind; - has it the other way round"),
    ("P M", "orders by processor, by memory, the greatest first"),
    ("", "Doing"),
    ("s", "writes a message: Ctrl-S sends it, Esc keeps it for later, Ctrl-E takes $EDITOR"),
    ("Alt-W Alt-I Alt-C", "in a message: waits until idle, interrupts its turn first, the class"),
    ("w", "watches its screen; q comes back"),
    ("a", "takes its keyboard; C-b d gives it back and comes back"),
    ("r", "restarts it; asks first"),
    ("S", "stops it, or starts one that is down; asks first"),
    ("", "Looking closely"),
    ("Tab, 1 2 3 4", "the next part, one of them; a wide terminal shows all four"),
    ("J K", "the next agent of the table, the one before"),
    ("q, Esc", "back to the table"),
    ("", "Else"),
    ("mouse", "a click selects, a second looks closely; a heading orders; the wheel moves"),
    ("m", "has the mouse select text instead; with Shift most terminals do so anyway"),
    ("Ctrl-L", "draws everything anew"),
    ("Ctrl-Z", "stops until `fg`"),
    ("q, Ctrl-C", "ends"),
];

/// Where what a key does is told.
const INDENT: usize = 25;

/// The lines of a screen so wide.
pub fn help(columns: u16) -> Vec<Line> {
    let columns = usize::from(columns).max(1);
    // On a narrow terminal what a key does stands below it.
    let is_narrow = columns < 2 * INDENT;
    let indent = if is_narrow { 4 } else { INDENT + 2 };
    let mut lines = Vec::new();
    for (key, what) in HELP {
        if key.is_empty() {
            lines.push(vec![((*what).to_owned(), Tone::Strong)]);
            continue;
        }
        let mut head = if is_narrow { format!("  {key}") } else { format!("  {key:<INDENT$}") };
        if is_narrow {
            let key = std::mem::replace(&mut head, " ".repeat(indent));
            lines.push(vec![(key, Tone::Strong)]);
        }
        for text in wrapped(what, columns.saturating_sub(indent)) {
            let head = std::mem::replace(&mut head, " ".repeat(indent));
            lines.push(vec![(head, Tone::Strong), (text, Tone::Plain)]);
        }
    }
    lines
}
