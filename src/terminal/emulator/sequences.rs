//! Which sequence means what: those that tmux knows, and no others.

use vte::{Params, Perform};

use super::modes::Mouse;
use super::screen::{AlternateCursor, Screen};
use super::widths::Letters;

/// Lines and corners, for `` ` `` to `~`.
pub const GRAPHICS: &str = "◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·";

/// What sequences act on.
pub(super) struct Hand {
    pub screen: Screen,
    /// What the program has called its window since somebody asked.
    pub title: Option<String>,
    letters: Letters,
    /// The last letter, as long as nothing else came; before 3.5 only those of ASCII are repeated.
    last: Option<char>,
    /// A name is told to somebody else, up to the next escape.
    is_naming: bool,
}

impl Hand {
    pub fn new(screen: Screen, letters: Letters) -> Self {
        Self { screen, title: None, letters, last: None, is_naming: false }
    }

    fn write(&mut self, letter: char) {
        let sets = self.screen.sets;
        let drawn = match letter {
            '`'..='~' if sets.lines[sets.at] => {
                GRAPHICS.chars().nth(letter as usize - '`' as usize).unwrap_or(letter)
            }
            letter => letter,
        };
        let Some(columns) = self.letters.columns(drawn) else { return };
        if self.letters == Letters::Until3_3 || !self.screen.joins(drawn, columns) {
            self.screen.put(drawn, columns);
        }
    }

    fn modes(&mut self, parameters: &Params, is_on: bool) {
        for mode in parameters.iter().filter_map(|mode| mode.first().copied()) {
            let modes = &mut self.screen.modes;
            match mode {
                1 => modes.has_application_cursor = is_on,
                3 => {
                    self.screen.go_to(Some(0), Some(0));
                    self.screen.erase_in_screen(2);
                }
                6 => {
                    modes.has_origin = is_on;
                    self.screen.go_to(Some(0), Some(0));
                }
                7 => modes.wraps = is_on,
                25 => modes.shows_cursor = is_on,
                1000..=1003 if !is_on => modes.mouse = Mouse::Off,
                1000 => modes.mouse = Mouse::Buttons,
                1002 => modes.mouse = Mouse::Drags,
                1003 => modes.mouse = Mouse::Moves,
                1006 => modes.has_wide_mouse = is_on,
                2004 => modes.brackets_pastes = is_on,
                47 | 1047 if is_on => self.screen.enter_alternate(AlternateCursor::Shared),
                47 | 1047 => self.screen.leave_alternate(AlternateCursor::Shared),
                1049 if is_on => self.screen.enter_alternate(AlternateCursor::Own),
                1049 => self.screen.leave_alternate(AlternateCursor::Own),
                _ => {}
            }
        }
    }

    fn repeat(&mut self, count: usize) {
        let Some(letter) = self.last else { return };
        let (columns, _) = self.screen.size();
        let room = usize::from(columns.saturating_sub(self.screen.cursor().0));
        for _ in 0..count.min(room) {
            self.write(letter);
        }
    }
}

impl Perform for Hand {
    fn print(&mut self, letter: char) {
        if self.is_naming {
            return;
        }
        self.write(letter);
        let is_repeated = letter.is_ascii() || self.letters == Letters::Since3_5;
        self.last = is_repeated.then_some(letter);
    }

    fn execute(&mut self, byte: u8) {
        if self.is_naming {
            // Only these cut a name short.
            self.is_naming = !matches!(byte, 0x18 | 0x1a);
            return;
        }
        match byte {
            0x08 => self.screen.back(),
            b'\t' => self.screen.tab(),
            b'\n' | 0x0b | 0x0c => self.screen.line_feed(self.screen.pen.paper),
            b'\r' => self.screen.carriage_return(),
            0x0e => self.screen.sets.at = 1,
            0x0f => self.screen.sets.at = 0,
            _ => {}
        }
        self.last = None;
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], _ignore: bool, byte: u8) {
        self.is_naming = false;
        self.last = None;
        let screen = &mut self.screen;
        match (intermediates, byte) {
            ([], b'7') => screen.save(),
            ([], b'8') => screen.restore(),
            ([], b'D') => screen.line_feed(screen.pen.paper),
            ([], b'E') => {
                screen.carriage_return();
                screen.line_feed(screen.pen.paper);
            }
            ([], b'H') => screen.set_tab(),
            ([], b'M') => screen.reverse_line_feed(),
            ([], b'c') => screen.reset(),
            // The name of a tmux window, up to the next escape.
            ([], b'k') => self.is_naming = true,
            ([b'#'], b'8') => screen.fill_with('E'),
            ([b'('], set @ (b'0' | b'B')) => screen.sets.lines[0] = set == b'0',
            ([b')'], set @ (b'0' | b'B')) => screen.sets.lines[1] = set == b'0',
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, parameters: &Params, between: &[u8], _ignore: bool, last: char) {
        self.is_naming = false;
        let number = |at: usize| parameters.iter().nth(at).and_then(|one| one.first()).copied();
        let first = number(0).unwrap_or(0);
        let count = usize::from(first.max(1));
        let second = usize::from(number(1).unwrap_or(0).max(1));
        let screen = &mut self.screen;
        match (between, last) {
            ([], '@') => screen.insert(count),
            ([], 'A') => screen.up(count),
            ([], 'B') => screen.down(count),
            ([], 'C') => screen.right(count),
            ([], 'D') => screen.left(count),
            ([], 'E') => {
                screen.carriage_return();
                screen.down(count);
            }
            ([], 'F') => {
                screen.carriage_return();
                screen.up(count);
            }
            ([], 'G' | '`') => screen.go_to(Some(count - 1), None),
            ([], 'H' | 'f') => screen.go_to(Some(second - 1), Some(count - 1)),
            ([], 'J') => screen.erase_in_screen(first),
            ([], 'K') => screen.erase_in_row(first),
            ([], 'L') => screen.insert_rows(count),
            ([], 'M') => screen.delete_rows(count),
            ([], 'P') => screen.delete(count),
            ([], 'S') => screen.scroll_up(count),
            ([], 'T') => screen.scroll_down(count),
            ([], 'X') => screen.erase(count),
            ([], 'Z') => screen.tab_back(count),
            ([], 'b') => self.repeat(count),
            ([], 'd') => screen.go_to(None, Some(count - 1)),
            ([], 'g') if first == 0 => screen.clear_tab(),
            ([], 'g') if first == 3 => screen.clear_tabs(),
            ([], 'h' | 'l') if parameters.iter().any(|mode| mode == [4]) => {
                screen.modes.inserts = last == 'h';
            }
            ([b'?'], 'h' | 'l') => self.modes(parameters, last == 'h'),
            ([], 'm') => screen.pen.take(parameters.iter()),
            ([], 'r') => {
                let bottom = number(1).filter(|bottom| *bottom > 0).unwrap_or(screen.size().1);
                screen.set_region(count - 1, usize::from(bottom) - 1);
            }
            ([], 's') => screen.save(),
            ([], 'u') => screen.restore(),
            _ => {}
        }
        self.last = None;
    }

    fn osc_dispatch(&mut self, parameters: &[&[u8]], _is_bell: bool) {
        self.is_naming = false;
        self.last = None;
        if let [b"0" | b"2", title @ ..] = parameters {
            // What stands between semicolons is the title's too.
            let title = title.join(&b';');
            self.title = Some(String::from_utf8_lossy(&title).into_owned());
        }
    }
}
