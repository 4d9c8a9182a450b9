//! One line of text with its colours, and how it is written out: never more than colours.

use vte::Params;

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// One of 256.
    Numbered(u8),
    /// Red, green, blue.
    Exact(u8, u8, u8),
}

/// How a letter looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    ink: Option<Colour>,
    paper: Option<Colour>,
    /// Bits: the attributes of [`ATTRIBUTES`], in their order.
    attributes: u8,
}

/// The attributes that are kept: what turns each on, and what turns it off.
const ATTRIBUTES: [(u16, u16); 7] = [(1, 22), (2, 22), (3, 23), (4, 24), (5, 25), (7, 27), (9, 29)];

/// A place on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The letter and the marks over it; empty behind a letter of two columns.
    text: Letters,
    style: Style,
}

/// One letter nearly always, and then no allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Letters {
    None,
    One(char),
    Many(Box<str>),
}

/// A line.
#[derive(Debug, Clone, Default)]
pub struct Line {
    cells: Vec<Cell>,
    /// Whether it goes on in the next row, since the terminal was not wide enough.
    pub is_wrapped: bool,
    /// Whether it was given out as it is.
    given: bool,
}

impl Cell {
    /// A letter.
    pub fn of(letter: char, style: Style) -> Self {
        Self { text: Letters::One(letter), style }
    }

    fn blank() -> Self {
        Self::of(' ', Style::default())
    }

    fn is_blank(&self) -> bool {
        self.text == Letters::One(' ') && self.style.is_plain_space()
    }

    fn push_to(&self, out: &mut String) {
        match &self.text {
            Letters::None => {}
            Letters::One(letter) => out.push(*letter),
            Letters::Many(text) => out.push_str(text),
        }
    }
}

impl Line {
    /// Whether nothing stands on it.
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(Cell::is_blank)
    }

    /// Whether it was given out, and is as it was then.
    pub fn is_given(&self) -> bool {
        self.given
    }

    /// It is given out.
    pub fn give(&mut self) {
        self.given = true;
    }

    /// Puts a letter of so many columns.
    pub fn put(&mut self, column: usize, cell: Cell, width: usize) {
        self.reach(column + width);
        self.break_pair(column);
        self.break_pair(column + width);
        let behind = Cell { text: Letters::None, style: cell.style };
        if self.cells[column] != cell {
            self.given = false;
        }
        self.cells[column] = cell;
        for cell in &mut self.cells[column + 1..column + width] {
            *cell = behind.clone();
        }
    }

    /// Adds a mark to the letter that stands before the cursor.
    pub fn add_mark(&mut self, column: usize, mark: char, most: usize) {
        let at = (0..=column.min(self.cells.len().saturating_sub(1)))
            .rev()
            .find(|at| self.cells.get(*at).is_some_and(|cell| cell.text != Letters::None));
        let Some(cell) = at.and_then(|at| self.cells.get_mut(at)) else { return };
        let mut text = String::new();
        cell.push_to(&mut text);
        if text.chars().count() <= most {
            text.push(mark);
            cell.text = Letters::Many(text.into());
            self.given = false;
        }
    }

    /// Takes away what stands from one column up to another.
    pub fn erase(&mut self, from: usize, to: usize) {
        let to = to.min(self.cells.len());
        if from >= to {
            return;
        }
        self.break_pair(from);
        self.break_pair(to);
        if self.cells[from..to].iter().any(|cell| !cell.is_blank()) {
            self.given = false;
        }
        if to == self.cells.len() {
            self.cells.truncate(from);
            self.is_wrapped = false;
        } else {
            self.cells[from..to].fill(Cell::blank());
        }
    }

    /// Takes places away; what stands behind them moves up.
    pub fn delete(&mut self, column: usize, count: usize) {
        let end = (column + count).min(self.cells.len());
        if column < end {
            self.break_pair(column);
            self.break_pair(end);
            self.cells.drain(column..end);
            self.given = false;
        }
    }

    /// Puts blanks between; what stands behind them moves on, and off the end.
    pub fn insert(&mut self, column: usize, count: usize, columns: usize) {
        if column < self.cells.len() {
            self.break_pair(column);
            let blanks = vec![Cell::blank(); count.min(columns)];
            self.cells.splice(column..column, blanks);
            self.cells.truncate(columns);
            self.given = false;
        }
    }

    fn reach(&mut self, columns: usize) {
        if self.cells.len() < columns {
            self.cells.resize(columns, Cell::blank());
        }
    }

    /// A letter of two columns of which one is written over is gone.
    fn break_pair(&mut self, column: usize) {
        if column > 0 && self.cells.get(column).is_some_and(|cell| cell.text == Letters::None) {
            self.cells[column] = Cell::blank();
            self.cells[column - 1] = Cell::blank();
        }
    }

    /// Its text, without blanks at its end unless it goes on.
    pub fn plain(&self, out: &mut String) {
        let begin = out.len();
        self.cells.iter().for_each(|cell| cell.push_to(out));
        if !self.is_wrapped {
            let end = begin + out[begin..].trim_end_matches(' ').len();
            out.truncate(end);
        }
    }

    /// The same with its colours.
    pub fn coloured(&self, out: &mut String) {
        let end = self.cells.iter().rposition(|cell| !cell.is_blank()).map_or(0, |last| last + 1);
        let end = if self.is_wrapped { self.cells.len() } else { end };
        let mut style = Style::default();
        for cell in &self.cells[..end] {
            if cell.style != style {
                style = cell.style;
                style.write(out);
            }
            cell.push_to(out);
        }
        if style != Style::default() {
            out.push_str("\x1b[0m");
        }
    }
}

