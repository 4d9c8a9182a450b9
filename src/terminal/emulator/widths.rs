//! How many columns tmux gives a letter, and which letters join the one before. For the columns it
//! asks the C library of its host, which is not always of one mind with the tables of Unicode.

use unicode_width::UnicodeWidthChar as _;

/// From, to, and how many columns: where tmux 3.3a over glibc 2.36 differs from `unicode-width`,
/// measured by asking tmux where its cursor stands behind each letter. What tmux drops because its
/// C library does not know it is not here: it stands on no screen.
const OTHERWISE: &[(u32, u32, u8)] = &[
    (0xad, 0xad, 1),
    (0x605, 0x605, 1),
    (0x70f, 0x70f, 1),
    (0x890, 0x891, 1),
    (0x8e2, 0x8e2, 1),
    (0x9be, 0x9be, 1),
    (0x9d7, 0x9d7, 1),
    (0xb3e, 0xb3e, 1),
    (0xb57, 0xb57, 1),
    (0xbbe, 0xbbe, 1),
    (0xbd7, 0xbd7, 1),
    (0xcc0, 0xcc0, 1),
    (0xcc2, 0xcc2, 1),
    (0xcc7, 0xcc8, 1),
    (0xcca, 0xccb, 1),
    (0xcd5, 0xcd6, 1),
    (0xd3e, 0xd3e, 1),
    (0xd4e, 0xd4e, 1),
    (0xd57, 0xd57, 1),
    (0xdcf, 0xdcf, 1),
    (0xddf, 0xddf, 1),
    (0x1715, 0x1715, 1),
    (0x1734, 0x1734, 1),
    (0x17a4, 0x17a4, 1),
    (0x17d8, 0x17d8, 1),
    (0x1b35, 0x1b35, 1),
    (0x1b3b, 0x1b3b, 1),
    (0x1b3d, 0x1b3d, 1),
    (0x1b43, 0x1b44, 1),
    (0x1baa, 0x1baa, 1),
    (0x1bf2, 0x1bf3, 1),
    (0x2630, 0x2637, 1),
    (0x268a, 0x268f, 1),
    (0x2d7f, 0x2d7f, 0),
    (0x302e, 0x302f, 2),
    (0x3164, 0x3164, 2),
    (0x3248, 0x324f, 2),
    (0xa8fa, 0xa8fa, 1),
    (0xa953, 0xa953, 1),
    (0xa9c0, 0xa9c0, 1),
    (0xffa0, 0xffa0, 1),
    (0xfff9, 0xfffb, 0),
    (0x111c0, 0x111c0, 1),
    (0x111c2, 0x111c3, 1),
    (0x11235, 0x11235, 1),
    (0x1133e, 0x1133e, 1),
    (0x1134d, 0x1134d, 1),
    (0x11357, 0x11357, 1),
    (0x114b0, 0x114b0, 1),
    (0x114bd, 0x114bd, 1),
    (0x115af, 0x115af, 1),
    (0x116b6, 0x116b6, 1),
    (0x1171e, 0x1171e, 0),
    (0x11930, 0x11930, 1),
    (0x1193d, 0x1193d, 1),
    (0x1193f, 0x1193f, 1),
    (0x11941, 0x11941, 1),
    (0x11a84, 0x11a89, 1),
    (0x11d46, 0x11d46, 1),
    (0x13430, 0x13438, 0),
    (0x16ff0, 0x16ff1, 2),
    (0x1d165, 0x1d166, 1),
    (0x1d16d, 0x1d172, 1),
    (0x1d300, 0x1d356, 1),
    (0x1d360, 0x1d376, 1),
];

