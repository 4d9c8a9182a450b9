//! `completions` and `complete`: what a shell offers at a Tab. It starts nothing, changes nothing and
//! says nothing when something is wrong.

mod line;
mod offer;
mod source;
#[cfg(test)]
mod tests;
mod words;

use clap::{Arg, Command, CommandFactory as _};

use super::arguments::{Arguments, CompleteAsked, Shell};
use super::table::Column;
use super::{Desk, Failure, Machine, output};
use crate::fleet::EVENT_TYPES;
use line::{Place, Wanted};
use offer::{Bash, Files, Offer, Offers};

/// Times that any verb takes, for who wonders how one is written.
const TIMES: [&str; 4] = ["30s", "2m", "10m", "1h"];

/// Why bash asks when it only shows a list: `?`, `!` and `@` of its manual.
const LISTS: [u32; 3] = [63, 33, 64];

/// The script that a shell reads once.
pub fn script(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => include_str!("scripts/mosaic.bash"),
        Shell::Zsh => include_str!("scripts/mosaic.zsh"),
        Shell::Fish => include_str!("scripts/mosaic.fish"),
    }
}

/// Answers a Tab.
pub async fn run(desk: &Desk<impl Machine>, asked: &CompleteAsked) -> Result<(), Failure> {
    let words = match asked.shell {
        Shell::Bash => words::split(asked.words.first().map_or("", String::as_str)),
        Shell::Zsh | Shell::Fish => {
            let word = |typed: &String| words::Word {
                text: words::unquoted(typed),
                typed: typed.clone(),
                open: None,
            };
            asked.words.iter().map(word).collect()
        }
    };
    let texts: Vec<String> = words.iter().skip(1).map(|word| word.text.clone()).collect();
    let mut root = Arguments::command();
    root.build();
    let offers = offers(desk, &root, &texts).await;
    let text = match (asked.shell, words.last()) {
        (Shell::Bash, Some(word)) => {
            let is_list = LISTS.contains(&asked.why);
            let columns = output::width().unwrap_or(80);
            offers.for_bash(&Bash { word, breaks: &asked.breaks, is_list, columns })
        }
        (shell, _) => offers.plain(shell),
    };
    output::write(&text)
}

/// What may stand where a line ends, with all that stands before it in the same word.
async fn offers(desk: &Desk<impl Machine>, root: &Command, words: &[String]) -> Offers {
    let mut place = line::read(root, words);
    let mut offers = match place.wanted {
        Wanted::Option => Offers { words: options(&place), files: None },
        Wanted::Value(option) => values(desk, root, &mut place, option).await,
        Wanted::Word { is_verb, argument } => {
            let verbs = if is_verb { verbs(place.command) } else { Vec::new() };
            let mut offers = match argument {
                Some(argument) => values(desk, root, &mut place, argument).await,
                None => Offers::default(),
            };
            offers.words.splice(0..0, verbs);
            if offers == Offers::default() && argument.is_none() && place.part.is_empty() {
                offers.words = options(&place);
            }
            offers
        }
    };
    let Place { before, part, .. } = &place;
    // A line a word: what would be several is typed by nobody.
    let is_word = |word: &str| word.starts_with(part.as_str()) && !word.contains(char::is_control);
    offers.words.retain(|offer| is_word(&offer.value));
    for offer in &mut offers.words {
        offer.value.insert_str(0, before);
    }
    offers
}

fn verbs(command: &Command) -> Vec<Offer> {
    let shown = command.get_subcommands().filter(|verb| !verb.is_hide_set());
    shown.map(|verb| Offer::new(verb.get_name(), told(verb.get_about()))).collect()
}

fn options(place: &Place<'_>) -> Vec<Offer> {
    let mut offers = Vec::new();
    for option in place.options() {
        let told = told(option.get_help());
        offers.extend(option.get_long().map(|long| Offer::new(format!("--{long}"), &told)));
        // Who types one dash asks for these, too.
        if place.part == "-" {
            offers.extend(option.get_short().map(|short| Offer::new(format!("-{short}"), &told)));
        }
    }
    offers
}

