//! What is offered at a Tab, and how each shell is told.

use super::super::arguments::Shell;
use super::super::table::{shown, width};
use super::words::{Word, quoted};

/// Files are the shell's own business; this says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// Any.
    Any,
    /// Directories.
    Directories,
    /// YAML, and directories in which some may be.
    Rosters,
}

/// A word that may stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The word.
    pub value: String,
    /// What it is, in a few words; none where the word says it.
    pub told: String,
}

impl Offer {
    /// A word, and what it is.
    pub fn new(value: impl Into<String>, told: impl Into<String>) -> Self {
        Self { value: value.into(), told: told.into() }
    }
}

/// All that may stand there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offers {
    /// The words, in the order in which they are shown.
    pub words: Vec<Offer>,
    /// Which files beside them.
    pub files: Option<Files>,
}

/// What bash says of itself.
#[derive(Debug, Clone)]
pub struct Bash<'a> {
    /// The word before the cursor.
    pub word: &'a Word,
    /// What ends a word for it, beside blanks.
    pub breaks: &'a str,
    /// Whether it only lists, so that more may stand there than the word.
    pub is_list: bool,
    /// How wide its terminal is.
    pub columns: usize,
}

impl Offers {
    /// The same as lines, for a shell that takes words as they are: the word, a tab, what it is. A
    /// line without a word says which files.
    pub fn plain(&self, shell: Shell) -> String {
        let widest = self.words.iter().map(|offer| width(&offer.value)).max().unwrap_or(0);
        let lines = self.words.iter().map(|Offer { value, told }| match shell {
            // It lays out nothing itself.
            Shell::Zsh => format!("{value}\t{}\n", beside(value, told, widest)),
            Shell::Fish | Shell::Bash => format!("{value}\t{}\n", shown(told)),
        });
        self.files_line() + &lines.collect::<String>()
    }

    /// The same for bash, which puts in its line what it is given, letter by letter.
    pub fn for_bash(&self, bash: &Bash<'_>) -> String {
        let begun = begun(bash.word, bash.breaks);
        let open = bash.word.open;
        let words: Vec<(String, &str)> = self
            .words
            .iter()
            .map(|Offer { value, told }| {
                // Behind an open quote, only what lies behind it is replaced.
                let typed = match open {
                    Some(_) => quoted(value.get(begun.text..).unwrap_or_default(), open),
                    None => quoted(value, None).get(begun.typed..).unwrap_or_default().to_owned(),
                };
                (typed, told.as_str())
            })
            .collect();
        let is_untold = words.iter().all(|(_, told)| told.is_empty());
        let is_told = bash.is_list && words.len() > 1;
        let widest = words.iter().map(|(word, _)| width(word)).max().unwrap_or(0);
        let lines = words.iter().map(|(word, told)| {
            if !is_told || is_untold {
                return format!("{word}\n");
            }
            let line = beside(word, told, widest);
            // A line that is wrapped is no list any more, and two side by side are hard to read.
            let most = bash.columns.saturating_sub(1);
            let line: String = line.chars().take(most).collect();
            format!("{line:<least$}\n", least = bash.columns / 2 + 1)
        });
        self.files_line() + &lines.collect::<String>()
    }

    fn files_line(&self) -> String {
        let kind = self.files.map(|files| match files {
            Files::Any => "files",
            Files::Directories => "directories",
            Files::Rosters => "rosters",
        });
        kind.map_or_else(String::new, |kind| format!("\t{kind}\n"))
    }
}

/// A word and what it is, in columns.
fn beside(word: &str, told: &str, widest: usize) -> String {
    let gap = widest.saturating_sub(width(word)) + 2;
    let line = format!("{}{}{}", shown(word), " ".repeat(gap), shown(told));
    line.trim_end().to_owned()
}

/// How much of a word bash does not replace.
struct Begun {
    /// Of what was typed, in bytes.
    typed: usize,
    /// Of what it stands for, in bytes.
    text: usize,
}

/// Bash replaces what stands behind the last of these letters, or behind the open quote.
fn begun(word: &Word, breaks: &str) -> Begun {
    if let Some(open) = word.open {
        let at = word.typed.rfind(open).unwrap_or(0);
        let text = super::words::unquoted(&word.typed[..at]).len();
        return Begun { typed: at + open.len_utf8(), text };
    }
    let is_break = |letter: char| "=:@".contains(letter) && breaks.contains(letter);
    let typed = word.typed.rfind(is_break).map_or(0, |at| at + 1);
    Begun { typed, text: typed }
}