/// The same for what 3.5a over glibc 2.41 has otherwise than that: it makes hands wide, takes a letter
/// that its C library does not know for one column, and drops none.
const OTHERWISE_SINCE_3_4: &[(u32, u32, u8)] = &[
    (0x5c8, 0x5c9, 1),
    (0xb53, 0xb54, 1),
    (0x1acf, 0x1af0, 1),
    (0x2065, 0x2065, 1),
    (0x261d, 0x261d, 2),
    (0x2630, 0x2637, 2),
    (0x268a, 0x268f, 2),
    (0x26f9, 0x26f9, 2),
    (0x270c, 0x270d, 2),
    (0x3164, 0x3164, 0),
    (0xfa6e, 0xfa6f, 1),
    (0xfada, 0xfaff, 1),
    (0xffa0, 0xffa0, 0),
    (0xfff0, 0xfffb, 1),
    (0x10ecb, 0x10ecf, 1),
    (0x10ef0, 0x10efb, 1),
    (0x113b8, 0x113b8, 1),
    (0x113c2, 0x113c2, 1),
    (0x113c5, 0x113c5, 1),
    (0x113c7, 0x113c9, 1),
    (0x113cf, 0x113cf, 1),
    (0x113d1, 0x113d1, 1),
    (0x1171e, 0x1171e, 1),
    (0x11b60, 0x11b60, 1),
    (0x11b62, 0x11b64, 1),
    (0x11b66, 0x11b66, 1),
    (0x11df0, 0x11df0, 1),
    (0x11f02, 0x11f02, 1),
    (0x11f41, 0x11f41, 1),
    (0x13430, 0x13438, 1),
    (0x16ff2, 0x16ff6, 1),
    (0x187f8, 0x187ff, 1),
    (0x18cd6, 0x18cda, 1),
    (0x18d09, 0x18d20, 1),
    (0x18d80, 0x18df2, 1),
    (0x18e00, 0x19191, 1),
    (0x191a0, 0x191d2, 1),
    (0x1b123, 0x1b128, 1),
    (0x1b168, 0x1b168, 1),
    (0x1d127, 0x1d128, 1),
    (0x1d250, 0x1d252, 1),
    (0x1d25b, 0x1d25c, 1),
    (0x1d25f, 0x1d25f, 1),
    (0x1d280, 0x1d281, 1),
    (0x1d300, 0x1d356, 2),
    (0x1d360, 0x1d376, 2),
    (0x1e6e3, 0x1e6e3, 1),
    (0x1e6e6, 0x1e6e6, 1),
    (0x1e6ee, 0x1e6ef, 1),
    (0x1e6f5, 0x1e6f5, 1),
    (0x1f1ae, 0x1f1ae, 1),
    (0x1f1e6, 0x1f1ff, 2),
    (0x1f3cb, 0x1f3cc, 2),
    (0x1f574, 0x1f575, 2),
    (0x1f590, 0x1f590, 2),
    (0x1f6d8, 0x1f6d9, 1),
    (0x1f7da, 0x1f7da, 1),
    (0x1fa8a, 0x1fa8e, 1),
    (0x1fac8, 0x1fac8, 1),
    (0x1facc, 0x1facd, 1),
    (0x1fadd, 0x1fadd, 1),
    (0x1faea, 0x1faeb, 1),
    (0x1faef, 0x1faef, 1),
    (0x1faf9, 0x1fafa, 1),
    (0x2a6e0, 0x2a6ff, 1),
    (0x2b73a, 0x2b73f, 1),
    (0x2b81e, 0x2b81f, 1),
    (0x2cea2, 0x2ceaf, 1),
    (0x2ebe1, 0x2ebef, 1),
    (0x2ee5e, 0x2f7ff, 1),
    (0x2fa1e, 0x2fffd, 1),
    (0x3134b, 0x3134f, 1),
    (0x323b0, 0x3fffd, 1),
    (0xe0000, 0xe0000, 1),
    (0xe0002, 0xe001f, 1),
    (0xe0080, 0xe00ff, 1),
    (0xe01f0, 0xe0fff, 1),
];

/// Which tmux's letters: its rules have changed twice in the versions that we take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Letters {
    /// Of 3.3a: a mark joins the letter before, and whatever follows a joiner.
    #[default]
    Until3_3,
    /// Of 3.4: skin tones and flags join the letter before too, and make it wide, as the selector of
    /// pictures does.
    Of3_4,
    /// Of 3.5 and later: the same, and every letter can be repeated, not only one of ASCII.
    Since3_5,
}

