//! The stub: our own runtime, in the same program; takes messages over its socket or its keys.

use super::composer::{Composer, Extent, shows};
use super::environment::{environment, text};
use super::plan::{Launch, LaunchAsked, LaunchError};
use super::program::find_program;
use crate::fleet::Conversation;

/// `mosaic runtime stub ARGS…`, or the roster's own program in its place.
pub fn launch(asked: &LaunchAsked<'_>) -> Result<Launch, LaunchError> {
    let definition = asked.definition;
    let env = environment(asked)?;
    let mut argv = match &definition.command {
        Some(command) => vec![find_program(command, &env, &definition.workspace, None)?],
        None => {
            let mosaic = text("the stub's program", asked.mosaic)?.to_owned();
            vec![mosaic, "runtime".to_owned(), "stub".to_owned()]
        }
    };
    argv.extend(definition.args.iter().cloned());
    Ok(Launch {
        argv,
        env,
        cwd: definition.workspace.clone(),
        conversation: begun(asked.conversation),
        resumes: false,
    })
}

/// The id of a conversation that begins: a runtime without conversations begins one at each life.
pub fn begun(conversation: &Conversation) -> String {
    match conversation {
        Conversation::New(id) | Conversation::Resume(_, id) => id.clone(),
    }
}

/// What stands in a dialog, and nowhere near the composer.
pub const DIALOG_FEET: &[&str] = &["May I run", "2. No (n"];

/// Reads the stub's composer: below the last rule, `>` in its first row and `|` in the others. A
/// dialog stands between the rule and the composer.
pub fn composer(screen: &[String], cursor: Option<(usize, usize)>, ours: &str) -> Composer {
    let unclear = || Composer::Unclear("the stub's composer is not on its screen".to_owned());
    let Some(rule) = screen.iter().rposition(|line| line.starts_with("──")) else {
        return unclear();
    };
    let below = &screen[rule + 1..];
    let Some(at) = below.iter().position(|line| line.starts_with('>')) else {
        return unclear();
    };
    if at > 0 {
        let lines = below[..at].iter().map(|line| line.trim());
        return Composer::Dialog(lines.collect::<Vec<_>>().join(" · "));
    }
    let more = below[1..].iter().take_while(|line| line.starts_with('|'));
    let rows: Vec<&str> =
        below[..1].iter().chain(more).map(|row| row.get(2..).unwrap_or("")).collect();
    // A draft of blanks shows nothing but its cursor.
    let has_blanks = cursor.is_some_and(|(column, row)| row == rule + 1 && column > 2);
    if rows == [""] && !has_blanks {
        Composer::Empty
    } else if !ours.is_empty() && holds_only(&rows, ours) {
        Composer::HoldsOnly
    } else {
        Composer::HoldsOther
    }
}

/// The first row of what is written in the composer.
pub fn first_row(screen: &[String]) -> Option<&str> {
    let rule = screen.iter().rposition(|line| line.starts_with("──"))?;
    screen.get(rule + 1)?.strip_prefix('>').map(str::trim_start)
}

/// All that is written in the composer, row by row, where all of it shows.
pub fn written(screen: &[String]) -> Option<String> {
    let rule = screen.iter().rposition(|line| line.starts_with("──"))?;
    let mut rows = screen[rule + 1..].iter();
    // A dialog stands between the rule and the composer.
    let first = rows.next()?.strip_prefix('>')?;
    let others = rows.map_while(|line| line.strip_prefix('|'));
    let rows: Vec<&str> = std::iter::once(first).chain(others).collect();
    let is_whole = !rows.iter().any(|row| row.ends_with(" more rows …"));
    is_whole.then(|| rows.join("\n"))
}

/// A composer of many rows shows its first and its last, and between them how many it hides.
fn holds_only(rows: &[&str], ours: &str) -> bool {
    let begins = ours.starts_with(rows[0].chars().next().unwrap_or('\n'));
    let hides = |at: usize| {
        let count = rows[at].strip_prefix("… ").and_then(|rest| rest.chars().next());
        count.is_some_and(|digit| digit.is_ascii_digit())
            && shows(&rows[..at], Extent::Beginning, ours)
            && shows(&rows[at + 1..], Extent::End, ours)
    };
    begins
        && ends_alike(rows, ours)
        && (shows(rows, Extent::Whole, ours) || (0..rows.len()).any(hides))
}

/// Whether as many line ends are last in the rows as in the text: an Enter that was taken as a new
/// line makes another text of it. Blanks at its end may fill rows.
fn ends_alike(rows: &[&str], ours: &str) -> bool {
    let end = &ours[ours.trim_end().len()..];
    let empty = rows.iter().rev().take_while(|row| row.is_empty()).count();
    end.contains([' ', '\t']) || end.len() == empty
}