impl Style {
    /// Whether a space in it cannot be told from none.
    fn is_plain_space(&self) -> bool {
        // Under a line, inverse or struck through, a space is seen.
        let seen = ATTRIBUTES.iter().enumerate().filter(|(_, (on, _))| matches!(on, 4 | 7 | 9));
        self.paper.is_none() && !seen.into_iter().any(|(at, _)| self.attributes >> at & 1 == 1)
    }

    /// Takes `ESC [ … m`.
    pub fn change(&mut self, params: &Params) {
        let mut values = params.iter();
        while let Some(value) = values.next() {
            match value {
                [0] | [] => *self = Self::default(),
                [38] => self.ink = colour(&mut values).or(self.ink),
                [48] => self.paper = colour(&mut values).or(self.paper),
                [38, rest @ ..] => self.ink = joined(rest).or(self.ink),
                [48, rest @ ..] => self.paper = joined(rest).or(self.paper),
                [39] => self.ink = None,
                [49] => self.paper = None,
                [number @ 30..=37] => self.ink = numbered(number - 30),
                [number @ 40..=47] => self.paper = numbered(number - 40),
                [number @ 90..=97] => self.ink = numbered(number - 90 + 8),
                [number @ 100..=107] => self.paper = numbered(number - 100 + 8),
                [4, 0] => self.attribute(24),
                [number, ..] => self.attribute(*number),
            }
        }
    }

    fn attribute(&mut self, number: u16) {
        for (at, (on, off)) in ATTRIBUTES.iter().enumerate() {
            if number == *on {
                self.attributes |= 1 << at;
            } else if number == *off {
                self.attributes &= !(1 << at);
            }
        }
    }

    fn write(self, out: &mut String) {
        let mut numbers = vec!["0".to_owned()];
        for (at, (on, _)) in ATTRIBUTES.iter().enumerate() {
            if self.attributes >> at & 1 == 1 {
                numbers.push(on.to_string());
            }
        }
        numbers.extend(self.ink.map(|ink| ink.numbers(38)));
        numbers.extend(self.paper.map(|paper| paper.numbers(48)));
        out.push_str("\x1b[");
        out.push_str(&numbers.join(";"));
        out.push('m');
    }
}

impl Colour {
    fn numbers(self, plane: u16) -> String {
        match self {
            Self::Numbered(number @ 0..=7) => (u16::from(number) + plane - 8).to_string(),
            Self::Numbered(number @ 8..=15) => (u16::from(number) - 8 + plane + 52).to_string(),
            Self::Numbered(number) => format!("{plane};5;{number}"),
            Self::Exact(red, green, blue) => format!("{plane};2;{red};{green};{blue}"),
        }
    }
}

fn numbered(number: u16) -> Option<Colour> {
    u8::try_from(number).ok().map(Colour::Numbered)
}

/// A colour whose parts are parameters of their own: `38;5;N`, `38;2;R;G;B`.
fn colour<'p>(values: &mut impl Iterator<Item = &'p [u16]>) -> Option<Colour> {
    let mut next = || values.next()?.first().copied();
    match next()? {
        5 => numbered(next()?),
        2 => exact(next()?, next()?, next()?),
        _ => None,
    }
}

/// The same in one parameter: `38:5:N`, `38:2::R:G:B`, `38:2:R:G:B`.
fn joined(parts: &[u16]) -> Option<Colour> {
    match parts {
        [5, number, ..] => numbered(*number),
        [2, red, green, blue] | [2, _, red, green, blue, ..] => exact(*red, *green, *blue),
        _ => None,
    }
}

fn exact(red: u16, green: u16, blue: u16) -> Option<Colour> {
    let part = |value: u16| u8::try_from(value).ok();
    Some(Colour::Exact(part(red)?, part(green)?, part(blue)?))
}
