//! What a prompt asks for: its commands, which begin with a slash.

use std::time::Duration;

/// What a prompt asks of the program itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Do nothing at all for so long, as a loop that hangs.
    Block(Duration),
    /// End with this code.
    Exit(u8),
    /// Start a child that leaves our session.
    Leak,
}

/// What a prompt is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Something of the program itself.
    Deed(Deed),
    /// A dialog.
    Dialog,
    /// So many lines.
    Flood(u32),
    /// Nothing but an answer.
    Talk,
}

impl Asked {
    /// Reads it from a prompt without its tag.
    pub fn read(prompt: &str) -> Self {
        let mut words = prompt.split_whitespace();
        let (word, value) = (words.next().unwrap_or_default(), words.next());
        let number = |value: Option<&str>| value.and_then(|value| value.parse::<f64>().ok());
        match (word, value) {
            ("/block", value) => number(value)
                .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
                .map_or(Self::Talk, |time| Self::Deed(Deed::Block(time))),
            ("/exit", value) => {
                let code = value.map_or(Some(0), |value| value.parse().ok());
                code.map_or(Self::Talk, |code| Self::Deed(Deed::Exit(code)))
            }
            ("/flood", Some(value)) => value.parse().map_or(Self::Talk, Self::Flood),
            ("/leak", None) => Self::Deed(Deed::Leak),
            ("/dialog", None) => Self::Dialog,
            _ => Self::Talk,
        }
    }
}

/// A message by keystrokes begins with its tag, `[m-ID] `, which is not for the runtime's rules.
pub fn without_tag(prompt: &str) -> &str {
    let tagged = prompt.strip_prefix("[m-").and_then(|rest| rest.split_once("] "));
    tagged.map_or(prompt, |(_, body)| body)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Asked, Deed, without_tag};

    #[test]
    fn commands_are_known_behind_a_tag() {
        let asked = |prompt| Asked::read(without_tag(prompt));
        assert_eq!(asked("[m-1] /exit 3"), Asked::Deed(Deed::Exit(3)));
        assert_eq!(asked("/block 0.5"), Asked::Deed(Deed::Block(Duration::from_millis(500))));
        assert_eq!(asked("/flood 7"), Asked::Flood(7));
        for talk in ["/exit 300", "/block -1", "/flood", "exit", "[m-1 /exit"] {
            assert_eq!(asked(talk), Asked::Talk, "{talk}");
        }
    }
}
