//! Reads claude's screen: whether a message stands in its composer, and which dialog is up.

use std::iter::once;

use super::super::composer::{Composer, Extent, shows};

/// Dialogs that come before claude keeps any state of itself, and what they are called.
const FIRST_DIALOGS: [(&str, &str); 9] = [
    ("Choose the text style", "claude's first run: it asks for a text style"),
    ("Select login method", "claude asks how to log in"),
    ("Detected a custom API key", "claude asks whether it may use the API key of its environment"),
    ("Accessing workspace:", "claude asks whether this directory is trusted"),
    ("New MCP server found", "claude asks about an MCP server of this project"),
    ("MCP servers found", "claude asks about MCP servers of this project"),
    ("Settings Warning", "claude has found a mistake in its settings"),
    ("Bypass Permissions mode", "claude asks whether it may run without permissions"),
    ("Unable to connect to Anthropic", "claude cannot reach its model"),
];

/// What stands at the foot of a dialog, and nowhere near the composer.
pub const DIALOG_FEET: [&str; 6] = [
    "Esc to cancel",
    "Esc to close",
    "Esc to exit",
    "Enter to confirm",
    "Enter to select",
    "Enter to continue",
];

/// What stands in an empty composer, dimmed: it is no draft and cannot be submitted.
const GHOSTS: [&str; 2] = ["Press up to edit queued messages", SUGGESTS];

/// How what claude suggests begins; a person may write the same.
const SUGGESTS: &str = "Try \"";

/// A screen holds at most 200 lines; a cell of a table a few of them.
const DETAIL_CHARACTERS_MAX: usize = 600;

/// Reads the composer: what stands between the last two rules of the screen, after `❯`.
pub fn composer(screen: &[String], cursor: Option<(usize, usize)>, ours: &str) -> Composer {
    let Some((start, lines)) = composer_lines(screen, ours) else {
        return match dialog(screen) {
            Some(text) => Composer::Dialog(text),
            None => Composer::Unclear("no composer stands on the screen".to_owned()),
        };
    };
    let Some(first) = lines[0].strip_prefix('❯') else {
        // `!` instead of `❯`: what stands here would be run by a shell.
        return Composer::HoldsOther;
    };
    let first = first.strip_prefix(['\u{a0}', ' ']).unwrap_or(first);
    let rest_is_empty = lines[1..].iter().all(|line| trimmed(line).is_empty());
    // A person may write the same words; then the cursor stands behind them.
    let has_written = cursor.is_some_and(|(column, row)| row == start && column > 2);
    let is_ghost = !has_written && GHOSTS.iter().any(|ghost| first.starts_with(ghost));
    if trimmed(first).is_empty() || is_ghost {
        return if rest_is_empty { Composer::Empty } else { Composer::HoldsOther };
    }
    // Without a text nothing can be ours.
    let begins = first.chars().next().is_some_and(|letter| ours.starts_with(letter));
    let rows: Vec<&str> = once(first).chain(lines[1..].iter().map(String::as_str)).collect();
    let is_ours = shows(&rows, Extent::Beginning, ours) || (rest_is_empty && is_one_paste(first));
    if begins && is_ours { Composer::HoldsOnly } else { Composer::HoldsOther }
}

/// The first row of what stands in the composer.
pub fn first_row(screen: &[String]) -> Option<&str> {
    let (_, lines) = composer_lines(screen, "")?;
    lines[0].strip_prefix('❯').map(|row| row.trim_start_matches(['\u{a0}', ' ']))
}

/// Column and row of the second letter of what may be a suggestion: on the first one a cursor may
/// stand, which is drawn in other colours.
pub fn suggestion(screen: &[String]) -> Option<(usize, usize)> {
    let (start, _) = composer_lines(screen, "")?;
    first_row(screen)?.starts_with(SUGGESTS).then_some((3, start))
}

/// The lines between the last two rules, and the row of the first, when they begin as a composer
/// does. A text of ours may speak of dialogs.
fn composer_lines<'a>(screen: &'a [String], ours: &str) -> Option<(usize, &'a [String])> {
    let mut rules = screen.iter().enumerate().rev().filter(|(_, line)| is_rule(line));
    let (end, _) = rules.next()?;
    let (start, _) = rules.next()?;
    let lines = &screen[start + 1..end];
    let begins = lines.first()?.starts_with(['❯', '!']);
    let tag = ours.split_inclusive("] ").next().unwrap_or_default().trim_end();
    let is_ours = !tag.is_empty() && lines[0].contains(tag);
    let from = if is_ours { end } else { start };
    let is_menu = screen[from..].iter().any(|line| is_dialog_foot(line));
    (begins && !is_menu).then_some((start + 1, lines))
}

/// A rule from the first column on; a name may stand in it.
fn is_rule(line: &str) -> bool {
    line.starts_with("──────────")
}

fn is_dialog_foot(line: &str) -> bool {
    DIALOG_FEET.iter().any(|foot| line.contains(foot))
}

/// `[Pasted text #1]` or `[Pasted text #1 +9 lines]`, and nothing beside it: a long paste that
/// went into a composer which was emptied before.
fn is_one_paste(line: &str) -> bool {
    let inside = line.strip_prefix("[Pasted text #").and_then(|rest| rest.strip_suffix(']'));
    inside.is_some_and(|inside| !inside.contains(['[', ']']))
}

/// Spaces of every kind, the no-break space after `❯` among them.
fn trimmed(text: &str) -> &str {
    text.trim()
}

/// The dialog that stands on the screen: its name where we know it, and its text. `None` while a
/// composer stands there, or nothing.
pub fn dialog(screen: &[String]) -> Option<String> {
    if composer_lines(screen, "").is_some() {
        return None;
    }
    let known = FIRST_DIALOGS.iter().find_map(|(phrase, name)| {
        screen.iter().position(|line| line.contains(phrase)).map(|at| (at, Some(*name)))
    });
    let (from, name) = known.unwrap_or_else(|| {
        // A dialog stands below a rule, and may have one more above its last lines.
        let rules = screen.iter().enumerate().rev().filter(|(_, line)| is_rule(line));
        let after_rule = rules.take(2).last().map_or(0, |(at, _)| at + 1);
        (after_rule, None)
    });
    let text = told(&screen[from..]);
    match name {
        Some(name) => Some(format!("{name}: {text}")),
        None => Some(text).filter(|text| !text.is_empty()),
    }
}

/// The lines that say something, in one.
fn told(lines: &[String]) -> String {
    let speaks = |line: &&str| line.chars().any(char::is_alphanumeric);
    let lines = lines.iter().map(|line| trimmed(line)).filter(speaks);
    let text = lines.collect::<Vec<_>>().join(" · ");
    match text.char_indices().nth(DETAIL_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
