//! Text for a terminal: safe to print, of a known width, and no longer than its place.

use unicode_width::UnicodeWidthChar as _;

/// A text that moves no cursor, turns no line around and has one width on every terminal: control
/// characters become spaces, and what is only there to change its neighbours is left out.
pub fn shown(text: &str) -> String {
    // Nearly every text is plain: it is taken whole.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let safe = |c: char| if c.is_control() || is_break(c) { ' ' } else { c };
    text.chars().filter(|c| !is_invisible(*c)).map(safe).collect()
}

/// Line ends that are no control characters.
fn is_break(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Joiners, selectors, fillers, tags, and what turns the direction of writing around. Terminals
/// do not agree on the width of what these make of their neighbours.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// How many columns of a terminal a shown text takes: the sum of its characters', since nothing
/// is left in it that joins them.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// The text in at most so many columns; `…` stands for the rest.
pub fn elided(text: String, columns: usize) -> String {
    if width(&text) <= columns {
        return text;
    }
    let mut used = 1;
    let mut cut = String::new();
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > columns {
            break;
        }
        cut.push(c);
    }
    cut.push('…');
    cut
}

/// A text in lines of so many columns, broken between words; a word that is longer is cut.
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split(' ') {
        if !line.is_empty() && width(&line) + 1 + width(word) > columns {
            lines.push(elided(std::mem::take(&mut line), columns));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(elided(line, columns));
    lines
}

/// A duration in its largest unit: `40ms` never, `3s`, `12m`, `5h`, `9d`.
pub fn age(ms: u64) -> String {
    match ms / 1000 {
        seconds @ 0..=59 => format!("{seconds}s"),
        seconds @ 60..=3599 => format!("{}m", seconds / 60),
        seconds @ 3600..=86_399 => format!("{}h", seconds / 3600),
        seconds => format!("{}d", seconds / 86_400),
    }
}

/// How long it is from an age to the next that reads differently.
pub fn next_age(ms: u64) -> u64 {
    let step = match ms / 1000 {
        0..=59 => 1000,
        60..=3599 => 60_000,
        3600..=86_399 => 3_600_000,
        _ => 86_400_000,
    };
    step - ms % step
}

/// `812K`, `12M`, `1.4G`.
pub fn bytes(count: u64) -> String {
    let kib = count / 1024;
    match kib {
        0..=1023 => format!("{kib}K"),
        1024..=1_048_575 => format!("{}M", kib / 1024),
        _ => format!("{}.{}G", kib / 1_048_576, kib % 1_048_576 * 10 / 1_048_576),
    }
}

#[cfg(test)]
mod tests {
    use super::{age, elided, next_age, shown, width};

    #[test]
    fn the_next_age_is_the_first_that_reads_differently() {
        for ms in [0, 1, 999, 1000, 59_999, 60_000, 61_500, 3_599_999, 3_600_000, 86_400_000] {
            let next = ms + next_age(ms);
            assert_ne!(age(ms), age(next), "{ms}");
            assert_eq!(age(ms), age(next - 1), "{ms}");
        }
    }

    #[test]
    fn what_moves_a_cursor_or_joins_characters_never_reaches_a_terminal() {
        assert_eq!(shown("a\x1b[31mb\rc\u{9b}d\n\u{2028}"), "a [31mb c d  ");
        assert_eq!(shown("\u{202e}evil\u{2066}\u{200d}\u{feff}"), "evil");
        assert_eq!(shown("\u{2764}\u{fe0f}"), "\u{2764}");
        assert_eq!(shown("e\u{301} 世界"), "e\u{301} 世界");
    }

    #[test]
    fn a_text_that_is_too_long_ends_in_one_mark_and_never_amid_a_wide_character() {
        assert_eq!((width("世界"), width("e\u{301}"), width("ab")), (4, 1, 2));
        let cut = |text: &str, columns| elided(text.to_owned(), columns);
        assert_eq!(cut("世界人", 6), "世界人");
        assert_eq!(cut("世界人", 5), "世界…");
        assert_eq!(cut("世界人", 4), "世…");
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
        assert_eq!((cut("ab", 1), cut("ab", 2)), ("…".to_owned(), "ab".to_owned()));
    }
}
