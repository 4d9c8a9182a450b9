//! What a line asks for at its cursor, and how each shell is told.

use clap::{Command, CommandFactory as _};

use super::line::{Place, Wanted, read};
use super::offer::{Bash, Offer, Offers};
use super::words::split;
use super::{Arguments, Shell, options, verb, verbs};

fn root() -> Command {
    let mut root = Arguments::command();
    root.build();
    root
}

fn words(line: &str) -> Vec<String> {
    split(line).into_iter().skip(1).map(|word| word.text).collect()
}

/// What is asked for, in a word: the name of the value, `option`, or `verb`.
fn asked(line: &str) -> String {
    let root = root();
    let place = read(&root, &words(line));
    let name = |argument: &clap::Arg| {
        let names = argument.get_value_names();
        names.map_or_else(|| argument.get_id().to_string(), |names| names[0].to_string())
    };
    match place.wanted {
        Wanted::Option => "option".to_owned(),
        Wanted::Value(option) => format!("{}:{}", name(option), place.part),
        Wanted::Word { is_verb, argument } => {
            let verb = if is_verb { "verb" } else { "" };
            format!("{verb}{}:{}", argument.map(name).unwrap_or_default(), place.part)
        }
    }
}

#[test]
fn the_place_of_the_cursor_is_that_which_clap_reads_there() {
    for (line, wanted) in [
        ("mosaic ", "verb:"),
        ("mosaic wa", "verb:wa"),
        ("mosaic --color al", "WHEN:al"),
        ("mosaic --color always agent wa", "verb:wa"),
        ("mosaic watch a", "NAME:a"),
        ("mosaic agent watch ", "NAME:"),
        ("mosaic watch ada ", ":"),
        ("mosaic watch --raw a", "NAME:a"),
        ("mosaic watch --r", "option"),
        ("mosaic watch -- --r", "NAME:--r"),
        ("mosaic agent restart ada bo", "NAME:bo"),
        ("mosaic agent restart --wait bo", "NAME:bo"),
        ("mosaic agent restart --wait=1", "TIME:1"),
        ("mosaic agent restart --timeout 1", "TIME:1"),
        ("mosaic tail -n ", "N:"),
        ("mosaic tail -fn ", "N:"),
        ("mosaic tail -n5 a", "NAME:a"),
        ("mosaic tail -f a", "NAME:a"),
        ("mosaic send ada -", "option"),
        ("mosaic send ada hello ", "TEXT:"),
        ("mosaic ps --sort -c", "KEY[,-KEY]:-c"),
        ("mosaic ps --sort=-c", "KEY[,-KEY]:-c"),
        ("mosaic events ", "verb:"),
        ("mosaic events --agent a", "NAME:a"),
        ("mosaic events --follow ve", ":ve"),
        ("mosaic message show 5f", "MESSAGE:5f"),
        ("mosaic no-verb ", ":"),
        ("mosaic ps --none ", "NAME:"),
    ] {
        assert_eq!(asked(line), wanted, "{line}");
    }
}

#[test]
fn an_option_is_offered_while_it_may_be_given() {
    let root = root();
    let offered = |line: &str| {
        let place: Place<'_> = read(&root, &words(line));
        options(&place).into_iter().map(|offer| offer.value).collect::<Vec<_>>()
    };
    let has = |line: &str, option: &str| offered(line).contains(&option.to_owned());
    assert!(has("mosaic ps --", "--json") && has("mosaic ps --", "--help"));
    assert!(!has("mosaic ps --json --", "--json"), "once is enough");
    assert!(!has("mosaic ps --json --", "--wide"), "they contradict each other");
    assert!(has("mosaic ps --label a --", "--label"), "again for more");
    assert!(has("mosaic tail -", "-f") && !has("mosaic tail --", "-f"));
    assert!(!has("mosaic supervise --", "--detach"), "hidden");
}

#[test]
fn verbs_are_offered_without_those_that_nobody_types() {
    let root = root();
    let names =
        |offers: Vec<Offer>| offers.into_iter().map(|offer| offer.value).collect::<Vec<_>>();
    let all = names(verbs(&root));
    assert!(all.contains(&"watch".to_owned()) && !all.contains(&"complete".to_owned()), "{all:?}");
    assert!(names(verb(&root, &["agent".to_owned()])).contains(&"watch".to_owned()));
    assert!(verbs(&root).iter().all(|offer| !offer.told.is_empty() && !offer.told.contains('\n')));
}

/// Each either has what it may be, or is one of these, which nobody can know beforehand.
#[test]
fn every_value_is_completed_or_known_to_be_free() {
    let free = ["TEXT", "SEQ", "N", "COUNT", "WHO", "TYPE", "LETTERS"];
    let known = [
        "NAME",
        "ADDRESS",
        "WORD",
        "ROLE",
        "KEY[=VALUE]",
        "MESSAGE",
        "TYPE",
        "A,B,C",
        "KEY[,-KEY]",
        "TIME",
        "VERB",
        "ROSTER",
        "DIR",
        "FILE",
        "FILE|CHECKPOINT",
    ];
    fn check(command: &Command, known: &[&str], free: &[&str]) {
        for argument in command.get_arguments().filter(|one| one.get_action().takes_values()) {
            let name = argument.get_value_names().map_or("", |names| names[0].as_str());
            let is_known = !argument.get_possible_values().is_empty()
                || known.contains(&name)
                || free.contains(&name);
            assert!(is_known, "{} {}: {name}", command.get_name(), argument.get_id());
        }
        command.get_subcommands().for_each(|verb| check(verb, known, free));
    }
    check(&root(), &known, &free);
}

fn two() -> Offers {
    let words =
        vec![Offer::new("--role=tests green", "bob"), Offer::new("--role=te", "eve\u{1b}[2J")];
    Offers { words, files: None }
}

fn bash(line: &str, is_list: bool) -> Vec<String> {
    let words = split(line);
    let word = words.last().unwrap();
    let told = Bash { word, breaks: " \t\n\"'><=;|&(:", is_list, columns: 40 };
    two().for_bash(&told).lines().map(str::to_owned).collect()
}

#[test]
fn bash_gets_what_stands_behind_its_last_break_and_in_its_quotes() {
    assert_eq!(bash("mosaic ps --role=te", false), ["tests\\ green", "te"]);
    assert_eq!(bash("mosaic ps --role='te", false), ["tests green", "te"]);
    assert_eq!(bash("mosaic ps --role=\"te", false), ["tests green", "te"]);
    let listed = bash("mosaic ps --role=te", true);
    assert!(listed.iter().all(|line| line.len() > 20), "one below the other: {listed:?}");
    let listed: Vec<&str> = listed.iter().map(|line| line.trim_end()).collect();
    assert_eq!(listed, ["tests\\ green  bob", "te            eve [2J"]);
}

#[test]
fn what_others_wrote_moves_no_cursor_in_a_list() {
    for shell in [Shell::Zsh, Shell::Fish] {
        let text = two().plain(shell);
        assert!(!text.contains('\u{1b}') && text.lines().count() == 2, "{text:?}");
    }
    assert_eq!(two().plain(Shell::Fish).lines().next(), Some("--role=tests green\tbob"));
}
