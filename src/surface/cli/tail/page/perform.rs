//! What the sequences of a program do to the screen.

use vte::Params;

use super::screen::Screen;

/// DEC special graphics, for `` ` `` to `~`.
const GRAPHICS: &str = "◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·";

impl Screen {
    fn mode(&mut self, modes: &Params, is_on: bool) {
        for mode in modes.iter().flatten() {
            if matches!(mode, 47 | 1047 | 1049) {
                self.switch(is_on);
            }
        }
    }

    fn set_region(&mut self, params: &Params) {
        let top = number(params, 0, 1) - 1;
        let bottom = match number(params, 1, 0) {
            0 => self.rows,
            bottom => bottom.min(self.rows),
        };
        if top < bottom {
            self.region = (top, bottom);
            self.is_drawn |= top > 0 || bottom < self.rows;
            self.go(0, 0);
        }
    }
}

/// A parameter; 0 and none stand for the default.
fn number(params: &Params, at: usize, default: usize) -> usize {
    let given = params.iter().nth(at).and_then(|values| values.first().copied());
    given.map(usize::from).filter(|value| *value > 0).unwrap_or(default)
}

impl vte::Perform for Screen {
    fn print(&mut self, letter: char) {
        let drawn = u32::from(letter).checked_sub(u32::from('`')).filter(|_| self.is_graphic);
        let drawn = drawn.and_then(|at| GRAPHICS.chars().nth(at as usize));
        self.put(drawn.unwrap_or(letter));
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            0x08 => self.column = self.column.min(self.columns).saturating_sub(1),
            b'\t' => self.column = ((self.column / 8 + 1) * 8).min(self.columns - 1),
            b'\n' | 0x0b | 0x0c => self.feed(),
            b'\r' => self.column = 0,
            0x0e => self.is_graphic = true,
            0x0f => self.is_graphic = false,
            _ => {}
        }
    }

    fn esc_dispatch(&mut self, between: &[u8], _: bool, byte: u8) {
        match (between, byte) {
            ([], b'7') => self.saved = (self.row, self.column),
            ([], b'8') => self.go(self.saved.0, self.saved.1),
            ([], b'D') => self.feed(),
            ([], b'E') => {
                self.feed();
                self.column = 0;
            }
            ([], b'M') => {
                if self.row == self.region.0 {
                    self.insert_lines(1);
                } else {
                    self.go(self.row.saturating_sub(1), self.column);
                }
            }
            ([], b'c') => self.reset(),
            ([b'('], b'0') => self.is_graphic = true,
            ([b'('], _) => self.is_graphic = false,
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, between: &[u8], _: bool, letter: char) {
        let count = number(params, 0, 1);
        let (row, column) = (self.row, self.column);
        match (between, letter) {
            ([], 'A') => self.go(row.saturating_sub(count), column),
            ([], 'B' | 'e') => self.go(row + count, column),
            ([], 'C' | 'a') => self.go(row, column + count),
            ([], 'D') => self.go(row, column.min(self.columns).saturating_sub(count)),
            ([], 'E') => self.go(row + count, 0),
            ([], 'F') => self.go(row.saturating_sub(count), 0),
            ([], 'G' | '`') => self.go(row, count - 1),
            ([], 'd') => self.go(count - 1, column),
            ([], 'H' | 'f') => self.go(count - 1, number(params, 1, 1) - 1),
            ([], 'J') => self.erase_display(number(params, 0, 0)),
            ([], 'K') => match number(params, 0, 0) {
                0 => self.line().erase(column, usize::MAX),
                1 => self.line().erase(0, column + 1),
                _ => self.line().erase(0, usize::MAX),
            },
            ([], 'L') => self.insert_lines(count),
            ([], 'M') => self.delete_lines(count),
            ([], 'P') => self.line().delete(column, count),
            ([], 'X') => self.line().erase(column, column + count),
            ([], '@') => {
                let most = self.columns;
                self.line().insert(column, count, most);
            }
            ([], 'S') => {
                for _ in 0..count.min(self.rows) {
                    self.scroll_up(self.region.0, self.region.1);
                }
                self.is_drawn = true;
            }
            ([], 's') => self.saved = (row, column),
            ([], 'u') => self.go(self.saved.0, self.saved.1),
            ([], 'r') => self.set_region(params),
            ([], 'm') => self.style.change(params),
            ([b'?'], 'h') => self.mode(params, true),
            ([b'?'], 'l') => self.mode(params, false),
            _ => {}
        }
    }
}
