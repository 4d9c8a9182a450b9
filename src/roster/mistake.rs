//! A mistake in a roster: where, what was found, what is allowed. It never repairs one.

use std::fmt;

/// The longest piece of the roster that a message repeats, in characters.
const QUOTED_MAX: usize = 60;

/// More mistakes than this are counted, not shown: nobody reads them, and a broken file of the
/// largest size would make a million.
const SHOWN_MAX: usize = 100;

/// A place in the text; both count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Place {
    /// Where every text begins.
    pub const START: Self = Self { line: 1, column: 1 };
}

/// One mistake, or one warning, in a roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file's name, as the caller gave it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The key, from the top: `agents[2].heartbeat.every`; empty for the text as a whole.
    pub path: String,
    /// What stands there.
    pub found: String,
    /// What may stand there.
    pub allowed: String,
    /// The word that was probably meant.
    pub nearest: Option<String>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, path, found, allowed, nearest } = self;
        write!(out, "{}:{line}:{column}: ", printable(file))?;
        if !path.is_empty() {
            write!(out, "{path}: ")?;
        }
        write!(out, "found {found}; allowed {allowed}")?;
        match nearest {
            Some(nearest) => write!(out, "; did you mean {nearest}?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Mistake {}

/// Proof that a mistake was recorded: only [`Mistakes::add`] makes one, so nothing is dropped silently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken(());

/// The mistakes and warnings of one reading.
#[derive(Debug)]
pub struct Mistakes {
    file: String,
    mistakes: Vec<Mistake>,
    warnings: Vec<Mistake>,
}

impl Mistakes {
    /// None yet.
    pub fn new(file: &str) -> Self {
        Self { file: file.to_owned(), mistakes: Vec::new(), warnings: Vec::new() }
    }

    /// Records a mistake.
    pub fn add(&mut self, place: Place, path: &str, found: String, allowed: &str) -> Broken {
        self.propose(place, path, found, allowed, None)
    }

    /// Records a mistake and what was probably meant.
    pub fn propose(
        &mut self,
        place: Place,
        path: &str,
        found: String,
        allowed: &str,
        nearest: Option<String>,
    ) -> Broken {
        let mistake = self.at(place, path, found, allowed, nearest);
        self.mistakes.push(mistake);
        Broken(())
    }

    /// Records something that is allowed and probably not meant.
    pub fn warn(&mut self, place: Place, path: &str, found: String, allowed: &str) {
        let warning = self.at(place, path, found, allowed, None);
        self.warnings.push(warning);
    }

    /// The mistakes and the warnings, each in the order of the text, each once.
    pub fn into_order(self) -> (Vec<Mistake>, Vec<Mistake>) {
        (in_order(self.mistakes), in_order(self.warnings))
    }

    fn at(
        &self,
        place: Place,
        path: &str,
        found: String,
        allowed: &str,
        nearest: Option<String>,
    ) -> Mistake {
        Mistake {
            file: self.file.clone(),
            line: place.line,
            column: place.column,
            path: path.to_owned(),
            found,
            allowed: allowed.to_owned(),
            nearest,
        }
    }
}

fn in_order(mut mistakes: Vec<Mistake>) -> Vec<Mistake> {
    mistakes.sort_by(|a, b| (a.line, a.column, &a.path).cmp(&(b.line, b.column, &b.path)));
    mistakes.dedup();
    if mistakes.len() > SHOWN_MAX {
        let rest = mistakes.len() - SHOWN_MAX;
        mistakes.truncate(SHOWN_MAX + 1);
        if let Some(last) = mistakes.last_mut() {
            last.path.clear();
            last.found = format!("{rest} more mistakes from here on");
            "none of them".clone_into(&mut last.allowed);
            last.nearest = None;
        }
    }
    mistakes
}

/// A piece of the roster for a message: in backticks, on one line, of bounded length.
pub fn quoted(text: &str) -> String {
    let mut shown = printable(&text.chars().take(QUOTED_MAX).collect::<String>());
    if text.chars().nth(QUOTED_MAX).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// The text with every control character escaped: a message never drives a terminal.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unprintable(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Control characters, and the marks that reorder or hide what stands beside them.
pub fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
