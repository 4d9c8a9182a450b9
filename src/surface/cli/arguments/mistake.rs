//! A command line that is wrong, as it is told: safe to print, and with the verb that was meant.

use std::ffi::OsString;

use clap::CommandFactory as _;
use clap::Parser as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::Arguments;
use crate::fleet::nearest;
use crate::table::shown;

/// What others call our verbs.
const ELSEWHERE: [(&str, &str); 3] = [("status", "ps"), ("logs", "events"), ("ls", "agent list")];

/// The error as it may reach a terminal.
pub fn told(error: clap::Error, words: &[OsString]) -> clap::Error {
    // What was typed is part of what is said; it is read again without what would move a cursor.
    let safe = words.iter().map(|word| shown(&word.to_string_lossy()));
    let mut error = Arguments::try_parse_from(safe).err().unwrap_or(error);
    if error.kind() == ErrorKind::InvalidSubcommand
        && let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand)
        && let meant = verbs(word)
        && let meant = if meant.is_empty() { nearest_of(word, &error) } else { meant }
        && !meant.is_empty()
    {
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(meant));
    }
    error
}

/// The nearest of the verbs that clap finds similar: it has `attach` before `watch` for `wacth`.
fn nearest_of(word: &str, error: &clap::Error) -> Vec<String> {
    let Some(ContextValue::Strings(similar)) = error.get(ContextKind::SuggestedSubcommand) else {
        return Vec::new();
    };
    let near = nearest(word, similar.iter().map(String::as_str));
    near.map(str::to_owned).into_iter().collect()
}

/// The verbs of this name, wherever they are: `up` is one of the fleet.
fn verbs(word: &str) -> Vec<String> {
    let other = ELSEWHERE.iter().find(|(other, _)| *other == word);
    if let Some((_, ours)) = other {
        return vec![format!("mosaic {ours}")];
    }
    let command = Arguments::command();
    let top = command.get_subcommands().map(|verb| (String::new(), verb));
    let nested = command.get_subcommands().flat_map(|group| {
        group.get_subcommands().map(move |verb| (format!("{} ", group.get_name()), verb))
    });
    let named = top.chain(nested).find(|(_, verb)| verb.get_name() == word);
    named.map(|(group, _)| format!("mosaic {group}{word}")).into_iter().collect()
}
