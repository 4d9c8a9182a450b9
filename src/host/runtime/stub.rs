//! The stub: our own runtime, in the same program; takes messages over its socket or its keys.

use super::composer::Composer;
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

/// Reads the stub's composer: below the last rule, `>` in its first row and `|` in the others. A
/// dialog stands between the rule and the composer.
pub fn composer(screen: &[String], tag: &str) -> Composer {
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
    let is_one_row = !below.get(1).is_some_and(|line| line.starts_with('|'));
    match below[at][1..].trim() {
        "" if is_one_row => Composer::Empty,
        text if !tag.is_empty() && text.starts_with(tag.trim_end()) => Composer::HoldsOnly,
        _ => Composer::HoldsOther,
    }
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
