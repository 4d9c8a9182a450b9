//! A place on a screen, and a row of them.

use super::pen::Pen;

/// How many bytes a letter and its marks may have together: as many as tmux keeps.
pub const TEXT_BYTES_MAX: usize = 21;

/// A place on a screen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    text: [u8; TEXT_BYTES_MAX],
    length: u8,
    columns: u8,
    /// How it looks.
    pub pen: Pen,
}

impl std::fmt::Debug for Cell {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:?} in {} columns, {:?}", self.text(), self.columns, self.pen)
    }
}

impl Cell {
    /// Nothing but a ground.
    pub fn blank(pen: Pen) -> Self {
        let mut text = [0; TEXT_BYTES_MAX];
        text[0] = b' ';
        Self { text, length: 1, columns: 1, pen }
    }

    /// The second half of a wide letter.
    pub fn half() -> Self {
        Self { text: [0; TEXT_BYTES_MAX], length: 0, columns: 0, pen: Pen::default() }
    }

    /// A letter in one or two columns.
    pub fn letter(letter: char, columns: u8, pen: Pen) -> Self {
        let mut cell = Self { text: [0; TEXT_BYTES_MAX], length: 0, columns, pen };
        cell.join(letter);
        cell
    }

    /// Puts a mark to its letter; false where there is no room for it.
    pub fn join(&mut self, mark: char) -> bool {
        let length = usize::from(self.length);
        let Some(room) = self.text.get_mut(length..length + mark.len_utf8()) else {
            return false;
        };
        mark.encode_utf8(room);
        // At most `TEXT_BYTES_MAX`.
        self.length = u8::try_from(length + mark.len_utf8()).unwrap_or(self.length);
        true
    }

    /// Has it take two columns.
    pub fn widen(&mut self) {
        self.columns = 2;
    }

    /// The letter and its marks; a blank where nothing stands, nothing for a second half.
    pub fn text(&self) -> &str {
        // Only whole letters are put there.
        std::str::from_utf8(&self.text[..usize::from(self.length)]).unwrap_or_default()
    }

    /// One or two; none for the second half of a wide letter.
    pub fn columns(&self) -> u8 {
        self.columns
    }

    /// Whether it is a blank.
    pub fn is_blank(&self) -> bool {
        self.length == 1 && self.text[0] == b' '
    }

    /// Whether it looks like a place that nothing was written to.
    pub fn is_unseen(&self) -> bool {
        self.is_blank() && self.pen.is_unseen()
    }

    /// Whether both look the same: of a blank, not all of its pen is seen.
    pub fn looks_like(&self, other: &Self) -> bool {
        if self.is_blank() && other.is_blank() {
            return self.pen.of_a_blank() == other.pen.of_a_blank();
        }
        self == other
    }
}

/// A row of a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    cells: Vec<Cell>,
    /// Whether the next row goes on with what is written here.
    pub is_wrapped: bool,
}

impl Row {
    /// Nothing but a ground.
    pub fn blank(columns: usize, pen: Pen) -> Self {
        Self { cells: vec![Cell::blank(pen); columns], is_wrapped: false }
    }

    /// Its places.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Its places, to be written to.
    pub fn cells_mut(&mut self) -> &mut [Cell] {
        &mut self.cells
    }

    /// Whether no wide letter has lost one of its halves.
    pub fn is_whole(&self) -> bool {
        (0..self.cells.len()).all(|at| self.seen(at).as_ref() == self.cells.get(at))
    }

    /// What is seen at a place: half a wide letter, whose other half was written over, is a blank.
    pub fn seen(&self, column: usize) -> Option<Cell> {
        let cell = *self.cells.get(column)?;
        let half = |at: Option<usize>, columns: u8| {
            at.and_then(|at| self.cells.get(at)).is_some_and(|cell| cell.columns == columns)
        };
        let is_whole = match cell.columns {
            0 => half(column.checked_sub(1), 2),
            2 => half(Some(column + 1), 0),
            _ => true,
        };
        Some(if is_whole { cell } else { Cell::blank(cell.pen) })
    }

    /// Writes over what was there: a wide letter of which half is written over goes as a whole.
    /// Letters that come in a run tell tmux less than one that comes alone.
    pub fn write(&mut self, at: usize, cell: Cell, is_in_run: bool) {
        let end = at + usize::from(cell.columns.max(1));
        let is_half = self.cells[at].columns == 0;
        let is_single = cell.columns == 1 && self.cells[at].columns == 1;
        if is_half {
            let first = self.cells[..at].iter().rposition(|cell| cell.columns != 0).unwrap_or(0);
            // The letter before a half that has lost its own goes with it, or not.
            let from = first + usize::from(is_in_run && self.cells[first].columns == 1);
            self.cells[from..at].fill(Cell::blank(Pen::default()));
        }
        if is_in_run || !is_single {
            let behind = self.cells[end..].iter_mut().take_while(|cell| cell.columns == 0);
            behind.for_each(|cell| *cell = Cell::blank(Pen::default()));
        }
        self.cells[at] = cell;
        self.cells[at + 1..end].fill(Cell::half());
    }

    /// Erases some places.
    pub fn erase(&mut self, places: std::ops::Range<usize>, pen: Pen) {
        if places == (0..self.cells.len()) {
            self.is_wrapped = false;
        }
        self.cells[places].fill(Cell::blank(pen));
    }

    /// Makes room for some places, as tmux does: where there is room for nothing else, nothing is
    /// done.
    pub fn insert(&mut self, at: usize, count: usize, pen: Pen) {
        let columns = self.cells.len();
        if at + 1 >= columns {
            return self.cells[columns - 1] = Cell::blank(pen);
        }
        if at + count < columns {
            self.cells.copy_within(at..columns - count, at + count);
            self.cells[at..at + count].fill(Cell::blank(pen));
        }
    }

    /// Takes some places away; what is behind them moves up.
    pub fn delete(&mut self, at: usize, count: usize, pen: Pen) {
        let columns = self.cells.len();
        self.cells.copy_within(at + count.., at);
        self.cells[columns - count..].fill(Cell::blank(pen));
    }
}