impl Letters {
    /// Of a version as tmux says it; without one, of the oldest: supervisors of before did not say.
    pub fn of(version: &str) -> Self {
        let version = version.strip_prefix("next-").unwrap_or(version);
        let number = |text: &str| {
            let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
            text[..end].parse::<u32>().ok()
        };
        let parts = version.split_once('.').map(|(major, minor)| (number(major), number(minor)));
        match parts {
            Some((Some(major), Some(minor))) if (major, minor) < (3, 4) => Self::Until3_3,
            Some((Some(3), Some(4))) => Self::Of3_4,
            None if version.is_empty() => Self::Until3_3,
            // `master` and `openbsd-7.5` are newer than any release that we know.
            _ => Self::Since3_5,
        }
    }

    /// How many columns: none for a mark that joins the letter before, one or two; nothing for what
    /// takes no place on a screen.
    pub fn columns(self, letter: char) -> Option<u8> {
        let other = match self {
            Self::Until3_3 => None,
            Self::Of3_4 | Self::Since3_5 => found(OTHERWISE_SINCE_3_4, letter),
        };
        if other.is_some() { other } else { columns(letter) }
    }
}

/// Whether tmux since 3.4 joins it to the letter before, and makes that wide.
pub(super) fn is_modifier(letter: char) -> bool {
    matches!(letter, '\u{1f1e6}'..='\u{1f1ff}' | '\u{1f3fb}'..='\u{1f3ff}')
}

fn found(table: &[(u32, u32, u8)], letter: char) -> Option<u8> {
    let code = u32::from(letter);
    let at = table.partition_point(|(_, to, _)| *to < code);
    table.get(at).filter(|(from, _, _)| *from <= code).map(|(_, _, columns)| *columns)
}

fn columns(letter: char) -> Option<u8> {
    if letter.is_ascii() {
        return (!letter.is_ascii_control()).then_some(1);
    }
    // Three columns are given to one letter that no terminal knows so.
    let known = || letter.width().map(|columns| u8::try_from(columns.min(2)).unwrap_or(2));
    found(OTHERWISE, letter).or_else(known)
}

#[cfg(test)]
mod tests {
    use super::{Letters, OTHERWISE, OTHERWISE_SINCE_3_4};

    #[test]
    fn letters_have_the_columns_that_tmux_gives_them() {
        for table in [OTHERWISE, OTHERWISE_SINCE_3_4] {
            let is_ordered = |two: &[(u32, u32, u8)]| two[0].1 < two[1].0;
            assert!(table.windows(2).all(is_ordered), "looked up in order");
        }
        let of = |letter: char| Letters::Until3_3.columns(letter);
        assert_eq!(
            [of('a'), of('世'), of('😀'), of('\u{301}')],
            [Some(1), Some(2), Some(2), Some(0)]
        );
        assert_eq!([of('\u{200d}'), of('\u{7f}'), of('\u{9b}')], [Some(0), None, None]);
        // Here tmux and Unicode differ.
        assert_eq!([of('\u{ad}'), of('\u{3164}'), of('\u{9be}')], [Some(1), Some(2), Some(1)]);
        let of = |letter: char| Letters::Of3_4.columns(letter);
        assert_eq!(
            [of('a'), of('世'), of('☝'), of('\u{ad}')],
            [Some(1), Some(2), Some(2), Some(1)]
        );
    }

    #[test]
    fn the_version_of_a_tmux_tells_its_letters() {
        for version in ["3.3a", "3.2", "2.9a", "next-3.3", ""] {
            assert_eq!(Letters::of(version), Letters::Until3_3, "{version}");
        }
        for version in ["3.4", "next-3.4", "3.4-1"] {
            assert_eq!(Letters::of(version), Letters::Of3_4, "{version}");
        }
        for version in ["3.5a", "3.10", "4.0", "next-3.7", "3.6b-1", "master", "openbsd-7.5"] {
            assert_eq!(Letters::of(version), Letters::Since3_5, "{version}");
        }
    }
}