/// The first clause of a help.
fn told(help: Option<&clap::builder::StyledStr>) -> String {
    let text = help.map(ToString::to_string).unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    let end = [";", ". ", ": "].iter().filter_map(|end| line.find(end)).min();
    line[..end.unwrap_or(line.len())].trim_end_matches('.').to_owned()
}

/// What an argument takes; of a list with commas, what its next part may be.
async fn values(
    desk: &Desk<impl Machine>,
    root: &Command,
    place: &mut Place<'_>,
    argument: &Arg,
) -> Offers {
    let mut given: Vec<String> = Vec::new();
    if let Some(comma) = argument.get_value_delimiter()
        && let Some(at) = place.part.rfind(comma)
    {
        given.extend(place.part[..at].split(comma).map(str::to_owned));
        let rest = place.part.split_off(at + comma.len_utf8());
        place.before.push_str(&place.part);
        place.part = rest;
    }
    if argument.is_positional() {
        given.extend(place.said.iter().cloned());
    }
    let mut offers = all(desk, root, place, argument).await;
    offers.words.retain(|offer| !given.contains(&offer.value));
    offers
}

async fn all(
    desk: &Desk<impl Machine>,
    root: &Command,
    place: &Place<'_>,
    argument: &Arg,
) -> Offers {
    let possible = argument.get_possible_values();
    if !possible.is_empty() {
        let shown = possible.iter().filter(|value| !value.is_hide_set());
        let words = shown.map(|value| Offer::new(value.get_name(), told(value.get_help())));
        return Offers { words: words.collect(), files: None };
    }
    let files = |files| Offers { words: Vec::new(), files: Some(files) };
    let name = argument.get_value_names().and_then(|names| names.first());
    let words = match name.map_or("", |name| name.as_str()) {
        // The first word is text already where these say to whom.
        "NAME"
            if argument.get_id() == "agent"
                && ["to", "labels", "all"].map(|id| place.has(id)).contains(&true) =>
        {
            Vec::new()
        }
        "NAME" | "ADDRESS" | "WORD" => {
            source::agents(desk).await.iter().map(source::Agent::offer).collect()
        }
        "ROLE" => source::roles(&source::agents(desk).await),
        "KEY[=VALUE]" => source::labels(&source::agents(desk).await),
        "MESSAGE" => source::messages(desk, place.command.get_name() == "cancel").await,
        "TYPE" => EVENT_TYPES.iter().map(|kind| Offer::new(*kind, "")).collect(),
        "A,B,C" => columns().collect(),
        "KEY[,-KEY]" => keys(),
        "TIME" => TIMES.map(|time| Offer::new(time, "")).into(),
        "VERB" => verb(root, &place.said),
        "ROSTER" => return files(Files::Rosters),
        "DIR" => return files(Files::Directories),
        "FILE" | "FILE|CHECKPOINT" => return files(Files::Any),
        _ => Vec::new(),
    };
    Offers { words, files: None }
}

fn columns() -> impl Iterator<Item = Offer> {
    Column::ALL.iter().map(|column| Offer::new(column.heading().to_ascii_lowercase(), ""))
}

/// What rows are ordered by, forwards and backwards.
fn keys() -> Vec<Offer> {
    let more = ["cpu", "memory"].map(|key| Offer::new(key, ""));
    let keys: Vec<Offer> = columns().chain(more).collect();
    let backwards =
        keys.iter().map(|key| Offer::new(format!("-{}", key.value), "the greatest first"));
    let backwards: Vec<Offer> = backwards.collect();
    [keys, backwards].concat()
}

/// The verbs behind those that were said.
fn verb(root: &Command, said: &[String]) -> Vec<Offer> {
    let named = said.iter().try_fold(root, |command, word| command.find_subcommand(word));
    named.map(verbs).unwrap_or_default()
}
