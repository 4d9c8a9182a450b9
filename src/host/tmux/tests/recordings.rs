//! What control-mode clients have really said, cut and mutilated: it parses the same however it
//! is cut, and nothing that comes makes the parser fall.

use proptest::collection::vec;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

use crate::host::tmux::framing::{Block, Framing, Said};

const RECORDINGS: [&[u8]; 2] = [
    include_bytes!("../../../../tests/fixtures/tmux/3.3a.control"),
    include_bytes!("../../../../tests/fixtures/tmux/3.5a.control"),
];

/// What was asked when they were recorded: for each request, whether its commands show a pane.
const ASKED: [&[bool]; 5] = [&[false], &[true, false], &[false, false], &[true], &[false, false]];

fn framing() -> Framing {
    let mut framing = Framing::new("mosaic-f00d");
    for request in ASKED {
        framing.expect(request.iter().copied());
    }
    framing
}

/// All that is said when the stream comes in pieces that end at these places.
fn said(stream: &[u8], cuts: &[usize]) -> Vec<Said> {
    let mut framing = framing();
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut % (stream.len() + 1)).collect();
    places.extend([0, stream.len()]);
    places.sort_unstable();
    let mut all = Vec::new();
    for piece in places.windows(2) {
        assert!(framing.push(&stream[piece[0]..piece[1]]));
        all.extend(std::iter::from_fn(|| framing.next()));
    }
    all
}

fn block(is_ok: bool, lines: &[&str]) -> Said {
    let lines = lines.iter().map(|line| line.as_bytes().to_vec()).collect();
    Said::Block(Block { is_ok, lines })
}

#[test]
fn each_recording_says_what_was_answered() {
    for recording in RECORDINGS {
        let all = said(recording, &[]);
        let ours: Vec<&Said> = all.iter().filter(|said| !matches!(said, Said::Notice(_))).collect();
        let Said::Block(shown) = ours[2] else { panic!("{:?}", ours[2]) };
        // The pane shows an end, a begin and nearly a mark, and the block goes on behind them.
        let text = String::from_utf8_lossy(&shown.lines.join(&b'\n')).into_owned();
        for line in ["%end 1 1 1\n", "%begin 2 2 1\n", "mosaic-f00d-no\n", " raw \u{e9}\n"] {
            assert!(text.contains(line), "{text}");
        }
        assert_eq!(shown.lines.len(), 8, "the rows of the pane");
        let rest: Vec<Said> = ours[3..].iter().map(|said| (*said).clone()).collect();
        assert_eq!(ours[..2], [&block(true, &["P\t%0 60"]), &Said::Done]);
        assert_eq!(
            rest,
            [
                block(true, &["S %0"]),
                Said::Done,
                block(false, &["can't find window: @99"]),
                Said::Done,
                block(false, &["can't find pane: %99"]),
                Said::Done,
                block(true, &[]),
                block(true, &["two words"]),
                Said::Done,
                block(true, &[]),
            ]
        );
        assert!(all.contains(&Said::Notice(b"%output %0 h\xc3\xa9\\033\\015\\012".to_vec())));
        assert_eq!(all.last(), Some(&Said::Notice(b"%exit".to_vec())));
    }
}

#[test]
fn an_end_with_another_number_ends_nothing() {
    for wrong in ["7 2 1", "8 1 1", "7 1 0", "7 1", "7 1 1 1", "7 1 1x", "07 1 1"] {
        for word in ["%end", "%error"] {
            let mut framing = Framing::new("m");
            framing.expect([false].into_iter());
            let stream = format!("%begin 7 1 1\n{word} {wrong}\n%end 7 1 1\n");
            assert!(framing.push(stream.as_bytes()));
            let line = format!("{word} {wrong}");
            assert_eq!(framing.next(), Some(block(true, &[&line])), "{line}");
            assert_eq!(framing.next(), None);
        }
    }
}

proptest! {
    #[test]
    fn a_recording_parses_the_same_however_it_is_cut(cuts in vec(any::<usize>(), 0..60)) {
        for recording in RECORDINGS {
            prop_assert_eq!(said(recording, &cuts), said(recording, &[]));
        }
    }

    #[test]
    fn a_mutilated_recording_parses_the_same_however_it_is_cut(
        wounds in vec((any::<usize>(), 0..4u8, any::<u8>()), 1..30),
        cuts in vec(any::<usize>(), 0..20),
        which in 0..RECORDINGS.len(),
    ) {
        let mut stream = RECORDINGS[which].to_vec();
        for (at, how, byte) in wounds {
            let at = at % stream.len();
            match how {
                0 => stream[at] = byte,
                1 => stream.insert(at, byte),
                2 => drop(stream.drain(at..(at + usize::from(byte)).min(stream.len() - 1))),
                _ => {
                    let again = stream[at..(at + usize::from(byte)).min(stream.len())].to_vec();
                    stream.splice(at..at, again);
                }
            }
        }
        let whole = said(&stream, &[]);
        prop_assert_eq!(&said(&stream, &cuts), &whole);
        // Nothing is said twice or made up: each thing that is said took a line.
        prop_assert!(whole.len() <= stream.iter().filter(|byte| **byte == b'\n').count());
    }

    #[test]
    fn garbage_parses_the_same_however_it_is_cut(
        garbage in vec(any::<u8>(), 0..400),
        cuts in vec(any::<usize>(), 0..20),
    ) {
        prop_assert_eq!(said(&garbage, &cuts), said(&garbage, &[]));
    }
}
