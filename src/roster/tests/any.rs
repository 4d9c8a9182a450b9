//! Any bytes at all: a roster, or mistakes that an editor can go to.

use proptest::prelude::*;

use super::super::snippet;
use super::drawn::{Dice, right};
use super::{FULL, LEAST, ROLES, TOP, WRONG, read_as};

/// How many cases a property is tried with: so many, or `PROPTEST_CASES` for a deeper run.
pub fn cases(usual: u32) -> u32 {
    ProptestConfig::default().cases.max(usual)
}

/// Whether the reading is a roster, or mistakes that an editor can go to.
fn is_answered(text: &[u8]) -> Result<(), TestCaseError> {
    let Err(mistakes) = read_as(text, "f") else {
        return Ok(());
    };
    prop_assert!(!mistakes.is_empty());
    let shown = String::from_utf8_lossy(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text));
    let lengths: Vec<usize> = shown.split('\n').map(|line| line.chars().count()).collect();
    for mistake in &mistakes {
        prop_assert!((1..=lengths.len()).contains(&mistake.line), "{mistake}");
        prop_assert!((1..=lengths[mistake.line - 1] + 1).contains(&mistake.column), "{mistake}");
        prop_assert!(!mistake.to_string().contains(char::is_control), "{mistake:?}");
        prop_assert!(snippet(text, mistake).ends_with("^\n"));
    }
    Ok(())
}

/// A piece of YAML, of the kind that breaks readers.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let pieces: &[&str] = &[
        "\n",
        "\n  ",
        "\n- ",
        ": ",
        ":",
        "- ",
        "? ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "&a ",
        "*a",
        "!t ",
        "| ",
        ">-\n",
        "'",
        "\"",
        "\\",
        "#",
        " #",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "~",
        "null",
        "1",
        "0x1",
        "<<",
        "\t",
        "\r",
        "é",
        "\u{feff}",
        "\u{85}",
        "name",
        "agents",
        "version: 1\n",
        "@",
        "`",
    ];
    prop_oneof![
        4 => prop::sample::select(pieces).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ]
}

/// Rosters to change: right ones, wrong ones and drawn ones.
fn wholes() -> Vec<Vec<u8>> {
    let right_ones = [FULL, LEAST, ROLES, TOP].map(<[u8]>::to_vec);
    let drawn = (0..8).map(|seed| right(&mut Dice::new(seed), seed % 2 == 0).to_string());
    let wrong_ones = WRONG.iter().map(|(_, text)| text.to_vec());
    right_ones.into_iter().chain(drawn.map(String::into_bytes)).chain(wrong_ones).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(2000),
        // What it finds becomes a fixture, not a file of seeds.
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_bytes_are_a_roster_or_have_a_mistake_with_a_place(
        pieces in prop::collection::vec(piece(), 0..60),
    ) {
        is_answered(&pieces.concat())?;
    }

    #[test]
    fn a_changed_roster_is_a_roster_or_has_a_mistake_with_a_place(
        whole in prop::sample::select(wholes()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..4_usize, piece()), 1..5),
    ) {
        let mut text = whole;
        for (at, cut, piece) in changes {
            let at = at.index(text.len() + 1);
            let end = (at + cut).min(text.len());
            text.splice(at..end, piece);
        }
        is_answered(&text)?;
    }
}
