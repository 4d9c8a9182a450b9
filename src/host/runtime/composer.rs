//! What the place says in which a runtime takes its input; the runtimes know how it looks.

/// What stands where a runtime takes its input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Composer {
    /// Our text, from the composer's first character on, and nothing beside it.
    HoldsOnly,
    /// Nothing.
    Empty,
    /// Something that we did not put there, alone or before ours.
    HoldsOther,
    /// No composer: a dialog, which says this.
    Dialog(String),
    /// Nobody can tell: why.
    Unclear(String),
}

/// How much of a composer its rows show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// Its beginning: a screen may be too low for the rest.
    Beginning,
    /// Its end, as far as it is shown.
    End,
}

/// Whether rows that show so much of a composer can only be these of a text. What a terminal shows
/// in more than one way is not compared: blanks and line ends, where rows break, and, of a text with
/// letters whose width or form depends on who draws them, all that comes after the first of those.
pub fn shows(rows: &[&str], extent: Extent, text: &str) -> bool {
    let shown: String = rows.iter().flat_map(|row| row.chars()).filter(|c| is_steady(*c)).collect();
    let steady_to = text.find(|c: char| !is_steady(c) && !is_blank(c)).unwrap_or(text.len());
    let ours = |text: &str| -> String { text.chars().filter(|c| is_steady(*c)).collect() };
    if steady_to < text.len() {
        return extent == Extent::End || shown.starts_with(&ours(tag_of(&text[..steady_to])));
    }
    let ours = ours(text);
    match extent {
        Extent::Whole => shown == ours,
        Extent::Beginning => !shown.is_empty() && ours.starts_with(&shown),
        Extent::End => ours.ends_with(&shown),
    }
}

/// The tag at the front of a text; all of a text without one.
fn tag_of(text: &str) -> &str {
    text.find("] ").map_or(text, |end| &text[..=end])
}

fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\n' | '\t')
}

/// Letters that every terminal shows alike, and that nothing joins to the one before.
fn is_steady(letter: char) -> bool {
    letter.is_ascii_graphic()
        || matches!(letter, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}')
        || matches!(letter, '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}
