//! The command line as a tree: every verb has its help, every example is one that works.

use clap::{Command, CommandFactory as _, Parser as _};

use super::{Arguments, SHORT};

/// No help is drawn narrower than this.
const NARROW: usize = 80;

/// Every verb by its words, without what is hidden.
fn verbs() -> Vec<(Vec<String>, Command)> {
    fn walk(words: &[String], command: &Command, found: &mut Vec<(Vec<String>, Command)>) {
        found.push((words.to_vec(), command.clone()));
        for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
            walk(&[words, &[verb.get_name().to_owned()]].concat(), verb, found);
        }
    }
    let mut found = Vec::new();
    walk(&[], &Arguments::command(), &mut found);
    found
}

fn below(command: &Command) -> String {
    command.get_after_help().map(ToString::to_string).unwrap_or_default()
}

/// The lines under `Examples:`.
fn examples(command: &Command) -> Vec<String> {
    let help = below(command);
    let shown = help.split_once("Examples:\n").map_or("", |(_, examples)| examples);
    shown.lines().filter(|line| line.contains("mosaic ")).map(str::to_owned).collect()
}

/// The command lines of ours in an example, as a shell would hand them on; what is said behind
/// them stands after two spaces.
fn typed(example: &str) -> Vec<Vec<String>> {
    let (mut lines, mut words) = (Vec::new(), Vec::new());
    let (mut word, mut quote, mut spaces) = (None::<String>, None, 0);
    let mut end = |words: &mut Vec<String>| {
        let line = std::mem::take(words);
        let at = line.iter().position(|word| word == "mosaic");
        lines.extend(at.map(|at| line[at..].to_vec()));
    };
    let letters = example.trim_start().chars().chain([';']);
    let mut is_said = false;
    for letter in letters.filter(|_| true) {
        spaces = if letter == ' ' { spaces + 1 } else { 0 };
        is_said |= spaces == 2 && quote.is_none();
        if is_said && letter != ';' {
            continue;
        }
        match (quote, letter) {
            (Some(open), letter) if open == letter => quote = None,
            (Some(_), letter) => word.get_or_insert_default().push(letter),
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, ' ' | '|' | '>' | '<' | ';' | '(' | ')') => {
                words.extend(word.take());
                if letter != ' ' {
                    end(&mut words);
                }
            }
            (None, letter) => word.get_or_insert_default().push(letter),
        }
    }
    lines
}

#[test]
fn the_command_line_is_consistent() {
    Arguments::command().debug_assert();
}

#[test]
fn every_verb_has_an_example_of_itself() {
    for (words, command) in verbs() {
        let verb = words.join(" ");
        let long = SHORT.iter().find(|(short, _)| *short == verb).map(|(_, long)| *long);
        let own: Vec<String> = [Some(verb.as_str()), long]
            .into_iter()
            .flatten()
            .chain(SHORT.iter().filter(|(_, long)| *long == verb).map(|(short, _)| *short))
            .map(|verb| format!("mosaic {verb}"))
            .collect();
        let shown = examples(&command);
        let is_own = |line: &String| own.iter().any(|own| line.contains(own));
        assert!(shown.iter().any(is_own), "`mosaic {verb}` in {shown:?}");
    }
}

#[test]
fn every_example_is_a_command_line_that_is_understood() {
    let mut count = 0;
    for (words, command) in verbs() {
        for example in examples(&command) {
            let lines = typed(&example);
            assert!(!lines.is_empty(), "{words:?}: nothing of ours in {example:?}");
            for line in lines {
                let parsed = Arguments::try_parse_from(&line);
                assert!(parsed.is_ok(), "{words:?}: {line:?}: {}", parsed.unwrap_err());
                count += 1;
            }
        }
    }
    assert!(count > 60, "{count}");
}

#[test]
fn an_example_is_read_as_a_shell_reads_it() {
    let read = |example| typed(example);
    assert_eq!(read("  mosaic ps"), [["mosaic", "ps"]]);
    assert_eq!(read("  mosaic send a 'b  c'   said ;"), [["mosaic", "send", "a", "b  c"]]);
    assert_eq!(read("  git diff | mosaic send ada -"), [["mosaic", "send", "ada", "-"]]);
    let both = read("  for a in $(mosaic agent list); do mosaic ps; done");
    assert_eq!(both, [&["mosaic", "agent", "list"][..], &["mosaic", "ps"]]);
}

/// clap wraps every line by itself: prose is one line for each paragraph, and what stands in
/// columns fits on a narrow terminal.
#[test]
fn help_is_whole_on_a_narrow_terminal() {
    for (words, command) in verbs() {
        let help = below(&command);
        let mut before = "";
        for line in help.lines() {
            if line.starts_with("  ") {
                assert!(line.chars().count() <= NARROW, "{words:?}: {line:?}");
            } else {
                let is_own = before.is_empty() || line.is_empty();
                assert!(is_own, "{words:?}: a line of a paragraph of its own: {line:?}");
            }
            before = line;
        }
    }
}

/// The examples come last, and only headings that are known stand alone on a line.
#[test]
fn help_has_the_same_headings_everywhere() {
    for (words, command) in verbs() {
        let help = below(&command);
        let headings: Vec<&str> =
            help.lines().filter(|line| line.ends_with(':') && !line.contains(' ')).collect();
        for heading in &headings {
            assert!(["Columns:", "Examples:"].contains(heading), "{words:?}: {heading}");
        }
        assert_eq!(headings.last(), Some(&"Examples:"), "{words:?}");
        assert!(!examples(&command).is_empty() && !help.contains("\n\n\n"), "{words:?}");
    }
}

#[test]
fn a_short_form_is_the_same_as_the_long_one() {
    let verbs = verbs();
    let of = |verb: &str| &verbs.iter().find(|(words, _)| words.join(" ") == verb).unwrap().1;
    for (short, long) in SHORT {
        let drawn = |verb: &str| {
            let arguments: Vec<_> =
                of(verb).get_arguments().map(|arg| format!("{arg:?}")).collect();
            (arguments, below(of(verb)))
        };
        assert_eq!(drawn(short), drawn(long), "{short}");
        let told = of(short).get_about().unwrap().to_string();
        assert!(told.ends_with(&format!("; the same as `{long}`")), "{told}");
        for line in examples(of(long)).iter().flat_map(|example| typed(example)) {
            let words = line[1..].join(" ");
            let rest = words.strip_prefix(long).or_else(|| words.strip_prefix(short));
            let Some(rest) = rest.filter(|rest| !rest.contains(' ')) else { continue };
            let parsed = |verb: &str| {
                let line = format!("mosaic {verb}{rest}");
                let parsed = Arguments::try_parse_from(line.split(' ')).unwrap();
                let said = format!("{:?}", parsed.verb);
                said[said.find("Asked").unwrap()..].trim_end_matches(')').to_owned()
            };
            assert_eq!(parsed(short), parsed(long), "{rest}");
        }
    }
}
