//! What the keys mean while we watch. None of them means anything to the agent.

use crate::terminal::input::{Decoder, Input, Key};

/// What somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// To leave.
    Quit,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-Z.
    Suspend,
    /// The view follows the agent's cursor again.
    Follow,
    /// To move the view by columns and rows.
    Pan(i32, i32),
    /// To move the view by pages; up leads into what scrolled off.
    Page(i32),
    /// The first row that is kept.
    Top,
    /// What the agent shows now.
    Live,
    /// What the keys are.
    Help,
    /// Any other key.
    Other,
}

/// What is shown for `?`.
pub const HELP: &str = "
  Nothing that is pressed here reaches the agent.

  arrows       move the view where the agent's screen is larger
  f            follow the agent's cursor again
  PgUp PgDn    what scrolled off, as the pane keeps it
  Home         the first row that is kept
  End  Esc     back to what the agent shows now
  ?            these keys; any key takes them away
  Ctrl-Z       stop the watch; `fg` goes on
  q  Ctrl-C    leave
";

/// What an input means.
pub fn wish(input: &Input) -> Wish {
    let Input::Key(key) = input else {
        return Wish::Other;
    };
    match key {
        Key::Char('q' | 'Q') => Wish::Quit,
        Key::Control('c') => Wish::Interrupt,
        Key::Control('z') => Wish::Suspend,
        Key::Char('f' | 'F') => Wish::Follow,
        Key::Char('?' | 'h') => Wish::Help,
        Key::Up => Wish::Pan(0, -1),
        Key::Down => Wish::Pan(0, 1),
        Key::Left | Key::WordLeft => Wish::Pan(-1, 0),
        Key::Right | Key::WordRight => Wish::Pan(1, 0),
        Key::PageUp => Wish::Page(-1),
        Key::PageDown => Wish::Page(1),
        Key::Home => Wish::Top,
        Key::End | Key::Escape => Wish::Live,
        Key::Char(_) | Key::Control(_) | Key::Alt(_) | Key::Enter | Key::AltEnter => Wish::Other,
        Key::Tab | Key::BackTab | Key::Backspace | Key::Delete => Wish::Other,
    }
}

/// What bytes mean that came together; a part of a sequence at their end means nothing.
pub fn wishes(bytes: &[u8]) -> Vec<Wish> {
    Decoder::default().feed(bytes).iter().map(wish).collect()
}

#[cfg(test)]
mod tests {
    use super::Wish;

    #[test]
    fn arrows_pan_and_q_quits_and_nothing_else_means_anything() {
        let wishes = |bytes: &[u8]| -> Vec<Wish> {
            super::wishes(bytes).into_iter().filter(|wish| *wish != Wish::Other).collect()
        };
        assert_eq!(wishes(b"\x1b[Ax\x1bOB"), [Wish::Pan(0, -1), Wish::Pan(0, 1)]);
        assert_eq!(wishes(b"\x1b[1;5Cq"), [Wish::Pan(1, 0), Wish::Quit]);
        assert_eq!(wishes(b"\x03f"), [Wish::Interrupt, Wish::Follow]);
        assert_eq!(wishes(b"\x1b[5~\x1b[6~"), [Wish::Page(-1), Wish::Page(1)]);
        assert!(wishes(b"yes\r\x1b[200~q\x1b[201~\x1b[").is_empty());
    }
}
