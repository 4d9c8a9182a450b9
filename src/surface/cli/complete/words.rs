//! Words as a shell reads them, also when the last one is not typed to its end; and as it is to be
//! given them.

/// A word of a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Word {
    /// What the program would be given.
    pub text: String,
    /// What was typed for it.
    pub typed: String,
    /// The quote that is still open at its end.
    pub open: Option<char>,
}

/// The words of a line that ends at the cursor; the last one is that before it, if only an empty one.
pub fn split(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word = Word::default();
    let mut is_escaped = false;
    for letter in line.chars() {
        if word.open.is_none() && !is_escaped && letter.is_whitespace() {
            if !word.typed.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        word.typed.push(letter);
        if std::mem::take(&mut is_escaped) {
            // Between double quotes only these are escaped.
            if word.open == Some('"') && !"\"\\$`".contains(letter) {
                word.text.push('\\');
            }
            word.text.push(letter);
            continue;
        }
        match (word.open, letter) {
            (None | Some('"'), '\\') => is_escaped = true,
            (None, '\'' | '"') => word.open = Some(letter),
            (Some(open), _) if open == letter => word.open = None,
            _ => word.text.push(letter),
        }
    }
    words.push(word);
    words
}

/// What the program would be given for one word as it is typed, finished or not.
pub fn unquoted(typed: &str) -> String {
    // Blanks inside one word are quoted already, or the shell would have made two of it.
    let mut words = split(typed).into_iter();
    let first = words.next().unwrap_or_default().text;
    words.fold(first, |text, word| format!("{text} {}", word.text))
}

/// A value so that bash takes it as one word, behind a quote that is open or behind none.
pub fn quoted(value: &str, open: Option<char>) -> String {
    match open {
        Some('\'') => value.replace('\'', r"'\''"),
        Some(_) => escaped(value, |letter| "\"\\$`".contains(letter)),
        None => escaped(value, |letter| {
            letter.is_ascii() && !letter.is_ascii_alphanumeric() && !"-_./,=:@%+".contains(letter)
        }),
    }
}

fn escaped(value: &str, is_special: impl Fn(char) -> bool) -> String {
    let mut text = String::new();
    for letter in value.chars() {
        if is_special(letter) {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{quoted, split, unquoted};

    fn texts(line: &str) -> Vec<String> {
        split(line).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn a_line_is_split_as_a_shell_does() {
        assert_eq!(texts("mosaic watch a"), ["mosaic", "watch", "a"]);
        assert_eq!(texts("mosaic  watch "), ["mosaic", "watch", ""]);
        assert_eq!(texts(r#"a 'b c' "d \"e\n" f\ g"#), ["a", "b c", "d \"e\\n", "f g"]);
        assert_eq!(texts("ps --role 'tests gr"), ["ps", "--role", "tests gr"]);
        assert_eq!(split("x --role=\"te").last().unwrap().open, Some('"'));
        assert_eq!(texts(""), [""]);
    }

    #[test]
    fn one_word_is_read_whatever_is_open_in_it() {
        for (typed, text) in [
            ("ada", "ada"),
            ("'a b'", "a b"),
            ("'a b", "a b"),
            (r"a\ b", "a b"),
            ("\"a", "a"),
            (r"a\", "a"),
            ("", ""),
        ] {
            assert_eq!(unquoted(typed), text, "{typed}");
        }
    }

    #[test]
    fn what_is_offered_is_one_word_again() {
        for value in ["ada", "tests gr$en", "it's \"so\"", "a;b|c&d", "ä ö", "~x", "#y", "a*b?[c]"]
        {
            assert_eq!(texts(&quoted(value, None)), [value]);
            for open in ['\'', '"'] {
                let line = format!("{open}{}{open}", quoted(value, Some(open)));
                assert_eq!(texts(&line), [value], "{line}");
            }
        }
    }
}
