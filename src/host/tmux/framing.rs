//! Cuts the byte stream of a control-mode client into replies and notices; does no I/O.
//!
//! ```text
//! asked:   list-panes ; capture-pane ; …           one line, then one line with the end mark
//! replied: %begin T N F · lines · %end T N F       one block for each command that ran
//!          … %begin · end mark · %end              the request is over, failed or not
//! ```
//!
//! A block ends at the line that repeats all three of its numbers. What a pane shows can look
//! like that line too, so behind a command that shows a pane a mark is asked for in the same
//! line: a mark is a random word that no pane ever sees, and the block is what lies before it.

use std::collections::VecDeque;

/// The longest line that is taken: 4000 columns of a screen, each with its own colour and a
/// stack of combining characters. A longer one means that we misread the stream.
pub const LINE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A reply to one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Whether the command did what it should.
    pub is_ok: bool,
    /// Its lines; bytes, not text.
    pub lines: Vec<Vec<u8>>,
}

/// One thing that tmux said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// The next block of the oldest request.
    Block(Block),
    /// The oldest request is over.
    Done,
    /// A line outside of every reply: `%output …`, `%exit`, …
    Notice(Vec<u8>),
}

/// The numbers of a `%begin`.
type Numbers = Vec<u8>;

/// A block that has begun.
#[derive(Debug)]
struct Open {
    numbers: Numbers,
    lines: Vec<Vec<u8>>,
    /// Ended only by a mark, since what it holds may look like an end.
    shows_pane: bool,
}

/// The parser.
#[derive(Debug)]
pub struct Framing {
    mark: Vec<u8>,
    end_mark: Vec<u8>,
    /// For each request on its way: whether its commands, in their order, show a pane.
    expected: VecDeque<VecDeque<bool>>,
    bytes: Vec<u8>,
    /// How many of `bytes` are known to hold no end of line.
    scanned: usize,
    open: Option<Open>,
    /// The block that holds a mark has yet to end; whether it is the end mark.
    marked: Option<(Numbers, bool)>,
    said: VecDeque<Said>,
}

impl Framing {
    /// A parser for a connection with this mark.
    pub fn new(mark: &str) -> Self {
        Self {
            mark: mark.as_bytes().to_vec(),
            end_mark: format!("{mark}-end").into_bytes(),
            expected: VecDeque::new(),
            bytes: Vec::new(),
            scanned: 0,
            open: None,
            marked: None,
            said: VecDeque::new(),
        }
    }

    /// Announces a request: for each of its commands whether it shows a pane.
    pub fn expect(&mut self, shows_pane: impl Iterator<Item = bool>) {
        self.expected.push_back(shows_pane.collect());
    }

    /// The next thing that was said, if it is complete.
    pub fn next(&mut self) -> Option<Said> {
        self.said.pop_front()
    }

    /// Takes bytes as they come; `false` when a line is longer than any line can be.
    #[must_use]
    pub fn push(&mut self, bytes: &[u8]) -> bool {
        self.bytes.extend_from_slice(bytes);
        let whole = std::mem::take(&mut self.bytes);
        let mut rest = whole.as_slice();
        let mut known = std::mem::take(&mut self.scanned);
        while let Some(at) = rest[known..].iter().position(|byte| *byte == b'\n') {
            self.line(&rest[..known + at]);
            rest = &rest[known + at + 1..];
            known = 0;
        }
        self.scanned = rest.len();
        self.bytes = rest.to_vec();
        self.bytes.len() <= LINE_BYTES_MAX
    }

    fn line(&mut self, line: &[u8]) {
        if let Some((numbers, ends)) = &self.marked {
            if is_end(line, numbers).is_some() {
                if *ends {
                    self.expected.pop_front();
                    self.said.push_back(Said::Done);
                }
                self.marked = None;
            }
        } else if let Some(open) = &mut self.open {
            if line == self.mark || line == self.end_mark {
                self.mark_came(line == self.end_mark);
            } else if let Some(is_ok) = is_end(line, &open.numbers).filter(|_| !open.shows_pane) {
                let lines = std::mem::take(&mut open.lines);
                self.close(is_ok, lines);
            } else {
                open.lines.push(line.to_vec());
            }
        } else if let Some(numbers) = line.strip_prefix(b"%begin ") {
            let numbers = numbers.to_vec();
            let front = self.expected.front_mut().filter(|_| is_ours(&numbers));
            let shows_pane = front.and_then(VecDeque::pop_front).unwrap_or(false);
            self.open = Some(Open { numbers, lines: Vec::new(), shows_pane });
        } else {
            self.said.push_back(Said::Notice(line.to_vec()));
        }
    }

    /// A mark was read inside what looked like one block: that block is over since the line
    /// before the last, and the last line began the block of the mark.
    fn mark_came(&mut self, ends: bool) {
        let Some(mut open) = self.open.take() else { return };
        // The block of a mark holds nothing else; it may stand where a command that showed a
        // pane was to come, had the one before it not failed.
        if !open.shows_pane || open.lines.is_empty() {
            self.marked = Some((open.numbers, ends));
            return;
        }
        let begin = open.lines.pop().unwrap_or_default();
        let end = open.lines.pop().unwrap_or_default();
        let is_ok = is_end(&end, &open.numbers).unwrap_or(false);
        self.close(is_ok, open.lines);
        let numbers = begin.strip_prefix(b"%begin ").unwrap_or_default().to_vec();
        self.marked = Some((numbers, ends));
    }

