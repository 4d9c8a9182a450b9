//! What a line asks for at its cursor, read with clap's own tree of verbs; it knows no values.

use clap::builder::ValueRange;
use clap::{Arg, ArgAction, Command};

/// What may stand at the cursor.
#[derive(Debug, Clone, Copy)]
pub enum Wanted<'a> {
    /// A verb, if verbs may stand here, or the value of this argument.
    Word {
        /// Whether a verb may stand here.
        is_verb: bool,
        /// Whose value else.
        argument: Option<&'a Arg>,
    },
    /// An option.
    Option,
    /// The value of this option.
    Value(&'a Arg),
}

/// The place of the cursor.
#[derive(Debug)]
pub struct Place<'a> {
    /// The verb of the line.
    pub command: &'a Command,
    /// What may stand there.
    pub wanted: Wanted<'a>,
    /// What stands before the value in the same word: `--role=`.
    pub before: String,
    /// What is typed of it.
    pub part: String,
    /// The ids of the options that stand there already.
    used: Vec<&'a str>,
    /// The words that are no options, behind the verb.
    pub said: Vec<String>,
}

/// Reads the words of a line behind the program's name; the last one is being typed.
pub fn read<'a>(root: &'a Command, words: &[String]) -> Place<'a> {
    let (part, words) =
        words.split_last().map_or((String::new(), words), |(last, words)| (last.clone(), words));
    let mut place = Place {
        command: root,
        wanted: Wanted::Option,
        before: String::new(),
        part,
        used: Vec::new(),
        said: Vec::new(),
    };
    let (mut awaiting, mut is_over) = (None, false);
    for word in words {
        if awaiting.take().is_some() {
            continue;
        }
        if is_over {
            place.said.push(word.clone());
        } else if word == "--" {
            is_over = true;
        } else if word.starts_with('-') && word.len() > 1 {
            awaiting = place.option(word);
        } else {
            place.word(word);
        }
    }
    let begun = place.part.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    place.wanted = match (awaiting, begun) {
        (Some(option), _) => Wanted::Value(option),
        (None, Some((name, value))) if !is_over && name.starts_with("--") => {
            let option = place.find(|option| option.get_long() == name.strip_prefix("--"));
            (place.before, place.part) = (format!("{name}="), value);
            let option = option.filter(|option| takes_value(option));
            option.map_or(Wanted::Word { is_verb: false, argument: None }, Wanted::Value)
        }
        (None, _) if !is_over && place.part.starts_with('-') => Wanted::Option,
        (None, _) => place.wanted_word(is_over),
    };
    place
}

impl<'a> Place<'a> {
    /// Whether an option stands there already.
    pub fn has(&self, id: &str) -> bool {
        self.used.contains(&id)
    }

    /// The options that may still be given.
    pub fn options(&self) -> impl Iterator<Item = &'a Arg> {
        let command = self.command;
        let options = command.get_arguments().filter(|option| !option.is_positional());
        let is_again = |option: &Arg| matches!(option.get_action(), ArgAction::Append);
        options.filter(move |option| {
            let conflicts = command.get_arg_conflicts_with(option);
            let id = option.get_id().as_str();
            let hinders = |other: &&Arg| self.has(other.get_id().as_str());
            let is_free = is_again(option) || !self.has(id);
            is_free && !option.is_hide_set() && !conflicts.iter().any(hinders)
        })
    }

    /// Takes a word that begins with `-`; the option whose value is to follow, if one is.
    fn option(&mut self, word: &str) -> Option<&'a Arg> {
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = long.split_once('=').map_or((long, None), |(n, v)| (n, Some(v)));
            let option = self.find(|option| option.get_long() == Some(name))?;
            return (value.is_none() && takes_next(option)).then_some(option);
        }
        let mut letters = word.chars().skip(1);
        while let Some(letter) = letters.next() {
            let option = self.find(|option| option.get_short() == Some(letter))?;
            if takes_value(option) {
                return (letters.next().is_none() && takes_next(option)).then_some(option);
            }
        }
        None
    }

    fn find(&mut self, is_it: impl Fn(&Arg) -> bool) -> Option<&'a Arg> {
        let command = self.command;
        let option = command.get_arguments().find(|option| is_it(option))?;
        self.used.push(option.get_id().as_str());
        Some(option)
    }

    /// Takes a word that is no option: a verb as long as none but verbs were said.
    fn word(&mut self, word: &str) {
        let verb = self.said.is_empty().then(|| self.command.find_subcommand(word)).flatten();
        match verb {
            Some(verb) => {
                self.command = verb;
                self.used.clear();
            }
            None => self.said.push(word.to_owned()),
        }
    }

    fn wanted_word(&self, is_over: bool) -> Wanted<'a> {
        let is_alone = self.command.is_args_conflicts_with_subcommands_set();
        let is_verb = !is_over
            && self.said.is_empty()
            && self.command.has_subcommands()
            && (!is_alone || self.used.is_empty());
        let mut arguments = self.command.get_positionals();
        let argument = arguments.nth(self.said.len()).or_else(|| {
            // The last one may be given again and again.
            let last = self.command.get_positionals().last();
            last.filter(|last| range(last).max_values() > 1)
        });
        Wanted::Word { is_verb, argument }
    }
}

fn range(option: &Arg) -> ValueRange {
    option.get_num_args().unwrap_or(ValueRange::EMPTY)
}

fn takes_value(option: &Arg) -> bool {
    option.get_action().takes_values() && range(option).takes_values()
}

fn takes_next(option: &Arg) -> bool {
    takes_value(option) && !option.is_require_equals_set()
}