    fn close(&mut self, is_ok: bool, lines: Vec<Vec<u8>>) {
        let ours = self.open.take().is_none_or(|open| is_ours(&open.numbers));
        if ours {
            self.said.push_back(Said::Block(Block { is_ok, lines }));
        }
    }
}

/// Whether a reply is to something that this client asked in control mode.
fn is_ours(numbers: &[u8]) -> bool {
    numbers.ends_with(b" 1")
}

/// Whether a line ends the block with these numbers, and if so whether all went well.
fn is_end(line: &[u8], numbers: &[u8]) -> Option<bool> {
    if line.strip_prefix(b"%end ") == Some(numbers) {
        Some(true)
    } else if line.strip_prefix(b"%error ") == Some(numbers) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};

    use super::{Block, Framing, Said};

    fn said(mut framing: Framing, stream: &[u8], cut: usize) -> Vec<Said> {
        let mut all = Vec::new();
        for piece in stream.chunks(cut.max(1)) {
            assert!(framing.push(piece));
            all.extend(std::iter::from_fn(|| framing.next()));
        }
        all
    }

    /// Lines as panes show them, many of which look like tmux's own.
    fn pane_line() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            any::<Vec<u8>>().prop_map(|mut line| {
                line.retain(|byte| *byte != b'\n');
                line
            }),
            Just(b"%end 7 1 1".to_vec()),
            Just(b"%error 7 1 1".to_vec()),
            Just(b"%begin 7 2 1".to_vec()),
            Just(b"%end 7 2 1".to_vec()),
            Just(b"%exit".to_vec()),
            Just(b"mark".to_vec()),
            Just(b"".to_vec()),
        ]
    }

    proptest! {
        #[test]
        fn a_pane_cannot_end_its_own_reply(
            screen in prop::collection::vec(pane_line(), 0..12),
            cut in 1..40usize,
        ) {
            // The random mark of the connection is the one thing that a pane cannot show.
            let mut framing = Framing::new("mark-f00d");
            framing.expect([true, false].into_iter());
            framing.expect([false].into_iter());
            let mut stream = b"%output %1 a\n%begin 7 1 1\n".to_vec();
            for line in &screen {
                stream.extend_from_slice(line);
                stream.push(b'\n');
            }
            stream.extend_from_slice(
                b"%end 7 1 1\n%begin 7 2 1\nmark-f00d\n%end 7 2 1\n\
                  %begin 7 3 1\nno\n%error 7 3 1\n%begin 7 4 1\nmark-f00d-end\n%end 7 4 1\n\
                  %output %1 b\n%begin 7 5 1\n%end 7 5 1\n%begin 7 6 1\nmark-f00d-end\n%end 7 6 1\n",
            );
            assert_eq!(said(framing, &stream, cut), [
                Said::Notice(b"%output %1 a".to_vec()),
                Said::Block(Block { is_ok: true, lines: screen }),
                Said::Block(Block { is_ok: false, lines: vec![b"no".to_vec()] }),
                Said::Done,
                Said::Notice(b"%output %1 b".to_vec()),
                Said::Block(Block { is_ok: true, lines: vec![] }),
                Said::Done,
            ]);
        }
    }

    #[test]
    fn a_failed_command_ends_its_request_and_no_other() {
        let mut framing = Framing::new("m");
        framing.expect([false, true, false].into_iter());
        framing.expect([false].into_iter());
        let stream = b"%begin 1 1 1\ncan't find pane: %9\n%error 1 1 1\n\
            %begin 1 2 1\nm-end\n%end 1 2 1\n\
            %begin 1 3 1\nx\n%end 1 3 1\n%begin 1 4 1\nm-end\n%end 1 4 1\n";
        let all = said(framing, stream, 5);
        let no = Block { is_ok: false, lines: vec![b"can't find pane: %9".to_vec()] };
        let yes = Block { is_ok: true, lines: vec![b"x".to_vec()] };
        assert_eq!(all, [Said::Block(no), Said::Done, Said::Block(yes), Said::Done]);
    }

    #[test]
    fn a_pane_that_cannot_be_shown_ends_its_request() {
        let mut framing = Framing::new("m");
        framing.expect([true].into_iter());
        let stream = b"%begin 1 1 1\ncan't find pane: %9\n%error 1 1 1\n\
            %begin 1 2 1\nm-end\n%end 1 2 1\n%exit\n";
        let no = Block { is_ok: false, lines: vec![b"can't find pane: %9".to_vec()] };
        let exit = Said::Notice(b"%exit".to_vec());
        assert_eq!(said(framing, stream, 99), [Said::Block(no), Said::Done, exit]);
    }

    #[test]
    fn replies_to_others_are_not_ours() {
        let mut framing = Framing::new("m");
        framing.expect([false].into_iter());
        let stream = b"%begin 1 1 0\nx\n%end 1 1 0\n%begin 1 2 1\n%end 1 2 0\n%end 1 2 1\n\
            %begin 1 3 1\nm-end\n%end 1 3 1\n";
        let ours = Block { is_ok: true, lines: vec![b"%end 1 2 0".to_vec()] };
        assert_eq!(said(framing, stream, 3), [Said::Block(ours), Said::Done]);
    }
}
